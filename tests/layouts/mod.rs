//! Makes images in the OCI layout, small and with any fault.

use std::{fmt::Write as _, fs, io::Write, path::Path};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempDir};

/// The header of an ELF file.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    class: u8,
    data: u8,
    machine: u16,
}

pub(crate) const AMD64: Program = Program {
    class: 2,
    data: 1,
    machine: 62,
};
pub(crate) const ARM64: Program = Program {
    class: 2,
    data: 1,
    machine: 183,
};
pub(crate) const I386: Program = Program {
    class: 1,
    data: 1,
    machine: 3,
};
pub(crate) const S390X: Program = Program {
    class: 2,
    data: 2,
    machine: 22,
};
pub(crate) const BPF: Program = Program {
    class: 2,
    data: 1,
    machine: 247,
};

impl Program {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![0; 200];
        bytes[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', self.class, self.data, 1]);
        let machine = if self.data == 1 {
            self.machine.to_le_bytes()
        } else {
            self.machine.to_be_bytes()
        };
        bytes[18..20].copy_from_slice(&machine);
        bytes
    }
}

/// An entry of a layer.
pub(crate) enum Item {
    File(String, Vec<u8>),
    Link(String, String),
    HardLink(String, String),
}

/// How a layer is compressed.
#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
    /// Several frames, one of them to be skipped.
    ZstdFrames,
}

/// A folder in the OCI layout that grows.
pub(crate) struct Layout {
    folder: TempDir,
    manifests: Vec<Value>,
    pub(crate) docker_types: bool,
}

impl Layout {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        fs::create_dir_all(folder.path().join("blobs/sha256")).expect("makes a folder");
        Self {
            folder,
            manifests: Vec::new(),
            docker_types: false,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.write();
        self.folder.path()
    }

    /// Writes the index.
    pub(crate) fn write(&self) {
        fs::write(
            self.folder.path().join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )
        .expect("writes");
        fs::write(self.folder.path().join("index.json"), self.index()).expect("writes");
    }

    /// The same as a tar archive.
    pub(crate) fn archive(&self) -> NamedTempFile {
        let file = NamedTempFile::new().expect("makes a file");
        let mut archive = tar::Builder::new(file.reopen().expect("opens"));
        archive.append_dir_all(".", self.path()).expect("packs");
        archive.finish().expect("packs");
        file
    }

    /// Adds an image and gives the digests of its manifest, configuration and layers.
    pub(crate) fn image(&mut self, platform: &str, layers: &[(Packing, &[Item])]) -> Vec<String> {
        self.image_with_configuration(platform, platform, layers)
    }

    pub(crate) fn image_with_configuration(
        &mut self,
        platform: &str,
        configured: &str,
        layers: &[(Packing, &[Item])],
    ) -> Vec<String> {
        let (configuration_type, manifest_type, layer_type) = if self.docker_types {
            (
                "application/vnd.docker.container.image.v1+json",
                "application/vnd.docker.distribution.manifest.v2+json",
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
            )
        } else {
            (
                "application/vnd.oci.image.config.v1+json",
                "application/vnd.oci.image.manifest.v1+json",
                "application/vnd.oci.image.layer.v1.tar+gzip",
            )
        };
        let configuration = self.blob(
            configuration(configured, &[]).to_string().as_bytes(),
            configuration_type,
        );
        let layers: Vec<Value> = layers
            .iter()
            .map(|(packing, items)| self.blob(&pack(*packing, &tar_of(items)), layer_type))
            .collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": manifest_type, "config": configuration, "layers": layers});
        let mut descriptor = self.blob(manifest.to_string().as_bytes(), manifest_type);
        let digests = std::iter::once(&descriptor)
            .chain([&configuration])
            .chain(&layers);
        let digests = digests
            .filter_map(|blob| blob["digest"].as_str().map(str::to_owned))
            .collect();
        descriptor["platform"] = platform_json(platform);
        self.manifests.push(descriptor);
        digests
    }

