use crate::{
    grammar::{
        Flag,
        expand::{Mode, expand},
    },
    model::{Base, View},
    platform::Platform,
    rules::{Diagnostic, Rule, Severity, Subject, redundant_platform::removal},
};

/// BuildKit takes the platform of a stage that stands on another from there, and that of scratch from the target
/// (dockerfile2llb/convert.go; moby/buildkit#2946).
pub(super) const RULE: Rule = Rule {
    id: "ignored-platform",
    code: "XB103",
    severity: Severity::Warning,
    documentation: include_str!("ignored_platform.md"),
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
        let why = match view.stages[stage.index].base {
            Base::Stage(base) => format!(
                "BuildKit ignores this: the stage runs where {} runs",
                subject.stage_name(base)
            ),
            Base::Scratch => "BuildKit ignores this: scratch is for the target platform".to_owned(),
            Base::Image(_) | Base::Context { .. } => continue,
        };
        let diagnostic = Diagnostic::new(&RULE, flag.span, why);
        let asks_for_the_same =
            subject.model.views.iter().all(|view| {
                asked_for(subject, flag, view).as_ref() == Some(&view.stages[stage.index].platform)
            });
        found.push(match view.stages[stage.index].base {
            Base::Stage(base) if !asks_for_the_same => {
                let from = subject.model.stages[base].from;
                let platform = &view.stages[base].platform;
                let place = if subject.is_pinned(base) {
                    "runs on the build platform".to_owned()
                } else if subject.platform_flag(base).is_some() {
                    format!("runs on {platform}")
                } else {
                    "runs on the target platform".to_owned()
                };
                diagnostic
                    .with_label(from.line.span(0..from.line.text().trim_end().len()), place)
                    .with_help("give the flag to the stage that it stands on, or make a second one of that")
            }
            _ => diagnostic
                .with_severity(Severity::Note)
                .with_help("remove the flag")
                .with_fix([removal(subject.model.file.text, flag)]),
        });
    }
}

/// The platform that the flag would give if it counted.
fn asked_for(subject: &Subject<'_>, flag: &Flag, view: &View<'_>) -> Option<Platform> {
    let build = &subject.model.settings.build_platform;
    let lookup = |name: &str| match name {
        "BUILDPLATFORM" => Some(build.to_string()),
        "TARGETPLATFORM" => Some(view.target.to_string()),
        "BUILDARCH" => Some(build.architecture.clone()),
        "TARGETARCH" => Some(view.target.architecture.clone()),
        "BUILDOS" => Some(build.os.clone()),
        "TARGETOS" => Some(view.target.os.clone()),
        _ => None,
    };
    let expansion = expand(
        flag.value()?,
        Mode::with_escape(subject.model.file.escape),
        &lookup,
    )
    .ok()?;
    Platform::parse(&expansion.text, build)
        .ok()
        .map(|platform| platform.normalized())
}
