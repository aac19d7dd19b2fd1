//! What is read of a build context: only what reaches the builder, and never anything outside.

use std::{fs, path::Path};

use proptest::prelude::*;
use tempfile::TempDir;

use xbuild::context::{self, Context};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        write(folder.path(), path, text.as_bytes());
    }
    folder
}

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder around it")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

fn read(files: &[(&str, &str)]) -> Context {
    context::read(folder(files).path(), None).expect("a context")
}

const MODULE: &str = "module example.org/app\n\ngo 1.24\n";
const CGO: &str = "package main\n\nimport \"C\"\n";

#[test]
fn what_is_ignored_is_not_there() {
    let files = [
        (".dockerignore", "# all but one\n*\n!go.mod\n!cmd\ncmd/old\n"),
        ("go.mod", MODULE),
        ("cgo.go", CGO),
        ("cmd/old/main.go", CGO),
        ("cmd/new/main.go", "package main\nimport \"net/http\"\n"),
    ];
    let module = &read(&files).go_modules[0];
    assert_eq!(module.cgo_file, None);
    assert_eq!(module.imports, ["net/http"]);
}

#[test]
fn an_exception_below_an_ignored_folder_counts() {
    let files = [
        (".dockerignore", "a\n!a/b/go.mod\n"),
        ("a/b/go.mod", MODULE),
        ("a/go.mod", MODULE),
    ];
    let context = read(&files);
    let folders: Vec<&str> = context
        .go_modules
        .iter()
        .map(|module| module.folder.as_str())
        .collect();
    assert_eq!(folders, ["a/b"]);
}

#[test]
fn the_ignore_file_of_a_dockerfile_wins() {
    let folder = folder(&[
        (".dockerignore", "*"),
        ("build/Dockerfile.dockerignore", "*.lock"),
        ("go.mod", MODULE),
        ("Cargo.lock", "version = 4\n"),
    ]);
    let read = |dockerfile: &str| {
        context::read(folder.path(), Some(&folder.path().join(dockerfile))).expect("a context")
    };
    let own = read("build/Dockerfile");
    assert_eq!((own.go_modules.len(), own.cargo_locks.len()), (1, 0));
    assert_eq!(read("Dockerfile").go_modules.len(), 0);
}

#[test]
fn an_ignore_file_that_buildkit_refuses_proves_nothing() {
    let context = read(&[(".dockerignore", "[\n"), ("go.mod", MODULE)]);
    assert_eq!(context, Context::default());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let outside = folder(&[("go.mod", MODULE), ("main.go", CGO)]);
    let inside = folder(&[("go.mod", "module example.org/inside\n")]);
    std::os::unix::fs::symlink(outside.path(), inside.path().join("lib")).expect("a link");
    std::os::unix::fs::symlink(outside.path().join("go.mod"), inside.path().join("package.json"))
        .expect("a link");
    let context = context::read(inside.path(), None).expect("a context");
    assert_eq!(context.go_modules.len(), 1);
    assert_eq!(context.go_modules[0].cgo_file, None);
    assert_eq!(context.go_modules[0].unread.as_deref(), Some("lib"));
    assert_eq!(context.unread, ["lib", "package.json"]);
}

#[test]
fn folders_of_other_tools_are_not_walked() {
    let files = [
        ("go.mod", MODULE),
        (".git/go.mod", MODULE),
        ("node_modules/a/package.json", "{}"),
    ];
    let context = read(&files);
    assert_eq!((context.go_modules.len(), context.node_manifests.len()), (1, 0));
}

#[test]
fn what_cannot_be_read_proves_nothing() {
    let context = read(&[
        ("Cargo.lock", "["),
        ("package-lock.json", "{"),
        ("a.csproj", "<Project>"),
    ]);
    assert_eq!(context.unread, ["Cargo.lock", "a.csproj", "package-lock.json"]);
    assert_eq!(context.unread_below("a.csproj"), Some("a.csproj"));
    assert_eq!(context.unread_below("src"), None);
}

