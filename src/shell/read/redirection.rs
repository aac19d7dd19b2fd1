//! Redirections.

use crate::shell::{
    Redirection, RedirectionOperator, Word,
    read::{
        heredoc::heredoc,
        reader::{Reader, blanks},
        word::word,
    },
};

/// The operators, each before those that it begins with.
const OPERATORS: [(&str, RedirectionOperator); 12] = [
    ("<<<", RedirectionOperator::HereString),
    ("<<-", RedirectionOperator::HeredocStripped),
    ("<<", RedirectionOperator::Heredoc),
    ("<&", RedirectionOperator::DuplicateInput),
    ("<>", RedirectionOperator::ReadWrite),
    ("<", RedirectionOperator::Read),
    (">>", RedirectionOperator::Append),
    (">&", RedirectionOperator::DuplicateOutput),
    (">|", RedirectionOperator::Clobber),
    (">", RedirectionOperator::Write),
    ("&>>", RedirectionOperator::AppendBoth),
    ("&>", RedirectionOperator::WriteBoth),
];

/// Whether a redirection comes next.
pub(super) fn is_at_redirection(reader: &Reader<'_>) -> bool {
    operator(reader).is_some()
}

/// Reads all redirections that come next.
pub(super) fn redirections(reader: &mut Reader<'_>) -> Option<Vec<Redirection>> {
    let mut redirections = Vec::new();
    loop {
        let before_blanks = reader.at;
        blanks(reader);
        if !is_at_redirection(reader) {
            reader.at = before_blanks;
            return Some(redirections);
        }
        redirections.push(redirection(reader)?);
    }
}

/// Reads a redirection.
pub(super) fn redirection(reader: &mut Reader<'_>) -> Option<Redirection> {
    let start = reader.at;
    let (digits, text, operator) = operator(reader)?;
    let descriptor = if digits == 0 {
        None
    } else {
        Some(reader.rest()[..digits].parse().ok()?)
    };
    reader.at += digits + text.len();
    blanks(reader);
    let target = word(reader).filter(|word| !word.span.is_empty())?;
    let duplicates = matches!(
        operator,
        RedirectionOperator::DuplicateInput | RedirectionOperator::DuplicateOutput
    );
    if !duplicates && is_descriptor(reader, &target) {
        return None;
    }
    let is_heredoc = matches!(
        operator,
        RedirectionOperator::Heredoc | RedirectionOperator::HeredocStripped
    );
    let heredoc = is_heredoc.then(|| heredoc(reader, &target, operator));
    Some(Redirection {
        span: reader.span_from(start),
        descriptor,
        operator,
        target,
        heredoc,
    })
}

/// Whether a word is in truth the number in front of the next redirection.
fn is_descriptor(reader: &Reader<'_>, word: &Word) -> bool {
    matches!(reader.peek(), Some(b'<' | b'>'))
        && reader
            .text_of(word.span)
            .bytes()
            .all(|byte| byte.is_ascii_digit())
}

/// Looks for an operator and how many digits stand in front of it, without moving.
fn operator(reader: &Reader<'_>) -> Option<(usize, &'static str, RedirectionOperator)> {
    let digits = reader.rest().bytes().take_while(u8::is_ascii_digit).count();
    let behind = &reader.rest()[digits..];
    if behind.starts_with("<(") || behind.starts_with(">(") {
        return None;
    }
    let (text, operator) = OPERATORS.into_iter().find(|(text, _)| behind.starts_with(text))?;
    (digits == 0 || !text.starts_with('&')).then_some((digits, text, operator))
}
