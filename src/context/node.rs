//! Node: which packages of a lock file are not the same on every platform, and what package.json runs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::files::{folder_of, is_below};

/// A lock file of npm or one of its relatives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeLock {
    /// The file.
    pub file: String,
    /// The packages that are not, or may not be, the same on every platform, in order.
    pub native: Vec<NativePackage>,
    /// Whether the file tells of every package whether it runs something when it is installed, and on which platforms
    /// it is installed; only then does an empty list prove anything.
    pub is_complete: bool,
}

/// A package that is not, or may not be, the same on every platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativePackage {
    /// Its name.
    pub name: String,
    /// What makes it differ.
    pub kind: NativeKind,
    /// Whether `npm ci --omit=dev` leaves it out.
    pub is_development: bool,
    /// Whether it is a tool of the build, of which nothing gets into what is bundled: esbuild, swc, Rollup.
    pub is_build_tool: bool,
}

/// What makes a package differ between platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeKind {
    /// It runs a script when it is installed.
    Script,
    /// It is for some systems, processors or C libraries only.
    Restricted,
    /// It comes from a repository or a folder, and may be built when it is installed.
    Source,
    /// Known by name alone, as the lock file does not say more.
    Name,
}

/// A package.json of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeManifest {
    /// The file.
    pub file: String,
    /// The script that runs when the package is installed, and is not known to be harmless: its name and text.
    pub install_script: Option<(String, String)>,
    /// A script that packs or compiles a program: its name and text.
    pub native_script: Option<(String, String)>,
}

/// Packages whose install scripts write text that is the same everywhere, or print a banner, or look at git.
const HARMLESS: [&str; 14] = [
    "@nestjs/core",
    "@scarf/scarf",
    "core-js",
    "core-js-bundle",
    "core-js-pure",
    "es5-ext",
    "ejs",
    "husky",
    "preact",
    "protobufjs",
    "simple-git-hooks",
    "styled-components",
    "vue-demi",
    "yorkie",
];

/// Tools that compile and bundle: they are native themselves, and what they write is text.
const BUILD_TOOLS: [&str; 32] = [
    "@biomejs/",
    "@esbuild/",
    "@next/swc",
    "@nx/nx-",
    "@oxc-",
    "@oxlint/",
    "@parcel/",
    "@rolldown/",
    "@rollup/rollup-",
    "@rspack/",
    "@swc/",
    "@tailwindcss/",
    "@turbo/",
    "@unrs/",
    "@vue/cli",
    "chokidar",
    "dprint",
    "esbuild",
    "fsevents",
    "lefthook",
    "lightningcss",
    "msw",
    "node-sass",
    "nx",
    "oxlint",
    "rolldown",
    "rollup",
    "sass-embedded",
    "turbo",
    "unrs-resolver",
    "watchpack-chokidar2",
    "webpack",
];

/// Packages with native code, for lock files that do not say so.
const NATIVE: [&str; 44] = [
    "@mapbox/node-pre-gyp",
    "@napi-rs/",
    "@node-rs/",
    "@prisma/",
    "@sentry/profiling-node",
    "@tensorflow/tfjs-node",
    "argon2",
    "bcrypt",
    "better-sqlite3",
    "bindings",
    "bufferutil",
    "canvas",
    "chromedriver",
    "classic-level",
    "cpu-features",
    "cypress",
    "deasync",
    "duckdb",
    "electron",
    "farmhash",
    "ffi-napi",
    "grpc",
    "iconv",
    "isolated-vm",
    "keytar",
    "kerberos",
    "leveldown",
    "libpq",
    "lmdb",
    "mongodb-client-encryption",
    "msgpackr-extract",
    "node-gyp-build",
    "node-pty",
    "node-rdkafka",
    "nodegit",
    "onnxruntime-node",
    "playwright",
    "prebuild-install",
    "prisma",
    "puppeteer",
    "re2",
    "serialport",
    "sharp",
    "sqlite3",
];

/// Words in a script that pack a program, or compile one.
const NATIVE_WORDS: [&str; 22] = [
    "--compile",
    "--experimental-sea-config",
    "--build-sea",
    "cargo",
    "caxa",
    "cmake",
    "cmake-js",
    "electron-builder",
    "electron-forge",
    "electron-rebuild",
    "g++",
    "gcc",
    "go",
    "make",
    "napi",
    "neon",
    "nexe",
    "node-gyp",
    "node-pre-gyp",
    "pkg",
    "prebuildify",
    "tauri",
];

