use crate::{
    model::Stage,
    plan::{Decision, Place, StagePlan},
    rules::{Diagnostic, Rule, Severity, Subject},
    shell::{SimpleCommand, Word, effective, simple_commands},
    source::{LineIndex, Span},
};

/// A stage that is compiled under emulation although it need not be, as far as the plan knows.
pub(super) const RULE: Rule = Rule {
    id: "emulated-compiler",
    code: "XB501",
    severity: Severity::Warning,
    documentation: include_str!("emulated_compiler.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let lines = LineIndex::new(subject.model.file.text);
    for (stage, plan) in subject.model.stages.iter().zip(&subject.plan.stages) {
        if !plan
            .steps
            .iter()
            .any(|step| step.before.contains(&Place::Emulated))
        {
            continue;
        }
        let compiler = compiler(subject, stage.index);
        found.extend(match (plan.decision, compiler) {
            (Decision::NativeCross | Decision::NativeData, compiler) => {
                Some(movable(subject, stage, plan, compiler))
            }
            (Decision::Target, Some(compiler)) => Some(stuck(subject, &lines, stage, plan, &compiler)),
            _ => None,
        });
    }
}

/// A compile command: its place, and how it is called.
pub(super) struct Compiler {
    span: Span,
    name: String,
}

fn at(stage: &Stage<'_>) -> Span {
    stage.base().map_or(stage.from.name.span, |base| base.span)
}

fn movable(
    subject: &Subject<'_>,
    stage: &Stage<'_>,
    plan: &StagePlan,
    compiler: Option<Compiler>,
) -> Diagnostic {
    let name = subject.stage_name(stage.index);
    let help = format!(
        "`xbuild rewrite` moves the stage to the build platform: {}",
        plan.reason.text
    );
    let Some(compiler) = compiler else {
        let message = format!("stage {name} runs emulated for a foreign platform, and need not");
        return Diagnostic::new(&RULE, at(stage), message)
            .with_severity(Severity::Note)
            .with_help(help);
    };
    let message = format!(
        "stage {name} runs `{}` emulated for a foreign platform, and need not",
        compiler.name
    );
    Diagnostic::new(&RULE, at(stage), message)
        .with_label(compiler.span, "the slow step")
        .with_help(help)
}

fn stuck(
    subject: &Subject<'_>,
    index: &LineIndex<'_>,
    stage: &Stage<'_>,
    plan: &StagePlan,
    compiler: &Compiler,
) -> Diagnostic {
    let name = subject.stage_name(stage.index);
    let message = format!(
        "stage {name} runs `{}` emulated for a foreign platform",
        compiler.name
    );
    let diagnostic = Diagnostic::new(&RULE, at(stage), message)
        .with_severity(Severity::Note)
        .with_label(compiler.span, "the slow step");
    let text = subject.model.file.text;
    let reason = format!("`xbuild rewrite` leaves the stage as it is: {}", plan.reason.text);
    let is_pointed_at = [stage.from.lines.0, index.line(compiler.span.start)].contains(&plan.reason.line);
    let line = index.start_of(plan.reason.line).filter(|_| !is_pointed_at);
    match line {
        Some(start) => {
            let line = text[start..].lines().next().unwrap_or_default();
            let indentation = line.len() - line.trim_start().len();
            let span = Span::new(
                start + indentation,
                start + indentation.max(line.trim_end().len()),
            );
            diagnostic.with_label(span, "because of this").with_help(reason)
        }
        None => diagnostic.with_help(reason),
    }
}

/// The first compile command of a stage.
pub(super) fn compiler(subject: &Subject<'_>, stage: usize) -> Option<Compiler> {
    subject.runs[stage].iter().find_map(|run| {
        simple_commands(&run.script.script).iter().find_map(|visit| {
            let name = compile_command(visit.command)?;
            Some(Compiler {
                span: run.script.cover(visit.command.span),
                name,
            })
        })
    })
}

/// How a command is called when it compiles.
pub(super) fn compile_command(command: &SimpleCommand) -> Option<String> {
    let first = effective(command)?.first;
    let words: Vec<String> = command
        .words
        .iter()
        .skip(first)
        .filter_map(Word::literal)
        .collect();
    let name = words.first()?.rsplit('/').next()?.to_owned();
    let verb = words
        .iter()
        .skip(1)
        .find(|word| !word.starts_with('-'))
        .map_or("", String::as_str);
    let named = |verb: &str| Some(format!("{name} {verb}"));
    match name.as_str() {
        "make" | "gmake" | "cmake" | "ninja" | "meson" | "scons" | "configure" | "gcc" | "g++" | "cc"
        | "c++" | "clang" | "clang++" | "ghc" | "rustc" | "javac" | "tsc" | "webpack" | "mvn" | "mvnw"
        | "gradle" | "gradlew" | "sbt" | "lein" | "ant" => Some(name),
        "go" if matches!(verb, "build" | "install" | "test" | "generate") => named(verb),
        "cargo" if matches!(verb, "build" | "install" | "test" | "chef" | "xwin" | "zigbuild") => named(verb),
        "npm" | "yarn" | "pnpm" | "bun" | "npx" | "ng" | "vite" | "next" | "gatsby" | "hugo" => {
            let end = words.iter().skip(1).position(|word| word.starts_with("build"))? + 1;
            let is_shown = |word: &&String| !word.starts_with('-');
            Some(
                words[..=end]
                    .iter()
                    .filter(is_shown)
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        }
        "dotnet" if matches!(verb, "publish" | "build" | "pack" | "test") => named(verb),
        "swift" | "zig" | "stack" | "cabal" | "bazel" | "dart" | "flutter" | "nimble" | "dub"
            if verb.starts_with("build") =>
        {
            named(verb)
        }
        "mix" if matches!(verb, "compile" | "release") => named(verb),
        "dart" if verb == "compile" => named(verb),
        _ => None,
    }
}
