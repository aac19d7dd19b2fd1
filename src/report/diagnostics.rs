//! Findings as text: like a compiler's, with the lines they speak of, or one line each.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::{
    rules::{Diagnostic, Severity},
    source::{LineIndex, Span},
};

/// Whether the text has terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// ANSI colours.
    Always,
}

/// Writes each finding of a file with its lines, labels and help, a blank line behind each.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_full(
    out: &mut dyn Write,
    path: &str,
    source: &str,
    diagnostics: &[Diagnostic],
    color: Color,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        writeln!(out, "{}\n", full(path, source, diagnostic, color))?;
    }
    Ok(())
}

/// Writes each finding of a file on one line: `file:line:column: warning[XB302] message`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_concise(
    out: &mut dyn Write,
    path: &str,
    source: &str,
    diagnostics: &[Diagnostic],
) -> io::Result<()> {
    let index = LineIndex::new(source);
    for diagnostic in diagnostics {
        let place = index.position(diagnostic.span.start);
        let Diagnostic {
            code,
            message,
            severity,
            ..
        } = diagnostic;
        let severity = severity_name(*severity);
        // A message of BuildKit may hold a line of the file.
        let message = message.replace(['\r', '\n'], " ");
        writeln!(
            out,
            "{path}:{}:{}: {severity}[{code}] {message}",
            place.line, place.column
        )?;
    }
    Ok(())
}

/// What a severity is called in text.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// One finding with its lines.
pub fn full(path: &str, source: &str, diagnostic: &Diagnostic, color: Color) -> String {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let labels = diagnostic.labels.iter().map(|(span, text)| {
        AnnotationKind::Context
            .span(visible(source, *span).range())
            .label(text.as_str())
    });
    let snippet = Snippet::source(source)
        .path(path)
        .annotation(AnnotationKind::Primary.span(visible(source, diagnostic.span).range()))
        .annotations(labels);
    let mut groups = vec![
        level
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code)
            .element(snippet),
    ];
    groups.extend(help(path, source, diagnostic));
    let renderer = match color {
        Color::Never => Renderer::plain(),
        Color::Always => Renderer::styled(),
    };
    renderer.render(&groups)
}

/// The help, with the lines as they would be when there is a fix.
fn help<'a>(path: &'a str, source: &'a str, diagnostic: &'a Diagnostic) -> Option<Group<'a>> {
    let text = diagnostic
        .help
        .as_deref()
        .or_else(|| diagnostic.fix.as_ref().map(|_| "this can be fixed"))?;
    let title = Level::HELP.secondary_title(text);
    let Some(fix) = &diagnostic.fix else {
        return Some(Group::with_title(title));
    };
    let patches = fix
        .iter()
        .map(|edit| Patch::new(edit.span.range(), edit.text.as_str()));
    Some(title.element(Snippet::source(source).path(path).patches(patches)))
}

/// The first line of a span, so that an instruction of many lines is pointed at and not quoted.
fn visible(source: &str, span: Span) -> Span {
    let text = span.of(source);
    let length = text.find(['\r', '\n']).unwrap_or(text.len());
    Span::new(span.start, span.start + length)
}