    /// Adds what BuildKit adds for provenance; its blobs may be of any kind, so that there are none here.
    pub(crate) fn attestation(&mut self) {
        self.manifests.push(json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{}", "0".repeat(64)),
            "size": 1,
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
            "platform": {"architecture": "unknown", "os": "unknown"},
        }));
    }

    /// Puts what is there into an index of its own.
    pub(crate) fn nest(&mut self) {
        let media_type = if self.docker_types {
            "application/vnd.docker.distribution.manifest.list.v2+json"
        } else {
            "application/vnd.oci.image.index.v1+json"
        };
        let index = self.index();
        let descriptor = self.blob(index.as_bytes(), media_type);
        self.manifests = vec![descriptor];
    }

    fn index(&self) -> String {
        json!({"schemaVersion": 2, "manifests": self.manifests}).to_string()
    }

    fn blob(&self, bytes: &[u8], media_type: &str) -> Value {
        let digest = digest(bytes);
        let name = digest.trim_start_matches("sha256:");
        fs::write(self.folder.path().join("blobs/sha256").join(name), bytes).expect("writes");
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }
}

/// An archive as `docker save` wrote it before version 25.
pub(crate) fn docker_archive(platform: &str, layers: &[&[Item]]) -> NamedTempFile {
    let layers: Vec<Vec<u8>> = layers.iter().map(|items| tar_of(items)).collect();
    let digests: Vec<String> = layers.iter().map(|layer| digest(layer)).collect();
    let paths: Vec<String> = (0..layers.len())
        .map(|at| format!("layer{at}/layer.tar"))
        .collect();
    let configuration = configuration(platform, &digests).to_string();
    let manifest =
        json!([{"Config": "config.json", "RepoTags": ["test:latest"], "Layers": paths}]).to_string();
    let mut items = vec![
        Item::File("manifest.json".into(), manifest.into_bytes()),
        Item::File("config.json".into(), configuration.into_bytes()),
        Item::File("real/layer.tar".into(), layers[0].clone()),
        Item::Link("layer0/layer.tar".into(), "../real/layer.tar".into()),
    ];
    items.extend(
        layers
            .iter()
            .zip(&paths)
            .skip(1)
            .map(|(layer, path)| Item::File(path.clone(), layer.clone())),
    );
    let mut file = NamedTempFile::new().expect("makes a file");
    file.write_all(&tar_of(&items)).expect("writes");
    file
}

fn configuration(platform: &str, digests: &[String]) -> Value {
    let mut value = platform_json(platform);
    value["rootfs"] = json!({"type": "layers", "diff_ids": digests});
    value
}

fn platform_json(platform: &str) -> Value {
    let parts: Vec<&str> = platform.split('/').collect();
    let mut value = json!({"os": parts[0], "architecture": parts[1]});
    if let Some(variant) = parts.get(2) {
        value["variant"] = json!(variant);
    }
    value
}

fn tar_of(items: &[Item]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for item in items {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        let (path, content) = match item {
            Item::File(path, content) => (path, content.as_slice()),
            Item::Link(path, target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_link_name_literal(target).expect("fits");
                (path, &[][..])
            }
            Item::HardLink(path, target) => {
                header.set_entry_type(tar::EntryType::Link);
                header.set_link_name_literal(target).expect("fits");
                (path, &[][..])
            }
        };
        // The checked way of setting a path refuses the ones with `..` that a test needs.
        header.as_gnu_mut().expect("is GNU").name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, content).expect("packs");
    }
    archive.into_inner().expect("packs")
}

fn pack(packing: Packing, bytes: &[u8]) -> Vec<u8> {
    let zstd =
        |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    match packing {
        Packing::Plain => bytes.to_vec(),
        Packing::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).expect("packs");
            encoder.finish().expect("packs")
        }
        Packing::Zstd => zstd(bytes),
        Packing::ZstdFrames => {
            let (first, second) = bytes.split_at(bytes.len() / 3);
            let skipped = [0x184d_2a50_u32.to_le_bytes(), 3_u32.to_le_bytes()].concat();
            [zstd(first), skipped, b"abc".to_vec(), zstd(second)].concat()
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("fits");
            text
        })
}
