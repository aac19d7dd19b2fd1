use std::collections::BTreeMap;

use crate::source::Edit;

/// For each line of a rewritten text, the line of the original that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMap {
    lines: Vec<usize>,
}

impl LineMap {
    /// `copies` has the original lines of text that is inserted at a byte.
    pub(super) fn new(before: &str, edits: &[Edit], copies: &BTreeMap<usize, Vec<usize>>) -> Self {
        let mut lines = vec![1];
        let mut line = 1;
        let mut copied = 0;
        let newlines = |text: &str| text.matches('\n').count();
        for edit in edits {
            for _ in 0..newlines(&before[copied..edit.span.start]) {
                line += 1;
                lines.push(line);
            }
            // What is inserted stands for the line it is inserted at.
            let original = copies.get(&edit.span.start).filter(|_| edit.span.is_empty());
            if let (Some(original), Some(last)) = (original, lines.last_mut()) {
                *last = original.first().copied().unwrap_or(line);
            }
            for number in 1..=newlines(&edit.text) {
                lines.push(
                    original
                        .and_then(|original| original.get(number))
                        .copied()
                        .unwrap_or(line),
                );
            }
            line += newlines(edit.span.of(before));
            copied = edit.span.end;
        }
        for _ in 0..newlines(&before[copied..]) {
            line += 1;
            lines.push(line);
        }
        Self { lines }
    }

    /// The line of the original, from 1, that the line of the new text stands for.
    pub fn original(&self, line: usize) -> usize {
        let last = self.lines.last().copied().unwrap_or(line);
        self.lines.get(line.saturating_sub(1)).copied().unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::source::{Edit, Span};

    #[test]
    fn finds_the_original_line() {
        let before = "FROM a\nRUN b\nRUN c\n";
        let edits = [
            Edit::insert(4, " --x"),
            Edit::insert(7, "ARG D\n"),
            Edit::replace(Span::new(11, 12), "e"),
        ];
        let map = LineMap::new(before, &edits, &BTreeMap::new());
        // FROM --x a / ARG D / RUN e / RUN c
        assert_eq!([1, 2, 3, 4].map(|line| map.original(line)), [1, 2, 2, 3]);
        assert_eq!(map.original(99), 4);
    }
}
