//! What the build context proves: plain facts, each with the file that says so.
//!
//! Reading is the one thing here that touches files. Nothing outside the folder is read, but for the ignore file beside
//! the Dockerfile; no link is followed; what `.dockerignore` leaves out is not there. A file that cannot be read, or
//! not understood, proves nothing. A COPY brings what it copies only, so a fact is about the files of the context.

mod c;
mod dotnet;
mod elixir;
mod files;
mod go;
mod ignore;
mod java;
mod node;
mod php;
mod python;
mod ruby;
mod rust;

use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

pub use c::{CBuild, CBuildKind};
pub use dotnet::{DotnetProject, DotnetSdk, Setting};
pub use elixir::MixProject;
pub use go::GoModule;
pub use node::{NativeKind, NativePackage, NodeLock, NodeManifest};
pub use php::ComposerLock;
pub use python::PythonRequirements;
pub use ruby::GemLock;
pub use rust::{CargoConfiguration, CargoLock, CargoManifest, CrateNeeds, NativeCrate, RustToolchain};

use files::{Contents, is_below};
use ignore::Ignore;

/// What is known of the build context; the default is a context that was not looked at.
///
/// Every list is in the order of the files' paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Whether the folder was read at all.
    pub is_known: bool,
    /// The Go modules in it.
    pub go_modules: Vec<GoModule>,
    /// The go.work files, which join modules.
    pub go_workspaces: Vec<String>,
    /// The pom.xml and Gradle files that ask for native parts, with the word that gives it away.
    pub native_java: Vec<(String, &'static str)>,
    /// The Cargo.lock files.
    pub cargo_locks: Vec<CargoLock>,
    /// The Cargo.toml files.
    pub cargo_manifests: Vec<CargoManifest>,
    /// The `.cargo/config.toml` files.
    pub cargo_configurations: Vec<CargoConfiguration>,
    /// The `rust-toolchain` files.
    pub rust_toolchains: Vec<RustToolchain>,
    /// The lock files of npm, pnpm, Yarn and Bun.
    pub node_locks: Vec<NodeLock>,
    /// The package.json files.
    pub node_manifests: Vec<NodeManifest>,
    /// The binding.gyp files, which npm compiles without being asked.
    pub node_bindings: Vec<String>,
    /// The .NET projects and the settings that they share.
    pub dotnet_projects: Vec<DotnetProject>,
    /// The global.json files.
    pub dotnet_sdks: Vec<DotnetSdk>,
    /// The files of C and C++ builds.
    pub c_builds: Vec<CBuild>,
    /// The lists of Python packages.
    pub python_requirements: Vec<PythonRequirements>,
    /// The composer.lock files.
    pub composer_locks: Vec<ComposerLock>,
    /// The Gemfile.lock files.
    pub gem_locks: Vec<GemLock>,
    /// The mix.exs files.
    pub mix_projects: Vec<MixProject>,
    /// Manifests that cannot be read or understood, folders that cannot be read, and links: what they would say is not
    /// known.
    pub unread: Vec<String>,
}

/// Reads the manifests of the context in `folder`; `dockerfile` is the Dockerfile's path where it has one, since an
/// ignore file of its name beside it takes the place of the context's own.
///
/// # Errors
/// When the folder itself, or an ignore file, cannot be read.
pub fn read(folder: &Path, dockerfile: Option<&Path>) -> io::Result<Context> {
    fs::read_dir(folder)?;
    let Some(ignore) = read_ignore(folder, dockerfile)? else {
        return Ok(Context::default());
    };
    let found = files::find(folder, &ignore, is_wanted);
    let contents = Contents::of(folder);
    let mut context = Context {
        is_known: true,
        unread: found.unknown.clone(),
        ..Context::default()
    };
    for file in &found.files {
        if !is_source(file) && read_manifest(file, &contents, &mut context).is_none() {
            context.unread.push(file.clone());
        }
    }
    read_go_sources(&found.files, &contents, &mut context);
    for manifest in &mut context.cargo_manifests {
        rust::read_sources(manifest, &found.files);
    }
    context.unread.sort();
    Ok(context)
}

impl Context {
    /// The first file in a folder or below it of which it is not known what it says.
    pub fn unread_below(&self, folder: &str) -> Option<&str> {
        self.unread
            .iter()
            .map(String::as_str)
            .find(|file| is_below(file, folder))
    }
}

/// The patterns that hold; none when BuildKit refuses them, or follows a link to them.
fn read_ignore(folder: &Path, dockerfile: Option<&Path>) -> io::Result<Option<Ignore>> {
    let own = dockerfile.and_then(|path| {
        let mut name = path.file_name()?.to_owned();
        name.push(".dockerignore");
        Some(path.with_file_name(name))
    });
    for path in own.into_iter().chain([folder.join(".dockerignore")]) {
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(metadata) if metadata.is_file() => {
                return Ok(Ignore::parse(&String::from_utf8_lossy(&fs::read(&path)?)));
            }
            Ok(_) => return Ok(None),
        }
    }
    Ok(Some(Ignore::default()))
}

