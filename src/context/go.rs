//! Go modules: what go.mod says, and what the sources import.

use std::collections::BTreeSet;

use super::files::{Contents, folder_of, is_below};

/// A Go module of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoModule {
    /// The folder of its go.mod, relative to the context; empty for the context itself.
    pub folder: String,
    /// The module path.
    pub path: String,
    /// The release of Go that it asks for: `1.22`.
    pub version: Option<String>,
    /// The modules that go.mod requires, indirect ones included.
    pub requirements: Vec<String>,
    /// A requirement that does nothing useful without cgo.
    pub cgo_requirement: Option<String>,
    /// A file of the module, or of its vendor folder, that imports `C` on Linux, if there is one.
    pub cgo_file: Option<String>,
    /// The imported packages that are neither the module's own nor in its vendor folder, in order, tests excluded.
    pub imports: Vec<String>,
    /// Why the imports are not all: a file that cannot be read, or leads elsewhere.
    pub unread: Option<String>,
}

/// Modules whose packages need cgo.
const CGO_MODULES: [&str; 51] = [
    "github.com/CosmWasm/wasmvm",
    "github.com/DataDog/zstd",
    "github.com/NVIDIA/go-nvml",
    "github.com/bep/golibsass",
    "github.com/bytecodealliance/wasmtime-go",
    "github.com/chai2010/webp",
    "github.com/confluentinc/confluent-kafka-go",
    "github.com/davidbyttow/govips",
    "github.com/duckdb/duckdb-go",
    "github.com/fyne-io/glfw-js",
    "github.com/gen2brain/malgo",
    "github.com/go-gl/gl",
    "github.com/go-gl/glfw",
    "github.com/godror/godror",
    "github.com/gordonklaus/portaudio",
    "github.com/gotk3/gotk3",
    "github.com/h2non/bimg",
    "github.com/herumi/bls-eth-go-binary",
    "github.com/ibmdb/go_ibm_db",
    "github.com/karalabe/hid",
    "github.com/karalabe/usb",
    "github.com/kolesa-team/go-webp",
    "github.com/libgit2/git2go",
    "github.com/linxGnu/grocksdb",
    "github.com/marcboeker/go-duckdb",
    "github.com/mattn/go-oci8",
    "github.com/mattn/go-sqlite3",
    "github.com/miekg/pkcs11",
    "github.com/mutecomm/go-sqlcipher",
    "github.com/pebbe/zmq4",
    "github.com/seccomp/libseccomp-golang",
    "github.com/smacker/go-tree-sitter",
    "github.com/supranational/blst",
    "github.com/tecbot/gorocksdb",
    "github.com/tensorflow/tensorflow",
    "github.com/tree-sitter/go-tree-sitter",
    "github.com/uber/h3-go",
    "github.com/valyala/gozstd",
    "github.com/veandco/go-sdl2",
    "github.com/wamuir/graft",
    "github.com/wasmerio/wasmer-go",
    "github.com/wellington/go-libsass",
    "github.com/xlab/libvpx-go",
    "github.com/yalue/onnxruntime_go",
    "github.com/zondax/hid",
    "gocv.io/x/gocv",
    "gopkg.in/confluentinc/confluent-kafka-go.v1",
    "gopkg.in/libgit2/git2go.v27",
    "gopkg.in/mattn/go-sqlite3.v1",
    "libvirt.org/go/libvirt",
    "rogchap.com/v8go",
];

/// Systems whose name at the end of a file's name, or in its constraint, leaves the file out on Linux.
const OTHER_SYSTEMS: [&str; 16] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];

const ARCHITECTURES: [&str; 8] = [
    "386", "amd64", "arm", "arm64", "ppc64le", "riscv64", "s390x", "wasm",
];

/// Whether a file may be a Go source of a build for Linux, by its path.
pub(super) fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = name.strip_suffix(".go") else {
        return false;
    };
    let is_hidden = |part: &str| part.starts_with(['_', '.']) || part == "testdata";
    // `x_windows.go` and `x_windows_amd64.go`.
    let is_foreign = match stem.rsplit_once('_') {
        Some((front, last)) if ARCHITECTURES.contains(&last) => front
            .rsplit_once('_')
            .is_some_and(|(_, system)| OTHER_SYSTEMS.contains(&system)),
        Some((_, last)) => OTHER_SYSTEMS.contains(&last),
        None => false,
    };
    !stem.ends_with("_test") && !is_foreign && !path.split('/').any(is_hidden)
}

