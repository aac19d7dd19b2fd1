//! Cargo: the packages of a lock file, the programs of a manifest, and what the settings say about targets.

use toml::{Table, Value};

use super::files::folder_of;

/// A Cargo.lock of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CargoLock {
    /// The file.
    pub file: String,
    /// All packages, the workspace's own included, with their versions, in order.
    pub packages: Vec<(String, String)>,
    /// The packages that need more than a Rust compiler for the target, or may.
    pub native: Vec<NativeCrate>,
}

/// A crate that needs more than a Rust compiler for the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeCrate {
    /// Its name.
    pub name: String,
    /// What its build script needs.
    pub needs: CrateNeeds,
}

/// What the build script of a crate needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrateNeeds {
    /// Nothing but a linker, or data: bindings to the system's C library and the like.
    Nothing,
    /// A C compiler for the target.
    C,
    /// A C and a C++ compiler for the target.
    Cpp,
    /// A C compiler for the target, and cmake.
    Cmake,
    /// A library of the target's system, found by pkg-config.
    SystemLibrary,
    /// A library of the target's system, unless a feature has it compiled from source.
    SystemLibraryOrC,
    /// libclang of the build platform, which then reads the target's headers.
    Libclang,
    /// It is not known what: a crate whose name ends in `-sys`, or that links by its nature.
    Unknown,
}

/// A Cargo.toml of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CargoManifest {
    /// The folder; empty for the context itself.
    pub folder: String,
    /// The package's name; none for a workspace alone.
    pub package: Option<String>,
    /// The names of the programs, those of `[[bin]]` first, then `src/main.rs` and `src/bin`.
    pub binaries: Vec<String>,
    /// Whether it is the root of a workspace.
    pub is_workspace: bool,
    /// The members of the workspace, as they are written.
    pub members: Vec<String>,
    /// Whether it has a build script of its own.
    pub has_build_script: bool,
    /// What Cargo takes from the files beside it without being told.
    found: FoundByFiles,
    /// Whether it makes a `cdylib` or `staticlib`.
    pub is_library_for_c: bool,
}

/// What Cargo takes from the files beside a manifest: programs unless `autobins = false`, a build script unless
/// `build = false`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FoundByFiles {
    binaries: bool,
    build_script: bool,
}

/// A `.cargo/config.toml` of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CargoConfiguration {
    /// The file.
    pub file: String,
    /// The targets of `build.target`.
    pub targets: Vec<String>,
    /// The folder of `build.target-dir`.
    pub target_folder: Option<String>,
    /// The linkers, by target (`aarch64-unknown-linux-gnu`, or a `cfg(…)`).
    pub linkers: Vec<(String, String)>,
    /// Whether flags for the compiler are set, for all targets or for some.
    pub sets_flags: bool,
    /// The sections of it that no field tells of.
    pub other: Vec<String>,
}

/// A `rust-toolchain` file of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RustToolchain {
    /// The file.
    pub file: String,
    /// The channel: `stable`, `1.80`.
    pub channel: Option<String>,
    /// The targets that it brings.
    pub targets: Vec<String>,
}

