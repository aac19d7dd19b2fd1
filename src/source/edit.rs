use serde::Serialize;

use crate::source::Span;

/// One replacement of bytes; an empty span inserts, an empty text deletes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl Edit {
    /// Puts `text` in front of the byte at `offset`.
    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self {
            span: Span::at(offset),
            text: text.into(),
        }
    }

    /// Puts `text` in the place of `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
        }
    }
}

/// Why a list of edits cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits want the same bytes.
    #[error("two edits overlap at byte {0}")]
    Overlap(usize),
    /// A span does not lie on character borders inside the text.
    #[error("an edit at byte {0} does not fit the text")]
    OutOfBounds(usize),
}

/// Applies the edits; what is in none of them is copied byte for byte.
///
/// Edits are taken in the order of their spans; several insertions at one place keep the order of the list.
///
/// # Errors
/// When two edits overlap, or a span is not inside the text.
pub fn apply(source: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut result =
        String::with_capacity(source.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut copied = 0;
    for edit in sorted {
        if edit.span.start < copied {
            return Err(EditError::Overlap(edit.span.start));
        }
        let untouched = source
            .get(copied..edit.span.start)
            .filter(|_| source.is_char_boundary(edit.span.end))
            .ok_or(EditError::OutOfBounds(edit.span.start))?;
        result.push_str(untouched);
        result.push_str(&edit.text);
        copied = edit.span.end;
    }
    result.push_str(&source[copied..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, edits: &[Edit], after: Result<&str, EditError>) {
        assert_eq!(apply(source, edits), after.map(str::to_owned));
    }

    #[test]
    fn replaces_inserts_and_deletes_in_span_order() {
        let edits = [
            Edit::replace(Span::new(4, 5), "C"),
            Edit::insert(0, ">"),
            Edit::replace(Span::new(1, 3), ""),
        ];
        check("a b c", &edits, Ok(">a C"));
    }

    #[test]
    fn insertions_at_one_place_keep_their_order() {
        check("x", &[Edit::insert(0, "1"), Edit::insert(0, "2")], Ok("12x"));
    }

    #[test]
    fn rejects_overlaps_and_foreign_spans() {
        let overlapping = [
            Edit::replace(Span::new(0, 2), ""),
            Edit::replace(Span::new(1, 3), ""),
        ];
        check("abc", &overlapping, Err(EditError::Overlap(1)));
        check("é", &[Edit::insert(1, "x")], Err(EditError::OutOfBounds(1)));
        check("a", &[Edit::insert(9, "x")], Err(EditError::OutOfBounds(9)));
    }
}
