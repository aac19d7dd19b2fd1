use crate::{
    grammar::{
        Arguments, Flag,
        expand::{Mode, expand},
    },
    model::Base,
    rules::{Diagnostic, Rule, Severity, Subject},
    source::{Edit, Span},
};

/// BuildKit's `RedundantTargetPlatform` (frontend/dockerfile/linter/ruleset.go), hadolint's DL3065.
pub(super) const RULE: Rule = Rule {
    id: "redundant-platform",
    code: "XB102",
    severity: Severity::Note,
    documentation: include_str!("redundant_platform.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(view) = subject.model.views.first() else {
        return;
    };
    let has_default = subject
        .model
        .globals
        .iter()
        .any(|global| match &global.arguments {
            Arguments::Pairs(pairs) => pairs
                .iter()
                .any(|pair| pair.key.text == "TARGETPLATFORM" && pair.value.is_some()),
            _ => false,
        });
    if has_default {
        return;
    }
    for stage in &subject.model.stages {
        let Some(flag) = stage.from.flag("platform") else {
            continue;
        };
        if !is_target_platform(subject, flag)
            || matches!(view.stages[stage.index].base, Base::Stage(_) | Base::Scratch)
        {
            continue;
        }
        found.push(
            Diagnostic::new(&RULE, flag.span, "a stage runs on the target platform anyway")
                .with_help("remove the flag")
                .with_fix([removal(subject.model.file.text, flag)]),
        );
    }
}

/// Whether the flag's only variable is TARGETPLATFORM, and all of its value.
fn is_target_platform(subject: &Subject<'_>, flag: &Flag) -> bool {
    let mark = "target".to_owned();
    let lookup = |name: &str| (name == "TARGETPLATFORM").then(|| mark.clone());
    let mode = Mode::with_escape(subject.model.file.escape);
    flag.value()
        .and_then(|value| expand(value, mode, &lookup).ok())
        .is_some_and(|expansion| {
            expansion.text == mark && expansion.unmatched.is_empty() && !expansion.matched.is_empty()
        })
}

/// Removes a flag and the blanks behind it.
pub(super) fn removal(text: &str, flag: &Flag) -> Edit {
    let behind = &text[flag.span.end..];
    let blanks = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    Edit::replace(Span::new(flag.span.start, flag.span.end + blanks), "")
}