/// What build scripts of known crates need, by name.
const KNOWN: [(&str, CrateNeeds); 69] = [
    ("aws-lc-fips-sys", CrateNeeds::Cmake),
    ("aws-lc-sys", CrateNeeds::Cmake),
    ("alsa-sys", CrateNeeds::SystemLibrary),
    ("bindgen", CrateNeeds::Libclang),
    ("blake3", CrateNeeds::C),
    ("boring-sys", CrateNeeds::Cmake),
    ("brotli-sys", CrateNeeds::C),
    ("bzip2-sys", CrateNeeds::SystemLibraryOrC),
    ("cairo-sys-rs", CrateNeeds::SystemLibrary),
    ("clang-sys", CrateNeeds::Libclang),
    ("cloudflare-zlib-sys", CrateNeeds::C),
    ("core-foundation-sys", CrateNeeds::Nothing),
    ("curl-sys", CrateNeeds::SystemLibraryOrC),
    ("dirs-sys", CrateNeeds::Nothing),
    ("expat-sys", CrateNeeds::SystemLibraryOrC),
    ("ffmpeg-sys-next", CrateNeeds::SystemLibrary),
    ("fontconfig-sys", CrateNeeds::SystemLibrary),
    ("freetype-sys", CrateNeeds::SystemLibraryOrC),
    ("fsevent-sys", CrateNeeds::Nothing),
    ("glib-sys", CrateNeeds::SystemLibrary),
    ("hidapi", CrateNeeds::SystemLibrary),
    ("inotify-sys", CrateNeeds::Nothing),
    ("io-kit-sys", CrateNeeds::Nothing),
    ("jemalloc-sys", CrateNeeds::C),
    ("js-sys", CrateNeeds::Nothing),
    ("kqueue-sys", CrateNeeds::Nothing),
    ("libduckdb-sys", CrateNeeds::Cpp),
    ("libdbus-sys", CrateNeeds::SystemLibrary),
    ("libgit2-sys", CrateNeeds::C),
    ("libmimalloc-sys", CrateNeeds::C),
    ("libnghttp2-sys", CrateNeeds::C),
    ("librocksdb-sys", CrateNeeds::Cpp),
    ("libsodium-sys", CrateNeeds::C),
    ("libsqlite3-sys", CrateNeeds::SystemLibraryOrC),
    ("libssh2-sys", CrateNeeds::SystemLibraryOrC),
    ("libudev-sys", CrateNeeds::SystemLibrary),
    ("libwebp-sys", CrateNeeds::C),
    ("libz-ng-sys", CrateNeeds::Cmake),
    ("libz-rs-sys", CrateNeeds::Nothing),
    ("libz-sys", CrateNeeds::SystemLibraryOrC),
    ("linux-raw-sys", CrateNeeds::Nothing),
    ("lmdb-rkv-sys", CrateNeeds::C),
    ("lz4-sys", CrateNeeds::C),
    ("lzma-sys", CrateNeeds::SystemLibraryOrC),
    ("mozjpeg-sys", CrateNeeds::C),
    ("mysqlclient-sys", CrateNeeds::SystemLibrary),
    ("ndk-sys", CrateNeeds::Nothing),
    ("objc-sys", CrateNeeds::Nothing),
    ("onig_sys", CrateNeeds::C),
    ("openssl-src", CrateNeeds::C),
    ("openssl-sys", CrateNeeds::SystemLibraryOrC),
    ("ort-sys", CrateNeeds::Unknown),
    ("pq-sys", CrateNeeds::SystemLibrary),
    ("psm", CrateNeeds::C),
    ("pyo3-ffi", CrateNeeds::Unknown),
    ("rdkafka-sys", CrateNeeds::Unknown),
    ("renderdoc-sys", CrateNeeds::Nothing),
    ("ring", CrateNeeds::C),
    ("secp256k1-sys", CrateNeeds::C),
    ("security-framework-sys", CrateNeeds::Nothing),
    ("snmalloc-sys", CrateNeeds::Cmake),
    ("sqlite3-src", CrateNeeds::C),
    ("system-configuration-sys", CrateNeeds::Nothing),
    ("tikv-jemalloc-sys", CrateNeeds::C),
    ("tree-sitter", CrateNeeds::C),
    ("v8", CrateNeeds::Unknown),
    ("wayland-sys", CrateNeeds::Nothing),
    ("web-sys", CrateNeeds::Nothing),
    ("zstd-sys", CrateNeeds::C),
];

/// Crates that build scripts use to compile or to find more; with them, a crate that is not known may need as much.
const BUILDERS: [(&str, CrateNeeds); 7] = [
    ("autotools", CrateNeeds::C),
    ("cc", CrateNeeds::C),
    ("cmake", CrateNeeds::Cmake),
    ("cxx-build", CrateNeeds::Cpp),
    ("nasm-rs", CrateNeeds::C),
    ("pkg-config", CrateNeeds::SystemLibrary),
    ("system-deps", CrateNeeds::SystemLibrary),
];

impl CargoLock {
    /// Whether the lock file has a package of this name.
    pub fn has(&self, name: &str) -> bool {
        self.packages.iter().any(|(package, _)| package == name)
    }

    /// Whether it proves that the whole project needs nothing but a Rust compiler and a linker: no crate in it
    /// compiles C or looks for a library, nor brings the crates that build scripts do that with.
    pub fn is_pure_rust(&self) -> bool {
        self.native
            .iter()
            .all(|native| native.needs == CrateNeeds::Nothing)
    }
}

/// Reads a Cargo.lock.
pub(super) fn read_lock(file: &str, text: &str) -> Option<CargoLock> {
    let table: Table = text.parse().ok()?;
    let text_of = |package: &Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let mut packages = Vec::new();
    let mut native = Vec::new();
    for package in table.get("package").map_or(Some(&Vec::new()), Value::as_array)? {
        let name = text_of(package, "name")?;
        if let Some(needs) = needs_of(&name) {
            native.push(NativeCrate {
                name: name.clone(),
                needs,
            });
        } else if let Some(needs) = needs_of_helper(package) {
            // It is not known by name, but calls for a C compiler or a library by what it depends on.
            native.push(NativeCrate {
                name: name.clone(),
                needs,
            });
        }
        packages.push((name, text_of(package, "version").unwrap_or_default()));
    }
    Some(CargoLock {
        file: file.to_owned(),
        packages,
        native,
    })
}

