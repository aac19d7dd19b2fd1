use crate::{
    grammar::{Arguments, Keyword},
    rules::{Diagnostic, Rule, Severity, Subject},
    shell::{AssignmentValue, Node, Part, Variable, Word},
    source::{Edit, Span},
};

/// TARGETVARIANT is `v7`, and Go's GOARM is `7`.
pub(super) const RULE: Rule = Rule {
    id: "unstripped-variant",
    code: "XB402",
    severity: Severity::Error,
    documentation: include_str!("unstripped_variant.md"),
    check,
};

const MESSAGE: &str = "TARGETVARIANT is `v7` where GOARM has to be `7`";
const STRIPPED: &str = "${TARGETVARIANT#v}";

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for run in subject.runs.iter().flatten() {
        for node in Node::Script(&run.script.script).descendants() {
            let variable = match node {
                Node::Assignment(assignment) if assignment.name == "GOARM" => match &assignment.value {
                    AssignmentValue::Word(word) => variant(word),
                    AssignmentValue::Array { .. } => None,
                },
                Node::Word(word) if starts_with_goarm(word) => variant(word),
                _ => None,
            };
            let Some(variable) = variable else { continue };
            let mut diagnostic = Diagnostic::new(&RULE, run.script.cover(variable.span), MESSAGE)
                .with_help(format!("write `{STRIPPED}`"));
            if variable.operation.is_none() {
                diagnostic.fix = run
                    .script
                    .locate(variable.span)
                    .map(|span| vec![Edit::replace(span, STRIPPED)]);
            }
            found.push(diagnostic);
        }
    }
    for instruction in subject.model.stages.iter().flat_map(|stage| stage.instructions) {
        let (Some(Keyword::Env), Arguments::Pairs(pairs)) = (instruction.keyword, &instruction.arguments)
        else {
            continue;
        };
        for value in pairs
            .iter()
            .filter(|pair| pair.key.text == "GOARM")
            .filter_map(|pair| pair.value.as_ref())
        {
            if matches!(
                value.text.trim_matches('"'),
                "$TARGETVARIANT" | "${TARGETVARIANT}"
            ) {
                let span: Span = value.span;
                found.push(
                    Diagnostic::new(&RULE, span, MESSAGE)
                        .with_help(format!("write `{STRIPPED}`"))
                        .with_fix([Edit::replace(span, STRIPPED)]),
                );
            }
        }
    }
}

/// `GOARM=…` as a word of `export` or `env`.
fn starts_with_goarm(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Part::Literal { text, .. }) if text.starts_with("GOARM="))
}

/// The TARGETVARIANT in a word, unless something takes the `v` off.
fn variant(word: &Word) -> Option<&Variable> {
    Node::Word(word).descendants().find_map(|node| match node {
        Node::Part(Part::Variable(variable)) if variable.name == "TARGETVARIANT" => {
            use crate::shell::Operator;
            let keeps = variable.operation.as_ref().is_none_or(|operation| {
                matches!(
                    operation.operator,
                    Operator::Default { .. } | Operator::Assign { .. }
                )
            });
            keeps.then_some(variable.as_ref())
        }
        _ => None,
    })
}