/// Whether a file may say something, by its name.
fn is_wanted(name: &str) -> bool {
    is_source(name)
        || name == "modules.txt"
        || matches!(
            name,
            "go.mod"
                | "go.work"
                | "Cargo.lock"
                | "Cargo.toml"
                | "config"
                | "config.toml"
                | "rust-toolchain"
                | "rust-toolchain.toml"
                | "package.json"
                | "binding.gyp"
                | "global.json"
                | "composer.lock"
                | "Gemfile.lock"
                | "mix.exs"
        )
        || java::is_build(name)
        || node::is_lock(name)
        || dotnet::is_project(name)
        || dotnet::is_settings(name)
        || c::kind(name).is_some()
        || python::is_list(name)
}

/// Whether a file's name says enough, or its text is read later.
fn is_source(file: &str) -> bool {
    matches!(
        Path::new(file).extension().and_then(std::ffi::OsStr::to_str),
        Some("go" | "rs")
    )
}

/// Reads one file; none when it is not what its name says.
fn read_manifest(file: &str, contents: &Contents<'_>, context: &mut Context) -> Option<()> {
    let mut parts = file.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let folder = parts.next().unwrap_or_default();
    // It is no manifest of Cargo's unless it lies where Cargo looks.
    if name == "modules.txt" || matches!(name, "config" | "config.toml") && folder != ".cargo" {
        return Some(());
    }
    let text = &contents.text(file)?;
    match name {
        "go.mod" => context.go_modules.push(go::read(file, text)?),
        "go.work" => context.go_workspaces.push(file.to_owned()),
        "Cargo.lock" => context.cargo_locks.push(rust::read_lock(file, text)?),
        "Cargo.toml" => context.cargo_manifests.push(rust::read_manifest(file, text)?),
        "config" | "config.toml" => context
            .cargo_configurations
            .push(rust::read_configuration(file, text)?),
        "rust-toolchain" | "rust-toolchain.toml" => {
            context.rust_toolchains.push(rust::read_toolchain(file, text)?);
        }
        "package.json" => context.node_manifests.push(node::read_manifest(file, text)?),
        "binding.gyp" => context.node_bindings.push(file.to_owned()),
        "global.json" => context.dotnet_sdks.push(dotnet::read_sdk(file, text)?),
        "composer.lock" => context.composer_locks.push(php::read(file, text)?),
        "Gemfile.lock" => context.gem_locks.push(ruby::read(file, text)?),
        "mix.exs" => context.mix_projects.push(elixir::read(file, text)?),
        name if node::is_lock(name) => context.node_locks.push(node::read_lock(file, text)?),
        name if java::is_build(name) => {
            context
                .native_java
                .extend(java::native_word(text).map(|word| (file.to_owned(), word)));
        }
        name if dotnet::is_project(name) || dotnet::is_settings(name) => {
            context.dotnet_projects.push(dotnet::read(file, text)?);
        }
        name if c::kind(name).is_some() => context.c_builds.push(c::read(file, text)?),
        _ => context.python_requirements.push(python::read(file, text)?),
    }
    Some(())
}

/// Reads the imports of the Go files that belong to a module, on all processors.
fn read_go_sources(files: &[String], contents: &Contents<'_>, context: &mut Context) {
    let folders: Vec<String> = context
        .go_modules
        .iter()
        .map(|module| module.folder.clone())
        .collect();
    let belongs = |file: &&String| go::is_source(file) && folders.iter().any(|folder| is_below(file, folder));
    let wanted: Vec<&String> = files.iter().filter(belongs).collect();
    let next = AtomicUsize::new(0);
    let read_some = || {
        let mut sources = Vec::new();
        while let Some(file) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            sources.push(go::read_source(contents, file));
        }
        sources
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut sources = std::thread::scope(|scope| {
        let started: Vec<_> = (1..threads.min(wanted.len()))
            .map(|_| scope.spawn(read_some))
            .collect();
        let mut sources = read_some();
        for thread in started {
            sources.extend(thread.join().unwrap_or_default());
        }
        sources
    });
    sources.sort_by(|left, right| left.file.cmp(&right.file));
    for module in &mut context.go_modules {
        let list = if module.folder.is_empty() {
            "vendor/modules.txt".to_owned()
        } else {
            format!("{}/vendor/modules.txt", module.folder)
        };
        let vendored = if files.contains(&list) {
            contents.text(&list).unwrap_or_default()
        } else {
            String::new()
        };
        go::read_sources(module, &sources, &vendored, &context.unread);
    }
}