fn needs_of(name: &str) -> Option<CrateNeeds> {
    if let Some((_, needs)) = KNOWN.iter().find(|(known, _)| *known == name) {
        return Some(*needs);
    }
    // Bindings to other systems' libraries, and to the web's.
    if name.starts_with("windows") || name.starts_with("winapi") || name.starts_with("objc2") {
        return None;
    }
    if name.starts_with("tree-sitter-") {
        return Some(CrateNeeds::C);
    }
    (name.ends_with("-sys") || name.ends_with("_sys") || name.ends_with("-src"))
        .then_some(CrateNeeds::Unknown)
}

/// What a package that is not known by name needs, by the helpers among its dependencies.
fn needs_of_helper(package: &Value) -> Option<CrateNeeds> {
    let own = package.get("name")?.as_str()?;
    if BUILDERS.iter().any(|(builder, _)| *builder == own) {
        return None;
    }
    let dependencies = package.get("dependencies")?.as_array()?;
    // An entry may go on with a version: `cc 1.0.0`.
    let names = dependencies.iter().filter_map(Value::as_str);
    let mut names = names.filter_map(|name| name.split(' ').next());
    names.find_map(|name| {
        let known = BUILDERS.iter().find(|(builder, _)| *builder == name);
        known.map(|(_, needs)| *needs)
    })
}

/// Reads a Cargo.toml.
pub(super) fn read_manifest(file: &str, text: &str) -> Option<CargoManifest> {
    let table: Table = text.parse().ok()?;
    let package = table.get("package");
    let workspace = table.get("workspace");
    let binaries = table.get("bin").and_then(Value::as_array).into_iter().flatten();
    let names = binaries.filter_map(|binary| binary.get("name")?.as_str().map(str::to_owned));
    let kinds = table
        .get("lib")
        .and_then(|library| library.get("crate-type").or_else(|| library.get("crate_type")));
    let is_off = |key: &str| {
        package
            .and_then(|package| package.get(key))
            .and_then(Value::as_bool)
            == Some(false)
    };
    Some(CargoManifest {
        folder: folder_of(file).to_owned(),
        package: package.and_then(|package| Some(package.get("name")?.as_str()?.to_owned())),
        binaries: names.collect(),
        is_workspace: workspace.is_some(),
        members: workspace
            .and_then(|workspace| workspace.get("members"))
            .map(strings)
            .unwrap_or_default(),
        has_build_script: package.is_some_and(|package| {
            package
                .get("build")
                .is_some_and(|build| build.as_bool() != Some(false))
        }),
        found: FoundByFiles {
            binaries: !is_off("autobins"),
            build_script: !is_off("build"),
        },
        is_library_for_c: kinds
            .map(strings)
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib" || kind == "staticlib")),
    })
}

/// Adds what the files beside a manifest say: programs and the build script.
pub(super) fn read_sources(manifest: &mut CargoManifest, files: &[String]) {
    let prefix = if manifest.folder.is_empty() {
        String::new()
    } else {
        format!("{}/", manifest.folder)
    };
    let Some(package) = manifest.package.clone() else {
        return;
    };
    for file in files.iter().filter_map(|file| file.strip_prefix(&prefix)) {
        manifest.has_build_script |= file == "build.rs" && manifest.found.build_script;
        let binary = match file.strip_prefix("src/bin/") {
            None => (file == "src/main.rs").then_some(package.as_str()),
            Some(file) => match file.split_once('/') {
                None => file.strip_suffix(".rs"),
                Some((folder, "main.rs")) => Some(folder),
                Some(_) => None,
            },
        };
        let binary = binary.filter(|_| manifest.found.binaries);
        if let Some(binary) = binary.filter(|binary| !manifest.binaries.iter().any(|known| known == binary)) {
            manifest.binaries.push(binary.to_owned());
        }
    }
}

