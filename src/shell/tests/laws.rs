//! What holds for any text.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::{
    shell::{Node, Script, Word, parse},
    source::Span,
};

/// Pieces that meet each other in more interesting ways than random characters do.
const PIECES: [&str; 68] = [
    "a",
    "b=",
    "b=(",
    " ",
    " ",
    "\n",
    ";",
    ";;",
    "&",
    "&&",
    "|",
    "||",
    "|&",
    "!",
    "(",
    ")",
    "((",
    "))",
    "{",
    "}",
    "if ",
    "then ",
    "elif ",
    "else ",
    "fi",
    "for ",
    "in ",
    "do ",
    "done",
    "while ",
    "case ",
    "esac",
    "function ",
    "f()",
    "[[ ",
    " ]]",
    "=~",
    "<",
    ">",
    "2>&1",
    "&>",
    "<<E",
    "<<-'E'",
    "E",
    "\nE\n",
    "<<<",
    "<(",
    ">(",
    "'",
    "\"",
    "`",
    "\\",
    "\\\n",
    "$",
    "$(",
    "$((",
    "${",
    "${a",
    ":-",
    "//",
    "##",
    "$'",
    "$\"",
    "#",
    "*)",
    "é",
    "\t",
    "[",
];

fn shell_like() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES.as_slice()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// Every span lies on character borders inside the text and inside the node around it, and the pieces of a word
/// give back its text byte for byte.
fn check_laws(source: &str) {
    let script = parse(source);
    let whole = Span::new(0, source.len());
    assert_eq!(script.span, whole);
    check_items(source, &script);
    let mut waiting = vec![Node::Script(&script)];
    while let Some(node) = waiting.pop() {
        let span = node.span();
        assert!(
            source.get(span.range()).is_some(),
            "{span:?} is no part of {source:?}"
        );
        for child in node.children() {
            let is_heredoc = matches!(node, Node::Redirection(redirection)
                if redirection.heredoc.as_ref().and_then(|heredoc| heredoc.body()).map(|body| body.span) == Some(child.span()));
            let around = if is_heredoc { whole } else { span };
            assert!(
                around.contains(child.span()),
                "{:?} is not inside {around:?} of {source:?}",
                child.span()
            );
            waiting.push(child);
        }
        match node {
            Node::Word(word) => check_word(source, word),
            Node::Script(script) => check_items(source, script),
            _ => {}
        }
    }
}

fn check_word(source: &str, word: &Word) {
    let joined: String = word.parts.iter().map(|part| part.span().of(source)).collect();
    assert_eq!(joined, word.span.of(source), "in {source:?}");
}

fn check_items(source: &str, script: &Script) {
    let mut end = script.span.start;
    for item in &script.items {
        assert!(end <= item.span().start, "items overlap in {source:?}");
        end = item.span().end;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn spans_hold_for_any_text(source in any::<String>()) {
        check_laws(&source);
    }

    #[test]
    fn spans_hold_for_texts_of_shell_pieces(source in shell_like()) {
        check_laws(&source);
    }
}

#[test]
fn a_text_cut_anywhere_is_read() {
    let source = include_str!("../../../fixtures/shell/architecture.sh");
    for (at, _) in source.char_indices() {
        check_laws(&source[..at]);
        check_laws(&source[at..]);
    }
}

#[test]
fn deep_nesting_is_opaque() {
    for opening in [
        "$(",
        "(",
        "{ ",
        "\"$(",
        "${a:-",
        "<(",
        "if ",
        "if a; then ",
        "$((",
        "((",
        "f() ",
        "[[ a =~ $(",
        "case $(",
    ] {
        check_laws(&opening.repeat(100_000));
    }
    let shallow = format!("{}a{}", "$(b ".repeat(8), ")".repeat(8));
    assert!(parse(&shallow).is_fully_understood());
}

#[test]
fn long_texts_take_linear_time() {
    for piece in [
        "a && ",
        "a 'b' \"$c\"; ",
        "((a) #'\n);",
        "$(( ",
        "a[",
        "`a` ",
        "<<E ",
        "a <<E\n",
        "$((a)'",
        "x[y=",
        "a[;",
        "export a[;",
        "export a[ ",
        "\\",
        "$[",
        "${",
    ] {
        let text = piece.repeat(5_000);
        let start = Instant::now();
        parse(&text);
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{piece:?} takes {:?}",
            start.elapsed()
        );
        check_laws(&text);
    }
}
