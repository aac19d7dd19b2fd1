use crate::rules::{Diagnostic, Rule, Severity, Subject, suppression};

/// A suppression says why, or it does not count.
pub(super) const RULE: Rule = Rule {
    id: "suppression-without-reason",
    code: "XB901",
    severity: Severity::Warning,
    documentation: include_str!("suppression_without_reason.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let suppressions = suppression::read(subject.model.file);
    found.extend(
        suppressions
            .iter()
            .filter(|suppression| !suppression.has_reason)
            .map(|suppression| {
                Diagnostic::new(
                    &RULE,
                    suppression.span,
                    "this suppression gives no reason, so it does not count",
                )
                .with_help("say why behind a colon: `# xbuild: allow(rule): reason`")
            }),
    );
}
