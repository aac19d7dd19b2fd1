use crate::{
    rules::{Diagnostic, Rule, Run, Severity, Subject, emulated_compiler, guard::asks_machine},
    shell::{Node, Part, simple_commands},
};

/// On the build platform the machine answers for the builder, not for the target.
///
/// In a stage that compiles, the answer often chooses a tool of the stage itself, for which it is right; that is
/// a note. A script that names BUILDARCH knows of the difference.
pub(super) const RULE: Rule = Rule {
    id: "native-machine-question",
    code: "XB401",
    severity: Severity::Warning,
    documentation: include_str!("native_machine_question.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for stage in &subject.model.stages {
        let flag = subject
            .platform_flag(stage.index)
            .filter(|_| subject.is_pinned(stage.index));
        let Some((_, flag)) = flag else { continue };
        let compiles = emulated_compiler::compiler(subject, stage.index).is_some();
        for run in subject.runs[stage.index]
            .iter()
            .filter(|run| !names_the_builder(run))
        {
            let visits = simple_commands(&run.script.script);
            for visit in visits.iter().filter(|visit| asks_machine(visit.command)) {
                let name = visit.command.name().unwrap_or_default();
                let is_for_compiler = visits.iter().any(|outer| {
                    outer.command.span.contains(visit.command.span)
                        && emulated_compiler::compile_command(outer.command).is_some()
                });
                let severity = if compiles && !is_for_compiler {
                    Severity::Note
                } else {
                    RULE.severity
                };
                let message = format!("`{name}` answers for the builder here, not for the target");
                found.push(
                    Diagnostic::new(&RULE, run.script.cover(visit.command.span), message)
                        .with_severity(severity)
                        .with_label(flag.span, "the stage runs on the build platform")
                        .with_help(
                            "declare `ARG TARGETARCH` for the target, or `ARG BUILDARCH` to say that the builder \
                             is meant",
                        ),
                );
            }
        }
    }
}

fn names_the_builder(run: &Run<'_>) -> bool {
    Node::Script(&run.script.script)
        .descendants()
        .any(|node| match node {
            Node::Part(Part::Variable(variable)) => {
                matches!(variable.name.as_str(), "BUILDARCH" | "BUILDPLATFORM")
            }
            _ => false,
        })
}
