//! The JSON form of an instruction's arguments: an array of strings as Go's `encoding/json` reads it.

use std::ops::Range;

use nom::{
    IResult, Offset, Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while1},
    character::complete::{char, one_of, satisfy},
    combinator::{all_consuming, map, recognize, value},
    multi::{many0, separated_list0},
    sequence::{delimited, preceded},
};
use serde::de::IgnoredAny;

/// One string of the array, decoded, with its place in the text, quotes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonString {
    pub(crate) value: String,
    pub(crate) range: Range<usize>,
}

/// What a text that begins with `[` turned out to be (BuildKit line_parsers.go, `parseJSON`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonForm {
    /// An array of strings.
    Strings(Vec<JsonString>),
    /// Valid JSON whose elements are not all strings: an error.
    OtherElements,
    /// No JSON array at all: the text is taken in its shell form.
    None,
}

/// Reads `text` as a JSON array of strings.
pub(crate) fn read_array(text: &str) -> JsonForm {
    let start = text.len() - text.trim_start().len();
    if !text[start..].starts_with('[') {
        return JsonForm::None;
    }
    let element = |input| {
        let (rest, ()) = blanks(input)?;
        let offset = text.offset(rest);
        let (after, value) = string(rest)?;
        Ok((
            after,
            JsonString {
                value,
                range: offset..text.offset(after),
            },
        ))
    };
    let array = delimited(
        (blanks, char('[')),
        separated_list0(preceded(blanks, char(',')), element),
        (blanks, char(']'), blanks),
    );
    match all_consuming(array).parse(&text[start..]) {
        Ok((_, strings)) => JsonForm::Strings(strings),
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => JsonForm::OtherElements,
        Err(_) => JsonForm::None,
    }
}

fn blanks(input: &str) -> IResult<&str, ()> {
    value(
        (),
        take_while(|character| matches!(character, ' ' | '\t' | '\r' | '\n')),
    )
    .parse(input)
}

fn string(input: &str) -> IResult<&str, String> {
    let plain = take_while1(|character: char| character != '"' && character != '\\' && character >= ' ');
    let part = alt((map(plain, str::to_owned), map(escape, String::from)));
    delimited(
        char('"'),
        map(many0(part), |parts: Vec<String>| parts.concat()),
        char('"'),
    )
    .parse(input)
}

fn escape(input: &str) -> IResult<&str, char> {
    preceded(
        char('\\'),
        alt((
            one_of("\"\\/"),
            value('\u{8}', char('b')),
            value('\u{c}', char('f')),
            value('\n', char('n')),
            value('\r', char('r')),
            value('\t', char('t')),
            unicode_escape,
        )),
    )
    .parse(input)
}

/// `\u` and four digits; a pair of surrogates makes one character, a lone one U+FFFD.
fn unicode_escape(input: &str) -> IResult<&str, char> {
    let (rest, first) = preceded(char('u'), four_digits).parse(input)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((rest, character));
    }
    let paired = preceded(tag("\\u"), four_digits)
        .parse(rest)
        .ok()
        .filter(|(_, second)| (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(second));
    Ok(match paired {
        Some((after, second)) => {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (after, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        None => (rest, char::REPLACEMENT_CHARACTER),
    })
}

fn four_digits(input: &str) -> IResult<&str, u32> {
    let digit = || satisfy(|character| character.is_ascii_hexdigit());
    map(recognize((digit(), digit(), digit(), digit())), |digits: &str| {
        u32::from_str_radix(digits, 16).unwrap_or_default()
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&[&str]>) {
        let strings = match read_array(text) {
            JsonForm::Strings(strings) => Some(strings.into_iter().map(|one| one.value).collect::<Vec<_>>()),
            JsonForm::OtherElements => None,
            JsonForm::None => Some(vec!["<shell form>".to_owned()]),
        };
        assert_eq!(
            strings
                .as_deref()
                .map(|all| all.iter().map(String::as_str).collect::<Vec<_>>()),
            expected.map(<[&str]>::to_vec)
        );
    }

    #[test]
    fn arrays_of_strings() {
        check(r#"["a", "b c" ]"#, Some(&["a", "b c"]));
        check("[]", Some(&[]));
        check(r#"["\u00e9\n\ud83d\ude00\ud800"]"#, Some(&["é\n😀\u{fffd}"]));
    }

    #[test]
    fn other_elements_are_an_error_in_valid_json_only() {
        check("[1, null, [true], {\"a\": 0.5e3}]", None);
        check("[\"a\", 1]", None);
        check("[01]", Some(&["<shell form>"]));
    }

    #[test]
    fn what_is_not_json_is_the_shell_form() {
        for text in [
            "['a']",
            r#"["a" "b"]"#,
            r#"["a",]"#,
            r#"["a"] x"#,
            r#"["\q"]"#,
            "[ -e x ]",
            "a",
        ] {
            check(text, Some(&["<shell form>"]));
        }
        check(&"[".repeat(100_000), Some(&["<shell form>"]));
    }
}
