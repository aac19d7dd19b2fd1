//! Go: programs that a Makefile compiles.

use xbuild::context::{CBuild, CBuildKind, Context};

use crate::check::{AGGRESSIVE, TARGETS, check_likely, check_with, plan_and_rewrite, stays};

fn stage(instructions: &str) -> String {
    format!(
        "FROM golang:1.24-alpine AS build\nWORKDIR /src\nCOPY . .\n{instructions}\nFROM alpine\nCOPY --from=build /src/bin/app /\n"
    )
}

fn moves(before: &str, after: &str) {
    check_likely(
        &stage(before),
        &stage(after).replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1),
    );
}

#[test]
fn make_hands_the_target_on() {
    moves(
        "RUN make",
        "ARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH make",
    );
    moves(
        "RUN make clean && make clean binaries",
        "ARG TARGETOS TARGETARCH\nRUN make clean && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH make clean binaries",
    );
    moves(
        "ENV CGO_ENABLED=0\nARG VERSION\nRUN make -j4 VERSION=$VERSION build",
        "ENV CGO_ENABLED=0\nARG VERSION\nARG TARGETOS TARGETARCH\nRUN GOOS=$TARGETOS GOARCH=$TARGETARCH make -j4 VERSION=$VERSION build",
    );
    moves(
        "RUN make install-tools 2>/dev/null || make go-mod-download && make -C cmd bin",
        "ARG TARGETOS TARGETARCH\nRUN make install-tools 2>/dev/null || make go-mod-download && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH make -C cmd bin",
    );
}

#[test]
fn what_may_be_for_another_platform_stays() {
    for (command, reason) in [
        ("make test", "test may do more than compile"),
        ("make build-linux-amd64", "would answer for the build platform"),
        ("make generate build", "prepares and compiles in one command"),
        ("make GOARCH=amd64 build", "is told GOARCH"),
        ("make build ARCH=x86_64", "is told ARCH"),
        ("make $WHAT", "words that are not known"),
        (
            "make -f other.mk build",
            "an option that xbuild does not know (-f)",
        ),
        (
            "make build && ./bin/app --version",
            "made for the target platform",
        ),
        ("CGO_ENABLED=1 make build", "CGO_ENABLED=1"),
    ] {
        stays(&stage(&format!("RUN {command}")), reason);
    }
}

#[test]
fn a_makefile_that_names_the_platform_is_left() {
    let context = Context {
        c_builds: vec![CBuild {
            file: "Makefile".to_owned(),
            kind: CBuildKind::Make,
            go_platform: Some("GOARCH = amd64".to_owned()),
            ..CBuild::default()
        }],
        ..Context::default()
    };
    let file = stage("RUN make build");
    check_with(&file, &file, &context, AGGRESSIVE);
    assert_ne!(
        plan_and_rewrite(&file, &TARGETS, &Context::default(), AGGRESSIVE).1,
        file
    );
}
