use std::ops::Range;

use crate::source::Span;

/// Text made of pieces of the source: a logical line without its continuations, or a heredoc without its tabs.
///
/// BuildKit hands the shell this text, so spans inside it have to find their way back to the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cooked {
    text: String,
    /// Where each piece starts in the cooked text and in the source; sorted by both.
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    cooked: usize,
    source: usize,
}

impl Cooked {
    /// The joined text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Appends the text of `span`, which lies behind everything that was appended before.
    pub(crate) fn push(&mut self, source: &str, span: Span) {
        let follows = self.pieces.last().is_some_and(|last| {
            span.start >= last.source && last.cooked + (span.start - last.source) == self.text.len()
        });
        // The first piece gives even an empty text its place.
        if self.pieces.is_empty() || !span.is_empty() && !follows {
            self.pieces.push(Piece {
                cooked: self.text.len(),
                source: span.start,
            });
        }
        self.text.push_str(span.of(source));
    }

    /// The part of the cooked text in `range`, with its way back to the source.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let first = self.piece_at(range.start);
        let pieces = self.pieces[first..]
            .iter()
            .take_while(|piece| piece.cooked < range.end)
            .map(|piece| {
                let skipped = range.start.saturating_sub(piece.cooked);
                Piece {
                    cooked: (piece.cooked + skipped) - range.start,
                    source: piece.source + skipped,
                }
            })
            .collect();
        Self {
            text: self.text[range].to_owned(),
            pieces,
        }
    }

    /// The source span of a range of the cooked text; it covers the continuations between its pieces.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.source_offset(range.start);
        if range.is_empty() {
            return Span::at(start);
        }
        Span::new(start, self.source_offset(range.end - 1) + 1)
    }

    /// The source span of a range that no continuation interrupts, so that it may be replaced as a whole.
    pub fn contiguous_span(&self, range: Range<usize>) -> Option<Span> {
        let length = range.len();
        Some(self.span(range)).filter(|span| span.len() == length)
    }

    fn source_offset(&self, cooked: usize) -> usize {
        let Some(piece) = self.pieces.get(self.piece_at(cooked)) else {
            return 0;
        };
        piece.source + (cooked - piece.cooked)
    }

    fn piece_at(&self, cooked: usize) -> usize {
        self.pieces
            .partition_point(|piece| piece.cooked <= cooked)
            .saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_way_back_over_a_continuation() {
        let source = "RUN a \\\n  # why\n  bc";
        let mut cooked = Cooked::default();
        cooked.push(source, Span::new(0, 6));
        cooked.push(source, Span::new(16, 20));
        assert_eq!(cooked.text(), "RUN a   bc");
        assert_eq!(
            cooked.contiguous_span(8..10).map(|span| span.of(source)),
            Some("bc")
        );
        assert_eq!(cooked.contiguous_span(4..10), None);
        assert_eq!(cooked.span(4..10).of(source), "a \\\n  # why\n  bc");
        let slice = cooked.slice(7..10);
        assert_eq!((slice.text(), slice.span(1..2).of(source)), (" bc", "b"));
    }
}
