//! What a dollar sign begins.

use crate::{
    shell::{
        Operation, Operator, Part, Variable, Word,
        read::{
            quoting::{ansi_quoted, double_quoted},
            reader::{Reader, name},
            substitution::{arithmetic_or_command, command_substitution},
            word::{ARGUMENT, QUOTED_ARGUMENT, SUBSCRIPT, Surroundings, pieces, take_literal, word_in},
        },
    },
    source::Span,
};

/// The operators behind a name, each before those that it begins with.
const OPERATORS: [(&str, Operator); 22] = [
    (":-", Operator::Default { or_empty: true }),
    ("-", Operator::Default { or_empty: false }),
    (":=", Operator::Assign { or_empty: true }),
    ("=", Operator::Assign { or_empty: false }),
    (":?", Operator::Require { or_empty: true }),
    ("?", Operator::Require { or_empty: false }),
    (":+", Operator::Alternative { or_empty: true }),
    ("+", Operator::Alternative { or_empty: false }),
    ("##", Operator::RemovePrefix { longest: true }),
    ("#", Operator::RemovePrefix { longest: false }),
    ("%%", Operator::RemoveSuffix { longest: true }),
    ("%", Operator::RemoveSuffix { longest: false }),
    ("//", Operator::ReplaceAll),
    ("/#", Operator::ReplacePrefix),
    ("/%", Operator::ReplaceSuffix),
    ("/", Operator::ReplaceFirst),
    (":", Operator::Substring),
    ("^^", Operator::Uppercase { all: true }),
    ("^", Operator::Uppercase { all: false }),
    (",,", Operator::Lowercase { all: true }),
    (",", Operator::Lowercase { all: false }),
    ("@", Operator::Transform),
];

/// Reads the piece that a dollar sign begins; alone it is a character like others.
pub(super) fn dollar(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Option<Part> {
    match reader.peek_at(1) {
        Some(b'(') if reader.is_at("$((") => arithmetic_or_command(reader),
        Some(b'(') => command_substitution(reader),
        Some(b'{') => braced_parameter(reader, surroundings.quoted),
        Some(b'\'') if surroundings.single_quotes => ansi_quoted(reader),
        Some(b'"') if surroundings.double_quotes && !surroundings.quoted => double_quoted(reader),
        // Arithmetic in old bash, two characters in sh.
        Some(b'[') => Some(opaque_bracket(reader)),
        Some(byte) if is_special(byte) || byte.is_ascii_alphanumeric() || byte == b'_' => {
            Some(parameter(reader))
        }
        _ => Some(take_literal(reader, 1)),
    }
}

fn opaque_bracket(reader: &mut Reader<'_>) -> Part {
    let start = reader.at;
    reader.at += "$[".len();
    Part::Opaque(reader.span_from(start))
}

fn parameter(reader: &mut Reader<'_>) -> Part {
    let start = reader.at;
    reader.at += 1;
    let (name, name_span) = parameter_name(reader, 1).unwrap_or_default();
    Part::Variable(Box::new(Variable {
        span: reader.span_from(start),
        name,
        name_span,
        length: false,
        indirect: false,
        subscript: None,
        operation: None,
    }))
}

/// Reads a name, up to `digits` digits or a special character.
fn parameter_name(reader: &mut Reader<'_>, digits: usize) -> Option<(String, Span)> {
    let start = reader.at;
    if name(reader).is_none() {
        let count = reader
            .rest()
            .bytes()
            .take(digits)
            .take_while(u8::is_ascii_digit)
            .count();
        let special = reader.peek().is_some_and(is_special);
        reader.at += if count == 0 { usize::from(special) } else { count };
    }
    let span = reader.span_from(start);
    (!span.is_empty()).then(|| (reader.text_of(span).to_owned(), span))
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}

/// Reads `${…}`; a form that is not known is opaque up to its brace.
fn braced_parameter(reader: &mut Reader<'_>, quoted: bool) -> Option<Part> {
    let start = reader.at;
    reader.expect("${")?;
    let length = is_prefix(reader, b'#') && reader.eat("#");
    let indirect = is_prefix(reader, b'!') && reader.eat("!");
    let named = parameter_name(reader, usize::MAX);
    let mut subscript = None;
    if reader.eat("[") {
        subscript = Some(word_in(reader, &SUBSCRIPT)?);
        reader.expect("]")?;
    }
    let mut operation = None;
    if let Some((text, operator)) = operator(reader, indirect) {
        operation = Some(self::operation(reader, text, operator, quoted)?);
    }
    if let Some((name, name_span)) = named
        && reader.eat("}")
    {
        let span = reader.span_from(start);
        let variable = Variable {
            span,
            name,
            name_span,
            length,
            indirect,
            subscript,
            operation,
        };
        return Some(Part::Variable(Box::new(variable)));
    }
    pieces(reader, if quoted { &QUOTED_ARGUMENT } else { &ARGUMENT })?;
    reader.expect("}")?;
    Some(Part::Opaque(reader.span_from(start)))
}

/// Whether `#` or `!` comes next and stands in front of a name, not for one.
fn is_prefix(reader: &Reader<'_>, prefix: u8) -> bool {
    let Some(next) = reader.peek_at(1).filter(|_| reader.peek() == Some(prefix)) else {
        return false;
    };
    let is_name = next.is_ascii_alphanumeric() || next == b'_';
    is_name || (is_special(next) && reader.peek_at(2) == Some(b'}'))
}

/// Looks for an operator without moving.
fn operator(reader: &Reader<'_>, indirect: bool) -> Option<(&'static str, Operator)> {
    if indirect && (reader.is_at("*}") || reader.is_at("@}")) {
        return Some(("*", Operator::Names));
    }
    OPERATORS.into_iter().find(|(text, _)| reader.is_at(text))
}

fn operation(reader: &mut Reader<'_>, text: &str, operator: Operator, quoted: bool) -> Option<Operation> {
    let start = reader.at;
    reader.at += text.len();
    let span = reader.span_from(start);
    let arguments = if operator == Operator::Names {
        Vec::new()
    } else {
        arguments(reader, operator, quoted)?
    };
    Some(Operation {
        operator,
        span,
        arguments,
    })
}

fn arguments(reader: &mut Reader<'_>, operator: Operator, quoted: bool) -> Option<Vec<Word>> {
    let (surroundings, delimiter) = match operator {
        Operator::Default { .. }
        | Operator::Assign { .. }
        | Operator::Require { .. }
        | Operator::Alternative { .. } => (if quoted { QUOTED_ARGUMENT } else { ARGUMENT }, ""),
        Operator::ReplaceFirst | Operator::ReplaceAll | Operator::ReplacePrefix | Operator::ReplaceSuffix => {
            (
                Surroundings {
                    stops: b"/}",
                    ..ARGUMENT
                },
                "/",
            )
        }
        Operator::Substring => (
            Surroundings {
                stops: b":}",
                ..ARGUMENT
            },
            ":",
        ),
        _ => (ARGUMENT, ""),
    };
    let mut first = word_in(reader, &surroundings)?;
    if operator == Operator::ReplaceAll && first.span.is_empty() && reader.is_at("/") {
        // In `${name///…}` the third slash is what is replaced.
        first.parts.push(take_literal(reader, 1));
        first.parts.extend(word_in(reader, &surroundings)?.parts);
        first.span = reader.span_from(first.span.start);
    }
    let mut arguments = vec![first];
    if !delimiter.is_empty() && reader.eat(delimiter) {
        arguments.push(word_in(reader, &ARGUMENT)?);
    }
    Some(arguments)
}
