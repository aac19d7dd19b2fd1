//! Physical lines, and the logical line that an instruction is made of (`grammar/lines.ebnf`).

use crate::{
    grammar::{Cooked, SyntaxError},
    source::Span,
};

/// A line longer than this, its newline not counted, ends BuildKit's reading (bufio.MaxScanTokenSize).
pub(super) const LINE_LIMIT: usize = 65_535;

/// The physical lines of a text, one after another.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    offset: usize,
    /// How many lines were taken.
    pub(super) number: usize,
    /// Whether the next line was too long to be read.
    pub(super) too_long: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let offset = if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        Self {
            text,
            offset,
            number: 0,
            too_long: false,
        }
    }

    /// The next line, its line ending included.
    pub(super) fn next_line(&mut self) -> Option<Span> {
        let rest = &self.text[self.offset..];
        if rest.is_empty() || self.too_long {
            return None;
        }
        let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        if rest[..length].trim_end_matches('\n').len() > LINE_LIMIT {
            self.too_long = true;
            return None;
        }
        let span = Span::new(self.offset, self.offset + length);
        self.offset = span.end;
        self.number += 1;
        Some(span)
    }

    /// The error for a line that was too long, once everything before it was read.
    pub(super) fn error(&self) -> Option<SyntaxError> {
        self.too_long.then(|| {
            let message = format!("dockerfile line greater than max allowed size of {LINE_LIMIT}");
            SyntaxError::parser(message, self.number)
        })
    }
}

/// The line without its line ending: any run of carriage returns and newlines goes.
pub(super) fn without_ending(text: &str, line: Span) -> Span {
    let trimmed = line.of(text).trim_end_matches(['\r', '\n']);
    Span::new(line.start, line.start + trimmed.len())
}

/// The line without leading white space.
pub(super) fn without_indentation(text: &str, line: Span) -> Span {
    Span::new(line.end - line.of(text).trim_start().len(), line.end)
}

/// Whether the first character that is not blank is `#`.
pub(super) fn is_comment(text: &str, line: Span) -> bool {
    line.of(text).trim_start().starts_with('#')
}

/// A logical line: what continuations join.
#[derive(Clone, Debug)]
pub(super) struct LogicalLine {
    pub(super) cooked: Cooked,
    /// From the first character of the instruction to the end of its last line, line ending not included.
    pub(super) span: Span,
    pub(super) first_line: usize,
    pub(super) has_empty_continuation: bool,
}

/// Joins the line `first`, without ending and indentation, with the lines that continue it.
pub(super) fn join(text: &str, lines: &mut Lines<'_>, first: Span, escape: char) -> LogicalLine {
    let first_line = lines.number;
    let mut cooked = Cooked::default();
    let (piece, mut continues) = without_continuation(text, first, escape);
    cooked.push(text, piece);
    let mut end = first.end;
    let mut has_empty_continuation = false;
    while continues {
        let Some(line) = lines.next_line() else { break };
        let line = without_ending(text, line);
        end = line.end;
        if is_comment(text, line) {
            continue;
        }
        if line.of(text).trim_start().is_empty() {
            has_empty_continuation = true;
            continue;
        }
        let (piece, more) = without_continuation(text, line, escape);
        cooked.push(text, piece);
        continues = more;
    }
    LogicalLine {
        cooked,
        span: Span::new(first.start, end),
        first_line,
        has_empty_continuation,
    }
}

/// Cuts the escape character and the blanks behind it off the end; a doubled escape character does not continue.
fn without_continuation(text: &str, line: Span, escape: char) -> (Span, bool) {
    let trimmed = line.of(text).trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => (Span::new(line.start, line.start + before.len()), true),
        _ => (line, false),
    }
}
