//! Every page of a rule holds, and each rule finds what it should in small files, and nothing in good ones.

use proptest::prelude::*;
use xbuild::{
    context::Context,
    model::Settings,
    platform::Platform,
    report::{diagnostics, findings_json},
    rules::{self, Diagnostic, Severity},
    source,
};

fn lint(text: &str) -> Vec<Diagnostic> {
    let targets = vec![Platform::linux("amd64"), Platform::linux("arm64")];
    rules::lint(
        text,
        Settings::new(Platform::linux("amd64"), targets),
        &Context::default(),
    )
}

/// Lints `text`; `expected` are the findings as `line:column id`, notes with a `~` in front.
fn check(text: &str, expected: &[&str]) {
    let index = source::LineIndex::new(text);
    let found: Vec<String> = lint(text)
        .iter()
        .map(|found| {
            let place = index.position(found.span.start);
            let mark = if found.severity == Severity::Note { "~" } else { "" };
            format!("{mark}{}:{} {}", place.line, place.column, found.rule)
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}

fn fixed(text: &str) -> String {
    let edits: Vec<source::Edit> = lint(text)
        .into_iter()
        .filter_map(|found| found.fix)
        .flatten()
        .collect();
    source::apply(text, &edits).expect("the fixes fit each other")
}

fn blocks(page: &str) -> Vec<(String, String)> {
    page.split("```dockerfile ")
        .skip(1)
        .filter_map(|rest| {
            let (kind, rest) = rest.split_once('\n')?;
            let (text, _) = rest.split_once("```")?;
            Some((kind.trim().to_owned(), text.to_owned()))
        })
        .collect()
}

#[test]
fn the_examples_of_every_rule_hold() {
    for rule in rules::ALL {
        let blocks = blocks(rule.documentation);
        for kind in ["bad", "good"] {
            assert!(
                blocks.iter().any(|(block, _)| block == kind),
                "{} has no {kind} example",
                rule.id
            );
        }
        for (number, (kind, text)) in blocks.iter().enumerate() {
            let is_found = lint(text).iter().any(|found| found.rule == rule.id);
            match kind.as_str() {
                "bad" => assert!(is_found, "{} does not find:\n{text}", rule.id),
                "good" => assert!(!is_found, "{} finds something in:\n{text}", rule.id),
                "fixed" => {
                    let (before, bad) = &blocks[number - 1];
                    assert_eq!(before, "bad", "{}: `fixed` does not follow `bad`", rule.id);
                    assert_eq!(fixed(bad), *text, "{}", rule.id);
                    assert!(!is_found, "{}: the fix does not help", rule.id);
                }
                other => panic!("{}: a block of an unknown kind {other}", rule.id),
            }
        }
    }
}

#[test]
fn every_page_has_its_parts() {
    for rule in rules::ALL {
        for part in [
            &format!("# {}\n", rule.id),
            "## What it does",
            "## Why",
            "## Example",
            "## Equivalents",
        ] {
            assert!(rule.documentation.contains(part), "{} lacks {part:?}", rule.id);
        }
    }
}

#[test]
fn ids_and_codes_are_unique_and_sorted() {
    assert!(
        rules::ALL
            .iter()
            .zip(&rules::ALL[1..])
            .all(|(one, next)| one.code < next.code)
    );
    assert!(
        rules::ALL
            .iter()
            .all(|rule| rules::find(rule.id).is_some_and(|found| found.code == rule.code))
    );
    assert!(rules::find("xb302").is_some() && rules::find("XB000").is_none());
}

#[test]
fn canonical_files_have_no_findings() {
    for text in CANONICAL {
        check(text, &[]);
    }
}

const CANONICAL: [&str; 7] = [
    // Go, compiled natively.
    "# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.25 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH TARGETVARIANT
RUN --mount=type=cache,target=/root/.cache,id=go-$TARGETARCH \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} go build -o /app .
FROM example.org/distroless/static:nonroot
COPY --from=build /app /app
ENTRYPOINT [\"/app\"]
",
    // xx.
    "FROM --platform=$BUILDPLATFORM tonistiigi/xx:1.7.0 AS xx
FROM --platform=$BUILDPLATFORM alpine:3.22 AS build
COPY --from=xx / /
RUN apk add --no-cache clang lld
ARG TARGETPLATFORM
RUN xx-apk add --no-cache gcc musl-dev
COPY main.c .
RUN xx-clang -o /app main.c && xx-verify /app
FROM alpine:3.22
COPY --from=build /app /app
",
    // A bundle that is the same everywhere.
    "FROM --platform=$BUILDPLATFORM node:22 AS web
WORKDIR /web
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build
FROM nginx:1.29
COPY --from=web /web/dist /usr/share/nginx/html
",
    // A download for each platform.
    "FROM debian:13-slim
ARG TARGETARCH
RUN set -eux; \\
    case \"$TARGETARCH\" in \\
      amd64) file=tool-x86_64.tar.gz ;; \\
      arm64) file=tool-aarch64.tar.gz ;; \\
      *) exit 1 ;; \\
    esac; \\
    curl -fsSL \"https://example.org/$file\" | tar -xz -C /usr/local