/// Reads a go.mod; its sources come later.
pub(super) fn read(file: &str, text: &str) -> Option<GoModule> {
    let mut module = GoModule {
        folder: folder_of(file).to_owned(),
        ..GoModule::default()
    };
    let mut block = String::new();
    for line in text.lines() {
        let mut words = line.split("//").next().unwrap_or_default().split_whitespace();
        let Some(first) = words.next() else { continue };
        if first == ")" {
            block.clear();
            continue;
        }
        let is_inside = !block.is_empty();
        let verb = if is_inside {
            block.clone()
        } else {
            first.to_owned()
        };
        let value = if is_inside { Some(first) } else { words.next() };
        match (verb.as_str(), value) {
            (verb, Some("(")) if !is_inside => verb.clone_into(&mut block),
            ("module", Some(path)) => path.trim_matches('"').clone_into(&mut module.path),
            ("go", Some(version)) => module.version = Some(version.to_owned()),
            ("require", Some(path)) => module.requirements.push(path.trim_matches('"').to_owned()),
            _ => {}
        }
    }
    let needs_cgo = |requirement: &&String| CGO_MODULES.iter().any(|known| is_below(requirement, known));
    module.cgo_requirement = module.requirements.iter().find(needs_cgo).cloned();
    (!module.path.is_empty()).then_some(module)
}

/// Adds what the sources below the module's folder say; `links` are the paths that lead elsewhere.
pub(super) fn read_sources(module: &mut GoModule, sources: &[Source], vendored: &str, links: &[String]) {
    let is_inside = |path: &str| is_below(path, &module.folder);
    let inside = sources.iter().filter(|source| is_inside(&source.file));
    let packages: BTreeSet<&str> = vendored
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .collect();
    let mut imports = BTreeSet::new();
    for source in inside {
        let Some(found) = &source.imports else {
            module.unread.get_or_insert_with(|| source.file.clone());
            continue;
        };
        if found.iter().any(|import| import == "C") {
            module.cgo_file.get_or_insert_with(|| source.file.clone());
        }
        let foreign = |import: &&String| {
            !is_below(import, &module.path) && !packages.contains(import.as_str()) && *import != "C"
        };
        imports.extend(found.iter().filter(foreign).cloned());
    }
    module.imports = imports.into_iter().collect();
    if let Some(link) = links.iter().find(|link| is_inside(link)) {
        module.unread.get_or_insert_with(|| link.clone());
    }
}

/// A Go file and what it imports; none when it cannot be read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) file: String,
    pub(super) imports: Option<Vec<String>>,
}

