//! Rust in the official images.

use xbuild::plan::Options;

use crate::check::{TARGETS, check_likely, context_of, plan_and_rewrite, stays};

/// The step that installs the toolchain on Alpine.
const MUSL: &str = "ARG BUILDARCH TARGETARCH TARGETVARIANT
RUN set -eu; case \"$TARGETARCH$TARGETVARIANT\" in \\
    amd64*) rust=x86_64-unknown-linux-musl ;; \\
    arm64*) rust=aarch64-unknown-linux-musl ;; \\
    *) echo \"no Rust toolchain for linux/$TARGETARCH$TARGETVARIANT\" >&2; exit 1 ;; \\
    esac; \\
    rustup target add \"$rust\"; \\
    mkdir -p /etc/cross /.cargo; echo \"$rust\" > /etc/cross/rust; \\
    if [ \"$TARGETARCH\" != \"$BUILDARCH\" ]; then \\
    printf '[target.%s]\\nlinker = \"rust-lld\"\\n' \"$rust\" > /.cargo/config.toml; \\
    fi
";

/// Behind a build, its programs are where they were.
const BACK: &str = "mkdir -p target/release && find target/\"$(cat /etc/cross/rust)\"/release -maxdepth 1 -type f -exec cp -f {} target/release/ \\;";

fn file(pin: &str, instructions: &str, taken: &str) -> String {
    format!(
        "FROM{pin} rust:1-alpine AS build\nWORKDIR /src\nCOPY . .\n{instructions}FROM alpine\nCOPY --from=build {taken} /app\n"
    )
}

fn check(before: &str, after: &str, taken: &str) {
    check_likely(
        &file("", before, taken),
        &file(" --platform=$BUILDPLATFORM", &format!("{MUSL}{after}"), taken),
    );
}

#[test]
fn the_toolchain_is_installed_once() {
    let build = "cargo build --target \"$(cat /etc/cross/rust)\" --release";
    check(
        "RUN cargo build --release\nRUN cargo build --release --bin other\n",
        &format!("RUN {build} && {BACK}\nRUN {build} --bin other && {BACK}\n"),
        "/src/target/release/app",
    );
}

#[test]
fn what_forces_a_second_compilation_finds_the_files_of_the_target() {
    let build = "cargo build --target \"$(cat /etc/cross/rust)\" --release";
    check(
        "RUN cargo build --release && rm -f target/release/deps/app* && cargo build --release\n",
        &format!(
            "RUN {build} && {BACK} && rm -f target/\"$(cat /etc/cross/rust)\"/release/deps/app* && {build} && {BACK}\n"
        ),
        "/src/target/release/app",
    );
}

#[test]
fn a_program_that_is_installed_has_its_place() {
    check(
        "RUN cargo install --path . --root /out\n",
        "RUN cargo install --target \"$(cat /etc/cross/rust)\" --path . --root /out\n",
        "/out/bin/app",
    );
}

#[test]
fn what_is_not_proven_stays() {
    let stays_with = |instructions: &str, why: &str| {
        stays(&file("", instructions, "/src/target/release/app"), why);
    };
    stays_with(
        "RUN apk add openssl-dev && cargo build --release\n",
        "Alpine has no cross compiler",
    );
    stays_with(
        "ENV RUSTFLAGS=-Ctarget-cpu=native\nRUN cargo build --release\n",
        "-Ctarget-cpu=native in RUSTFLAGS",
    );
    stays_with(
        "RUN cargo build --release && target/release/app --version\n",
        "made for the target platform",
    );
    stays_with("RUN cargo build --release | tee log\n", "is part of a pipe");
    stays_with(
        "RUN cargo test --release\n",
        "`cargo test` makes for the platform it runs on",
    );
}

#[test]
fn the_image_and_the_place_of_the_program_are_known() {
    let file = |image: &str, command: &str, path: &str| {
        format!(
            "FROM {image} AS build\nWORKDIR /src\nCOPY . .\nRUN {command}\nFROM debian\nCOPY --from=build /src/target/release/{path} /\n"
        )
    };
    for image in [
        "example.org/rust:1",
        "rust@sha256:e7d38b3517548a1c71a41bffe9c8ae6d6d29546ce46bf62159837aad072c90aa",
    ] {
        stays(
            &file(image, "cargo build --release", "app"),
            "of which xbuild does not know what it links with",
        );
    }
    for image in ["rust:1.70-buster", "rust:1.53"] {
        stays(
            &file(image, "cargo build --release", "app"),
            "whose Debian is archived",
        );
    }
    stays(
        &file("rust:1", "cargo build --release --example peer", "examples/peer"),
        "holds what `cargo build` makes for the platform it runs on",
    );
}

#[test]
fn a_lock_file_settles_what_the_crates_need() {
    let lock = |name: &str| {
        format!(
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\n[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n"
        )
    };
    let manifest = "[package]\nname = \"app\"\nversion = \"1.0.0\"\n";
    let is_moved = |files: &[(&str, &str)], targets: &[&str]| {
        let before = "FROM rust:1-trixie AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nFROM debian:trixie\nCOPY --from=build /src/target/release/app /\n";
        plan_and_rewrite(before, targets, &context_of(files), Options::default()).1 != before
    };
    let plain = [
        ("Cargo.lock", &*lock("serde")),
        ("Cargo.toml", manifest),
        ("src/main.rs", ""),
    ];
    assert!(is_moved(&plain, &TARGETS));
    let compiled = [
        ("Cargo.lock", &*lock("blake3")),
        ("Cargo.toml", manifest),
        ("src/main.rs", ""),
    ];
    assert!(is_moved(&compiled, &TARGETS));
    let library = [
        ("Cargo.lock", &*lock("openssl-sys")),
        ("Cargo.toml", manifest),
        ("src/main.rs", ""),
    ];
    assert!(!is_moved(&library, &TARGETS));
    let script = [plain[0], plain[1], plain[2], ("build.rs", "")];
    assert!(!is_moved(&script, &TARGETS));
    let settings = [
        plain[0],
        plain[1],
        plain[2],
        (
            ".cargo/config.toml",
            "[build]\nrustflags = [\"-Ctarget-cpu=native\"]\n",
        ),
    ];
    assert!(!is_moved(&settings, &TARGETS));
}
