//! The changes themselves, and what keeps a stage where it is.

use xbuild::{
    context::{Context, GoModule},
    plan::Options,
};

use crate::check::{AGGRESSIVE, TARGETS, check, check_likely, check_with, plan_and_rewrite, stays};

/// A Go stage with these instructions, whose `/app` reaches the image.
fn go_stage(instructions: &str) -> String {
    format!(
        "FROM golang:1.24-alpine AS build\nWORKDIR /src\nCOPY . .\n{instructions}\nFROM alpine\nCOPY --from=build /app /app\n"
    )
}

#[test]
fn keeps_the_style_of_the_file() {
    // Small letters, carriage returns, tabs, a comment that belongs to the step, no newline at the end.
    check(
        "from golang:1.24-alpine as build\r\ncopy . .\r\n\t# hadolint ignore=DL3062\r\n\trun go build \\\r\n\t  -o /app .\r\nfrom scratch\r\ncopy --from=build /app /",
        "from --platform=$BUILDPLATFORM golang:1.24-alpine as build\r\ncopy . .\r\n\targ TARGETOS TARGETARCH\r\n\t# hadolint ignore=DL3062\r\n\trun CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build \\\r\n\t  -o /app .\r\nfrom scratch\r\ncopy --from=build /app /",
    );
}

#[test]
fn changes_the_right_command_of_a_heredoc() {
    check(
        &go_stage("RUN <<EOF\ngo test ./...\ngo build -o /app .\nEOF"),
        &go_stage("ARG TARGETOS TARGETARCH\nRUN <<EOF\ngo test ./...\nCGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nEOF")
            .replace("FROM golang", "FROM --platform=$BUILDPLATFORM golang"),
    );
}

#[test]
fn arguments_are_declared_once_and_late() {
    check(
        &go_stage("RUN go mod download\nRUN CGO_ENABLED=0 go build -o /app ./a\nRUN CGO_ENABLED=0 go build -o /app ./b"),
        &go_stage("RUN go mod download\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app ./a\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app ./b")
            .replace("FROM golang", "FROM --platform=$BUILDPLATFORM golang"),
    );
}

#[test]
fn what_is_there_already_is_used() {
    check(
        &go_stage("ARG TARGETARCH\nRUN GOOS=linux GOARCH=$TARGETARCH CGO_ENABLED=0 go build -o /app ."),
        &go_stage("ARG TARGETARCH\nRUN GOOS=linux GOARCH=$TARGETARCH CGO_ENABLED=0 go build -o /app .")
            .replace("FROM golang", "FROM --platform=$BUILDPLATFORM golang"),
    );
}

#[test]
fn a_flag_that_only_repeats_the_default_becomes_the_pin() {
    check(
        "FROM --platform=$TARGETPLATFORM golang:1.24-alpine AS build\nRUN go build -o /app .\nFROM scratch\nCOPY --from=build /app /\n",
        "FROM --platform=$BUILDPLATFORM golang:1.24-alpine AS build\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM scratch\nCOPY --from=build /app /\n",
    );
}

#[test]
fn a_base_that_a_target_stage_shares_is_cloned() {
    check(
        "FROM golang:1.24-alpine AS base\nENV CGO_ENABLED=0\nFROM base AS build\nRUN go build -o /app .\nFROM base\nCOPY --from=build /app /\n",
        "FROM golang:1.24-alpine AS base\nENV CGO_ENABLED=0\n\nFROM --platform=$BUILDPLATFORM golang:1.24-alpine AS base-native\nENV CGO_ENABLED=0\nFROM base-native AS build\nARG TARGETOS TARGETARCH\nRUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM base\nCOPY --from=build /app /\n",
    );
}

#[test]
fn scripts_of_the_project_may_run_a_program_for_the_target() {
    for fetch in [
        "curl -L https://example.org/forge_$TARGETARCH.tar.gz -o /f.tar.gz && tar -xzf /f.tar.gz -C /usr/local/bin",
        "curl -L https://example.org/forge_$TARGETARCH.tar.gz | tar -xz -C /usr/local/bin",
        "curl -L https://example.org/forge_$TARGETARCH -o /usr/local/bin/forge",
    ] {
        stays(
            &format!(
                "FROM node:22 AS build\nARG TARGETARCH\nRUN {fetch}\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nFROM nginx\nCOPY --from=build /app/dist /srv\n"
            ),
            "`npm` may run a program that is made for the target platform",
        );
    }
}

#[test]
fn every_doubt_is_named() {
    let before = "FROM golang:1.24 AS build\nWORKDIR /src\nCOPY . .\nRUN make build\nFROM debian\nCOPY --from=build /src/app /\n";
    for doubt in [
        "no package that it builds needs cgo",
        "its Makefile takes GOARCH from the environment",
    ] {
        stays(before, doubt);
    }
}

