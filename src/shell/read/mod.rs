//! From text to [`Script`]: one function for each production of `grammar/shell.ebnf`.
//!
//! A function that meets what it does not understand gives `None`, and the nearest text with a known end (the whole
//! text, backquotes, a here-document) keeps the rest as an opaque span. Nothing is read twice but what decides
//! between `((` and two subshells, so the time is linear in the length of the text.

mod assignment;
mod compound;
mod heredoc;
mod list;
mod parameter;
mod quoting;
mod reader;
mod redirection;
mod simple;
mod substitution;
mod test;
mod word;

use crate::shell::{Script, read::reader::Reader};

/// Reads a shell text; every span in the result is a range of its bytes.
pub fn parse(text: &str) -> Script {
    list::bounded_script(&mut Reader::new(text), text.len())
}
