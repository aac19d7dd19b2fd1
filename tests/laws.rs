//! Laws that hold for every text: reading never panics, spans lie in the text, what no edit names stays, a second
//! rewrite changes nothing.

use std::time::Instant;

use proptest::prelude::*;

use xbuild::{
    context::Context,
    grammar::{self, Arguments, Instruction},
    model::{Model, Settings},
    plan::{Options, decide},
    platform::Platform,
    recipes, rewrite,
    source::Span,
};

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

fn spans(instruction: &Instruction) -> Vec<Span> {
    let mut spans = vec![instruction.span, instruction.name.span];
    spans.extend(instruction.flags.iter().map(|flag| flag.span));
    spans.extend(
        instruction
            .heredocs
            .iter()
            .flat_map(|heredoc| [heredoc.body, heredoc.terminator]),
    );
    argument_spans(&instruction.arguments, &mut spans);
    spans
}

fn argument_spans(arguments: &Arguments, spans: &mut Vec<Span>) {
    match arguments {
        Arguments::Empty => {}
        Arguments::Json(strings) => spans.extend(strings.iter().map(|string| string.span)),
        Arguments::Text(word) => spans.push(word.span),
        Arguments::Words(words) => spans.extend(words.iter().map(|word| word.span)),
        Arguments::Pairs(pairs) => {
            spans.extend(
                pairs
                    .iter()
                    .flat_map(|pair| [Some(pair.key.span), pair.value.as_ref().map(|value| value.span)])
                    .flatten(),
            );
        }
        Arguments::Health { kind, command } => {
            spans.push(kind.span);
            argument_spans(command, spans);
        }
        Arguments::Trigger(trigger) => spans.extend(self::spans(trigger)),
    }
}

fn rewritten(text: &str) -> Option<rewrite::Rewritten> {
    let file = grammar::parse(text).ok()?;
    let targets = vec![Platform::linux("amd64"), Platform::linux("arm64")];
    let model = Model::build(&file, Settings::new(Platform::linux("amd64"), targets)).ok()?;
    let plan = decide(
        "Dockerfile",
        &model,
        &Context::default(),
        recipes::ALL,
        Options::default(),
    )
    .ok()?;
    Some(rewrite::rewrite(&model, &plan).expect("a plan can be carried out"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn spans_lie_in_the_text(text in text()) {
        if let Ok(file) = grammar::read(&text) {
            let mut end = 0;
            for instruction in &file.instructions {
                prop_assert!(instruction.span.start >= end, "instructions overlap");
                end = instruction.span.end;
                for span in spans(instruction) {
                    prop_assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
                    prop_assert!(instruction.span.contains(span), "{span:?} of {:?} in {text:?}", instruction.span);
                }
            }
        }
    }

    #[test]
    fn a_second_rewrite_changes_nothing(text in text()) {
        if let Some(first) = rewritten(&text) {
            let second = rewritten(&first.text).expect("what was rewritten can be read");
            prop_assert_eq!(&second.text, &first.text);
            let mut rest = first.text.as_str();
            let mut at = 0;
            for edit in &first.edits {
                let kept = &text[at..edit.span.start];
                prop_assert!(rest.starts_with(kept));
                rest = &rest[kept.len()..];
                prop_assert!(rest.starts_with(&edit.text));
                rest = &rest[edit.text.len()..];
                at = edit.span.end;
            }
            prop_assert_eq!(rest, &text[at..]);
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        let _ = grammar::read(&text);
        let _ = rewritten(&text);
    }
}

/// The time of `read` for the size, in seconds.
fn seconds(text: &str) -> f64 {
    let start = Instant::now();
    let _ = grammar::read(text);
    start.elapsed().as_secs_f64()
}

#[test]
fn large_files_take_time_in_proportion() {
    // Ten times the text may take thirty times as long on a noisy machine; a quadratic loop takes a hundred.
    for unit in [
        "RUN echo a && echo b\n",
        "FROM a AS b\n",
        "ENV A=b C=d\n",
        "RUN a \\\n  b \\\n",
        "RUN <<E\nx\nE\n",
    ] {
        let short = format!("FROM a\n{}\n", unit.repeat(20_000));
        let long = format!("FROM a\n{}\n", unit.repeat(200_000));
        let ratio = seconds(&long) / seconds(&short).max(1e-6);
        assert!(ratio < 30.0, "{unit:?}: {ratio}");
    }
}

#[test]
fn deep_nesting_overflows_no_stack() {
    let deep = 10_000;
    for text in [
        format!("FROM a\nRUN {}\n", "[".repeat(deep)),
        format!("FROM a\nRUN {}true{}\n", "$(".repeat(deep), ")".repeat(deep)),
        format!("FROM a\nENV A={}{}\n", "${Z:-".repeat(deep), "}".repeat(deep)),
        format!("FROM a\n{}RUN true\n", "ONBUILD ".repeat(deep)),
    ] {
        let _ = rewritten(&text);
    }
}