#[test]
fn no_base_is_cloned_to_compile_its_tool_twice() {
    stays(
        "FROM rust:1 AS chef\nRUN cargo install cargo-chef\nFROM chef AS planner\nCOPY . .\nRUN cargo chef prepare\nFROM chef AS build\nCOPY --from=planner /recipe.json .\nRUN ./build.sh\nFROM debian\nCOPY --from=build /app /\n",
        "would compile cargo-chef once more",
    );
}

#[test]
fn no_base_is_cloned_for_a_stage_that_runs_nothing() {
    stays(
        "FROM debian AS base\nRUN apt-get update\nFROM base AS files\nCOPY . /out\nFROM base\nCOPY --from=files /out /out\n",
        "no RUN that would gain",
    );
}

#[test]
fn the_root_of_a_chain_is_pinned() {
    check(
        "FROM golang:1.24-alpine AS base\nRUN apk add git\nFROM base AS build\nRUN CGO_ENABLED=0 go build -o /app .\nFROM scratch\nCOPY --from=build /app /\n",
        "FROM --platform=$BUILDPLATFORM golang:1.24-alpine AS base\nRUN apk add git\nFROM base AS build\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM scratch\nCOPY --from=build /app /\n",
    );
}

#[test]
fn go_install_becomes_go_build() {
    check(
        "FROM golang:1.24-alpine AS build\nRUN go install ./cmd/app\nFROM scratch\nCOPY --from=build /go/bin/app /\n",
        "FROM --platform=$BUILDPLATFORM golang:1.24-alpine AS build\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /go/bin/app ./cmd/app\nFROM scratch\nCOPY --from=build /go/bin/app /\n",
    );
}

#[test]
fn wrappers_stay_in_front_of_the_program() {
    for (before, after) in [
        (
            "nice -n 5 go build",
            "CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH nice -n 5 go build",
        ),
        (
            "env A=b go build",
            "env A=b CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build",
        ),
    ] {
        check(
            &go_stage(&format!("RUN {before} -o /app .")),
            &go_stage(&format!("ARG TARGETOS TARGETARCH\nRUN {after} -o /app ."))
                .replace("FROM golang", "FROM --platform=$BUILDPLATFORM golang"),
        );
    }
}

#[test]
fn arm_variants_are_told_to_go() {
    let before = go_stage("RUN CGO_ENABLED=0 go build -o /app .");
    let (_, after) = plan_and_rewrite(
        &before,
        &["linux/arm64", "linux/arm/v6"],
        &Context::default(),
        Options::default(),
    );
    assert!(
        after.contains("ARG TARGETOS TARGETARCH TARGETVARIANT\n"),
        "{after}"
    );
    assert!(after.contains("GOARM=${TARGETVARIANT#v} go build"), "{after}");
    let text =
        |targets: &[&str]| plan_and_rewrite(&before, targets, &Context::default(), Options::default()).1;
    let levels = text(&["linux/amd64/v3", "linux/arm64"]);
    assert!(
        levels.contains("GOARCH=$TARGETARCH go build"),
        "v3 is no processor of arm: {levels}"
    );
    assert_eq!(text(&["linux/amd64/v3", "linux/arm/v7"]), before);
}

#[test]
fn a_likely_move_is_made_on_demand_only() {
    let before = "FROM golang:1.24 AS build\nRUN go build -o /app .\nFROM debian\nCOPY --from=build /app /\n";
    let after = "FROM --platform=$BUILDPLATFORM golang:1.24 AS build\nARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM debian\nCOPY --from=build /app /\n";
    stays(before, "--aggressive");
    check_with(before, after, &Context::default(), AGGRESSIVE);
    let wanted = "# xbuild: native\n";
    check(&format!("{wanted}{before}"), &format!("{wanted}{after}"));
}

#[test]
fn the_context_settles_cgo() {
    let module = GoModule {
        path: "example.org/app".to_owned(),
        cgo_file: Some("db.go".to_owned()),
        ..GoModule::default()
    };
    let context = Context {
        is_known: true,
        go_modules: vec![module],
        ..Context::default()
    };
    let before = go_stage("RUN go build -o /app .");
    let (plan, after) = plan_and_rewrite(&before, &TARGETS, &context, Options::default());
    assert_eq!(after, before);
    assert!(
        plan.stages[0].reason.text.contains("db.go imports \"C\""),
        "{}",
        plan.stages[0].reason.text
    );
}

