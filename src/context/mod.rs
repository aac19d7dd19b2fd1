//! What the build context proves. Reading is the one thing here that touches files; nothing outside the folder is read.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Go module of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoModule {
    /// The folder of its go.mod, relative to the context; empty for the context itself.
    pub folder: String,
    /// The module path.
    pub path: String,
    /// A file of the context that imports `C`, if there is one.
    pub cgo_file: Option<String>,
}

/// What is known of the build context; the default is a context that was not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Whether the folder was read at all.
    pub is_known: bool,
    /// The Go modules in it.
    pub go_modules: Vec<GoModule>,
    /// The pom.xml and Gradle files that ask for native parts, with the word that gives it away.
    pub native_java: Vec<(String, &'static str)>,
}

/// Folders that never hold the sources of a build.
const SKIPPED: [&str; 3] = [".git", "node_modules", ".hg"];

/// Words in a Maven or Gradle file that make the result depend on the platform.
const NATIVE_JAVA: [&str; 13] = [
    "os.detected",
    "os-maven-plugin",
    "osdetector",
    "native-maven-plugin",
    "org.graalvm.buildtools",
    "openjfx",
    "org.eclipse.swt",
    "jlink",
    "jpackage",
    "currentOs",
    "os.arch",
    "javacpp",
    "org.beryx.runtime",
];

/// Reads the manifests of the context in `folder`.
///
/// # Errors
/// When the folder itself cannot be read; a file inside that cannot be read proves nothing and is passed over.
pub fn read(folder: &Path) -> std::io::Result<Context> {
    let mut context = Context {
        is_known: true,
        ..Context::default()
    };
    let mut cgo_files = Vec::new();
    let mut open = vec![PathBuf::new()];
    fs::read_dir(folder)?;
    while let Some(relative) = open.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&relative)) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = relative.join(name);
            if kind.is_dir() {
                if !SKIPPED.contains(&name) {
                    open.push(path);
                }
                continue;
            }
            if kind.is_file() {
                read_file(folder, &path, name, &mut context, &mut cgo_files);
            }
        }
    }
    cgo_files.sort();
    for module in &mut context.go_modules {
        module.cgo_file = cgo_files
            .iter()
            .find(|file| Path::new(file).starts_with(&module.folder))
            .cloned();
    }
    context
        .go_modules
        .sort_by(|left, right| left.folder.cmp(&right.folder));
    context.native_java.sort();
    Ok(context)
}

fn read_file(folder: &Path, path: &Path, name: &str, context: &mut Context, cgo_files: &mut Vec<String>) {
    let text = || fs::read_to_string(folder.join(path)).unwrap_or_default();
    let shown = || path.to_string_lossy().into_owned();
    if name == "go.mod" {
        let text = text();
        let declared = text.lines().find_map(|line| line.trim().strip_prefix("module "));
        if let Some(module) = declared {
            let folder = path
                .parent()
                .map(|parent| parent.to_string_lossy().into_owned())
                .unwrap_or_default();
            let path = module
                .split("//")
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"')
                .to_owned();
            context.go_modules.push(GoModule {
                folder,
                path,
                cgo_file: None,
            });
        }
    } else if path.extension().is_some_and(|extension| extension == "go") && !name.ends_with("_test.go") {
        let imports_c = |line: &str| {
            let line = line.trim();
            line == "import \"C\"" || line == "\"C\""
        };
        if text().lines().any(imports_c) {
            cgo_files.push(shown());
        }
    } else if is_java_build(name) {
        let text = text();
        context.native_java.extend(
            NATIVE_JAVA
                .iter()
                .find(|word| text.contains(**word))
                .map(|word| (shown(), *word)),
        );
    }
}

fn is_java_build(name: &str) -> bool {
    matches!(name, "pom.xml" | "build.sbt" | "project.clj" | "build.xml")
        || name.starts_with("build.gradle")
        || name.starts_with("settings.gradle")
        || name.ends_with(".versions.toml")
}
