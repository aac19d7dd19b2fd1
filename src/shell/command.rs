//! Scripts and the commands that they are made of.

use std::sync::{Arc, OnceLock};

use crate::{shell::Word, source::Span};

/// A sequence of pipelines: a whole text, the body of a compound command, or the inside of a substitution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// From behind the opening delimiter up to the closing one, blanks and comments included.
    pub span: Span,
    /// The pipelines in order.
    pub items: Vec<Item>,
}

/// A pipeline and what stands between it and the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The operator behind it; `None` where the script ends.
    pub separator: Option<Separator>,
}

/// An operator between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separator {
    /// Which one it is.
    pub kind: SeparatorKind,
    /// Where it is.
    pub span: Span,
}

/// Which operator stands between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeparatorKind {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`
    Semicolon,
    /// `&`
    Background,
    /// The end of a line.
    Newline,
}

/// Commands that are connected by pipes; most often only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// From `!` or the first command to the last command.
    pub span: Span,
    /// Whether `!` turns the status around.
    pub negated: bool,
    /// Whether the reserved word `time` stands in front of a compound command. In front of a simple command it is
    /// read as a word, as in sh.
    pub timed: bool,
    /// The commands, at least one.
    pub commands: Vec<Command>,
    /// The operators between them.
    pub pipes: Vec<Pipe>,
}

/// `|` or `|&`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pipe {
    /// Where it is.
    pub span: Span,
    /// Whether standard error goes the same way.
    pub with_errors: bool,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A program, builtin or function with its words, or assignments or redirections alone.
    Simple(SimpleCommand),
    /// `( … )`
    Subshell(Block),
    /// `{ …; }`
    Group(Block),
    /// `if …; then …; fi`
    If(If),
    /// `for …; do …; done`, also the arithmetic form and bash's `select`.
    For(For),
    /// `while …; do …; done` and `until …; do …; done`
    While(While),
    /// `case … in … esac`
    Case(Case),
    /// `name() …` and `function name …`
    Function(Function),
    /// `[[ … ]]`
    Test(Test),
    /// `(( … ))`
    Arithmetic(ArithmeticCommand),
    /// Text that the reader does not understand, up to the end of the script around it.
    Opaque(Span),
}

/// A command of words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// From its first word, assignment or redirection to the last. Bodies of here-documents lie behind it.
    pub span: Span,
    /// The assignments in front of the words.
    pub assignments: Vec<Assignment>,
    /// The name and the arguments.
    pub words: Vec<Word>,
    /// The redirections, wherever they stand.
    pub redirections: Vec<Redirection>,
}

/// `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// All of it.
    pub span: Span,
    /// The name.
    pub name: String,
    /// Where the name is.
    pub name_span: Span,
    /// The index in `name[index]=value`.
    pub subscript: Option<Word>,
    /// Whether it is `+=`.
    pub append: bool,
    /// What is assigned.
    pub value: AssignmentValue,
}

/// What an assignment assigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignmentValue {
    /// One word, possibly empty.
    Word(Word),
    /// `( … )`
    Array {
        /// The parentheses and what is between them.
        span: Span,
        /// The elements, an index being part of its word.
        elements: Vec<Word>,
    },
}

/// Where a stream of a command comes from or goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The descriptor, the operator and the target.
    pub span: Span,
    /// The number in front of the operator.
    pub descriptor: Option<u32>,
    /// The operator.
    pub operator: RedirectionOperator,
    /// The file, the other descriptor, the here-string, or the delimiter of a here-document.
    pub target: Word,
    /// The here-document, for its two operators.
    pub heredoc: Option<Heredoc>,
}

/// The operator of a redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectionOperator {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `>|`
    Clobber,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
    /// `&>`
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<<<`
    HereString,
    /// `<<`
    Heredoc,
    /// `<<-`
    HeredocStripped,
}

/// The lines below a command that are its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// Whether a part of the delimiter is quoted, so that nothing in the body is expanded.
    pub quoted: bool,
    /// The body is met only after the rest of the command's line, hence the shared cell.
    pub(in crate::shell) body: Arc<OnceLock<Word>>,
}

/// `( … )` or `{ …; }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The delimiters, the body and the redirections.
    pub span: Span,
    /// What runs inside.
    pub body: Script,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

