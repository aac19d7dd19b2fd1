//! The Dockerfile's text as instructions with byte spans, lossless, as BuildKit's parser reads it.
//!
//! The written grammar is `grammar/*.ebnf`; what an instruction means for a build is `model`'s business.

mod cooked;
mod directive;
mod dockerfile;
pub mod expand;
mod heredoc;
mod instruction;
mod json;
mod lines;
pub mod mount;
mod pattern;
mod syntax_error;
mod validate;
mod words;

pub use cooked::Cooked;
pub use directive::Directive;
pub use dockerfile::{Dockerfile, parse, read};
pub use heredoc::Heredoc;
pub use instruction::{Arguments, Flag, Instruction, JsonArgument, Keyword, Pair, Word};
pub use syntax_error::{Step, SyntaxError};
pub use validate::flag_names;
pub(crate) use validate::suggestion;
