use crate::rules::{Diagnostic, Rule, Severity, Subject, find, suppression};

/// A suppression names a rule that there is.
pub(super) const RULE: Rule = Rule {
    id: "unknown-suppression",
    code: "XB902",
    severity: Severity::Warning,
    documentation: include_str!("unknown_suppression.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for suppression in suppression::read(subject.model.file) {
        for (span, id) in suppression.rules.iter().filter(|(_, id)| find(id).is_none()) {
            found.push(Diagnostic::new(&RULE, *span, format!("there is no rule `{id}`")));
        }
    }
}