impl NodeLock {
    /// The first package that is not proven to be the same on every platform.
    ///
    /// # Errors
    /// Why even the absence of one would prove nothing.
    pub fn platform_package(&self, without_development: bool) -> Result<Option<&NativePackage>, String> {
        if !self.is_complete {
            return Err(format!("{} does not say which packages are native", self.file));
        }
        let mut native = self.native.iter();
        Ok(native.find(|package| !(without_development && package.is_development)))
    }

    /// The first package whose native parts could get into a bundle.
    ///
    /// # Errors
    /// Why even the absence of one would prove nothing.
    pub fn bundled_package(&self) -> Result<Option<&NativePackage>, String> {
        if !self.is_complete {
            return Err(format!("{} does not say which packages are native", self.file));
        }
        Ok(self.native.iter().find(|package| !package.is_build_tool))
    }
}

impl NodeManifest {
    /// Whether the package lies in the folder of the lock file, or below it, so that they may belong together.
    pub fn is_below(&self, lock: &NodeLock) -> bool {
        is_below(&self.file, folder_of(&lock.file))
    }
}

/// Whether a file is a lock file, by its name.
pub(super) fn is_lock(name: &str) -> bool {
    matches!(
        name,
        "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" | "yarn.lock" | "bun.lock"
    )
}

/// Reads a lock file, by its name.
pub(super) fn read_lock(file: &str, text: &str) -> Option<NodeLock> {
    let (native, is_complete) = match file.rsplit('/').next()? {
        "package-lock.json" | "npm-shrinkwrap.json" => npm(text)?,
        "pnpm-lock.yaml" => pnpm(text)?,
        "yarn.lock" => (known_by_name(yarn_names(text)), false),
        "bun.lock" => (known_by_name(quoted_names(text)), false),
        _ => return None,
    };
    Some(NodeLock {
        file: file.to_owned(),
        native,
        is_complete,
    })
}

/// Reads a package.json.
pub(super) fn read_manifest(file: &str, text: &str) -> Option<NodeManifest> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let none = Map::new();
    let scripts = match value.as_object()?.get("scripts") {
        None => &none,
        Some(scripts) => scripts.as_object()?,
    };
    let find = |wanted: &dyn Fn(&str, &str) -> bool| {
        scripts
            .iter()
            .filter_map(|(name, script)| Some((name, script.as_str()?)))
            .find(|(name, script)| wanted(name, script))
            .map(|(name, script)| (name.clone(), script.to_owned()))
    };
    let is_install = |name: &str| {
        matches!(
            name,
            "preinstall"
                | "install"
                | "postinstall"
                | "prepare"
                | "preprepare"
                | "postprepare"
                | "prepublish"
                | "dependencies"
        )
    };
    Some(NodeManifest {
        file: file.to_owned(),
        install_script: find(&|name, script| is_install(name) && !is_harmless_script(script)),
        native_script: find(&|_, script| is_native_script(script)),
    })
}

/// Hooks of git, and patches of text.
fn is_harmless_script(script: &str) -> bool {
    let script = script.trim().trim_end_matches("|| true").trim();
    matches!(
        script,
        "" | "husky"
            | "husky install"
            | "patch-package"
            | "simple-git-hooks"
            | "npx simple-git-hooks"
            | "npx husky install"
            | "is-ci || husky install"
            | "node .husky/install.mjs"
    )
}

fn is_native_script(script: &str) -> bool {
    script
        .split(|one: char| one.is_whitespace() || matches!(one, ';' | '&' | '|' | '(' | ')' | '"' | '\''))
        .any(|word| NATIVE_WORDS.contains(&word.rsplit('/').next().unwrap_or_default()))
}

