//! Go: tools that the stage installs for itself, and platforms that are written out.

use crate::check::{check, check_likely, stays};

/// A Go stage with these instructions, whose `/app` and `/notices` reach the image.
fn stage(instructions: &str) -> String {
    format!(
        "FROM golang:1.24-alpine AS build\nWORKDIR /src\nCOPY . .\n{instructions}\nFROM alpine\nCOPY --from=build /app /notices /\n"
    )
}

fn pinned(text: &str) -> String {
    text.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

const BUILD: &str = "RUN CGO_ENABLED=0 go build -o /app .";
const CROSS: &str =
    "ARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .";

#[test]
fn what_a_tool_writes_is_text() {
    for tool in [
        "RUN go get example.org/statik && /go/bin/statik -src=web && mkdir /notices && touch /notices/a",
        "RUN $GOPATH/bin/dep ensure && golangci-lint run >/dev/null && mkdir /notices && touch /notices/a",
    ] {
        check(
            &stage(&format!("{tool}\n{BUILD}")),
            &pinned(&stage(&format!("{tool}\n{CROSS}"))),
        );
    }
    stays(&stage("RUN packr build -o /app"), "makes more than text (build)");
    stays(
        &stage("ENV GOARCH=arm64\nRUN easyjson -all . && go build -o /app ."),
        "GOARCH is set for it",
    );
}

#[test]
fn licenses_are_those_of_the_target() {
    let install = "RUN go install example.org/go-licenses@latest && ";
    let save = "go-licenses save ./... --save_path=/notices";
    check(
        &stage(&format!("{install}{save}\n{BUILD}")),
        &pinned(&stage(&format!(
            "ARG TARGETOS TARGETARCH\n{install}GOOS=$TARGETOS GOARCH=$TARGETARCH {save}\n{}",
            CROSS.trim_start_matches("ARG TARGETOS TARGETARCH\n")
        ))),
    );
}

#[test]
fn a_report_is_for_one_platform() {
    for command in ["govulncheck ./... > /notices", "govulncheck ./... | tee /notices"] {
        stays(
            &stage(&format!("RUN {command}\n{BUILD}")),
            "reports on the sources for the platform it runs on",
        );
    }
}

#[test]
fn a_fixed_architecture_becomes_the_target() {
    let file = |run: &str| {
        format!("FROM golang:1.24 AS build\nCOPY . .\n{run}\nFROM scratch\nCOPY --from=build /app /\n")
    };
    check_likely(
        &file("RUN CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -a -o /app ."),
        &pinned(&file(
            "ARG TARGETARCH\nRUN CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH go build -a -o /app .",
        )),
    );
    check_likely(
        &file("RUN env GOARCH=amd64 CGO_ENABLED=0 go build -o /app ."),
        &pinned(&file(
            "ARG TARGETOS TARGETARCH\nRUN env GOARCH=$TARGETARCH CGO_ENABLED=0 GOOS=$TARGETOS go build -o /app .",
        )),
    );
    for run in [
        "RUN CGO_ENABLED=0 GOARCH=arm64 go build -o /app .",
        "ENV GOARCH=amd64\nRUN CGO_ENABLED=0 go build -o /app .",
        "RUN CGO_ENABLED=0 GOARCH=amd64 GOAMD64=v3 go build -o /app .",
        "RUN CGO_ENABLED=0 GOARCH=amd64 go build -o /app ./amd64",
    ] {
        stays(&file(run), "every platform gets that one");
    }
    stays(
        &file("RUN CGO_ENABLED=0 GOARCH=amd64 go build -o /app .").replace("scratch", "amd64/alpine"),
        "every platform gets that one",
    );
}

#[test]
fn old_releases_install_one_program_by_its_folder() {
    let file = |name: &str, run: &str| {
        format!(
            "FROM golang:1.9 AS build\nENV CGO_ENABLED=0\nWORKDIR /go/src/example.org/app\nCOPY . .\n{run}\nFROM alpine\nCOPY --from=build /go/bin/{name} /\n"
        )
    };
    check(
        &file("app", "RUN go install ."),
        &pinned(&file(
            "app",
            "ARG TARGETOS TARGETARCH\nRUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /go/bin/app .",
        )),
    );
    stays(&file("other", "RUN go install ."), "more than one program");
}

#[test]
fn a_tool_that_leaves_the_stage_is_for_the_target() {
    let file = |run: &str| {
        format!(
            "FROM golang:1.24-alpine AS build\nRUN {run}\nFROM alpine\nCOPY --from=build /go/bin/tool /bin/\n"
        )
    };
    let before = file("go install example.org/tool/v2@v2.1.0");
    let after = pinned(&file(
        "GO go install example.org/tool/v2@v2.1.0 && if [ -d /go/bin/\"$TARGETOS\"_\"$TARGETARCH\" ]; then mv /go/bin/\"$TARGETOS\"_\"$TARGETARCH\"/tool /go/bin/; fi",
    ))
    .replace("RUN GO", "ARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH");
    check(&before, &after);
    for run in [
        "GOBIN=/go/bin go install example.org/tool@latest",
        "CGO_ENABLED=1 go install example.org/tool@latest",
        "go install -race example.org/tool@latest",
    ] {
        stays(&file(run), "`go`");
    }
}

#[test]
fn tests_that_are_compiled_are_for_the_build_platform() {
    for run in [
        "go test -c -o /out/app.test",
        "go run ./cmd/pack --output=/out/app",
        "cd cmd && go test -c",
    ] {
        stays(
            &format!(
                "FROM golang:1.24-alpine AS build\nWORKDIR /out\nCOPY . .\nCOPY data /out/data\nRUN {run}\nFROM alpine\nCOPY --from=build /out/app /out/app.test /out/cmd /\n"
            ),
            "makes for the platform it runs on",
        );
    }
}
