//! Go with cgo, in the official image on Debian.

use xbuild::context::Context;

use crate::check::{check_compiled, stays_always};

fn file(from: &str, instructions: &str) -> String {
    format!(
        "FROM {from} AS build\nWORKDIR /src\nCOPY . .\n{instructions}FROM debian:trixie-slim\nCOPY --from=build /app /app\n"
    )
}

const ARGUMENTS: &str = "ARG BUILDARCH TARGETARCH TARGETVARIANT TARGETOS\n";

/// The variables that name the tools of the target.
const TOOLS: &str = "CC=\"$(cat /etc/cross/gnu)-gcc\" CXX=\"$(cat /etc/cross/gnu)-g++\"";

const TARGET: &str = "GOOS=$TARGETOS GOARCH=$TARGETARCH";

fn check(before: &str, after: &str) -> String {
    check_compiled(
        &file("golang:1.24-trixie", before),
        &file("--platform=$BUILDPLATFORM golang:1.24-trixie", after),
        &Context::default(),
    )
}

fn stays(from: &str, instructions: &str, why: &str) {
    stays_always(&file(from, instructions), &Context::default(), why);
}

#[test]
fn cgo_gets_a_compiler_for_the_target() {
    let setup = check(
        "RUN CGO_ENABLED=1 go build -o /app .\n",
        &format!("{ARGUMENTS}RUN CGO_ENABLED=1 {TOOLS} {TARGET} go build -o /app .\n"),
    );
    assert!(
        setup.contains(" \"g++-$package\" \"libc6-dev-$debian-cross\";"),
        "{setup}"
    );
    check(
        "ENV CGO_ENABLED=1\nRUN go build -o /app .\n",
        &format!("ENV CGO_ENABLED=1\n{ARGUMENTS}RUN {TOOLS} {TARGET} go build -o /app .\n"),
    );
}

#[test]
fn an_installed_compiler_or_library_speaks_for_cgo() {
    check(
        "RUN apt-get update && apt-get install -y gcc\nRUN go build -o /app .\n",
        &format!(
            "RUN apt-get update && apt-get install -y gcc\n{ARGUMENTS}RUN CGO_ENABLED=1 {TOOLS} {TARGET} go build -o /app .\n"
        ),
    );
    let install = "RUN apt-get update && apt-get install -y libsqlite3-dev\n";
    let setup = check(
        &format!("{install}RUN go build -tags libsqlite3 -o /app .\n"),
        &format!(
            "{install}{ARGUMENTS}RUN CGO_ENABLED=1 {TOOLS} \
             PKG_CONFIG_LIBDIR=\"/usr/lib/$(sed s/i686/i386/ /etc/cross/gnu)/pkgconfig:/usr/share/pkgconfig\" \
             {TARGET} go build -tags libsqlite3 -o /app .\n"
        ),
    );
    assert!(setup.contains(" \"libsqlite3-dev:$debian\";"), "{setup}");
}

#[test]
fn the_program_is_stripped_by_the_tool_of_the_target() {
    check(
        "RUN CGO_ENABLED=1 go build -o /app . && strip /app\n",
        &format!(
            "{ARGUMENTS}RUN CGO_ENABLED=1 {TOOLS} {TARGET} go build -o /app . && \"$(cat /etc/cross/gnu)-strip\" /app\n"
        ),
    );
}

#[test]
fn an_image_that_compiles_with_cgo_is_split() {
    let install = "RUN apt-get update && apt-get install -y libpcap-dev\n";
    let rest = "\nFROM golang:1.24\nWORKDIR /app\nCOPY . .\n";
    check_compiled(
        &format!(
            "FROM golang:1.24\nWORKDIR /app\nCOPY . .\n{install}RUN go build -o server .\nCMD [\"./server\"]\n"
        ),
        &format!(
            "FROM --platform=$BUILDPLATFORM golang:1.24 AS compile\nWORKDIR /app\nCOPY . .\n{install}{ARGUMENTS}\
             RUN CGO_ENABLED=1 {TOOLS} \
             PKG_CONFIG_LIBDIR=\"/usr/lib/$(sed s/i686/i386/ /etc/cross/gnu)/pkgconfig:/usr/share/pkgconfig\" \
             {TARGET} go build -o server .\n{rest}{install}COPY --from=compile /app/server /app/server\nCMD [\"./server\"]\n"
        ),
        &Context::default(),
    );
}

#[test]
fn cgo_stays_where_there_is_no_compiler_for_the_target() {
    stays(
        "golang:1.24-alpine",
        "RUN apk add gcc musl-dev\nRUN CGO_ENABLED=1 go build -o /app .\n",
        "is told to use cgo by CGO_ENABLED=1, and stays on the target platform",
    );
    stays(
        "golang:1.12",
        "RUN CGO_ENABLED=1 go build -o /app .\n",
        "so old that Debian may have no packages for it",
    );
    stays(
        "golang:1.24",
        "ENV CC=clang\nRUN CGO_ENABLED=1 go build -o /app .\n",
        "is told CC, which holds for one platform",
    );
    stays(
        "golang:1.24",
        "RUN CGO_ENABLED=1 go build -race -o /app .\n",
        "-race",
    );
    stays(
        "golang:1.24",
        "RUN apt-get update && apt-get install -y libvips-dev\nRUN go build -o /app .\n",
        "may need libvips-dev for the target platform",
    );
}
