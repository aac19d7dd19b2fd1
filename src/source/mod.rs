//! The text of a file: byte spans into it, positions for people, and edits that touch nothing but their spans.

mod edit;
mod line_index;
mod span;

pub use edit::{Edit, EditError, apply};
pub use line_index::{LineIndex, Position};
pub use span::Span;