/// `package-lock.json` from npm 7 on, which says everything; older ones do not.
fn npm(text: &str) -> Option<(Vec<NativePackage>, bool)> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let lock = value.as_object()?;
    let Some(packages) = lock.get("packages") else {
        let dependencies = lock.get("dependencies").and_then(Value::as_object);
        let names = dependencies.into_iter().flat_map(Map::keys).map(String::as_str);
        return Some((known_by_name(names), false));
    };
    let mut native = Vec::new();
    let mut is_complete = true;
    for (path, package) in packages.as_object()? {
        let package = package.as_object()?;
        // The project itself and its workspaces: their own package.json tells of their scripts.
        let Some((_, name)) = path.rsplit_once("node_modules/") else {
            continue;
        };
        let has = |key: &str| package.get(key).is_some_and(|value| *value != Value::Bool(false));
        if has("link") {
            continue;
        }
        let list = |key: &str| package.get(key).map(names).unwrap_or_default();
        let restrictions = Restrictions {
            systems: list("os"),
            processors: list("cpu"),
            libraries: list("libc"),
        };
        let resolved = package.get("resolved").and_then(Value::as_str);
        let is_source = resolved
            .is_some_and(|address| !address.starts_with("https://") && !address.starts_with("http://"));
        // What lies in another package's archive comes without an address.
        is_complete &= resolved.is_some() || has("inBundle") || has("integrity") || has("version");
        let has_script = has("hasInstallScript") || has("gypfile");
        let is_development = has("dev");
        native.extend(judge(name, has_script, &restrictions, is_source, is_development));
    }
    Some((native, is_complete))
}

/// Where a package is installed at all; empty lists mean everywhere.
#[derive(Debug, Default)]
struct Restrictions {
    systems: Vec<String>,
    processors: Vec<String>,
    libraries: Vec<String>,
}

impl Restrictions {
    /// Whether no Linux gets it.
    fn leaves_out_linux(&self) -> bool {
        let names_linux = self
            .systems
            .iter()
            .any(|system| system == "linux" || system == "any");
        let only_excludes = self.systems.iter().all(|system| system.starts_with('!'));
        !self.systems.is_empty() && !names_linux && !only_excludes
            || self.systems.iter().any(|system| system == "!linux")
    }

    /// Whether every Linux gets it.
    fn takes_in_linux(&self) -> bool {
        let is_open = |names: &[String]| names.iter().all(|name| name == "any");
        !self.leaves_out_linux() && is_open(&self.processors) && is_open(&self.libraries)
    }
}

fn judge(
    name: &str,
    has_script: bool,
    restrictions: &Restrictions,
    is_source: bool,
    is_development: bool,
) -> Option<NativePackage> {
    if restrictions.leaves_out_linux() {
        return None;
    }
    let kind = if !restrictions.takes_in_linux() {
        NativeKind::Restricted
    } else if has_script && !HARMLESS.contains(&name) {
        NativeKind::Script
    } else if is_source {
        NativeKind::Source
    } else {
        return None;
    };
    Some(NativePackage {
        name: name.to_owned(),
        kind,
        is_development,
        is_build_tool: is_listed(name, &BUILD_TOOLS),
    })
}

/// Whether a name is in the list; what ends in a slash or a hyphen is the start of one, as is `@next/swc`.
fn is_listed(name: &str, list: &[&str]) -> bool {
    list.iter().any(|known| {
        name == *known
            || name.starts_with(known)
                && (known.ends_with(['/', '-']) || name[known.len()..].starts_with('-'))
    })
}

/// A string, or a list of them.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn known_by_name<'a>(names: impl Iterator<Item = &'a str>) -> Vec<NativePackage> {
    let native = names.filter(|name| is_listed(name, &NATIVE) || is_listed(name, &BUILD_TOOLS));
    let native = native.map(|name| NativePackage {
        name: name.to_owned(),
        kind: NativeKind::Name,
        is_development: false,
        is_build_tool: is_listed(name, &BUILD_TOOLS),
    });
    let by_name: BTreeMap<String, NativePackage> =
        native.map(|package| (package.name.clone(), package)).collect();
    by_name.into_values().collect()
}

/// `pnpm-lock.yaml`: up to version 6 it says which packages are built; later ones do not.
fn pnpm(text: &str) -> Option<(Vec<NativePackage>, bool)> {
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("lockfileVersion:"))?;
    let version: f32 = version.trim().trim_matches(['\'', '"']).parse().ok()?;
    let mut native = Vec::new();
    let mut is_complete = (5.3..7.0).contains(&version);
    let mut section = "";
    let mut package: Option<Package> = None;
    for line in text.lines() {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if depth <= 2 {
            native.extend(package.take().and_then(Package::judge));
        }
        if depth == 0 {
            section = content.split(':').next().unwrap_or_default();
        } else if section == "packages" && depth == 2 {
            package = Some(Package::named(pnpm_name(content)));
        } else if let Some(package) = package.as_mut().filter(|_| depth == 4) {
            is_complete &= package.take(content);
        }
    }
    native.extend(package.and_then(Package::judge));
    native.sort_by(|left, right| left.name.cmp(&right.name));
    native.dedup();
    Some((native, is_complete))
}