/// Reads as much of a file as its imports take.
pub(super) fn read_source(contents: &Contents<'_>, file: &str) -> Source {
    let imports = contents
        .start(file, 8 * 1024)
        .and_then(|start| match imports(&start) {
            Scan::Found(imports) => Some(imports),
            Scan::Unfinished => match imports_of_all(&contents.text(file)?) {
                Scan::Found(imports) => Some(imports),
                Scan::Unfinished => None,
            },
        });
    Source {
        file: file.to_owned(),
        imports,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Scan {
    Found(Vec<String>),
    /// The text ends before the imports do.
    Unfinished,
}

fn imports_of_all(text: &str) -> Scan {
    // A file that ends with its imports is finished by any declaration.
    imports(&format!("{text}\nvar"))
}

/// The packages that a source imports; none of them when it is left out on Linux.
fn imports(text: &str) -> Scan {
    let mut tokens = Tokens { rest: text };
    let mut imports = Vec::new();
    let mut depth = 0_usize;
    let mut is_import = false;
    while let Some(token) = tokens.next() {
        match token {
            Token::Constraint(constraint) if leaves_out_linux(constraint) => return Scan::Found(Vec::new()),
            Token::Word("import") => is_import = true,
            Token::Word("func" | "var" | "const" | "type") if depth == 0 => return Scan::Found(imports),
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            Token::Text(path) if is_import => imports.push(path.to_owned()),
            Token::Constraint(_) | Token::Word(_) | Token::Mark(_) | Token::Text(_) => {}
        }
    }
    Scan::Unfinished
}

/// `//go:build` with a condition that no build for Linux meets, as far as one of its parts says so on its own.
fn leaves_out_linux(constraint: &str) -> bool {
    !constraint.contains(['|', '(', ')'])
        && constraint
            .split("&&")
            .map(str::trim)
            .any(|part| part == "ignore" || part == "!linux" || OTHER_SYSTEMS.contains(&part))
}

struct Tokens<'a> {
    rest: &'a str,
}

enum Token<'a> {
    Word(&'a str),
    Text(&'a str),
    Mark(char),
    Constraint(&'a str),
}

impl<'a> Tokens<'a> {
    /// The next token; none at the end, also in the midst of a comment or a string.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.rest = self
                .rest
                .trim_start_matches(|one: char| one.is_whitespace() || one == ';' || one == '\u{feff}');
            if let Some(comment) = self.rest.strip_prefix("//") {
                let (line, rest) = comment.split_once('\n')?;
                self.rest = rest;
                if let Some(constraint) = line.strip_prefix("go:build ") {
                    return Some(Token::Constraint(constraint.trim()));
                }
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/")?.1;
            } else {
                break;
            }
        }
        let first = self.rest.chars().next()?;
        if let '"' | '`' = first {
            let (text, rest) = self.rest[1..].split_once(first)?;
            self.rest = rest;
            return Some(Token::Text(text));
        }
        let is_part = |one: char| one.is_alphanumeric() || one == '_';
        if is_part(first) {
            // A word at the end of the text may go on.
            let end = self
                .rest
                .find(|one| !is_part(one))
                .or((self.rest == "var").then_some(3))?;
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Token::Word(word));
        }
        self.rest = &self.rest[first.len_utf8()..];
        Some(Token::Mark(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        match imports_of_all(text) {
            Scan::Found(imports) => imports,
            Scan::Unfinished => panic!("not finished"),
        }
    }

    #[test]
    fn reads_imports() {
        assert_eq!(found("package a\nimport \"C\"\n"), ["C"]);
        assert_eq!(
            found(
                "// x\npackage a\n/* import \"C\" */\nimport (\n\tx \"a/b\" // \"d\"\n\t`c`\n)\nvar x = \"C\""
            ),
            ["a/b", "c"]
        );
        assert_eq!(
            found("package a; import \"x\"; import _ \"y\"\nfunc a() {}"),
            ["x", "y"]
        );
        assert_eq!(
            found("//go:build ignore\n\npackage a\nimport \"C\""),
            Vec::<String>::new()
        );
        assert_eq!(
            found("//go:build windows && cgo\npackage a\nimport \"C\""),
            Vec::<String>::new()
        );
        assert_eq!(
            found("//go:build linux || windows\npackage a\nimport \"C\""),
            ["C"]
        );
        assert_eq!(imports("package a\nimport \"C"), Scan::Unfinished);
        assert_eq!(imports("package a\nvar"), Scan::Found(Vec::new()));
    }

    #[test]
    fn tells_sources_of_linux() {
        for path in [
            "a.go",
            "x/a_linux.go",
            "a_linux_arm64.go",
            "windows.go",
            "a_windows_util.go",
        ] {
            assert!(is_source(path), "{path}");
        }
        for path in [
            "a_test.go",
            "a_windows.go",
            "a_darwin_arm64.go",
            "testdata/a.go",
            "_x/a.go",
            "a.c",
        ] {
            assert!(!is_source(path), "{path}");
        }
    }

    #[test]
    fn reads_go_mod() {
        let text = "module \"example.org/a\" // x\n\ngo 1.22\n\nrequire example.org/one v1\nrequire (\n\texample.org/two v2 // indirect\n\tgithub.com/mattn/go-sqlite3 v1.14.0\n)\nreplace example.org/two => ../two\n";
        let module = read("x/go.mod", text).expect("a module");
        assert_eq!(module.folder, "x");
        assert_eq!(module.path, "example.org/a");
        assert_eq!(module.version.as_deref(), Some("1.22"));
        assert_eq!(module.requirements.len(), 3);
        assert_eq!(
            module.cgo_requirement.as_deref(),
            Some("github.com/mattn/go-sqlite3")
        );
    }
}
