//! Finds the platform images of an archive: index, nested indexes, manifests, configurations.

use std::collections::BTreeSet;

use oci_spec::image::{Descriptor, ImageConfiguration, ImageIndex, ImageManifest, Platform};
use serde::{Deserialize, de::DeserializeOwned};

use crate::verify::{VerifyError, blobs::Blobs};

/// Deeper indexes are refused; real ones have two levels.
const MOST_LEVELS: usize = 8;
/// Media types of the configuration of an image; other manifests hold something else, such as a chart or a signature.
const CONFIGURATIONS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// One platform's image.
pub(super) struct PlatformImage {
    /// What the index claims, normalised.
    pub(super) claimed: Option<String>,
    /// What the configuration says, normalised.
    pub(super) configured: String,
    /// Whether the two name different platforms.
    pub(super) has_conflict: bool,
    /// The tag or reference, when the archive names one.
    pub(super) name: Option<String>,
    /// The digest of the manifest, or the path of the configuration.
    pub(super) manifest: String,
    /// From the lowest on.
    pub(super) layers: Vec<Layer>,
}

/// Where the bytes of a layer are.
pub(super) struct Layer {
    pub(super) path: String,
    pub(super) digest: String,
}

/// Finds every platform image.
pub(super) fn find_images(blobs: &Blobs) -> Result<Vec<PlatformImage>, VerifyError> {
    let mut images = Vec::new();
    if let Some(bytes) = blobs.read_file("index.json")? {
        let index: ImageIndex = read_json(blobs, "index.json", &bytes)?;
        let mut seen = BTreeSet::new();
        for descriptor in index.manifests() {
            walk(blobs, descriptor, None, 0, &mut seen, &mut images)?;
        }
    } else if let Some(bytes) = blobs.read_file("manifest.json")? {
        images = read_docker_archive(blobs, &bytes)?;
    } else {
        return Err(VerifyError::NoImage(blobs.name().to_owned()));
    }
    if images.is_empty() {
        Err(VerifyError::NoImage(blobs.name().to_owned()))
    } else {
        Ok(images)
    }
}

/// The platform as text, without the variants that say nothing (containerd's `platforms.Normalize`).
pub(super) fn normalise(system: &str, architecture: &str, variant: Option<&str>) -> String {
    let architecture = match architecture {
        "aarch64" => "arm64",
        "x86_64" | "x86-64" => "amd64",
        "i386" => "386",
        "armhf" | "armel" => "arm",
        other => other,
    };
    let variant = variant.unwrap_or_default();
    let variant = variant.strip_prefix('v').unwrap_or(variant);
    match (architecture, variant) {
        ("arm", "") => format!("{system}/arm/v7"),
        ("amd64", "1") | ("arm64", "8" | "8.0") | (_, "") => format!("{system}/{architecture}"),
        (_, variant) => format!("{system}/{architecture}/v{variant}"),
    }
}

fn walk(
    blobs: &Blobs,
    descriptor: &Descriptor,
    name: Option<&str>,
    level: usize,
    seen: &mut BTreeSet<String>,
    images: &mut Vec<PlatformImage>,
) -> Result<(), VerifyError> {
    let digest = descriptor.digest().to_string();
    if is_attestation(descriptor) || !seen.insert(digest.clone()) {
        return Ok(());
    }
    if level > MOST_LEVELS {
        return Err(blobs.broken(&digest, "is an index inside too many others"));
    }
    let claimed = descriptor.platform().as_ref().map(claimed_platform);
    let name = name_of(descriptor).or(name);
    let missing = || VerifyError::Missing {
        archive: blobs.name().to_owned(),
        digest: digest.clone(),
        platform: claimed.clone(),
    };
    let bytes = blobs.read_blob(&digest)?.ok_or_else(missing)?;
    let shape: Shape = read_json(blobs, &digest, &bytes)?;
    if shape.manifests.is_some() {
        let index: ImageIndex = read_json(blobs, &digest, &bytes)?;
        for inner in index.manifests() {
            walk(blobs, inner, name, level + 1, seen, images)?;
        }
        return Ok(());
    }
    if shape.layers.is_none() {
        return Err(blobs.broken(&digest, "is neither an index nor a manifest of an image"));
    }
    let manifest: ImageManifest = read_json(blobs, &digest, &bytes)?;
    if !CONFIGURATIONS.contains(&manifest.config().media_type().to_string().as_str()) {
        return Ok(());
    }
    let configuration = manifest.config().digest().to_string();
    let bytes = blobs
        .read_blob(&configuration)?
        .ok_or_else(|| VerifyError::Missing {
            archive: blobs.name().to_owned(),
            digest: configuration.clone(),
            platform: claimed.clone(),
        })?;
    let configuration: ImageConfiguration = read_json(blobs, &configuration, &bytes)?;
    let layers = manifest.layers().iter().map(|layer| {
        let digest = layer.digest().to_string();
        Ok(Layer {
            path: blobs.path_of(&digest)?,
            digest,
        })
    });
    images.push(PlatformImage {
        has_conflict: descriptor
            .platform()
            .as_ref()
            .is_some_and(|platform| !agree(platform, &configuration)),
        configured: configured_platform(&configuration),
        claimed,
        name: name.map(str::to_owned),
        manifest: digest,
        layers: layers.collect::<Result<_, VerifyError>>()?,
    });
    Ok(())
}