RUN echo \"deb [arch=$(dpkg --print-architecture)] https://example.org/debian stable main\" > /etc/apt/sources.list.d/x.list
",
    // One stage for each platform.
    "FROM alpine:3.22 AS tool-amd64
ADD https://example.org/tool-x86_64 /tool
FROM alpine:3.22 AS tool-arm64
ADD https://example.org/tool-aarch64 /tool
FROM tool-${TARGETARCH}
RUN chmod 755 /tool
",
    // Rust, with its own names of targets.
    "FROM --platform=$BUILDPLATFORM rust:1.90 AS build
WORKDIR /src
ARG TARGETARCH
RUN case \"$TARGETARCH\" in amd64) echo x86_64 ;; arm64) echo aarch64 ;; *) exit 1 ;; esac > /machine
COPY . .
RUN cargo build --release --target \"$(cat /machine)-unknown-linux-musl\" && cp target/*/release/app /app
FROM scratch
COPY --from=build /app /app
",
    // A heredoc, and ENV from declared arguments.
    "FROM --platform=$BUILDPLATFORM example.org/dotnet/sdk:9.0 AS build
ARG TARGETARCH
ENV RID=linux-$TARGETARCH
WORKDIR /src
COPY . .
RUN <<EOF
set -e
dotnet restore -a $TARGETARCH
dotnet publish -a $TARGETARCH --no-restore -o /app
EOF
FROM example.org/dotnet/aspnet:9.0
COPY --from=build /app /app
",
];

#[test]
fn finds_undeclared_arguments() {
    let id = |place: &str| format!("{place} undeclared-target-argument");
    check(
        "FROM a\nCOPY x-$TARGETARCH /\nENV A=${TARGETOS:-linux}\n",
        &[&id("2:8"), &id("3:7")],
    );
    check(
        "FROM a\nRUN x \"$TARGETARCH\" $TARGETARCH\nRUN y $TARGETARCH\n",
        &[&id("2:8")],
    );
    check("FROM a\nRUN <<E\nx $BUILDPLATFORM\nE\n", &[&id("3:3")]);
    check(
        "FROM a\nRUN --mount=type=cache,target=/c,id=$TARGETARCH x\n",
        &[&id("2:37")],
    );
    check("FROM a AS b\nARG TARGETARCH\nFROM b\nRUN x $TARGETARCH\n", &[]);
    check(
        "FROM a AS b\nRUN x $TARGETARCH\nFROM b\nRUN x $TARGETARCH\n",
        &[&id("2:7")],
    );
    check(
        "FROM a\nRUN x '$TARGETARCH' \\$TARGETARCH\nENV A='$TARGETARCH'\n",
        &[],
    );
    check(
        "FROM a\nRUN : ${TARGETARCH:=$(uname -m)}\nRUN export TARGETOS=x; y $TARGETOS\n",
        &[],
    );
    check(
        "FROM a\nRUN if [ -z \"$TARGETARCH\" ]; then x; else y $TARGETARCH; fi\n",
        &[],
    );
    check("FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN x $TARGETARCH\n", &[]);
}