/// A package of a pnpm lock file while it is read.
#[derive(Debug, Default)]
struct Package {
    name: String,
    has_script: bool,
    restrictions: Restrictions,
    is_source: bool,
    is_development: bool,
}

impl Package {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            // `github.com/…` and `file:…` instead of a name and a version.
            is_source: name.is_empty()
                || name.contains(':')
                || name.contains('.') && name.contains('/') && !name.starts_with('@'),
            ..Self::default()
        }
    }

    /// Reads one line; whether it is one that says all it has to.
    fn take(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.split_once(':') else {
            return true;
        };
        let value = value.trim();
        let list = || {
            let inside = value.strip_prefix('[')?.strip_suffix(']')?;
            let names = inside
                .split(',')
                .map(|name| name.trim().trim_matches(['\'', '"']).to_owned());
            Some(names.collect::<Vec<_>>())
        };
        match key {
            "requiresBuild" | "prepare" => self.has_script |= value == "true",
            "dev" => self.is_development = value == "true",
            "resolution" => {
                self.is_source |=
                    value.contains("type: git") || value.contains("directory:") || value.contains("repo:");
            }
            "os" | "cpu" | "libc" => match (key, list()) {
                (_, None) => return false,
                ("os", Some(names)) => self.restrictions.systems = names,
                ("cpu", Some(names)) => self.restrictions.processors = names,
                (_, Some(names)) => self.restrictions.libraries = names,
            },
            _ => {}
        }
        true
    }

    fn judge(self) -> Option<NativePackage> {
        let known = is_listed(&self.name, &NATIVE);
        let judged = judge(
            &self.name,
            self.has_script,
            &self.restrictions,
            self.is_source,
            self.is_development,
        );
        judged.or_else(|| {
            known.then(|| NativePackage {
                name: self.name.clone(),
                kind: NativeKind::Name,
                is_development: self.is_development,
                is_build_tool: false,
            })
        })
    }
}

/// The name in `/name@1.0.0(peer@2):`, `/@scope/name/1.0.0:` and `'name@1.0.0':`.
fn pnpm_name(line: &str) -> &str {
    let line = line.trim_end_matches(':').trim_matches(['\'', '"']);
    let line = line.strip_prefix('/').unwrap_or(line);
    let start = usize::from(line.starts_with('@'));
    let slashes = if start == 1 { 2 } else { 1 };
    let by_slash = line.match_indices('/').nth(slashes - 1).map(|(at, _)| at);
    let by_sign = line[start..].find('@').map(|at| at + start);
    let end = match (by_sign, by_slash) {
        (Some(sign), Some(slash)) => sign.min(slash),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => line.len(),
    };
    &line[..end]
}

/// The names in `"@scope/name@^1.0.0", name@npm:2:`.
fn yarn_names(text: &str) -> impl Iterator<Item = &str> {
    let keys = text
        .lines()
        .filter(|line| !line.starts_with([' ', '#']) && line.ends_with(':'));
    keys.filter_map(|line| {
        let line = line.trim_start_matches('"');
        let start = usize::from(line.starts_with('@'));
        let end = line.get(start..)?.find('@')? + start;
        Some(&line[..end])
    })
}

