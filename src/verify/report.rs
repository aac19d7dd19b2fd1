//! What the check of an image found.

use std::collections::BTreeMap;

use serde::Serialize;

/// The files of every platform of an image against what the platform claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The image as the user named it.
    pub image: String,
    /// One entry for each platform image, in the order of the index.
    pub platforms: Vec<PlatformReport>,
}

impl Report {
    /// Whether every platform has just what belongs to it.
    pub fn is_clean(&self) -> bool {
        self.platforms
            .iter()
            .all(|platform| platform.verdict != Verdict::Wrong)
    }

    /// Every file that belongs to another platform.
    pub fn wrong(&self) -> impl Iterator<Item = &Finding> {
        self.platforms.iter().flat_map(|platform| &platform.wrong)
    }
}

/// One platform of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformReport {
    /// The platform that the index claims, or the image's configuration when there is no index.
    pub platform: String,
    /// The reference or tag, when the archive names one.
    pub name: Option<String>,
    /// The digest of the manifest; the path of the configuration in an archive without manifests.
    pub manifest: String,
    /// What came out.
    pub verdict: Verdict,
    /// The platform of the image's configuration, when it is another than the index claims.
    pub conflict: Option<String>,
    /// How many regular files the image has.
    pub files: usize,
    /// How many of them are programs, libraries or objects in the ELF format.
    pub programs: usize,
    /// Those that belong to another platform.
    pub wrong: Vec<Finding>,
    /// Those that differ from the platform's own but have a reason to.
    pub notes: Vec<Finding>,
    /// ELF files that were not judged, such as eBPF objects, by what they are.
    pub skipped: BTreeMap<String, usize>,
}

/// What came out for one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every program belongs to the platform.
    Clean,
    /// At least one does not, or index and configuration name different platforms.
    Wrong,
    /// The platform's programs are of no kind that is known here.
    Unchecked,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The platform of the image that holds the file.
    pub platform: String,
    /// The path in the image; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// The place of the layer that brought the file, from 0.
    pub layer: usize,
    /// The digest of that layer.
    pub layer_digest: String,
    /// What the file is made for, such as `x86-64, 64-bit`.
    pub found: String,
    /// What the platform needs.
    pub expected: String,
    /// Why it may differ; only for notes.
    pub reason: Option<String>,
}