#[test]
fn go_stays_when_the_target_does_not_reach_it() {
    // No ARG TARGETARCH: the variable is empty, and Go would compile for the builder.
    stays(
        &go_stage("RUN export GOARCH=$TARGETARCH && CGO_ENABLED=0 go build -o /app ."),
        "not known before it runs",
    );
    stays(
        &go_stage("ARG TARGETOS\nRUN GOOS=$TARGETOS GOARCH=$TARGETARCH CGO_ENABLED=0 go build -o /app ."),
        "not known before it runs",
    );
    stays(
        &go_stage("RUN export GOARCH=$(cat arch) && CGO_ENABLED=0 go build -o /app ."),
        "not known before it runs",
    );
    stays(
        &go_stage("ARG GOARCH\nRUN CGO_ENABLED=0 go build -o /app ."),
        "not known before it runs",
    );
    stays(
        &go_stage("RUN CGO_ENABLED=0 GOARCH=arm64 go build -o /app ."),
        "every platform gets that one",
    );
    stays(
        &go_stage("ARG TARGETARCH=amd64\nRUN CGO_ENABLED=0 go build -o /app ."),
        "hides the builder's",
    );
    stays(
        &go_stage("RUN for GOARCH in amd64 arm64; do export GOARCH; done; CGO_ENABLED=0 go build -o /app ."),
        "not known before it runs",
    );
}

#[test]
fn go_stays_when_cgo_may_be_in_play() {
    for run in [
        "RUN apk add gcc && go build -o /app .",
        "RUN apk add $PACKAGES alpine-sdk && go build -o /app .",
        "ENV GOFLAGS=-race\nRUN go build -o /app .",
        "RUN CGO_ENABLED=1 go build -o /app .",
        "RUN go build -race -o /app .",
        "RUN go build -buildmode=pie -o /app .",
        "RUN go env -w CGO_ENABLED=1 && go build -o /app .",
    ] {
        let before = go_stage(run);
        assert_eq!(
            plan_and_rewrite(&before, &TARGETS, &Context::default(), Options::default()).1,
            before
        );
    }
    // Assigned, but not exported: Go does not see it.
    let before = "FROM golang:1.24 AS build\nRUN CGO_ENABLED=0 && go build -o /app .\nFROM debian\nCOPY --from=build /app /\n";
    stays(before, "CGO_ENABLED=0 in the file would settle it");
}

#[test]
fn a_program_for_the_target_is_not_run() {
    stays(
        &go_stage("RUN CGO_ENABLED=0 go build -o /app . && /app -version"),
        "made for the target platform",
    );
    stays(
        &go_stage(
            "RUN CGO_ENABLED=0 go build -o /usr/local/bin/gen ./gen && go generate && CGO_ENABLED=0 go build -o /app .",
        ),
        "may run a program",
    );
    stays(
        "FROM alpine AS x\nARG TARGETARCH\nRUN wget -O /usr/bin/jq https://example.org/jq-$TARGETARCH && jq -n 1 > /a\nFROM alpine\nCOPY --from=x /a /a\n",
        "made for the target platform",
    );
}

#[test]
fn what_runs_here_makes_no_data() {
    stays(
        "FROM golang:1.24 AS b\nWORKDIR /s\nCOPY . .\nRUN go run build.go\nFROM alpine\nCOPY --from=b /s/bin/x /\n",
        "`go run`",
    );
    stays(
        "FROM golang:1.24 AS b\nWORKDIR /s\nCOPY . .\nRUN go test -c -o t.test\nFROM alpine\nCOPY --from=b /s/t.test /\n",
        "`go test`",
    );
}

#[test]
fn files_of_packages_stay_on_their_platform() {
    stays(
        "FROM debian AS b\nRUN apt-get update && apt-get install -y tini\nFROM debian\nCOPY --from=b /usr/bin/tini /\n",
        "`apt-get`",
    );
    stays(
        "FROM python:3 AS b\nCOPY m.py /usr/local/lib/python3.13/site-packages/\nRUN pip install numpy\nFROM python:3-slim\nCOPY --from=b /usr/local/lib/python3.13/site-packages /usr/local/lib/python3.13/site-packages\n",
        "site-packages",
    );
    stays(
        "FROM python:3 AS b\nUSER app\nWORKDIR /home/app\nCOPY requirements.txt .\nRUN pip install --user -r requirements.txt\nFROM python:3-slim\nCOPY --from=b /home/app/.local /home/app/.local\n",
        "folder of its own",
    );
    stays(
        "FROM alpine AS b\nRUN apk add --root /rootfs --initdb busybox\nFROM scratch\nCOPY --from=b /rootfs /\n",
        "another root",
    );
    stays(
        "FROM debian AS b\nCOPY . .\nRUN tar -C / -xf overlay.tar\nFROM scratch\nCOPY --from=b / /\n",
        "base image",
    );
    stays(
        "FROM debian AS b\nRUN mkdir /out && cp /usr/lib/libz.so.1 /out/\nFROM debian\nCOPY --from=b /out /out\n",
        "whatever made",
    );
    stays(
        "FROM debian AS b\nRUN cat /bin/cp > /out\nFROM debian\nCOPY --from=b /out /out\n",
        "base image",
    );
    stays(
        "FROM debian AS b\nRUN tar -cf - /usr/bin/x | tar -xf - -C /out\nFROM debian\nCOPY --from=b /out /out\n",
        "packs files",
    );
    stays(
        "FROM debian AS b\nRUN find /usr/lib -name '*.so' | xargs -I{} cp {} /out/\nFROM debian\nCOPY --from=b /out /out\n",
        "names are not known",
    );
}

