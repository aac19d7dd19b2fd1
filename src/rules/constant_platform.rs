use crate::{
    model::Base,
    platform::Platform,
    rules::{Diagnostic, Rule, Severity, Subject},
};

/// BuildKit's `FromPlatformFlagConstDisallowed` (frontend/dockerfile/linter/ruleset.go), hadolint's DL3029.
///
/// A stage that has the platform in its name is meant for it, as BuildKit says too.
pub(super) const RULE: Rule = Rule {
    id: "constant-platform",
    code: "XB101",
    severity: Severity::Warning,
    documentation: include_str!("constant_platform.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(view) = subject.model.views.first() else {
        return;
    };
    for stage in &subject.model.stages {
        let Some(flag) = stage.from.flag("platform") else {
            continue;
        };
        let Some(value) = flag.value().filter(|value| !value.contains('$')) else {
            continue;
        };
        // Such a flag has no effect, which is the finding of another rule.
        if matches!(view.stages[stage.index].base, Base::Stage(_) | Base::Scratch) {
            continue;
        }
        let Ok(platform) = Platform::parse(value, &subject.model.settings.build_platform) else {
            continue;
        };
        let name = stage.name.clone().unwrap_or_default();
        if name.contains(&platform.os) || name.contains(&platform.architecture) {
            continue;
        }
        found.push(
            Diagnostic::new(
                &RULE,
                flag.span,
                format!("stage {} is for {value} whatever the build is for", subject.stage_name(stage.index)),
            )
            .with_help(
                "remove the flag, or write `--platform=$BUILDPLATFORM` for a stage of tools, or name the stage \
                 after its platform",
            ),
        );
    }
}