/// BuildKit keeps provenance and SBOM beside the images, as manifests of no platform.
fn is_attestation(descriptor: &Descriptor) -> bool {
    let has_mark = descriptor.annotations().as_ref().is_some_and(|annotations| {
        annotations
            .get("vnd.docker.reference.type")
            .is_some_and(|kind| kind == "attestation-manifest")
    });
    let is_unknown = descriptor
        .platform()
        .as_ref()
        .is_some_and(|platform| platform.os().to_string() == "unknown");
    has_mark || is_unknown
}

fn name_of(descriptor: &Descriptor) -> Option<&str> {
    let annotations = descriptor.annotations().as_ref()?;
    let keys = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
    keys.iter()
        .find_map(|key| annotations.get(*key))
        .map(String::as_str)
}

fn claimed_platform(platform: &Platform) -> String {
    let (system, architecture) = (platform.os().to_string(), platform.architecture().to_string());
    normalise(&system, &architecture, platform.variant().as_deref())
}

fn configured_platform(configuration: &ImageConfiguration) -> String {
    let (system, architecture) = (
        configuration.os().to_string(),
        configuration.architecture().to_string(),
    );
    normalise(&system, &architecture, configuration.variant().as_deref())
}

/// Whether index and configuration name the same platform; a variant that only one of them has is no conflict.
fn agree(claimed: &Platform, configuration: &ImageConfiguration) -> bool {
    match (claimed.variant(), configuration.variant()) {
        (Some(_), Some(_)) => claimed_platform(claimed) == configured_platform(configuration),
        _ => claimed.os() == configuration.os() && claimed.architecture() == configuration.architecture(),
    }
}

/// What tells an index from a manifest, whatever media type the descriptor gives.
#[derive(Deserialize)]
struct Shape {
    manifests: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
}

/// An entry of `manifest.json`, which `docker save` wrote alone before version 25.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

fn read_docker_archive(blobs: &Blobs, bytes: &[u8]) -> Result<Vec<PlatformImage>, VerifyError> {
    let entries: Vec<DockerImage> = read_json(blobs, "manifest.json", bytes)?;
    let images = entries.into_iter().map(|entry| {
        let bytes = blobs.read_file(&entry.config)?;
        let bytes =
            bytes.ok_or_else(|| blobs.broken(&entry.config, "is named in manifest.json but is not there"))?;
        let configuration: ImageConfiguration = read_json(blobs, &entry.config, &bytes)?;
        let digests = configuration.rootfs().diff_ids();
        if digests.len() != entry.layers.len() {
            return Err(blobs.broken(&entry.config, "has another number of layers than manifest.json"));
        }
        // Those archives hold layers uncompressed, so that a layer's own digest is that of the file.
        let layers = entry.layers.into_iter().zip(digests);
        let layers = layers.map(|(path, digest)| Layer {
            path,
            digest: digest.clone(),
        });
        Ok(PlatformImage {
            claimed: None,
            configured: configured_platform(&configuration),
            has_conflict: false,
            name: entry.repo_tags.and_then(|tags| tags.into_iter().next()),
            manifest: entry.config,
            layers: layers.collect(),
        })
    });
    images.collect()
}

fn read_json<T: DeserializeOwned>(blobs: &Blobs, path: &str, bytes: &[u8]) -> Result<T, VerifyError> {
    serde_json::from_slice(bytes)
        .map_err(|error| blobs.broken(path, &format!("cannot be understood: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_that_say_nothing_are_left_out() {
        let check = |platform: (&str, Option<&str>), expected: &str| {
            assert_eq!(normalise("linux", platform.0, platform.1), expected);
        };
        check(("arm64", Some("v8")), "linux/arm64");
        check(("arm64", Some("v9")), "linux/arm64/v9");
        check(("aarch64", None), "linux/arm64");
        check(("arm", None), "linux/arm/v7");
        check(("arm", Some("6")), "linux/arm/v6");
        check(("amd64", Some("v2")), "linux/amd64/v2");
        check(("x86_64", Some("v1")), "linux/amd64");
        check(("riscv64", None), "linux/riscv64");
    }
}
