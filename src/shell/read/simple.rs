//! Commands of words.

use crate::{
    shell::{
        Command, SimpleCommand,
        read::{
            assignment::{assignment, declared_array, is_at_assignment, is_at_declared_array},
            compound::function_body,
            reader::{Reader, blanks, is_metacharacter},
            redirection::{is_at_redirection, redirection},
            word::word,
        },
    },
    source::Span,
};

/// Builtins of bash whose arguments may be array assignments.
const DECLARING: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// Reads assignments, words and redirections, or finds a function definition.
pub(super) fn simple_command(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    let mut end = start;
    let mut simple = SimpleCommand::default();
    loop {
        if is_at_redirection(reader) {
            simple.redirections.push(redirection(reader)?);
        } else if !is_at_word(reader) {
            break;
        } else if simple.words.is_empty() && is_at_assignment(reader) {
            simple.assignments.push(assignment(reader)?);
        } else if declares(reader, &simple) && is_at_declared_array(reader) {
            simple.words.push(declared_array(reader)?);
        } else {
            simple.words.push(word(reader)?);
        }
        end = reader.at;
        blanks(reader);
        if reader.is_at("(") {
            return function_parentheses(reader, start, &simple);
        }
    }
    simple.span = Span::new(start, end);
    (end > start).then_some(Command::Simple(simple))
}

fn is_at_word(reader: &Reader<'_>) -> bool {
    reader.peek().is_some_and(|byte| !is_metacharacter(byte)) || reader.is_at("<(") || reader.is_at(">(")
}

fn declares(reader: &Reader<'_>, simple: &SimpleCommand) -> bool {
    simple
        .words
        .first()
        .is_some_and(|name| DECLARING.contains(&reader.text_of(name.span)))
}

fn function_parentheses(reader: &mut Reader<'_>, start: usize, simple: &SimpleCommand) -> Option<Command> {
    let [name] = simple.words.as_slice() else {
        return None;
    };
    if !simple.assignments.is_empty() || !simple.redirections.is_empty() {
        return None;
    }
    let name = name.literal()?;
    reader.expect("(")?;
    blanks(reader);
    reader.expect(")")?;
    function_body(reader, start, name)
}