/// `if …; then …; elif …; then …; else …; fi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct If {
    /// From `if` to `fi` and the redirections.
    pub span: Span,
    /// The `if` and each `elif`.
    pub branches: Vec<Branch>,
    /// The body of `else`.
    pub otherwise: Option<Script>,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

/// A condition and what runs when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What decides.
    pub condition: Script,
    /// What runs then.
    pub body: Script,
}

/// A `for` or `select` loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    /// From `for` to `done` and the redirections.
    pub span: Span,
    /// What it runs over.
    pub head: ForHead,
    /// What is repeated.
    pub body: Script,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

/// What a `for` loop runs over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForHead {
    /// `for name in words`
    Words {
        /// The loop's variable.
        name: String,
        /// Where the name is.
        name_span: Span,
        /// The words behind `in`; `None` runs over the positional parameters.
        words: Option<Vec<Word>>,
    },
    /// `for ((…; …; …))`, its three expressions as one word.
    Arithmetic(Word),
}

/// A `while` or `until` loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct While {
    /// From `while` to `done` and the redirections.
    pub span: Span,
    /// Whether it is `until`.
    pub until: bool,
    /// What decides.
    pub condition: Script,
    /// What is repeated.
    pub body: Script,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

/// `case … in … esac`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// From `case` to `esac` and the redirections.
    pub span: Span,
    /// What is compared.
    pub subject: Word,
    /// The arms in order.
    pub arms: Vec<CaseArm>,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

/// Patterns and what runs when one of them matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseArm {
    /// From the first pattern, or its parenthesis, to the `;;` or the end of the body.
    pub span: Span,
    /// The patterns between the `|`.
    pub patterns: Vec<Word>,
    /// What runs.
    pub body: Script,
    /// `;;`, `;&` or `;;&`; the last arm may go without.
    pub terminator: Option<Span>,
}

/// A function definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// From the name, or `function`, to the end of the body.
    pub span: Span,
    /// The name.
    pub name: String,
    /// A compound command.
    pub body: Box<Command>,
}

/// `[[ … ]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The brackets, what is between them, and the redirections.
    pub span: Span,
    /// Operands, operators and parentheses, each a word.
    pub words: Vec<Word>,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

/// `(( … ))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArithmeticCommand {
    /// The parentheses, what is between them, and the redirections.
    pub span: Span,
    /// The expression, in which only substitutions are told apart.
    pub expression: Word,
    /// The redirections behind it.
    pub redirections: Vec<Redirection>,
}

impl Command {
    /// Where the command is.
    pub fn span(&self) -> Span {
        match self {
            Self::Simple(SimpleCommand { span, .. })
            | Self::Subshell(Block { span, .. })
            | Self::Group(Block { span, .. })
            | Self::If(If { span, .. })
            | Self::For(For { span, .. })
            | Self::While(While { span, .. })
            | Self::Case(Case { span, .. })
            | Self::Function(Function { span, .. })
            | Self::Test(Test { span, .. })
            | Self::Arithmetic(ArithmeticCommand { span, .. })
            | Self::Opaque(span) => *span,
        }
    }
}

impl SimpleCommand {
    /// What the first word says, when it is constant: the program, builtin or function.
    pub fn name(&self) -> Option<String> {
        self.words.first()?.literal()
    }
}

impl AssignmentValue {
    /// Where the value is.
    pub fn span(&self) -> Span {
        match self {
            Self::Word(word) => word.span,
            Self::Array { span, .. } => *span,
        }
    }
}

impl Heredoc {
    /// The lines of the body without the delimiter, as a word without quotes.
    pub fn body(&self) -> Option<&Word> {
        self.body.get()
    }
}

impl Item {
    /// From the pipeline's start to the end of its separator.
    pub fn span(&self) -> Span {
        self.separator.map_or(self.pipeline.span, |separator| {
            self.pipeline.span.cover(separator.span)
        })
    }
}
