use crate::rules::{Diagnostic, Rule, Severity, Subject};

/// BuildKit labels the image with the target platform wherever its last stage ran (dockerfile2llb/convert.go,
/// `finalizeResultImage`), so nothing notices that its files are the builder's (hadolint#982).
pub(super) const RULE: Rule = Rule {
    id: "native-final-stage",
    code: "XB104",
    severity: Severity::Error,
    documentation: include_str!("native_final_stage.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(exported) = subject.model.views.first().map(|view| view.exported) else {
        return;
    };
    let Some((root, flag)) = subject
        .platform_flag(exported)
        .filter(|_| subject.is_pinned(exported))
    else {
        return;
    };
    // A flag like `--platform=${TARGETPLATFORM:-$BUILDPLATFORM}` names the builder and means the target.
    if flag.value().is_some_and(|value| value.contains("TARGET")) {
        return;
    }
    let message = "the exported stage runs on the build platform, so every image gets the builder's files";
    let help = "take the flag off the last stage, and copy into it what native stages have built";
    let from = subject.model.stages[exported].from;
    found.push(if root == exported {
        Diagnostic::new(&RULE, flag.span, message).with_help(help)
    } else {
        let base = subject.model.stages[exported]
            .base()
            .map_or(from.name.span, |base| base.span);
        Diagnostic::new(&RULE, base, message)
            .with_label(flag.span, "it stands on this stage")
            .with_help(help)
    });
}
