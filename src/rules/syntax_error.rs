//! A file that BuildKit refuses. Its findings are made from the errors of the grammar and the model.

use crate::{
    grammar::{Dockerfile, SyntaxError},
    model::ModelError,
    rules::{Diagnostic, Rule, Severity},
    source::{LineIndex, Span},
};

/// BuildKit's own errors, in its words (frontend/dockerfile/parser, instructions and dockerfile2llb).
pub(super) const RULE: Rule = Rule {
    id: "syntax-error",
    code: "XB001",
    severity: Severity::Error,
    documentation: include_str!("syntax_error.md"),
    check: |_, _| {},
};

/// The finding for a text that is no Dockerfile.
pub(super) fn of_syntax(text: &str, error: &SyntaxError) -> Diagnostic {
    let span = error
        .span
        .map_or_else(|| line_span(text, error.lines.0), |span| first_line(text, span));
    Diagnostic::new(&RULE, span, error.message.clone())
}

/// The finding for a Dockerfile that means nothing to BuildKit.
pub(super) fn of_model(file: &Dockerfile<'_>, error: &ModelError) -> Diagnostic {
    let at_fault = file
        .instructions
        .iter()
        .find(|instruction| instruction.lines.0 == error.line);
    let span = at_fault.map_or_else(
        || line_span(file.text, error.line),
        |one| first_line(file.text, one.span),
    );
    Diagnostic::new(&RULE, span, error.message.clone())
}

fn first_line(text: &str, span: Span) -> Span {
    let length = span.of(text).find(['\r', '\n']).unwrap_or(span.len());
    Span::new(span.start, span.start + length)
}

/// A whole line; the start of the text when there is no such line.
fn line_span(text: &str, line: usize) -> Span {
    let start = LineIndex::new(text).start_of(line).unwrap_or(0);
    first_line(text, Span::new(start, text.len()))
}
