//! Images that a native stage takes programs of.

use crate::check::{check, stays};

#[test]
fn a_program_that_runs_in_the_stage_comes_from_a_pinned_image() {
    check(
        "# syntax=docker/dockerfile:1\nFROM golang:1.24-alpine AS build\nCOPY --from=example/buf:1.2 /usr/local/bin/buf /usr/local/bin/buf\nRUN buf generate\nRUN go build -o /app .\nFROM alpine\nCOPY --from=build /app /app\n",
        "# syntax=docker/dockerfile:1\nFROM --platform=$BUILDPLATFORM example/buf:1.2 AS buf-native\n\nFROM --platform=$BUILDPLATFORM golang:1.24-alpine AS build\nCOPY --from=buf-native /usr/local/bin/buf /usr/local/bin/buf\nRUN buf generate\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM alpine\nCOPY --from=build /app /app\n",
    );
}

#[test]
fn one_pinned_image_serves_all() {
    check(
        "FROM golang:1.24-alpine AS one\nRUN --mount=type=bind,from=tool,source=/t,target=/t go build -o /app .\nFROM golang:1.24-alpine AS two\nCOPY --from=tool /t /bin/t\nRUN go build -o /app .\nFROM scratch\nCOPY --from=one /app /one\nCOPY --from=two /app /two\n",
        "FROM --platform=$BUILDPLATFORM tool AS tool-native\n\nFROM --platform=$BUILDPLATFORM golang:1.24-alpine AS one\nARG TARGETOS TARGETARCH\nRUN --mount=type=bind,from=tool-native,source=/t,target=/t CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM --platform=$BUILDPLATFORM golang:1.24-alpine AS two\nCOPY --from=tool-native /t /bin/t\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM scratch\nCOPY --from=one /app /one\nCOPY --from=two /app /two\n",
    );
}

#[test]
fn what_leaves_comes_for_the_target_as_it_is() {
    check(
        "FROM golang:1.24-alpine AS build\nCOPY --from=example/probe /probe /out/probe\nRUN go build -o /out/app .\nFROM scratch\nCOPY --from=build /out /\n",
        "FROM --platform=$BUILDPLATFORM golang:1.24-alpine AS build\nCOPY --from=example/probe /probe /out/probe\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/app .\nFROM scratch\nCOPY --from=build /out /\n",
    );
    stays(
        "FROM golang:1.24-alpine AS build\nCOPY --from=example/probe /probe /out/probe\nRUN go build -o /out/app . && /out/probe\nFROM scratch\nCOPY --from=build /out /\n",
        "it runs /out/probe, which is made for the target platform",
    );
}

#[test]
fn numbers_of_stages_are_not_shifted() {
    stays(
        "FROM golang:1.24-alpine\nCOPY --from=tool /t /bin/t\nRUN go build -o /app .\nFROM scratch\nCOPY --from=0 /app /app\n",
        "a stage for the image tool would shift the number in --from",
    );
}

#[test]
fn a_cache_that_gets_programs_is_one_for_each_platform() {
    let file = |mount: &str, arguments: &str, command: &str| {
        format!(
            "FROM{} golang:1.24-alpine AS build\n{arguments}RUN {mount} {command} -o /cache/app . && cp /cache/app /app\nFROM scratch\nCOPY --from=build /app /app\n",
            if arguments.is_empty() {
                ""
            } else {
                " --platform=$BUILDPLATFORM"
            }
        )
    };
    let build = "CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build";
    for (before, after) in [
        (
            "--mount=type=cache,target=/cache",
            "--mount=type=cache,target=/cache,id=/cache-$TARGETARCH$TARGETVARIANT",
        ),
        (
            "--mount=type=cache,id=x,target=/cache",
            "--mount=type=cache,id=x-$TARGETARCH$TARGETVARIANT,target=/cache",
        ),
    ] {
        check(
            &file(before, "", "go build"),
            &file(after, "ARG TARGETOS TARGETARCH\nARG TARGETVARIANT\n", build),
        );
    }
    // One build at a time has it for itself.
    let locked = "--mount=type=cache,target=/cache,sharing=locked";
    check(
        &file(locked, "", "go build"),
        &file(locked, "ARG TARGETOS TARGETARCH\n", build),
    );
}
