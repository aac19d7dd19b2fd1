//! `[[ … ]]`.

use crate::shell::{
    Command, Part, Test, Word,
    read::{
        compound::compound_end,
        reader::{Reader, expect_reserved, linebreak, nested, reserved_word},
        word::{Surroundings, piece, push, take_literal, word},
    },
};

/// Operators that are not words of their own accord.
const OPERATORS: [&str; 6] = ["&&", "||", "(", ")", "<", ">"];

/// In a pattern or a regular expression, whose parentheses are characters like others.
const PATTERN: Surroundings = Surroundings {
    stops: b" \t\n;&|<>()",
    escapable: None,
    single_quotes: true,
    double_quotes: true,
    quoted: false,
    processes: false,
    strips_tabs: false,
};

/// Reads operands and operators up to the closing brackets.
pub(super) fn test_command(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    expect_reserved(reader, "[[")?;
    let mut words: Vec<Word> = Vec::new();
    loop {
        linebreak(reader);
        if reserved_word(reader) == Some("]]") {
            break;
        }
        words.push(test_word(reader, words.last())?);
    }
    expect_reserved(reader, "]]")?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::Test(Test {
        span,
        words,
        redirections,
    }))
}

fn test_word(reader: &mut Reader<'_>, previous: Option<&Word>) -> Option<Word> {
    let operator = previous.and_then(Word::literal);
    let start = reader.at;
    if matches!(operator.as_deref(), Some("=~" | "==" | "=" | "!=")) {
        return test_pattern(reader).filter(|word| !word.span.is_empty());
    }
    if let Some(operator) = OPERATORS.into_iter().find(|operator| reader.is_at(operator)) {
        let part = take_literal(reader, operator.len());
        return Some(Word {
            span: reader.span_from(start),
            parts: vec![part],
        });
    }
    word(reader).filter(|word| !word.span.is_empty())
}

fn test_pattern(reader: &mut Reader<'_>) -> Option<Word> {
    nested(reader, |reader| {
        let start = reader.at;
        let mut parts: Vec<Part> = Vec::new();
        let mut depth = 0_usize;
        while let Some(byte) = reader.peek() {
            let part = match byte {
                b'(' => {
                    depth += 1;
                    take_literal(reader, 1)
                }
                b')' if depth > 0 => {
                    depth -= 1;
                    take_literal(reader, 1)
                }
                b'|' if depth > 0 || !reader.is_at("||") => take_literal(reader, 1),
                _ if PATTERN.stops.contains(&byte) && depth == 0 => break,
                _ if PATTERN.stops.contains(&byte) => take_literal(reader, 1),
                _ => piece(reader, byte, &PATTERN)?,
            };
            push(&mut parts, part);
        }
        Some(Word {
            span: reader.span_from(start),
            parts,
        })
    })
}
