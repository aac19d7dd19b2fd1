//! Node: what a lock file of the build context proves.

use xbuild::plan::Options;

use crate::check::{check_with, context_of};

const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {
    "": {"name": "app"},
    "node_modules/plain": {"version": "1.0.0", "resolved": "https://example.org/plain.tgz"},
    "node_modules/bcrypt": {"version": "5.0.0", "resolved": "https://example.org/b.tgz", "hasInstallScript": true, "dev": true}
}}"#;

fn stage(run: &str, path: &str) -> String {
    format!(
        "FROM node:22 AS build\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN {run}\nCOPY . .\nFROM node:22-slim\nCOPY --from=build {path} /app\n"
    )
}

fn moves(run: &str, path: &str, files: &[(&str, &str)], is_moved: bool) {
    let before = stage(run, path);
    let after = if is_moved {
        before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
    } else {
        before.clone()
    };
    check_with(&before, &after, &context_of(files), Options::default());
}

#[test]
fn modules_without_native_parts_are_the_same_everywhere() {
    let manifest = ("package.json", r#"{"name": "app"}"#);
    let files = [("package-lock.json", LOCK), manifest];
    for path in ["/app/node_modules", "/app"] {
        moves("npm ci --omit=dev", path, &files, true);
        moves("npm ci", path, &files, false);
        moves("npm install --omit=dev", path, &files, false);
        moves("npm ci --omit=dev && npm install sharp", path, &files, false);
    }
    let old = r#"{"lockfileVersion": 1, "dependencies": {"plain": {"version": "1.0.0"}}}"#;
    moves(
        "npm ci --omit=dev",
        "/app",
        &[("package-lock.json", old), manifest],
        false,
    );
    let script = (
        "package.json",
        r#"{"name": "app", "scripts": {"postinstall": "node-gyp rebuild"}}"#,
    );
    moves("npm ci --omit=dev", "/app", &[files[0], script], false);
    let binding = ("binding.gyp", "{}");
    moves("npm ci --omit=dev", "/app", &[files[0], manifest, binding], false);
}
