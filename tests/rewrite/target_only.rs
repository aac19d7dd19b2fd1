//! Compilers without a way to another platform.

use crate::check::{check, stays};

fn stage(run: &str, path: &str) -> String {
    format!("FROM debian AS b\nWORKDIR /s\nCOPY . .\nRUN {run}\nFROM debian\nCOPY --from=b {path} /x\n")
}

#[test]
fn build_systems_say_why_they_stay() {
    for (run, why) in [
        ("bmake install", "`bmake` runs what a Makefile says"),
        ("./Configure --prefix=/usr", "`./Configure` configures"),
        ("qmake", "`qmake` sets up"),
        ("scons", "`scons` compiles"),
        ("stack build", "`stack` compiles"),
        ("cabal install", "`cabal` compiles"),
        ("crystal build --release a.cr", "`crystal` compiles"),
        ("nim c -d:release a.nim", "`nim` compiles"),
        ("dune build", "`dune` compiles"),
        ("ldc2 a.d", "`ldc2` compiles"),
        ("swift build -c release", "unless it is told a --swift-sdk"),
        (
            "swift build --swift-sdk x86_64-swift-linux-musl",
            "every platform gets that one",
        ),
        ("clang -o /x a.c", "/x holds what `clang` makes"),
        ("clang -c a.c", "/x comes from"),
        ("clang -o $(cat name) a.c", "not known before it runs"),
    ] {
        let before = stage(run, "/x");
        stays(&before, why);
        if why.ends_with("target") {
            stays(&before, "stays on the target");
        }
    }
}

#[test]
fn what_compilers_make_may_serve_a_native_stage() {
    for (run, path) in [
        (
            "gcc --version && cc -o /tmp/tool tool.c && git clone https://example.org/x.git /data",
            "/data",
        ),
        ("autoreconf -i", "/s"),
        ("swift package resolve", "/s/docs"),
    ] {
        let before = stage(run, path);
        check(
            &before,
            &before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1),
        );
    }
}

#[test]
fn an_object_among_the_sources_stays() {
    stays(&stage("cd src && gcc -c a.c", "/s"), "`gcc`");
    stays(&stage("gcc -c a.c", "/s"), "`gcc`");
}