#[test]
fn vendored_packages_are_the_modules_own() {
    let files = [
        (
            "go.mod",
            "module example.org/app\nrequire example.org/lib v1.0.0\n",
        ),
        (
            "main.go",
            "package main\nimport (\n\t\"fmt\"\n\t\"example.org/app/x\"\n\t\"example.org/lib/y\"\n)\n",
        ),
        ("main_test.go", "package main\nimport \"net\"\n"),
        (
            "vendor/modules.txt",
            "# example.org/lib v1.0.0\n## explicit\nexample.org/lib/y\n",
        ),
        ("vendor/example.org/lib/y/y.go", "package y\nimport \"os\"\n"),
        ("vendor/example.org/lib/y/y_windows.go", CGO),
    ];
    let module = &read(&files).go_modules[0];
    assert_eq!(module.imports, ["fmt", "os"]);
    assert_eq!(
        (module.cgo_file.as_deref(), module.unread.as_deref()),
        (None, None)
    );
}

#[test]
fn cargo_finds_programs_by_their_files() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"app\"]\n"),
        ("app/Cargo.toml", "[package]\nname = \"app\"\n"),
        ("app/src/main.rs", ""),
        ("app/src/bin/one.rs", ""),
        ("app/src/bin/two/main.rs", ""),
        ("app/src/bin/two/other.rs", ""),
        ("app/build.rs", ""),
        (
            ".cargo/config.toml",
            "[build]\ntarget = \"x86_64-unknown-linux-musl\"\n",
        ),
        ("app/config.toml", "x = 1\n"),
    ];
    let context = read(&files);
    assert_eq!(context.cargo_manifests[1].binaries, ["one", "two", "app"]);
    assert!(context.cargo_manifests[1].has_build_script && context.cargo_manifests[0].is_workspace);
    assert_eq!(context.cargo_configurations.len(), 1);
}

/// Every file that is read, by the name that decides how.
const NAMES: [&str; 30] = [
    ".cargo/config.toml",
    ".dockerignore",
    "CMakeLists.txt",
    "Cargo.lock",
    "Cargo.toml",
    "Directory.Build.props",
    "Gemfile.lock",
    "Makefile",
    "a.csproj",
    "a.go",
    "binding.gyp",
    "build.gradle",
    "bun.lock",
    "composer.lock",
    "configure.ac",
    "global.json",
    "go.mod",
    "go.work",
    "meson.build",
    "mix.exs",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "pom.xml",
    "pyproject.toml",
    "requirements.txt",
    "rust-toolchain",
    "vendor/modules.txt",
    "yarn.lock",
];

/// Pieces of real files, so that the readers get past their first line.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "module a\n",
        "require (\n",
        ")\n",
        "import \"C\"\n",
        "/*",
        "[[package]]\n",
        "name = \"a-sys\"\n",
        "[target.x]\n",
        "{\"packages\": {\"node_modules/",
        "\": {\"os\": [\"linux\"]}",
        "}",
        "\"",
        "lockfileVersion: '6.0'\n",
        "packages:\n",
        "  /@a/b@1:\n",
        "    os: [linux]\n",
        "<Project Sdk=\"x\">",
        "</Project>",
        "<!--",
        "<a b='",
        "GEM\n",
        "  specs:\n",
        "    a (1)\n",
        "PLATFORMS\n  ruby\n",
        "defmodule A do\n",
        "{:",
        "include_erts:",
        "CC ?= gcc\n",
        "\tgcc; ./a\n",
        "!",
        "**/",
        "[a-z]",
        "\\",
        "\u{e9}",
        "\"@",
        "@",
        ":\n",
        "[toolchain]\n",
        "package main\n",
        "`",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => "\\PC{0,20}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn reading_never_panics(contents in prop::collection::vec(prop::collection::vec(piece(), 0..10), NAMES.len())) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, pieces) in NAMES.iter().zip(contents) {
            write(folder.path(), name, &pieces.concat());
        }
        let with_ignored = context::read(folder.path(), None).expect("a context");
        fs::remove_file(folder.path().join(".dockerignore")).expect("it is there");
        let all = context::read(folder.path(), None).expect("a context");
        prop_assert!(with_ignored.unread.len() <= all.unread.len());
    }
}
