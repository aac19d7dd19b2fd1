//! A total reader of the shell text of a `RUN`: POSIX sh and the bash forms that people write there.
//!
//! Every node has a byte [`Span`](crate::source::Span) into the text that was read, and substitutions are read in
//! place. What the reader does not understand becomes an opaque span: there is no error, and the commands in front
//! of it stay usable. Where sh and bash read one text differently (`&>`, `$'…'`, `[[`, `<( )`), bash wins.
//!
//! It does not expand, run or judge anything. Globs, brace expansion, tildes and field splitting are left as written.
//! `grammar/shell.ebnf` is the written form; its productions are named after the functions of the reader.

mod command;
mod node;
mod pattern;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod word;
mod wrappers;

pub use command::{
    ArithmeticCommand, Assignment, AssignmentValue, Block, Branch, Case, CaseArm, Command, For, ForHead,
    Function, Heredoc, If, Item, Pipe, Pipeline, Redirection, RedirectionOperator, Script, Separator,
    SeparatorKind, SimpleCommand, Test, While,
};
pub use node::Node;
pub use pattern::Pattern;
pub use read::parse;
pub use walk::{Context, Visit, simple_commands};
pub use word::{CommandSubstitution, Operation, Operator, Part, Variable, Word};
pub use wrappers::{Effective, effective};
