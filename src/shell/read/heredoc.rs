//! Here-documents: announced by a redirection, met at the end of its line.

use std::sync::{Arc, OnceLock};

use crate::{
    shell::{
        Heredoc, Part, RedirectionOperator, Word,
        read::{
            reader::{Reader, bounded},
            word::{HEREDOC, STRIPPED_HEREDOC, pieces},
        },
    },
    source::Span,
};

/// A here-document whose body has not been met.
pub(super) struct PendingHeredoc {
    delimiter: String,
    quoted: bool,
    strips_tabs: bool,
    body: Arc<OnceLock<Word>>,
}

/// Announces the here-document of a redirection.
pub(super) fn heredoc(reader: &mut Reader<'_>, target: &Word, operator: RedirectionOperator) -> Heredoc {
    let quoted = !target
        .parts
        .iter()
        .all(|part| matches!(part, Part::Literal { .. } | Part::Variable(_)));
    // A dollar sign in the delimiter is not expanded.
    let delimiter = target
        .literal()
        .unwrap_or_else(|| reader.text_of(target.span).to_owned());
    let body = Arc::new(OnceLock::new());
    let strips_tabs = operator == RedirectionOperator::HeredocStripped;
    reader.heredocs.push(PendingHeredoc {
        delimiter,
        quoted,
        strips_tabs,
        body: Arc::clone(&body),
    });
    Heredoc { quoted, body }
}

/// Reads the bodies that begin here, one after the other.
pub(super) fn heredoc_bodies(reader: &mut Reader<'_>) {
    for pending in std::mem::take(&mut reader.heredocs) {
        let (body, next) = body_lines(reader, &pending);
        let word = heredoc_body(reader, body, &pending);
        // The cell is new and filled only here or where the text ends.
        let _ = pending.body.set(word);
        reader.at = next;
    }
}

/// Fills the bodies that the text has no lines for: the shell takes them as empty.
pub(super) fn close_heredocs(reader: &mut Reader<'_>) {
    let span = Span::at(reader.at);
    for pending in reader.heredocs.drain(..) {
        let _ = pending.body.set(Word {
            span,
            parts: Vec::new(),
        });
    }
}

/// Marks the announced bodies as not understood, as their lines lie in text that is not.
pub(super) fn give_up_heredocs(reader: &mut Reader<'_>) {
    let span = Span::at(reader.end);
    for pending in reader.heredocs.drain(..) {
        let _ = pending.body.set(Word {
            span,
            parts: vec![Part::Opaque(span)],
        });
    }
}

/// The lines up to the delimiter, and where the line behind it starts.
fn body_lines(reader: &Reader<'_>, pending: &PendingHeredoc) -> (Span, usize) {
    let start = reader.at;
    let mut at = start;
    let mut continued = false;
    for line in reader.rest().split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let compared = if pending.strips_tabs {
            content.trim_start_matches('\t')
        } else {
            content
        };
        if !continued && compared == pending.delimiter {
            return (Span::new(start, at), at + line.len());
        }
        let backslashes = content.bytes().rev().take_while(|byte| *byte == b'\\').count();
        continued = !pending.quoted && backslashes % 2 == 1;
        at += line.len();
    }
    (Span::new(start, at), at)
}

fn heredoc_body(reader: &mut Reader<'_>, span: Span, pending: &PendingHeredoc) -> Word {
    if pending.quoted {
        return Word {
            span,
            parts: quoted_lines(reader, span, pending.strips_tabs),
        };
    }
    let surroundings = if pending.strips_tabs {
        &STRIPPED_HEREDOC
    } else {
        &HEREDOC
    };
    let parts = bounded(reader, span.end, |reader| pieces(reader, surroundings));
    Word {
        span,
        parts: parts.unwrap_or_else(|| vec![Part::Opaque(span)]),
    }
}

fn quoted_lines(reader: &Reader<'_>, span: Span, strips_tabs: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = span.start;
    for line in reader.text_of(span).split_inclusive('\n') {
        let tabs = if strips_tabs {
            line.bytes().take_while(|byte| *byte == b'\t').count()
        } else {
            0
        };
        if tabs > 0 {
            parts.push(Part::Escaped {
                span: Span::new(at, at + tabs),
                text: String::new(),
            });
        }
        parts.push(Part::Literal {
            span: Span::new(at + tabs, at + line.len()),
            text: line[tabs..].to_owned(),
        });
        at += line.len();
    }
    parts
}
