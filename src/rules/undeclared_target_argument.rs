use std::collections::{BTreeMap, BTreeSet};

use crate::{
    grammar::{
        Arguments, Instruction, Keyword,
        expand::{Mode, expand},
    },
    model::PLATFORM_ARGUMENTS,
    plan::Change,
    rewrite,
    rules::{Diagnostic, Rule, Run, Severity, Subject},
    shell::{Command, ForHead, Node, Operator, Part, Script, SimpleCommand, Variable, Word},
    source::Span,
};

/// An automatic argument has no value in a stage that does not declare it (Dockerfile reference, "Automatic platform
/// ARGs in the global scope"). BuildKit's `UndefinedVar` leaves RUN out, and ShellCheck leaves capitals out.
pub(super) const RULE: Rule = Rule {
    id: "undeclared-target-argument",
    code: "XB202",
    severity: Severity::Error,
    documentation: include_str!("undeclared_target_argument.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut known: Vec<BTreeSet<String>> = Vec::with_capacity(subject.model.stages.len());
    let globals = declarations(subject.model.globals);
    for stage in &subject.model.stages {
        let views = subject.model.views.iter();
        let bases = views.filter_map(|view| view.stages[stage.index].base.stage());
        let mut here: BTreeSet<String> = bases.flat_map(|base| known[base].clone()).collect();
        for instruction in stage.instructions {
            for (name, span) in uses(subject, stage.index, instruction) {
                if here.insert(name.clone()) {
                    found.push(diagnostic(
                        subject,
                        &globals,
                        stage.index,
                        instruction,
                        &name,
                        span,
                    ));
                }
            }
            let set = set_by(instruction).into_iter();
            here.extend(set.filter(|name| PLATFORM_ARGUMENTS.contains(&name.as_str())));
        }
        known.push(here);
    }
}

/// Where each automatic argument is first declared.
fn declarations(instructions: &[Instruction]) -> BTreeMap<String, Span> {
    let mut declarations = BTreeMap::new();
    for instruction in instructions {
        for name in set_by(instruction) {
            if PLATFORM_ARGUMENTS.contains(&name.as_str()) {
                declarations.entry(name).or_insert(instruction.span);
            }
        }
    }
    declarations
}

fn diagnostic(
    subject: &Subject<'_>,
    globals: &BTreeMap<String, Span>,
    stage: usize,
    user: &Instruction,
    name: &str,
    span: Span,
) -> Diagnostic {
    let label = subject.stage_name(stage);
    let mut diagnostic = Diagnostic::new(
        &RULE,
        span,
        format!("`${name}` is empty here: stage {label} does not declare it"),
    )
    .with_help(format!("declare it in front of the step: `ARG {name}`"));
    let declares = |instruction: &&Instruction| {
        instruction.keyword == Some(Keyword::Arg) && set_by(instruction).iter().any(|set| set == name)
    };
    if let Some(global) = globals.get(name) {
        diagnostic = diagnostic.with_label(
            *global,
            "this declares it for FROM only; a stage has to declare it again",
        );
    }
    let later = subject.model.stages[stage]
        .instructions
        .iter()
        .filter(|one| one.span.start > user.span.start);
    if let Some(later) = later.into_iter().find(declares) {
        diagnostic = diagnostic.with_label(later.span, "this declares it for the steps below only");
    }
    let change = Change::DeclareArguments {
        step: user.span.start,
        names: vec![name.to_owned()],
    };
    diagnostic.fix = rewrite::edit(subject.model, &change).ok().map(|edit| vec![edit]);
    diagnostic
}

/// The names that an instruction, or its trigger, gives a value or takes over from the builder.
fn set_by(instruction: &Instruction) -> Vec<String> {
    match (&instruction.keyword, &instruction.arguments) {
        (Some(Keyword::Onbuild), Arguments::Trigger(trigger)) => set_by(trigger),
        (Some(Keyword::Arg | Keyword::Env), Arguments::Pairs(pairs)) => {
            pairs.iter().map(|pair| pair.key.text.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// The automatic arguments that an instruction expands, each with its first place.
fn uses(subject: &Subject<'_>, stage: usize, instruction: &Instruction) -> Vec<(String, Span)> {
    let mut uses = Vec::new();
    for flag in &instruction.flags {
        if flag.text.contains('$') {
            in_word(subject, &flag.text, flag.span, &mut uses);
        }
    }
    match (&instruction.keyword, &instruction.arguments) {
        (Some(Keyword::Run), _) => {
            let runs = &subject.runs[stage];
            let place = runs.binary_search_by_key(&instruction.span.start, |run| run.instruction.span.start);
            uses.extend(place.map(|place| in_script(&runs[place])).unwrap_or_default());
        }
        (Some(Keyword::Arg | Keyword::Env | Keyword::Label), Arguments::Pairs(pairs)) => {
            for word in pairs.iter().filter_map(|pair| pair.value.as_ref()) {
                in_word(subject, &word.text, word.span, &mut uses);
            }
        }
        (Some(Keyword::Copy | Keyword::Add | Keyword::Volume | Keyword::Expose), Arguments::Words(words)) => {
            for word in words {
                in_word(subject, &word.text, word.span, &mut uses);
            }
        }
        (Some(Keyword::Copy | Keyword::Add | Keyword::Volume), Arguments::Json(strings)) => {
            for string in strings {
                in_word(subject, &string.value, string.span, &mut uses);
            }
        }
        (Some(Keyword::Workdir | Keyword::User | Keyword::Stopsignal), Arguments::Text(word)) => {
            in_word(subject, &word.text, word.span, &mut uses);
        }
        _ => {}
    }
    uses
}

fn in_word(subject: &Subject<'_>, text: &str, span: Span, uses: &mut Vec<(String, Span)>) {
    let expansion = expand(text, Mode::with_escape(subject.model.file.escape), &|_| None);
    for name in expansion.map(|expansion| expansion.unmatched).unwrap_or_default() {
        if !PLATFORM_ARGUMENTS.contains(&name.as_str()) {
            continue;
        }
        let written = [format!("${{{name}}}"), format!("${name}")];
        let place = written.iter().find_map(|written| {
            let at = span.of(subject.model.file.text).find(written.as_str())?;
            Some(Span::new(span.start + at, span.start + at + written.len()))
        });
        uses.push((name, place.unwrap_or(span)));
    }
}

fn in_script(run: &Run<'_>) -> Vec<(String, Span)> {
    let script = &run.script.script;
    let own = assigned_in(script);
    let mut uses: Vec<(String, Span)> = Vec::new();
    for node in Node::Script(script).descendants() {
        let Node::Part(Part::Variable(variable)) = node else {
            continue;
        };
        let is_new = !uses.iter().any(|(name, _)| *name == variable.name);
        if PLATFORM_ARGUMENTS.contains(&variable.name.as_str())
            && is_new
            && !own.contains(&variable.name)
            && !has_live_default(variable)
        {
            uses.push((variable.name.clone(), run.script.cover(variable.span)));
        }
    }
    uses
}

/// Whether a default asks the machine, which is right wherever the step runs.
fn has_live_default(variable: &Variable) -> bool {
    let Some(operation) = &variable.operation else {
        return false;
    };
    matches!(
        operation.operator,
        Operator::Default { .. } | Operator::Assign { .. }
    ) && operation.arguments.iter().any(|word| word.literal().is_none())
}

/// The variables that a script sets itself, or that it looks at to see whether they are set.
fn assigned_in(script: &Script) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for node in Node::Script(script).descendants() {
        match node {
            Node::Assignment(assignment) => {
                names.insert(assignment.name.clone());
            }
            Node::Command(Command::For(clause)) => {
                if let ForHead::Words { name, .. } = &clause.head {
                    names.insert(name.clone());
                }
            }
            Node::Command(Command::Simple(simple)) => names.extend(set_by_command(simple)),
            Node::Command(Command::Test(test)) => names.extend(asked_for(&test.words)),
            _ => {}
        }
    }
    names
}

fn set_by_command(command: &SimpleCommand) -> Vec<String> {
    match command.name().as_deref() {
        Some("export" | "declare" | "local" | "readonly" | "typeset") => {
            let starts = command.words.iter().filter_map(|word| match word.parts.first() {
                Some(Part::Literal { text, .. }) => text.split_once('=').map(|(name, _)| name.to_owned()),
                _ => None,
            });
            starts.collect()
        }
        Some("read") => command.words.iter().filter_map(Word::literal).collect(),
        Some("[" | "test") => asked_for(&command.words),
        _ => Vec::new(),
    }
}

/// The variables behind `-z`.
fn asked_for(words: &[Word]) -> Vec<String> {
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|(option, _)| option.literal().as_deref() == Some("-z"))
        .flat_map(|(_, word)| Node::Word(word).descendants())
        .filter_map(|node| match node {
            Node::Part(Part::Variable(variable)) => Some(variable.name.clone()),
            _ => None,
        })
        .collect()
}