#[test]
fn finds_fixed_downloads() {
    let id = |place: &str| format!("{place} hard-coded-architecture");
    check(
        "FROM a\nRUN curl -O https://x/${V}/y_${V}_amd64.deb\n",
        &[&id("2:35")],
    );
    check("FROM a\nRUN f=y-x64.tgz && wget https://x/$f\n", &[&id("2:9")]);
    check(
        "FROM a\nARG ARCH=amd64\nRUN wget https://x/y-$ARCH\n",
        &[&format!("~{}", id("2:10"))],
    );
    check(
        "FROM a\nRUN echo 'deb [arch=amd64] https://x y z' > l\n",
        &[&id("2:21")],
    );
    check(
        "FROM a\nRUN git clone -b linux-arm64 https://x/y\n",
        &[&id("2:24")],
    );
    check(
        "FROM a\n# curl https://x/y-amd64\nRUN x # wget https://x/y-amd64\n",
        &[],
    );
    check(
        "FROM a\nRUN f=amd64; [ \"$(uname -m)\" = aarch64 ] && f=arm64; wget https://x/$f\n",
        &[],
    );
    check(
        "FROM a\nRUN [ $(uname -m) != x86_64 ] || wget https://x/y-amd64\n",
        &[],
    );
    check("FROM a\nRUN wget https://x/y-amd64 https://x/y-arm64\n", &[]);
    check(
        "FROM a\nRUN wget -O y-amd64 https://x/y; wget https://x/y-windows-amd64.zip\n",
        &[],
    );
    check(
        "FROM a\nADD https://x/x86_64/y.noarch.rpm /\nCOPY y-amd64 /\n",
        &[],
    );
    check("FROM a AS y-amd64\nADD https://x/y-x86_64 /\n", &[]);
    check(
        "FROM --platform=linux/amd64 a AS amd64\nADD https://x/y-x86_64 /\n",
        &[],
    );
}

#[test]
fn finds_platforms_of_stages() {
    check("FROM --platform=linux/arm64 a\n", &["1:6 constant-platform"]);
    check("FROM --platform=linux/arm64 a AS linux\n", &[]);
    check(
        "FROM --platform=${TARGETPLATFORM} a\n",
        &["~1:6 redundant-platform"],
    );
    check(
        "ARG TARGETPLATFORM=linux/arm64\nFROM --platform=$TARGETPLATFORM a\n",
        &["1:5 target-argument-default"],
    );
    check(
        "FROM a AS b\nFROM --platform=$BUILDPLATFORM b\n",
        &["2:6 ignored-platform"],
    );
    check("FROM --platform=$BUILDPLATFORM a\n", &["1:6 native-final-stage"]);
    check(
        "FROM --platform=$BUILDPLATFORM a AS b\nFROM b\n",
        &["2:6 native-final-stage"],
    );
    check(
        "FROM --platform=$BUILDPLATFORM a AS b\nFROM scratch\nCOPY --from=b / /\n",
        &[],
    );
    check("FROM arm64v8/a\n", &["1:6 single-platform-image"]);
    check(
        "FROM arm64v8/a AS arm64\nCOPY --from=x:y-amd64 / /\n",
        &["2:17 single-platform-image"],
    );
    check("FROM amd64.example.org/a\n", &[]);
}

#[test]
fn finds_emulated_compilers() {
    let id = "emulated-compiler";
    let node = "FROM node:22 AS w\nRUN yarn --silent run build --prod\nFROM nginx\nCOPY --from=w /dist /\n";
    check(node, &[&format!("~1:6 {id}")]);
    let go = "FROM golang:1.25 AS b\nWORKDIR /s\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n";
    check(
        &format!("{go}FROM scratch\nCOPY --from=b /app /\n"),
        &[&format!("1:6 {id}")],
    );
    check(&format!("{go}FROM scratch\n"), &[]);
    check("FROM gcc:15\nRUN make\n", &[]);
}

#[test]
fn finds_questions_to_the_wrong_machine() {
    let id = "native-machine-question";
    let build = |script: &str| {
        format!("FROM --platform=$BUILDPLATFORM a AS b\nRUN {script}\nFROM scratch\nCOPY --from=b /x /\n")
    };
    check(&build("wget https://x/y-$(uname -m)"), &[&format!("2:24 {id}")]);
    check(
        &build("wget https://x/y-$(arch); make"),
        &[&format!("~2:24 {id}")],
    );
    check(
        &build("cargo build --target $(uname -m)-unknown-linux-musl"),
        &[&format!("2:28 {id}")],
    );
    check(
        &build("uname -s; echo $BUILDARCH $(uname -m)").replace("RUN", "ARG BUILDARCH\nRUN"),
        &[],
    );
    check("FROM a\nRUN wget https://x/y-$(uname -m)\n", &[]);
}

