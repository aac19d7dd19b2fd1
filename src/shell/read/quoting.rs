//! Quoted pieces of a word.

use crate::shell::{
    Part,
    read::{
        reader::Reader,
        word::{DOUBLE_QUOTES, pieces},
    },
};

/// Reads `'…'`.
pub(super) fn single_quoted(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    reader.expect("'")?;
    let length = reader.rest().find('\'')?;
    let text = reader.rest()[..length].to_owned();
    reader.at += length + 1;
    Some(Part::SingleQuoted {
        span: reader.span_from(start),
        text,
    })
}

/// Reads `"…"`, or `$"…"` with the dollar sign.
pub(super) fn double_quoted(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    reader.eat("$");
    reader.expect("\"")?;
    let parts = pieces(reader, &DOUBLE_QUOTES)?;
    reader.expect("\"")?;
    Some(Part::DoubleQuoted {
        span: reader.span_from(start),
        parts,
    })
}

/// Reads `$'…'`; it is opaque when it stands for bytes that are no text.
pub(super) fn ansi_quoted(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    reader.expect("$'")?;
    let content = reader.rest();
    let mut characters = content.char_indices();
    let length = loop {
        match characters.next()? {
            (at, '\'') => break at,
            (_, '\\') => _ = characters.next()?,
            _ => {}
        }
    };
    reader.at += length + 1;
    let span = reader.span_from(start);
    Some(match decoded(&content[..length]) {
        Some(text) => Part::SingleQuoted { span, text },
        None => Part::Opaque(span),
    })
}

fn decoded(content: &str) -> Option<String> {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((plain, behind)) = rest.split_once('\\') {
        text.push_str(plain);
        let escape = behind.chars().next()?;
        rest = &behind[escape.len_utf8()..];
        match escape {
            'a' => text.push('\x07'),
            'b' => text.push('\x08'),
            'e' | 'E' => text.push('\x1b'),
            'f' => text.push('\x0c'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'v' => text.push('\x0b'),
            '\\' | '\'' | '"' | '?' => text.push(escape),
            'x' if has_digit(rest) => text.push(ascii(number(&mut rest, 2, 16))?),
            'u' if has_digit(rest) => text.push(coded(number(&mut rest, 4, 16))?),
            'U' if has_digit(rest) => text.push(coded(number(&mut rest, 8, 16))?),
            'c' => return None,
            '0'..='7' => {
                rest = behind;
                text.push(ascii(number(&mut rest, 3, 8))?);
            }
            // Among them `x` and `u` without digits.
            _ => text.extend(['\\', escape]),
        }
    }
    text.push_str(rest);
    Some(text)
}

fn has_digit(rest: &str) -> bool {
    rest.starts_with(|digit: char| digit.is_ascii_hexdigit())
}

/// Takes up to `digits` digits.
fn number(rest: &mut &str, digits: usize, radix: u32) -> Option<u32> {
    let length = rest
        .chars()
        .take(digits)
        .take_while(|digit| digit.is_digit(radix))
        .count();
    let value = u32::from_str_radix(&rest[..length], radix).ok();
    *rest = &rest[length..];
    value
}

/// A byte above 127 is a piece of a character at best, and nothing can hold a zero.
fn ascii(value: Option<u32>) -> Option<char> {
    coded(value).filter(char::is_ascii)
}

fn coded(value: Option<u32>) -> Option<char> {
    value
        .and_then(char::from_u32)
        .filter(|character| *character != '\0')
}
