//! Words and what they are made of.

use crate::{shell::Script, source::Span};

/// One word of a command, an assignment's value, a pattern or the body of a here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The bytes of the word, quotes included.
    pub span: Span,
    /// Its pieces; their spans follow each other without a gap.
    pub parts: Vec<Part>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Characters that stand for themselves.
    Literal {
        /// Where they are.
        span: Span,
        /// The same characters.
        text: String,
    },
    /// A backslash and the character that it protects; nothing is left of a backslash in front of a newline,
    /// nor of the tabs that `<<-` strips.
    Escaped {
        /// The backslash and the character.
        span: Span,
        /// What the shell makes of it.
        text: String,
    },
    /// `'…'`, or `$'…'` with its escapes decoded.
    SingleQuoted {
        /// The quotes and what is between them.
        span: Span,
        /// What the shell makes of it.
        text: String,
    },
    /// `"…"`, or `$"…"`, which means the same where no translations are installed.
    DoubleQuoted {
        /// The quotes and what is between them.
        span: Span,
        /// The pieces between the quotes.
        parts: Vec<Self>,
    },
    /// `$name` or `${name…}`.
    Variable(Box<Variable>),
    /// `$(…)` or backquotes.
    Command(CommandSubstitution),
    /// `<(…)` or `>(…)`.
    Process {
        /// The operator, the script and the parenthesis.
        span: Span,
        /// What runs inside.
        script: Script,
    },
    /// `$((…))`.
    Arithmetic {
        /// All of it.
        span: Span,
        /// The expression, in which only substitutions are told apart.
        parts: Vec<Self>,
    },
    /// Text that the reader does not understand.
    Opaque(Span),
}

/// `$(…)` or a script in backquotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSubstitution {
    /// The delimiters and what is between them.
    pub span: Span,
    /// Whether it is written in backquotes.
    pub backquoted: bool,
    /// What runs inside.
    pub script: Script,
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// All of it, from the dollar sign on.
    pub span: Span,
    /// The name, the digits or the special character.
    pub name: String,
    /// Where the name is.
    pub name_span: Span,
    /// Whether it is `${#name}`.
    pub length: bool,
    /// Whether it is `${!name…}`.
    pub indirect: bool,
    /// The index in `${name[index]}`.
    pub subscript: Option<Word>,
    /// What is done with the value.
    pub operation: Option<Operation>,
}

/// The operator in `${name<operator>…}` with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub operator: Operator,
    /// Where the operator is written.
    pub span: Span,
    /// Its words: two for a replacement or a substring with length, otherwise at most one.
    pub arguments: Vec<Word>,
}

/// What `${name<operator>…}` does with the value of `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `-` or `:-`: the word when there is no value.
    Default {
        /// Whether an empty value counts as none.
        or_empty: bool,
    },
    /// `=` or `:=`: the same, and the variable keeps it.
    Assign {
        /// Whether an empty value counts as none.
        or_empty: bool,
    },
    /// `?` or `:?`: the shell stops when there is no value.
    Require {
        /// Whether an empty value counts as none.
        or_empty: bool,
    },
    /// `+` or `:+`: the word when there is a value.
    Alternative {
        /// Whether an empty value counts as none.
        or_empty: bool,
    },
    /// `#` or `##`: without the part in front that matches the pattern.
    RemovePrefix {
        /// Whether as much as possible is removed.
        longest: bool,
    },
    /// `%` or `%%`: without the part at the end that matches the pattern.
    RemoveSuffix {
        /// Whether as much as possible is removed.
        longest: bool,
    },
    /// `/`: the first match of a pattern replaced.
    ReplaceFirst,
    /// `//`: all matches of a pattern replaced.
    ReplaceAll,
    /// `/#`: a match at the start replaced.
    ReplacePrefix,
    /// `/%`: a match at the end replaced.
    ReplaceSuffix,
    /// `:`: a part of the value by offset and length.
    Substring,
    /// `^` or `^^`: in capitals.
    Uppercase {
        /// Whether every character and not only the first.
        all: bool,
    },
    /// `,` or `,,`: in small letters.
    Lowercase {
        /// Whether every character and not only the first.
        all: bool,
    },
    /// `@` and a letter: a bash transformation.
    Transform,
    /// `${!prefix*}` or `${!prefix@}`: the names of variables.
    Names,
}

impl Part {
    /// Where the piece is.
    pub fn span(&self) -> Span {
        match self {
            Self::Literal { span, .. }
            | Self::Escaped { span, .. }
            | Self::SingleQuoted { span, .. }
            | Self::DoubleQuoted { span, .. }
            | Self::Process { span, .. }
            | Self::Arithmetic { span, .. }
            | Self::Opaque(span) => *span,
            Self::Variable(variable) => variable.span,
            Self::Command(substitution) => substitution.span,
        }
    }
}