#[test]
fn questions_for_the_machine_stay_where_they_are_right() {
    for question in [
        "uname -m",
        "dpkg --print-architecture",
        "arch",
        "cat /etc/apk/arch",
        "echo $HOSTTYPE",
    ] {
        let before =
            format!("FROM debian AS b\nRUN {question} > /out\nFROM debian\nCOPY --from=b /out /out\n");
        stays(&before, "build platform");
    }
}

#[test]
fn other_targets_of_the_file_keep_their_platform() {
    let before = "FROM golang:1.24-alpine AS build\nRUN CGO_ENABLED=0 go build -o /app .\nFROM build AS dev\nFROM scratch\nCOPY --from=build /app /\n";
    stays(before, "its files are the image");
    // One build knows which target it is for.
    let options = Options {
        is_for_one_build: true,
        ..Options::default()
    };
    let (_, after) = plan_and_rewrite(before, &TARGETS, &Context::default(), options);
    assert!(after.starts_with("FROM --platform=$BUILDPLATFORM"), "{after}");
}

#[test]
fn numbers_of_stages_are_not_shifted() {
    stays(
        "FROM golang:1.24-alpine AS base\nFROM base AS build\nRUN CGO_ENABLED=0 go build -o /app .\nFROM base\nCOPY --from=1 /app /\n",
        "would shift the number",
    );
}

#[test]
fn the_whole_file_is_left_to_whom_it_belongs() {
    stays(
        "# syntax=example/other:1\nFROM golang:1.24-alpine AS b\nRUN go build -o /a .\nFROM scratch\nCOPY --from=b /a /\n",
        "another frontend",
    );
    stays(
        "ARG BUILDPLATFORM=linux/amd64\nFROM golang:1.24-alpine AS b\nRUN go build -o /a .\nFROM scratch\nCOPY --from=b /a /\n",
        "hides the builder's own value",
    );
}

#[test]
fn programs_of_a_stage_without_a_run_come_for_the_platform_that_runs_them() {
    check_likely(
        "\
FROM node:22-alpine AS tools
FROM golang:1.22-alpine AS build
COPY --from=tools /usr/local/bin/node /usr/local/bin/node
RUN apk add nodejs && node generate.js
RUN CGO_ENABLED=0 go build -o /out/service .
FROM scratch
COPY --from=build /out/service /service
",
        "\
FROM --platform=$BUILDPLATFORM node:22-alpine AS tools
FROM --platform=$BUILDPLATFORM golang:1.22-alpine AS build
COPY --from=tools /usr/local/bin/node /usr/local/bin/node
RUN apk add nodejs && node generate.js
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/service .
FROM scratch
COPY --from=build /out/service /service
",
    );
}

#[test]
fn a_pinned_stage_may_pass_files_of_the_target_on() {
    stays(
        "\
FROM alpine AS tools
RUN apk add --no-cache jq
FROM --platform=$BUILDPLATFORM alpine AS collect
COPY --from=tools /usr/bin/jq /out/jq
FROM scratch
COPY --from=collect /out/jq /jq
",
        "/usr/bin/jq holds what `apk` makes for the platform it runs on",
    );
}

#[test]
fn headers_of_a_c_library_speak_for_cgo() {
    stays(
        &go_stage("RUN apt-get update && apt-get install -y libpcap-dev\nRUN go build -o /app ."),
        "may use cgo, as libpcap-dev is installed",
    );
}

#[test]
fn old_tools_that_run_the_compiler_stay() {
    stays(
        &go_stage("RUN godep go build -o /app ."),
        "`godep` runs the compiler itself (go)",
    );
}

#[test]
fn the_exported_stage_never_moves() {
    stays(
        "FROM golang:1.24-alpine\nRUN CGO_ENABLED=0 go build -o /app .\n",
        "its files are the image",
    );
}