/// Every quoted word at the start of a line in front of a colon.
fn quoted_names(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\":"))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(file: &str, text: &str) -> (Vec<(String, NativeKind)>, bool) {
        let lock = read_lock(file, text).expect("a lock file");
        let native = lock
            .native
            .into_iter()
            .map(|package| (package.name, package.kind));
        (native.collect(), lock.is_complete)
    }

    #[test]
    fn reads_locks_of_npm() {
        let text = r#"{"lockfileVersion": 3, "packages": {
            "": {"name": "a", "hasInstallScript": true},
            "node_modules/plain": {"version": "1.0.0", "resolved": "https://example.org/plain.tgz"},
            "node_modules/core-js": {"version": "3.0.0", "resolved": "https://example.org/c.tgz", "hasInstallScript": true},
            "node_modules/bcrypt": {"version": "5.0.0", "resolved": "https://example.org/b.tgz", "hasInstallScript": true},
            "node_modules/x/node_modules/@esbuild/linux-x64": {"version": "0.1.0", "resolved": "https://example.org/e.tgz", "os": ["linux"], "cpu": ["x64"], "dev": true, "optional": true},
            "node_modules/fsevents": {"version": "2.0.0", "resolved": "https://example.org/f.tgz", "hasInstallScript": true, "os": ["darwin"]},
            "node_modules/not-windows": {"version": "2.0.0", "resolved": "https://example.org/n.tgz", "os": ["!win32"]},
            "node_modules/mine": {"resolved": "packages/mine", "link": true},
            "packages/mine": {"version": "1.0.0"},
            "node_modules/git": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/git.git#abc"}
        }}"#;
        let expected = [
            ("bcrypt".to_owned(), NativeKind::Script),
            ("git".to_owned(), NativeKind::Source),
            ("@esbuild/linux-x64".to_owned(), NativeKind::Restricted),
        ];
        assert_eq!(native("package-lock.json", text), (expected.to_vec(), true));
        let lock = read_lock("package-lock.json", text).expect("a lock file");
        let name = |found: Result<Option<&NativePackage>, String>| {
            found.map(|found| found.map(|package| package.name.clone()))
        };
        assert_eq!(name(lock.platform_package(true)), Ok(Some("bcrypt".to_owned())));
        assert!(lock.native[2].is_build_tool && lock.native[2].is_development);
    }

    #[test]
    fn old_locks_of_npm_prove_nothing() {
        let text = r#"{"lockfileVersion": 1, "dependencies": {"sharp": {"version": "1"}, "left-pad": {"version": "1"}}}"#;
        assert_eq!(
            native("package-lock.json", text),
            (vec![("sharp".to_owned(), NativeKind::Name)], false)
        );
    }

    #[test]
    fn reads_locks_of_pnpm() {
        let text = "lockfileVersion: '6.0'\n\npackages:\n\n  /@esbuild/linux-x64@0.19.0:\n    resolution: {integrity: sha512-x}\n    cpu: [x64]\n    os: [linux]\n    requiresBuild: true\n    dev: true\n    optional: true\n\n  /bcrypt@5.1.0(encoding@1):\n    resolution: {integrity: sha512-x}\n    requiresBuild: true\n    dependencies:\n      nan: 1\n\n  /plain@1.0.0:\n    resolution: {integrity: sha512-x}\n    dev: false\n";
        let expected = [
            ("@esbuild/linux-x64".to_owned(), NativeKind::Restricted),
            ("bcrypt".to_owned(), NativeKind::Script),
        ];
        assert_eq!(native("pnpm-lock.yaml", text), (expected.to_vec(), true));
        let later = "lockfileVersion: '9.0'\npackages:\n  sharp@1.0.0:\n    resolution: {integrity: x}\n";
        assert_eq!(
            native("pnpm-lock.yaml", later),
            (vec![("sharp".to_owned(), NativeKind::Name)], false)
        );
        assert_eq!(pnpm_name("/@scope/name/1.0.0:"), "@scope/name");
        assert_eq!(pnpm_name("/name/1.0.0_peer@2.0.0:"), "name");
    }

    #[test]
    fn other_locks_give_names_only() {
        let text = "# yarn lockfile v1\n\n\"@prisma/client@^5.0.0\":\n  version \"5\"\n\nleft-pad@^1, left-pad@^2:\n  version \"1\"\n";
        assert_eq!(
            native("yarn.lock", text),
            (vec![("@prisma/client".to_owned(), NativeKind::Name)], false)
        );
        let text = "{\n  \"packages\": {\n    \"sharp\": [\"sharp@1\", {}],\n  },\n}\n";
        assert_eq!(
            native("bun.lock", text),
            (vec![("sharp".to_owned(), NativeKind::Name)], false)
        );
    }

    #[test]
    fn reads_scripts() {
        let read = |scripts: &str| {
            let text = format!("{{\"scripts\": {{{scripts}}}}}");
            read_manifest("package.json", &text).expect("a manifest")
        };
        assert_eq!(
            read("\"prepare\": \"husky install\", \"build\": \"vite build\"").install_script,
            None
        );
        assert!(
            read("\"postinstall\": \"prisma generate\"")
                .install_script
                .is_some()
        );
        assert!(read("\"dist\": \"tsc && pkg .\"").native_script.is_some());
        assert!(read("\"build\": \"go build -o dist/x\"").native_script.is_some());
        assert_eq!(read("\"build\": \"ng build --make-it-so\"").native_script, None);
    }
}
