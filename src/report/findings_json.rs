//! Findings for programs, in a versioned form.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    rules::{Diagnostic, Severity},
    source::{Edit, LineIndex, Span},
};

/// The version of the form; it goes up when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// The findings of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// The version of this form.
    pub version: u32,
    /// The files in the order they were looked at, those without findings too.
    pub files: Vec<FileFindings>,
}

/// The findings of a file.
#[derive(Clone, Debug, Serialize)]
pub struct FileFindings {
    /// The file as the user named it.
    pub file: String,
    /// The findings in the order of their places.
    pub findings: Vec<Finding>,
}

/// A finding; lines and columns start at 1, columns count characters, spans are bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The id of the rule.
    pub rule: &'static str,
    /// The code of the rule.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Edits that are safe to apply; all of them belong together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Vec<Edit>>,
}

/// A place that explains a finding.
#[derive(Clone, Debug, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// The first line.
    pub line: usize,
    /// What there is to say.
    pub text: String,
}

/// The findings of one file.
pub fn file_findings(path: &str, source: &str, diagnostics: &[Diagnostic]) -> FileFindings {
    let index = LineIndex::new(source);
    FileFindings {
        file: path.to_owned(),
        findings: diagnostics
            .iter()
            .map(|diagnostic| finding(&index, diagnostic))
            .collect(),
    }
}

/// Writes the findings of a run as one JSON document.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(out: &mut dyn Write, files: Vec<FileFindings>) -> io::Result<()> {
    serde_json::to_writer_pretty(
        &mut *out,
        &Findings {
            version: VERSION,
            files,
        },
    )?;
    writeln!(out)
}

fn finding(index: &LineIndex<'_>, diagnostic: &Diagnostic) -> Finding {
    let (start, end) = (
        index.position(diagnostic.span.start),
        index.position(diagnostic.span.end),
    );
    let labels = diagnostic.labels.iter().map(|(span, text)| Label {
        span: *span,
        line: index.line(span.start),
        text: text.clone(),
    });
    Finding {
        rule: diagnostic.rule,
        code: diagnostic.code,
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        span: diagnostic.span,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        labels: labels.collect(),
        help: diagnostic.help.clone(),
        fix: diagnostic.fix.clone(),
    }
}
