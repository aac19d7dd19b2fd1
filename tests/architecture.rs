//! The data goes one way: a module imports only those before it.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ORDER: [&str; 14] = [
    "source", "grammar", "shell", "platform", "model", "context", "plan", "recipes", "rewrite", "rules",
    "report", "engine", "verify", "cli",
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules that a file names behind `crate::`, grouped imports included.
fn imports(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for one in group.chars() {
                match one {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' | ':' if depth == 0 && !name.is_empty() => found.push(std::mem::take(&mut name)),
                    _ if depth == 0 && (one.is_alphanumeric() || one == '_') => name.push(one),
                    _ => {}
                }
            }
            found.push(name);
        } else {
            found.push(
                rest.chars()
                    .take_while(|one| one.is_alphanumeric() || *one == '_')
                    .collect(),
            );
        }
    }
    found
}

#[test]
fn reads_imports() {
    let text = "use crate::{\n    plan::{Change, Plan},\n    source::Span,\n};\nfn f(x: crate::model::View) {} // crate::cli\n";
    let mut found = imports(text);
    found.retain(|name| ORDER.contains(&name.as_str()));
    assert_eq!(found, ["plan", "source", "model"]);
}

#[test]
fn modules_import_only_those_before_them() {
    for (place, module) in ORDER.iter().enumerate() {
        for file in rust_files(&sources().join(module)) {
            let text = fs::read_to_string(&file).expect("a source file");
            for import in imports(&text) {
                let allowed = ORDER
                    .iter()
                    .position(|known| *known == import)
                    .is_none_or(|import| import <= place);
                assert!(
                    allowed,
                    "{} imports {import}, which comes after {module}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_folder_has_its_place() {
    for entry in fs::read_dir(sources()).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default()
                .to_owned();
            assert!(
                ORDER.contains(&name.as_str()),
                "src/{name} has no place in the order"
            );
        }
    }
}

#[test]
fn only_the_command_line_prints() {
    for file in rust_files(&sources()) {
        if file.starts_with(sources().join("cli")) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file");
        for word in ["println!", "eprintln!", "print!(", "eprint!("] {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}

#[test]
fn deciding_starts_no_runtime() {
    for module in &ORDER[..ORDER
        .iter()
        .position(|module| *module == "engine")
        .expect("engine")]
    {
        for file in rust_files(&sources().join(module)) {
            let text = fs::read_to_string(&file).expect("a source file");
            assert!(!text.contains("tokio"), "{} uses tokio", file.display());
        }
    }
}
