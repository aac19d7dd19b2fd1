//! How the text behind an instruction's keyword falls into flags and words (BuildKit split_command.go and
//! line_parsers.go; `grammar/instructions.ebnf`). Ranges are byte ranges of the text that was given.

use std::ops::Range;

use nom::{
    IResult, Offset, Parser,
    bytes::complete::{take_while, take_while1},
    multi::many0,
    sequence::preceded,
};

/// A leading `--flag`, unquoted, with its place as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawFlag {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// The blanks that BuildKit splits whitespace lists on.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// The first word and where the rest starts; `text` is trimmed.
pub(super) fn split_keyword(text: &str) -> (Range<usize>, usize) {
    let end = text.find(is_blank).unwrap_or(text.len());
    let rest = text[end..]
        .find(|character| !is_blank(character))
        .map_or(text.len(), |blanks| end + blanks);
    (0..end, rest)
}

/// Splits on blanks; a text with none at its ends gives no empty word.
pub(super) fn whitespace_words(text: &str) -> Vec<Range<usize>> {
    let word = take_while1(|character| !is_blank(character));
    let mut words = many0(preceded(take_while(is_blank), word));
    let read: IResult<&str, Vec<&str>> = words.parse(text);
    let ranges = |words: Vec<&str>| words.iter().map(|word| range_in(text, word)).collect();
    read.map_or_else(|_| Vec::new(), |(_, words)| ranges(words))
}

fn range_in(text: &str, part: &str) -> Range<usize> {
    let start = text.offset(part);
    start..start + part.len()
}

/// The leading `--` words and where the rest starts; `--` alone ends them.
///
/// BuildKit reads bytes here and widens each to a character, so that text beyond ASCII turns into other
/// letters, and the bytes 0x85 and 0xA0 count as white space.
pub(super) fn flags(text: &str) -> (Vec<RawFlag>, usize) {
    let bytes = text.as_bytes();
    let mut flags = Vec::new();
    let mut at = 0;
    loop {
        while bytes.get(at).is_some_and(|byte| is_byte_space(*byte)) {
            at += 1;
        }
        if !bytes[at..].starts_with(b"--") {
            return (flags, char_boundary(text, at));
        }
        let start = at;
        let (word, quoted, end) = flag_word(bytes, at);
        at = end;
        if word == "--" {
            return (flags, char_boundary(text, at));
        }
        if quoted || !word.is_empty() {
            flags.push(RawFlag {
                text: word,
                range: start..char_boundary(text, end),
            });
        }
    }
}

fn flag_word(bytes: &[u8], start: usize) -> (String, bool, usize) {
    let mut word = String::new();
    let mut quote: Option<u8> = None;
    let mut quoted = false;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (None, byte) if is_byte_space(byte) => break,
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                quoted = true;
            }
            (Some(open), byte) if open == byte => quote = None,
            (_, b'\\') => {
                at += 1;
                if let Some(&escaped) = bytes.get(at) {
                    word.push(char::from(escaped));
                }
            }
            _ => word.push(char::from(byte)),
        }
        at += 1;
    }
    (word, quoted, at.min(bytes.len()))
}

fn is_byte_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xA0)
}

/// The next character border at or behind `at`: only the odd bytes above can end a word inside a character.
fn char_boundary(text: &str, at: usize) -> usize {
    (at..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}

/// Words separated by white space outside quotes; quotes and escapes are kept for the expansion.
pub(super) fn quoted_words(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        match quote {
            None if character == '\'' || character == '"' => quote = Some(character),
            Some(open) if open == character => quote = None,
            _ => {}
        }
        // An escape character at the very end is dropped.
        if character == escape && quote != Some('\'') && characters.next().is_none() {
            words.extend(start.filter(|start| *start < at).map(|start| start..at));
            return words;
        }
    }
    words.extend(start.map(|start| start..text.len()));
    words
}
