//! Files and folders that commands of the system make.

use crate::check::{check, stays};

fn stage(image: &str, run: &str) -> String {
    format!(
        "FROM {image} AS build\nRUN {run}\nRUN CGO_ENABLED=0 go build -o /app .\nFROM scratch\nCOPY --from=build /data /data\nCOPY --from=build /app /\n"
    )
}

#[test]
fn a_new_folder_is_empty_everywhere() {
    for run in ["mkdir /data", "mkdir -p /data/certificates && chmod -R 777 /data"] {
        let before = stage("golang:1.24-alpine", run);
        let after = before
            .replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
            .replace(
                "RUN CGO_ENABLED=0",
                "ARG TARGETOS TARGETARCH\nRUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH",
            );
        check(&before, &after);
    }
}

#[test]
fn a_folder_may_have_been_there() {
    for (image, run) in [
        ("example.org/golang:1.24", "mkdir -p /data"),
        ("golang:1.24", "mkdir -m 700 -p /data"),
    ] {
        stays(&stage(image, run), "/data comes from the base image");
    }
    stays(
        &stage(
            "golang:1.24",
            "apt-get install -y jq && cp /usr/bin/jq /data && mkdir -p /data",
        ),
        "/data",
    );
}