/// Reads a `.cargo/config.toml`.
pub(super) fn read_configuration(file: &str, text: &str) -> Option<CargoConfiguration> {
    let table: Table = text.parse().ok()?;
    let build = table.get("build");
    let in_build = |key: &str| build.and_then(|build| build.get(key));
    let mut configuration = CargoConfiguration {
        file: file.to_owned(),
        targets: in_build("target").map(strings).unwrap_or_default(),
        target_folder: in_build("target-dir").and_then(Value::as_str).map(str::to_owned),
        sets_flags: in_build("rustflags").is_some(),
        ..CargoConfiguration::default()
    };
    for (target, settings) in table
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        if let Some(linker) = settings.get("linker").and_then(Value::as_str) {
            configuration.linkers.push((target.clone(), linker.to_owned()));
        }
        configuration.sets_flags |= settings.get("rustflags").is_some();
    }
    let is_other = |name: &&String| !matches!(name.as_str(), "build" | "target");
    configuration.other = table.keys().filter(is_other).cloned().collect();
    Some(configuration)
}

/// Reads a `rust-toolchain` or `rust-toolchain.toml`; the former may hold a bare channel.
pub(super) fn read_toolchain(file: &str, text: &str) -> Option<RustToolchain> {
    let bare = text.trim();
    if !bare.contains(['\n', '=', '[']) && !bare.is_empty() {
        return Some(RustToolchain {
            file: file.to_owned(),
            channel: Some(bare.to_owned()),
            targets: Vec::new(),
        });
    }
    let table: Table = text.parse().ok()?;
    let toolchain = table.get("toolchain")?;
    Some(RustToolchain {
        file: file.to_owned(),
        channel: toolchain
            .get("channel")
            .and_then(Value::as_str)
            .map(str::to_owned),
        targets: toolchain.get("targets").map(strings).unwrap_or_default(),
    })
}

/// A string, or an array of them.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_locks() {
        let text = "version = 4\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\"ring\", \"odd\"]\n[[package]]\nname = \"ring\"\nversion = \"0.17.8\"\n[[package]]\nname = \"odd\"\nversion = \"1.0.0\"\ndependencies = [\"cc 1.0.0\"]\n[[package]]\nname = \"cc\"\nversion = \"1.0.0\"\n[[package]]\nname = \"linux-raw-sys\"\nversion = \"0.4.0\"\n";
        let lock = read_lock("Cargo.lock", text).expect("a lock file");
        let needs: Vec<_> = lock
            .native
            .iter()
            .map(|native| (native.name.as_str(), native.needs))
            .collect();
        assert_eq!(
            needs,
            [
                ("ring", CrateNeeds::C),
                ("odd", CrateNeeds::C),
                ("linux-raw-sys", CrateNeeds::Nothing)
            ]
        );
        assert!(lock.has("cc") && !lock.is_pure_rust());
        assert!(
            read_lock("x", "version = 4\n")
                .expect("an empty one")
                .is_pure_rust()
        );
        assert_eq!(read_lock("x", "[[package]]\nversion = \"1\"\n"), None);
    }

    #[test]
    fn reads_manifests_and_settings() {
        let manifest = read_manifest("a/Cargo.toml", "[package]\nname = \"a\"\nbuild = \"build.rs\"\n[[bin]]\nname = \"x\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\nmembers = [\"b\"]\n").expect("a manifest");
        assert_eq!(manifest.package.as_deref(), Some("a"));
        assert_eq!(manifest.binaries, ["x"]);
        assert!(manifest.is_workspace && manifest.has_build_script && manifest.is_library_for_c);
        let text = "[build]\ntarget = \"x86_64-unknown-linux-musl\"\ntarget-dir = \"out\"\n[target.aarch64-unknown-linux-gnu]\nlinker = \"aarch64-linux-gnu-gcc\"\nrustflags = []\n[alias]\nb = \"build\"\n";
        let settings = read_configuration(".cargo/config.toml", text).expect("settings");
        assert_eq!(settings.targets, ["x86_64-unknown-linux-musl"]);
        assert_eq!(settings.target_folder.as_deref(), Some("out"));
        assert_eq!(
            settings.linkers,
            [(
                "aarch64-unknown-linux-gnu".to_owned(),
                "aarch64-linux-gnu-gcc".to_owned()
            )]
        );
        assert!(settings.sets_flags);
        assert_eq!(settings.other, ["alias"]);
        assert_eq!(
            read_toolchain("rust-toolchain", "1.80\n")
                .and_then(|toolchain| toolchain.channel)
                .as_deref(),
            Some("1.80")
        );
        let text = "[toolchain]\nchannel = \"stable\"\ntargets = [\"wasm32-unknown-unknown\"]\n";
        assert_eq!(
            read_toolchain("rust-toolchain.toml", text).map(|toolchain| toolchain.targets.len()),
            Some(1)
        );
    }
}
