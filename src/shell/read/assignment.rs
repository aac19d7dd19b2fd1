//! Assignments in front of a command, and the arrays that bash assigns.

use crate::{
    shell::{
        Assignment, AssignmentValue, Part, Word,
        read::{
            reader::{Reader, bounded, is_metacharacter, linebreak, name},
            word::{SUBSCRIPT, pieces, word},
        },
    },
    source::Span,
};

/// Whether an assignment comes next.
pub(super) fn is_at_assignment(reader: &mut Reader<'_>) -> bool {
    assignment_head(reader).is_some()
}

/// Whether `name=(` comes next.
pub(super) fn is_at_declared_array(reader: &mut Reader<'_>) -> bool {
    let start = reader.at;
    assignment_head(reader).is_some_and(|head| reader.rest()[head.end - start..].starts_with('('))
}

/// Reads an assignment.
pub(super) fn assignment(reader: &mut Reader<'_>) -> Option<Assignment> {
    let head = assignment_head(reader)?;
    let start = head.name.start;
    let subscript = head.subscript.map(|span| subscript(reader, span));
    reader.at = head.end;
    let value = if reader.is_at("(") {
        array(reader)?
    } else {
        AssignmentValue::Word(word(reader)?)
    };
    // Nothing may touch the parenthesis of an array.
    if reader.peek().is_some_and(|byte| !is_metacharacter(byte)) && !reader.is_at("\\\n") {
        return None;
    }
    Some(Assignment {
        span: reader.span_from(start),
        name: reader.text_of(head.name).to_owned(),
        name_span: head.name,
        subscript,
        append: head.append,
        value,
    })
}

/// Reads `name=( … )` as an argument of a declaring builtin; the array is opaque, as no word holds one.
pub(super) fn declared_array(reader: &mut Reader<'_>) -> Option<Word> {
    let start = reader.at;
    reader.at = assignment_head(reader)?.end;
    let literal = reader.span_from(start);
    let array = array(reader)?.span();
    let text = reader.text_of(literal).to_owned();
    let parts = vec![Part::Literal { span: literal, text }, Part::Opaque(array)];
    Some(Word {
        span: literal.cover(array),
        parts,
    })
}

struct Head {
    name: Span,
    subscript: Option<Span>,
    append: bool,
    /// Behind the equals sign.
    end: usize,
}

/// Looks for `name=`, `name+=` and `name[index]=` without moving.
fn assignment_head(reader: &mut Reader<'_>) -> Option<Head> {
    let start = reader.at;
    let named = name(reader).map(|_| reader.span_from(start));
    reader.at = start;
    let name = named?;
    let behind = &reader.rest()[name.len()..];
    let subscript = if behind.starts_with('[') {
        reader.spend(1)?;
        let length = behind.find([']', '\n', '"', '\'', '`']).unwrap_or(behind.len());
        reader.spend(length)?;
        if !behind[length..].starts_with(']') {
            return None;
        }
        Some(Span::new(name.end + 1, name.end + length))
    } else {
        None
    };
    let operator = subscript.map_or(name.end, |span| span.end + 1);
    let rest = &reader.rest()[operator - start..];
    let append = rest.starts_with("+=");
    if !append && !rest.starts_with('=') {
        return None;
    }
    Some(Head {
        name,
        subscript,
        append,
        end: operator + if append { 2 } else { 1 },
    })
}

fn subscript(reader: &mut Reader<'_>, span: Span) -> Word {
    reader.at = span.start;
    let parts = bounded(reader, span.end, |reader| {
        pieces(reader, &SUBSCRIPT).filter(|_| reader.at == span.end)
    });
    Word {
        span,
        parts: parts.unwrap_or_else(|| vec![Part::Opaque(span)]),
    }
}

fn array(reader: &mut Reader<'_>) -> Option<AssignmentValue> {
    let start = reader.at;
    reader.expect("(")?;
    let mut elements = Vec::new();
    loop {
        linebreak(reader);
        if reader.eat(")") {
            return Some(AssignmentValue::Array {
                span: reader.span_from(start),
                elements,
            });
        }
        elements.push(word(reader).filter(|word| !word.span.is_empty())?);
    }
}
