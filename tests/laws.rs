//! Laws that hold for every text: reading never panics, spans lie in the text, what no edit names stays, a second
//! rewrite changes nothing.

use std::time::Instant;

use proptest::prelude::*;

use xbuild::{context::Context, grammar, model::Settings, platform::Platform, rules};

#[path = "laws/every_text.rs"]
mod every_text;

/// Lines as people write them, and some that nobody should.
fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "FROM golang:1.24-alpine AS build",
        "FROM --platform=$BUILDPLATFORM node AS page",
        "from alpine as base",
        "FROM base AS next",
        "FROM scratch",
        "ARG TARGETARCH",
        "ARG VERSION=1 NAME",
        "ENV A=b C=\"d e\" CGO_ENABLED=0",
        "ENV A b c",
        "WORKDIR /src",
        "COPY . .",
        "COPY --from=build /app /app",
        "COPY --from=0 [\"/a b\", \"/c\"]",
        "RUN go build -o /app .",
        "RUN --mount=type=cache,target=/c go mod download \\",
        "  && go build \\",
        "# a comment",
        "\t# xbuild: native",
        "",
        "RUN <<EOF",
        "go build -o /app .",
        "EOF",
        "RUN [\"sh\", \"-c\", \"true\"]",
        "RUN npm ci && npm run build",
        "HEALTHCHECK --interval=1s CMD true",
        "ONBUILD RUN echo $A",
        "CMD [\"/app\"]",
        "# escape=`",
        "RUN echo 'é' > /ü",
        "\u{feff}FROM a",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "\\PC{0,30}", 1 => "[A-Z]{2,6} [ -~]{0,20}"]
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["\n", "\r\n", "\n\n"]);
    (prop::collection::vec(line(), 0..14), ending).prop_map(|(lines, ending)| lines.join(ending))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_law_holds(text in text()) {
        every_text::obeys_every_law(&text);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        every_text::obeys_every_law(&text);
    }
}

#[test]
fn texts_that_broke_a_law() {
    for text in [
        // A line of nothing but a continuation is an instruction without a name, and has its place nevertheless.
        "FROM a\n\\",
        // A flag does not move what stands on scratch.
        "FROM scratch\nRUN npm ci && npm run build\nFROM --platform=$BUILDPLATFORM node\nCOPY --from=0 /a /a\n",
        // Two images of one name are brought by two stages.
        "FROM golang AS b\nCOPY --from=a/tool:1 /t /t\nCOPY --from=b/tool:1 /u /u\nRUN go build -o /a .\nFROM scratch\nCOPY --from=b /a /a\n",
    ] {
        every_text::obeys_every_law(text);
    }
}

