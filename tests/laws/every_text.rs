//! What holds for every text, whoever makes the text up: the tests here, or the fuzzer in `fuzz/`.

use xbuild::{
    context::Context,
    grammar::{self, Arguments, Instruction},
    model::{Model, Settings},
    plan::{Options, decide},
    platform::Platform,
    recipes,
    rewrite::{self, Rewritten},
    source::Span,
};

/// All laws, for a build of one foreign platform and for one of two platforms, with certain changes and with likely ones.
pub(crate) fn obeys_every_law(text: &str) {
    spans_lie_in_the_text(text);
    for targets in [&["arm64"][..], &["amd64", "arm64"]] {
        for is_aggressive in [false, true] {
            a_second_rewrite_changes_nothing(text, targets, is_aggressive);
        }
    }
}

/// Instructions follow one another, and what is in an instruction lies in its span, on character borders.
pub(crate) fn spans_lie_in_the_text(text: &str) {
    let Ok(file) = grammar::read(text) else { return };
    let mut end = 0;
    for instruction in &file.instructions {
        assert!(instruction.span.start >= end, "instructions overlap in {text:?}");
        end = instruction.span.end;
        for span in spans(instruction) {
            assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
            assert!(
                instruction.span.contains(span),
                "{span:?} of {:?} in {text:?}",
                instruction.span
            );
        }
    }
}

/// What no edit names stays, and what was rewritten reads, builds, and is left alone.
pub(crate) fn a_second_rewrite_changes_nothing(text: &str, targets: &[&str], is_aggressive: bool) {
    let Some(first) = rewritten(text, targets, is_aggressive) else {
        return;
    };
    let second = rewritten(&first.text, targets, is_aggressive).expect("what was rewritten can be read");
    assert_eq!(second.text, first.text, "a second rewrite of {text:?}");
    let mut rest = first.text.as_str();
    let mut at = 0;
    for edit in &first.edits {
        let kept = &text[at..edit.span.start];
        rest = rest.strip_prefix(kept).expect("what no edit names stays");
        rest = rest
            .strip_prefix(edit.text.as_str())
            .expect("an edit's text stands in its place");
        at = edit.span.end;
    }
    assert_eq!(rest, &text[at..], "the rest of {text:?}");
}

/// The text with its plan carried out; `None` for one that BuildKit refuses.
pub(crate) fn rewritten(text: &str, targets: &[&str], is_aggressive: bool) -> Option<Rewritten> {
    let file = grammar::parse(text).ok()?;
    let targets = targets
        .iter()
        .map(|architecture| Platform::linux(architecture))
        .collect();
    let model = Model::build(&file, Settings::new(Platform::linux("amd64"), targets)).ok()?;
    let options = Options {
        is_aggressive,
        ..Options::default()
    };
    let plan = decide("Dockerfile", &model, &Context::default(), recipes::ALL, options).ok()?;
    Some(rewrite::rewrite(&model, &plan).expect("a plan can be carried out"))
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
