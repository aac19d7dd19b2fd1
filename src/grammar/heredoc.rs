//! Heredocs of RUN, COPY and ADD (BuildKit parser.go, `heredocsFromLine` and `ParseHeredoc`).

use std::ops::Range;

use crate::{
    grammar::{
        SyntaxError,
        expand::{Mode, expand},
        lines::{Lines, without_ending},
    },
    source::Span,
};

/// A heredoc with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it, unquoted.
    pub name: String,
    /// Whether variables in the body are expanded: no part of the name is quoted.
    pub expand: bool,
    /// `<<-`: leading tabs of the body go.
    pub chomp: bool,
    /// The body: whole lines, the terminator not included.
    pub body: Span,
    /// The line that ends it, without its line ending.
    pub terminator: Span,
}

/// A heredoc that a line announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) name: String,
    pub(super) expand: bool,
    pub(super) chomp: bool,
}

/// The heredocs that a logical line announces; none when its quotes do not balance.
pub(super) fn openings(line: &str) -> Result<Vec<Opening>, String> {
    if !line.contains("<<") {
        return Ok(Vec::new());
    }
    let raw = Mode {
        escape: '\\',
        raw_quotes: true,
        raw_escapes: true,
        keep_unset: true,
    };
    let words = expand(line, raw, &|_| None)
        .map(|expansion| expansion.words)
        .unwrap_or_default();
    words
        .iter()
        .filter_map(|word| opening(word).transpose())
        .collect()
}

/// Reads one word as `[fd]<<[-]NAME`.
pub(super) fn opening(word: &str) -> Result<Option<Opening>, String> {
    let Some((rest, chomp)) = name_range(word).map(|(range, chomp)| (&word[range], chomp)) else {
        return Ok(None);
    };
    let cooked_mode = Mode {
        escape: '\\',
        raw_quotes: false,
        raw_escapes: false,
        keep_unset: true,
    };
    let raw_mode = Mode {
        raw_quotes: true,
        raw_escapes: true,
        ..cooked_mode
    };
    let cooked = expand(rest, cooked_mode, &|_| None)?.words;
    let [name] = cooked.as_slice() else {
        return Ok(None);
    };
    let raw = expand(rest, raw_mode, &|_| None)?.words.concat();
    let quotes = |text: &str| text.matches(['"', '\'']).count();
    Ok(Some(Opening {
        name: name.clone(),
        expand: quotes(&raw) == quotes(name),
        chomp,
    }))
}

/// Where the name stands in a word `[fd]<<[-]NAME`, and whether there is a `-`.
fn name_range(word: &str) -> Option<(Range<usize>, bool)> {
    let after_digits = word.trim_start_matches(|one: char| one.is_ascii_digit());
    let rest = after_digits.strip_prefix("<<")?;
    let (rest, chomp) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    let rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    let usable = !rest.is_empty() && !rest.contains('<');
    usable.then(|| (word.len() - rest.len()..word.len(), chomp))
}

/// Takes the body of one heredoc from the lines behind its instruction.
pub(super) fn read_body(
    text: &str,
    lines: &mut Lines<'_>,
    opening: Opening,
    first_line: usize,
) -> Result<Heredoc, SyntaxError> {
    let mut body: Option<Span> = None;
    while let Some(line) = lines.next_line() {
        let content = without_ending(text, line);
        let candidate = content.of(text);
        let candidate = if opening.chomp {
            candidate.trim_start_matches('\t')
        } else {
            candidate
        };
        if candidate == opening.name {
            let body = body.unwrap_or(Span::at(line.start));
            let Opening { name, expand, chomp } = opening;
            return Ok(Heredoc {
                name,
                expand,
                chomp,
                body,
                terminator: content,
            });
        }
        body = Some(body.map_or(line, |body| body.cover(line)));
    }
    let error = SyntaxError::parser("unterminated heredoc".to_owned(), first_line);
    Err(SyntaxError {
        lines: (first_line, lines.number),
        ..error
    })
}
