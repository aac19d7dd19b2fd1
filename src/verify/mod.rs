//! Checks the files of a finished image: every program must belong to the platform that the image claims.
//!
//! It looks at the result only and knows nothing of the Dockerfile, so that it finds mistakes of either.
//! Nothing is unpacked or run: layers are streamed, and of each file only the first bytes are looked at.

mod blobs;
mod error;
mod export;
mod intent;
mod layer;
mod machine;
mod manifests;
mod report;
mod table;
mod tree;

use std::{collections::BTreeMap, fs::File, path::PathBuf};

pub use error::VerifyError;
pub use report::{Finding, PlatformReport, Report, Verdict};
pub use table::table;

use crate::verify::{
    blobs::Blobs,
    machine::{Content, Fit, Kind},
    manifests::PlatformImage,
    tree::Tree,
};

/// Where the image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder in the OCI layout.
    Layout(PathBuf),
    /// A tar archive in the OCI layout, or as `docker save` writes it.
    Archive(PathBuf),
    /// The name of an image in the Docker Engine.
    Engine(String),
}

impl Source {
    /// A folder or file of that path if there is one, otherwise an image of the Engine.
    pub fn of(text: &str) -> Self {
        let path = PathBuf::from(text);
        if path.is_dir() {
            Self::Layout(path)
        } else if path.exists() {
            Self::Archive(path)
        } else {
            Self::Engine(text.to_owned())
        }
    }
}

/// Checks every platform of an image.
///
/// # Errors
/// When the image cannot be found, a part of a platform is missing, or something is damaged.
pub fn verify(source: &Source) -> Result<Report, VerifyError> {
    let blobs = match source {
        Source::Layout(folder) => Blobs::folder(folder),
        Source::Archive(path) => {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|source| VerifyError::Open {
                name: name.clone(),
                source,
            })?;
            Blobs::archive(file, &name)?
        }
        Source::Engine(image) => Blobs::archive(export::export(image)?, image)?,
    };
    let images = manifests::find_images(&blobs)?;
    let platforms = images.iter().map(|image| check_image(&blobs, image));
    Ok(Report {
        image: blobs.name().to_owned(),
        platforms: platforms.collect::<Result<_, _>>()?,
    })
}

fn check_image(blobs: &Blobs, image: &PlatformImage) -> Result<PlatformReport, VerifyError> {
    let tree = read_layers(blobs, image)?;
    let platform = image.claimed.clone().unwrap_or_else(|| image.configured.clone());
    let mut report = PlatformReport {
        platform,
        name: image.name.clone(),
        manifest: image.manifest.clone(),
        verdict: Verdict::Unchecked,
        conflict: image.has_conflict.then(|| image.configured.clone()),
        files: 0,
        programs: 0,
        wrong: Vec::new(),
        notes: Vec::new(),
        skipped: BTreeMap::new(),
    };
    let needed = machine::of_platform(&report.platform);
    for file in tree.files() {
        report.files += 1;
        match file.content {
            Content::Other => {}
            Content::BrokenElf => *report.skipped.entry("broken header".to_owned()).or_default() += 1,
            Content::Elf(found) => {
                report.programs += 1;
                if let Some(needed) = needed {
                    judge(&mut report, image, &file, found, needed);
                }
            }
        }
    }
    report.verdict = match needed {
        _ if report.conflict.is_some() || !report.wrong.is_empty() => Verdict::Wrong,
        Some(_) => Verdict::Clean,
        None => Verdict::Unchecked,
    };
    Ok(report)
}

fn read_layers(blobs: &Blobs, image: &PlatformImage) -> Result<Tree, VerifyError> {
    let mut tree = Tree::default();
    for (at, layer) in image.layers.iter().enumerate() {
        let added = blobs.stream(&layer.path, Some(&layer.digest), |bytes| {
            layer::add_layer(&mut tree, at, bytes)
        })?;
        added.ok_or_else(|| VerifyError::Missing {
            archive: blobs.name().to_owned(),
            digest: layer.digest.clone(),
            platform: Some(image.claimed.clone().unwrap_or_else(|| image.configured.clone())),
        })?;
    }
    Ok(tree)
}

fn judge(
    report: &mut PlatformReport,
    image: &PlatformImage,
    file: &tree::File<'_>,
    found: Kind,
    needed: Kind,
) {
    let path = format!("/{}", String::from_utf8_lossy(file.path));
    let reason = match machine::fit(found, needed) {
        Fit::Right => return,
        Fit::NoProgram(kind) => {
            *report.skipped.entry(kind).or_default() += 1;
            return;
        }
        Fit::AlsoRuns(reason) => Some(reason),
        Fit::Wrong => intent::reason(&path, found),
    };
    let finding = Finding {
        platform: report.platform.clone(),
        path,
        layer: file.layer,
        layer_digest: image
            .layers
            .get(file.layer)
            .map_or_else(String::new, |layer| layer.digest.clone()),
        found: found.to_string(),
        expected: needed.to_string(),
        reason: reason.map(str::to_owned),
    };
    if reason.is_some() {
        report.notes.push(finding);
    } else {
        report.wrong.push(finding);
    }
}
