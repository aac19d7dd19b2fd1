//! What is known of the recipes whose commands may be split off.

use crate::{
    model::reference,
    plan::{
        Origin, Output, paths,
        trace::{Answer, CommandTrace},
    },
};

use super::entry::Started;

#[derive(Debug)]
/// What is known of a recipe whose commands may be split off.
pub(super) struct Compiler {
    pub(super) recipe: &'static str,
    /// Folders that hold nothing but what the commands make.
    pub(super) folders: &'static [&'static str],
    /// The ends of the names of files that they make anywhere; an empty one stands for a name without a dot.
    pub(super) endings: &'static [&'static str],
    /// Whether nothing that they make counts unless something later names it.
    pub(super) may_be_unused: bool,
    /// What they leave behind besides their outputs, for people.
    pub(super) caches: &'static str,
}

pub(super) const COMPILERS: [Compiler; 5] = [
    Compiler {
        recipe: "go",
        folders: &[],
        endings: &[""],
        may_be_unused: false,
        caches: "the modules and the build cache of Go",
    },
    Compiler {
        recipe: "rust",
        folders: &[],
        endings: &[""],
        may_be_unused: true,
        caches: "cargo's registry and the rest of its target folder",
    },
    Compiler {
        recipe: "jar",
        folders: &["target", "build", "dist", "out"],
        endings: &[".jar", ".war"],
        may_be_unused: false,
        caches: "the repository of Maven or Gradle and the rest of the build",
    },
    Compiler {
        recipe: "node-bundle",
        folders: &["build", "dist", "out"],
        endings: &[],
        may_be_unused: false,
        caches: "what else the bundler writes",
    },
    Compiler {
        recipe: "dotnet",
        folders: &["bin", "publish", "out"],
        endings: &[],
        may_be_unused: true,
        caches: "NuGet's packages and the rest of bin and obj",
    },
];

/// Folders of programs that are found by name.
pub(super) const PROGRAM_FOLDERS: [&str; 7] = [
    "/go/bin",
    "/usr/local/cargo/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
    "/usr/local/sbin",
    "/usr/sbin",
];

/// Names of platforms in the names of files.
pub(super) const MACHINES: [&str; 6] = ["amd64", "x86_64", "x86-64", "arm64", "aarch64", "linux-x64"];

/// Names of folders that hold caches.
const CACHES: [&str; 9] = [
    ".cache", ".gradle", ".ivy2", ".m2", ".npm", ".nuget", ".sbt", ".yarn", "_cacache",
];

/// Whether a recipe that compiles speaks of the command.
pub(super) fn is_known(command: &CommandTrace) -> bool {
    let (Answer::Native(recipe) | Answer::Declined(recipe)) = command.answer else {
        return false;
    };
    COMPILERS.iter().any(|compiler| compiler.recipe == recipe)
}

pub(super) fn compiler_of(command: &CommandTrace) -> Option<&'static Compiler> {
    let Answer::Native(recipe) = command.answer else {
        return None;
    };
    let is_housekeeping = matches!(command.name.as_str(), "rm" | "strip") || command.is_captured;
    COMPILERS.iter().find(|compiler| {
        compiler.recipe == recipe && !is_housekeeping && (recipe != "node-bundle" || bundles(command))
    })
}

/// Whether a command fetches sources, or tools, and no more.
pub(super) fn fetches(command: &CommandTrace) -> bool {
    match command.name.as_str() {
        "go" => command
            .words
            .first()
            .is_some_and(|word| word.as_deref() == Some("get")),
        name => matches!(name, "dep" | "glide" | "godep" | "govendor"),
    }
}

/// Whether a command of Node does no more than bundle: others write to node_modules, or run.
fn bundles(command: &CommandTrace) -> bool {
    let mut words = command
        .words
        .iter()
        .flatten()
        .filter(|word| !word.starts_with('-'));
    match command.name.as_str() {
        "npm" | "yarn" | "pnpm" | "bun" => words.any(|word| word == "build" || word.starts_with("build:")),
        "npx" | "pnpx" | "bunx" => words.next().is_some_and(|word| BUNDLERS.contains(&word.as_str())),
        name => BUNDLERS.contains(&name),
    }
}

/// Programs that bundle or translate.
const BUNDLERS: [&str; 10] = [
    "esbuild",
    "nest",
    "ng",
    "parcel",
    "rollup",
    "tsc",
    "tsup",
    "vite",
    "vue-cli-service",
    "webpack",
];

/// Where what a container starts may be.
pub(super) fn paths_of(start: &[Started]) -> Vec<String> {
    let paths = start.iter().flat_map(|started| match started {
        Started::Path(path) => vec![path.clone()],
        Started::Name(name) => PROGRAM_FOLDERS
            .iter()
            .map(|folder| paths::join(folder, name))
            .collect(),
    });
    paths.collect()
}

/// The folder or file that a compiler makes in `folder` when something later names `path` in it.
pub(super) fn made_by(compiler: &Compiler, folder: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(folder)?.trim_start_matches('/');
    let mut end = path.len() - rest.len();
    for part in rest.split('/') {
        end += part.len();
        if compiler.folders.contains(&part) {
            return Some(path[..end].to_owned());
        }
        end += 1;
    }
    let name = rest.rsplit('/').next().unwrap_or_default();
    let is_made = compiler.endings.iter().any(|ending| {
        if ending.is_empty() {
            !name.contains('.') && !matches!(name, "run" | "start" | "entrypoint" | "docker-entrypoint")
        } else {
            name.ends_with(ending)
        }
    });
    is_made.then(|| path.to_owned())
}

/// Whether an output is a cache that the same command would fill again.
pub(super) fn is_cache(output: &Output, command: &CommandTrace) -> bool {
    let is_module_cache =
        command.name == "go" && output.origin == Origin::Data && output.path.ends_with("/pkg");
    is_module_cache || lies_in_cache(&output.path)
}

pub(super) fn lies_in_cache(path: &str) -> bool {
    holds_cache(path)
        || ["/tmp", "/var/cache"]
            .iter()
            .any(|folder| paths::is_within(path, folder))
}

pub(super) fn holds_cache(path: &str) -> bool {
    path.split('/').any(|part| CACHES.contains(&part))
        || [
            "/go/pkg",
            "/root/.cargo/registry",
            "/usr/local/cargo/registry",
            "/usr/local/cargo/git",
        ]
        .iter()
        .any(|folder| paths::is_within(path, folder))
}

/// Whether commands run as root in the image, as in those of distributions and languages.
pub(super) fn runs_as_root(image: &str) -> bool {
    let has_own_user = ["bitnami", "chainguard", "cimg", "circleci", "jenkins", "nonroot"]
        .iter()
        .any(|word| image.contains(word));
    let short = reference::short_name(image);
    !has_own_user
        && [
            "almalinux",
            "alpine",
            "amazoncorretto",
            "amazonlinux",
            "buildpack-deps",
            "bun",
            "centos",
            "debian",
            "eclipse-temurin",
            "fedora",
            "gcc",
            "golang",
            "gradle",
            "java",
            "jdk",
            "maven",
            "node",
            "openjdk",
            "python",
            "rockylinux",
            "rust",
            "sdk",
            "ubuntu",
        ]
        .contains(&short)
}
