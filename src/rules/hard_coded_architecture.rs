use std::collections::BTreeSet;

use crate::{
    grammar::{Arguments, Instruction, Keyword, Pair},
    model::{Base, Stage},
    rules::{
        Diagnostic, Rule, Severity, Subject,
        architecture::{is_platform_variable, mentions},
        download, guard,
    },
    shell::Node,
    source::Span,
};

/// A download that is the same for every platform although it names one.
pub(super) const RULE: Rule = Rule {
    id: "hard-coded-architecture",
    code: "XB302",
    severity: Severity::Warning,
    documentation: include_str!("hard_coded_architecture.md"),
    check,
};

/// A place that names an architecture.
struct Place {
    span: Span,
    written: String,
    architecture: &'static str,
    severity: Severity,
}

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let own_architectures = own_architectures(subject);
    for stage in &subject.model.stages {
        if subject.is_windows(stage.index) || has_constant_platform(subject, stage.index) {
            continue;
        }
        let places = places(subject, stage);
        // A stage that fetches for several architectures chooses among them later.
        let architectures: BTreeSet<&str> = places
            .iter()
            .map(|place| place.architecture)
            .filter(|one| *one != "386")
            .collect();
        if architectures.len() > 1 {
            continue;
        }
        let own = &own_architectures[stage.index];
        for place in places.iter().filter(|place| !own.contains(place.architecture)) {
            found.push(diagnostic(subject, stage, place));
        }
    }
}

fn diagnostic(subject: &Subject<'_>, stage: &Stage<'_>, place: &Place) -> Diagnostic {
    let written = &place.written;
    let is_native = subject.is_pinned(stage.index);
    let help = match written.as_str() {
        "amd64" | "arm64" if is_native => {
            "declare `ARG TARGETARCH` and write `${TARGETARCH}` in its place; for a tool of this stage, `BUILDARCH`"
        }
        "amd64" | "arm64" => "declare `ARG TARGETARCH` and write `${TARGETARCH}` in its place",
        "x86_64" | "aarch64" if !is_native => "`$(uname -m)` is `x86_64` or `aarch64` here, as the target is",
        _ => "choose the name in a `case \"$TARGETARCH\" in`",
    };
    let circumstances = if is_native {
        "this stage runs on the builder"
    } else {
        "this stage runs once for each target platform"
    };
    Diagnostic::new(
        &RULE,
        place.span,
        format!("`{written}` is fetched whatever the build is for"),
    )
    .with_severity(place.severity)
    .with_label(
        stage.base().map_or(stage.from.name.span, |base| base.span),
        circumstances,
    )
    .with_help(help)
}

fn has_constant_platform(subject: &Subject<'_>, stage: usize) -> bool {
    subject
        .platform_flag(stage)
        .and_then(|(_, flag)| flag.value())
        .is_some_and(|value| !value.contains('$'))
}

/// For each stage the architectures that it is for by its name, or by that of a base.
fn own_architectures(subject: &Subject<'_>) -> Vec<BTreeSet<&'static str>> {
    let mut all: Vec<BTreeSet<&'static str>> = Vec::with_capacity(subject.model.stages.len());
    for stage in &subject.model.stages {
        let mut own = architectures_in(&stage.label());
        for view in &subject.model.views {
            match &view.stages[stage.index].base {
                Base::Image(image) => own.extend(architectures_in(image)),
                Base::Stage(base) => own.extend(all[*base].iter().copied()),
                Base::Scratch | Base::Context { .. } => {}
            }
        }
        all.push(own);
    }
    all
}

fn architectures_in(name: &str) -> BTreeSet<&'static str> {
    mentions(name)
        .into_iter()
        .map(|mention| mention.architecture)
        .collect()
}

fn places(subject: &Subject<'_>, stage: &Stage<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    let mut variables = BTreeSet::new();
    for run in &subject.runs[stage.index] {
        let downloads = download::read(&run.script.script);
        let guarded = guard::guarded(&run.script.script);
        let is_guarded = |span: Span| guarded.iter().any(|guard| guard.contains(span));
        // A variable that is also set for one architecture only has a default here, nothing more.
        let chosen: BTreeSet<&str> = Node::Script(&run.script.script)
            .descendants()
            .filter_map(|node| match node {
                Node::Assignment(assignment) if is_guarded(assignment.span) => Some(assignment.name.as_str()),
                _ => None,
            })
            .collect();
        let is_default = |span: Span| {
            Node::Script(&run.script.script)
                .descendants()
                .any(|node| match node {
                    Node::Assignment(assignment) => {
                        assignment.span.contains(span) && chosen.contains(assignment.name.as_str())
                    }
                    _ => false,
                })
        };
        for fixed in downloads.fixed {
            if !is_guarded(fixed.span) && !is_default(fixed.span) {
                places.push(Place {
                    span: run.script.cover(fixed.span),
                    written: fixed.written,
                    architecture: fixed.architecture,
                    severity: RULE.severity,
                });
            }
        }
        variables.extend(
            downloads
                .variables
                .into_iter()
                .filter(|name| !chosen.contains(name.as_str())),
        );
    }
    for instruction in stage.instructions {
        places.extend(in_instruction(subject, instruction, &variables));
    }
    places
}

/// What ADD fetches, and what ENV and ARG give to the downloads of the stage.
fn in_instruction(subject: &Subject<'_>, instruction: &Instruction, used: &BTreeSet<String>) -> Vec<Place> {
    match (instruction.keyword, &instruction.arguments) {
        (Some(Keyword::Add), Arguments::Words(words)) => words
            .iter()
            .filter(|word| word.text.contains("://"))
            .filter_map(|word| place(subject, &word.text, word.span, RULE.severity))
            .collect(),
        (Some(keyword @ (Keyword::Env | Keyword::Arg)), Arguments::Pairs(pairs)) => {
            // An ARG can be given for each build, though not for each platform of one.
            let severity = if keyword == Keyword::Arg {
                Severity::Note
            } else {
                RULE.severity
            };
            let is_fetched = |pair: &&Pair| used.contains(&pair.key.text);
            let values = pairs
                .iter()
                .filter(is_fetched)
                .filter_map(|pair| pair.value.as_ref());
            values
                .filter_map(|value| place(subject, &value.text, value.span, severity))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The one architecture that a word of an instruction names.
fn place(subject: &Subject<'_>, text: &str, span: Span, severity: Severity) -> Option<Place> {
    let is_chosen = text.split('$').skip(1).any(|behind| {
        let name: String = behind
            .trim_start_matches('{')
            .chars()
            .take_while(|one| one.is_alphanumeric() || *one == '_')
            .collect();
        is_platform_variable(&name)
    });
    let written = span.of(subject.model.file.text);
    let found = mentions(written);
    let last = found.last()?;
    if is_chosen
        || download::is_foreign(text)
        || found.iter().any(|one| one.architecture != last.architecture)
    {
        return None;
    }
    Some(Place {
        span: Span::new(span.start + last.range.start, span.start + last.range.end),
        written: written[last.range.clone()].to_owned(),
        architecture: last.architecture,
        severity,
    })
}