fn seconds(work: &dyn Fn()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Ten times the text may take thirty times as long on a noisy machine; a quadratic loop takes a hundred, however often
/// it is tried.
fn takes_time_in_proportion(what: &str, short: &dyn Fn(), long: &dyn Fn()) {
    let mut ratios = (0..6).map(|_| seconds(long) / seconds(short).max(1e-6));
    assert!(ratios.any(|ratio| ratio < 30.0), "{what}");
}

fn read(text: &str) {
    grammar::read(text).expect("a Dockerfile");
}

fn plan_and_rewrite(text: &str) {
    every_text::rewritten(text, &["arm64"], true).expect("a Dockerfile");
}

fn lint(text: &str) {
    let settings = Settings::new(Platform::linux("amd64"), vec![Platform::linux("arm64")]);
    rules::lint(text, settings, &Context::default());
}

#[test]
fn large_files_take_time_in_proportion() {
    for unit in [
        "RUN echo a && echo b\n",
        "FROM a AS b\n",
        "ENV A=b C=d\n",
        "RUN a \\\n  b \\\n",
        "RUN <<E\nx\nE\n",
    ] {
        let file = |count| format!("FROM a\n{}\n", unit.repeat(count));
        let (short, long) = (file(20_000), file(200_000));
        takes_time_in_proportion(unit, &|| read(&short), &|| read(&long));
    }
}

/// A file of about `count` instructions that are numbered from 0.
type Numbered = fn(count: usize) -> String;

fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

const LARGE: [(&str, Numbered); 19] = [
    ("each stage stands on the one before", |count| {
        format!(
            "FROM a AS s0\n{}",
            numbered(count, |at| format!("FROM s{at} AS s{}\nENV A{at}=b\n", at + 1))
        )
    }),
    ("all stages stand on one", |count| {
        format!("FROM a AS s\nRUN true\n{}", "FROM s\nRUN true\n".repeat(count))
    }),
    ("all stages take files of one", |count| {
        format!(
            "FROM golang AS s\nRUN go build -o /a .\n{}",
            "FROM b\nCOPY --from=s /a /a\n".repeat(count)
        )
    }),
    ("one stage takes files of all by name", |count| {
        let stages = numbered(count, |at| {
            format!("FROM golang AS s{at}\nRUN go build -o /a .\n")
        });
        format!(
            "{stages}FROM b\n{}",
            numbered(count, |at| format!("COPY --from=s{at} /a /a{at}\n"))
        )
    }),
    ("each stage takes files of the one before by number", |count| {
        format!(
            "FROM a\n{}",
            numbered(count, |at| format!("FROM b\nCOPY --from={at} /a /a\n"))
        )
    }),
    ("each stage takes files of the one before, which moves", |count| {
        let first = "FROM golang AS s0\nRUN go build -o /a .\n";
        let rest = numbered(count, |at| {
            format!(
                "FROM golang AS s{}\nCOPY --from=s{at} /a /b\nRUN go build -o /a .\n",
                at + 1
            )
        });
        format!("{first}{rest}FROM b\nCOPY --from=s{count} /a /a\n")
    }),
    (
        "each stage takes files of the one before, and all stay",
        |count| {
            let first = "FROM golang AS s0\nRUN go build -o /a .\n";
            let rest = numbered(count, |at| {
                format!(
                    "FROM golang AS s{}\nCOPY --from=s{at} /a /a\nRUN go build -o /b .\n",
                    at + 1
                )
            });
            format!("{first}{rest}FROM b\nCOPY --from=s{count} /unknown /a\n")
        },
    ),
    ("one stage takes files of all that take files of one", |count| {
        let first = "FROM golang AS b\nRUN go build -o /a .\n";
        let middle = numbered(count, |at| format!("FROM c AS s{at}\nCOPY --from=b /a /a\n"));
        let last = numbered(count, |at| format!("COPY --from=s{at} /a /a{at}\n"));
        format!("{first}{middle}FROM scratch\n{last}")
    }),
    ("images by number", |count| {
        let images = numbered(count, |at| format!("COPY --from=image{at} /a /b\n"));
        format!(
            "FROM a\n{images}{}",
            numbered(count, |at| format!("COPY --from={} /a /b\n", at + 1))
        )
    }),
    ("global arguments", |count| {
        format!("{}FROM a\n", numbered(count, |at| format!("ARG A{at}=b\n")))
    }),
    ("arguments of a stage that moves", |count| {
        in_a_stage(&numbered(count, |at| format!("ARG A{at}=$A\n")))
    }),
    ("arguments of one instruction", |count| {
        in_a_stage(&format!(
            "ARG A=b{}\n",
            numbered(count, |at| format!(" \\\n  A{at}=$A"))
        ))
    }),
    ("commands of a stage that moves", |count| {
        in_a_stage(&"RUN go build -o /a .\n".repeat(count))
    }),
    ("files of a stage that moves", |count| {
        in_a_stage(&numbered(count, |at| {
            format!("RUN apk add p{at} && go build -o /x/a{at} .\n")
        }))
    }),
    ("commands of one RUN", |count| {
        in_a_stage(&format!(
            "RUN true{}\n",
            " && \\\n  go build -o /a .".repeat(count)
        ))
    }),
    ("compilations by the distribution's compiler", |count| {
        let lines = numbered(count, |at| {
            format!("RUN apt-get install -y p{at} && gcc -c -o /o/{at}.o {at}.c\n")
        });
        format!("FROM debian AS s\nRUN apt-get install -y gcc\n{lines}FROM b\nCOPY --from=s /o /o\n")
    }),
    ("projects that CMake configures", |count| {
        let lines = numbered(count, |at| {
            format!("COPY a{at} /s\nRUN cd /s && cmake -B b{at} && make -C b{at}\n")
        });
        format!("FROM debian AS s\nRUN apt-get install -y g++\n{lines}FROM b\nCOPY --from=s /s/b0 /o\n")
    }),
    ("copies out of a stage that moves", |count| {
        in_a_stage("") + &numbered(count, |at| format!("COPY --from=s /a /a{at}\n"))
    }),
    ("findings that a comment allows", |count| {
        format!(
            "FROM a\n{}",
            "# xbuild: allow(undeclared-target-argument): why\nRUN echo $TARGETARCH\n".repeat(count)
        )
    }),
];

/// A stage that moves, with the instructions in it, and one that takes its program.
fn in_a_stage(instructions: &str) -> String {
    format!(
        "FROM golang AS s\nARG A=a\n{instructions}RUN go build -o /a .\nFROM scratch\nCOPY --from=s /a /a\n"
    )
}

#[test]
fn large_files_are_planned_and_rewritten_in_proportion() {
    for (what, file) in LARGE {
        let (short, long) = (file(200), file(2_000));
        takes_time_in_proportion(what, &|| plan_and_rewrite(&short), &|| plan_and_rewrite(&long));
    }
}

#[test]
fn large_files_are_linted_in_proportion() {
    for (what, file) in LARGE {
        let (short, long) = (file(200), file(2_000));
        takes_time_in_proportion(what, &|| lint(&short), &|| lint(&long));
    }
}

#[test]
fn a_file_of_ten_megabytes_is_rewritten() {
    let comment = format!("# {}\n", "x".repeat(997));
    plan_and_rewrite(&in_a_stage(&comment.repeat(10_000)));
}

#[test]
fn deep_nesting_overflows_no_stack() {
    let deep = 10_000;
    for text in [
        format!("FROM a\nRUN {}\n", "[".repeat(deep)),
        format!("FROM a\nRUN {}true{}\n", "$(".repeat(deep), ")".repeat(deep)),
        format!("FROM a\nRUN {}true{}\n", "(".repeat(deep), ")".repeat(deep)),
        format!("FROM a\nRUN {}true\n", "! ".repeat(deep)),
        format!(
            "FROM a\nRUN <<E\n{}true\n{}E\n",
            "if true; then\n".repeat(deep),
            "fi\n".repeat(deep)
        ),
        format!("FROM a\nRUN {}x\n", "\"$(".repeat(deep)),
        format!("FROM a\nRUN echo {}x{}\n", "${A:-".repeat(deep), "}".repeat(deep)),
        format!("FROM a\nENV A={}{}\n", "${Z:-".repeat(deep), "}".repeat(deep)),
        format!("FROM a\n{}RUN true\n", "ONBUILD ".repeat(deep)),
        format!(
            "FROM a AS s0\n{}",
            numbered(deep, |at| format!("FROM s{at} AS s{}\n", at + 1))
        ),
    ] {
        let _ = every_text::rewritten(&text, &["arm64"], true);
        lint(&text);
    }
}
