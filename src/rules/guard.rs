//! The parts of a script that run for some architectures only.

use crate::{
    rules::architecture::{is_machine_question, is_platform_variable, mentions},
    shell::{Command, Node, Part, Script, SeparatorKind, SimpleCommand},
    source::Span,
};

/// The spans of everything that depends on a question about the platform.
pub(super) fn guarded(script: &Script) -> Vec<Span> {
    let mut spans = Vec::new();
    for node in Node::Script(script).descendants() {
        match node {
            Node::Command(Command::If(clause))
                if clause
                    .branches
                    .iter()
                    .any(|branch| asks(Node::Script(&branch.condition))) =>
            {
                spans.push(clause.span);
            }
            Node::Command(Command::Case(clause)) => {
                let mut patterns = clause.arms.iter().flat_map(|arm| &arm.patterns);
                if asks(Node::Word(&clause.subject)) || patterns.any(|word| asks(Node::Word(word))) {
                    spans.push(clause.span);
                }
            }
            Node::Script(list) => spans.extend(behind_tests(list)),
            _ => {}
        }
    }
    spans
}

/// What follows `[ "$TARGETARCH" = … ] &&` in the same list.
fn behind_tests(script: &Script) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut is_behind = false;
    for item in &script.items {
        if is_behind {
            spans.push(item.pipeline.span);
        }
        let is_test = item.pipeline.commands.iter().any(|command| match command {
            Command::Test(_) => true,
            Command::Simple(simple) => matches!(simple.name().as_deref(), Some("[" | "test" | "grep")),
            _ => false,
        });
        is_behind |= is_test && asks(Node::Pipeline(&item.pipeline));
        let continues = item
            .separator
            .is_some_and(|separator| matches!(separator.kind, SeparatorKind::And | SeparatorKind::Or));
        is_behind &= continues;
    }
    spans
}

/// Whether something inside asks which platform it is, or compares with the name of one.
pub(super) fn asks(node: Node<'_>) -> bool {
    node.descendants().any(|inner| match inner {
        Node::Part(Part::Variable(variable)) => is_platform_variable(&variable.name),
        Node::Part(Part::Literal { text, .. } | Part::SingleQuoted { text, .. }) => {
            !mentions(text).is_empty()
        }
        Node::Command(Command::Simple(command)) => asks_machine(command),
        _ => false,
    })
}

/// Whether a command asks the machine for its platform.
pub(super) fn asks_machine(command: &SimpleCommand) -> bool {
    let words: Vec<Option<String>> = command
        .words
        .iter()
        .skip(1)
        .map(crate::shell::Word::literal)
        .collect();
    command
        .name()
        .is_some_and(|name| is_machine_question(&name, &words))
}
