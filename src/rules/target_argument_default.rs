use crate::{
    grammar::{Arguments, Instruction, Keyword, Pair},
    model::{PLATFORM_ARGUMENTS, View},
    rules::{Diagnostic, Rule, Severity, Subject},
    source::{Edit, Span},
};

/// A default in a stage beats the builder's value (dockerfile2llb/convert.go, `dispatchArg`); one above the first
/// FROM replaces it for the whole file.
pub(super) const RULE: Rule = Rule {
    id: "target-argument-default",
    code: "XB201",
    severity: Severity::Error,
    documentation: include_str!("target_argument_default.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let defaults = |instruction: &Instruction| -> Vec<Pair> {
        match &instruction.arguments {
            Arguments::Pairs(pairs) if instruction.keyword == Some(Keyword::Arg) => pairs
                .iter()
                .filter(|pair| pair.value.is_some() && PLATFORM_ARGUMENTS.contains(&pair.key.text.as_str()))
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    };
    for pair in subject.model.globals.iter().flat_map(defaults) {
        // Above the first FROM a default that names its own variable gives the builder's value.
        if !names_itself(&pair) {
            let name = &pair.key.text;
            let message = format!("this default replaces the builder's {name} in the whole file");
            found.push(diagnostic(subject, &pair, message));
        }
    }
    for stage in &subject.model.stages {
        let mut declared: Vec<String> = Vec::new();
        for instruction in stage.instructions {
            for pair in defaults(instruction) {
                let name = &pair.key.text;
                if !(names_itself(&pair) && declared.contains(name)) {
                    let message = format!(
                        "this default hides the builder's {name} in stage {}",
                        subject.stage_name(stage.index)
                    );
                    found.push(diagnostic(subject, &pair, message));
                }
            }
            if let (Some(Keyword::Arg), Arguments::Pairs(pairs)) =
                (instruction.keyword, &instruction.arguments)
            {
                declared.extend(
                    pairs
                        .iter()
                        .filter(|pair| pair.value.is_none())
                        .map(|pair| pair.key.text.clone()),
                );
            }
        }
    }
}

fn names_itself(pair: &Pair) -> bool {
    pair.value.as_ref().is_some_and(|value| {
        value.text.contains(&format!("${}", pair.key.text))
            || value.text.contains(&format!("${{{}", pair.key.text))
    })
}

fn diagnostic(subject: &Subject<'_>, pair: &Pair, message: String) -> Diagnostic {
    let value = pair.value.as_ref();
    let end = value.map_or(pair.key.span.end, |value| value.span.end);
    let written = value.map_or("", |value| value.text.trim_matches(['"', '\'']));
    let name = pair.key.text.as_str();
    let is_right = subject
        .model
        .views
        .iter()
        .all(|view| automatic(subject, view, name) == written);
    let severity = match name {
        // Which builder builds is not up to the file, so this is right by chance at most.
        _ if name.starts_with("BUILD") => Severity::Warning,
        _ if is_right => Severity::Note,
        _ => Severity::Error,
    };
    Diagnostic::new(&RULE, pair.key.span.cover(Span::at(end)), message)
        .with_severity(severity)
        .with_help(format!("`ARG {name}` alone takes the builder's value"))
        .with_fix([Edit::replace(Span::new(pair.key.span.end, end), "")])
}

/// The builder's own value, so that a default which is the same for every target is told apart.
fn automatic(subject: &Subject<'_>, view: &View<'_>, name: &str) -> String {
    let build = subject.model.settings.build_platform.normalized();
    let platform = if name.starts_with("TARGET") {
        &view.target
    } else {
        &build
    };
    match name.trim_start_matches("TARGET").trim_start_matches("BUILD") {
        "OS" => platform.os.clone(),
        "ARCH" => platform.architecture.clone(),
        "VARIANT" => platform.variant.clone(),
        "PLATFORM" => platform.to_string(),
        _ => String::new(),
    }
}