#[test]
fn finds_defaults_of_arguments() {
    check("FROM a\nARG TARGETARCH=amd64\n", &["2:5 target-argument-default"]);
    check("FROM a\nARG TARGETOS=linux\n", &["~2:5 target-argument-default"]);
    check(
        "FROM a\nARG TARGETARCH\nARG TARGETARCH=${TARGETARCH:-amd64}\n",
        &[],
    );
    check("ARG BUILDPLATFORM=${BUILDPLATFORM}\nFROM a\n", &[]);
}

#[test]
fn takes_suppressions_with_a_reason() {
    let line = "FROM --platform=linux/arm64 a\n";
    check(
        &format!("# xbuild: allow(constant-platform): so it is\n{line}"),
        &[],
    );
    check(
        &format!("# xbuild: allow(XB101, redundant-platform): so it is\n{line}"),
        &[],
    );
    check(
        &format!(
            "# syntax=docker/dockerfile:1\n\n# xbuild: allow-file(constant-platform): so\n\nFROM a\n{line}"
        ),
        &[],
    );
    check(
        &format!("# xbuild: allow(constant-platform):\n{line}"),
        &["1:1 suppression-without-reason", "2:6 constant-platform"],
    );
    check(
        &format!("# xbuild: allow(no-such-rule): why\n{line}"),
        &["1:17 unknown-suppression", "2:6 constant-platform"],
    );
    check(
        &format!("# xbuild: allow(redundant-platform): why\n{line}"),
        &["2:6 constant-platform"],
    );
    check(
        &format!("# xbuild: allow(constant-platform): why\nFROM a\n{line}"),
        &["3:6 constant-platform"],
    );
}

#[test]
fn takes_the_suppressions_of_other_linters() {
    let line = "FROM --platform=linux/arm64 a\n";
    check(
        &format!("FROM a\n# check=skip=JSONArgsRecommended,FromPlatformFlagConstDisallowed\n{line}"),
        &[],
    );
    check(&format!("# check=skip=all;error=true\nFROM a\n{line}"), &[]);
    check(&format!("# hadolint ignore=DL3006,DL3029\n{line}"), &[]);
    check(
        &format!("# hadolint ignore=DL3006\n{line}"),
        &["2:6 constant-platform"],
    );
}

proptest! {
    #[test]
    fn any_file_can_be_linted_and_drawn(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
        for start in ["", "FROM a AS b\n"] {
            let text = format!("{start}{}", pieces.concat());
            let found = lint(&text);
            for diagnostic in &found {
                prop_assert!(text.get(diagnostic.span.range()).is_some());
                diagnostics::full("Dockerfile", &text, diagnostic, diagnostics::Color::Never);
                let edits = diagnostic.fix.clone().unwrap_or_default();
                prop_assert!(source::apply(&text, &edits).is_ok());
            }
            findings_json::file_findings("Dockerfile", &text, &found);
        }
    }
}

const PIECES: &[&str] = &[
    "FROM a\n",
    "FROM --platform=$BUILDPLATFORM a AS b\n",
    "FROM --platform=linux/arm64 b\r\n",
    "FROM b AS c\n",
    "FROM --platform=$TARGETPLATFORM arm64v8/ä\n",
    "ARG TARGETARCH=amd64 X\n",
    "ENV GOARM=$TARGETVARIANT é=\"ü\"\n",
    "RUN GOARM=${TARGETVARIANT} x \\\n",
    "  # é\n",
    "RUN curl https://ä/x-amd64 \"$TARGET",
    "RUN <<E\nGOARM=$TARGETVARIANT $(uname -m)\nE\n",
    "COPY --from=b x-$TARGETOS /\n",
    "ADD [\"https://x/$TARGETARCH\", \"/\"]\n",
    "# xbuild: allow(ä, XB302):\n",
    "# xbuild: allow-file(constant-platform): é\n",
    "\u{feff}",
    "\n",
    "\"",
    "'",
    "ONBUILD ARG TARGETOS\n",
    "`",
    "$",
];

#[test]
fn errors_of_the_grammar_and_the_model_are_findings() {
    check("", &["1:1 syntax-error"]);
    check("FROM a\n\nRUNN x\n", &["3:1 syntax-error"]);
    check("FROM a\nCOPY --from=7 / /\n", &["2:1 syntax-error"]);
}
