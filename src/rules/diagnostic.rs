use serde::Serialize;

use crate::{
    rules::Rule,
    source::{Edit, Span},
};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A matter of style, or something to know.
    Note,
    /// The build is fragile, slow, or right for one platform only.
    Warning,
    /// The build fails, or an image is wrong.
    Error,
}

/// One finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The id of the rule.
    pub rule: &'static str,
    /// The code of the rule.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, without capital and full stop.
    pub message: String,
    /// The bytes that are at fault.
    pub span: Span,
    /// Other places that explain the finding.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// Edits that are safe to apply: the build stays the same, or is what the file already says it should be.
    pub fix: Option<Vec<Edit>>,
}

impl Diagnostic {
    /// A finding of `rule` at `span`, with the severity of the rule.
    pub(super) fn new(rule: &Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule: rule.id,
            code: rule.code,
            severity: rule.severity,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: None,
            fix: None,
        }
    }

    #[must_use]
    pub(super) fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    #[must_use]
    pub(super) fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    #[must_use]
    pub(super) fn with_help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    #[must_use]
    pub(super) fn with_fix(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.fix = Some(edits.into_iter().collect());
        self
    }
}
