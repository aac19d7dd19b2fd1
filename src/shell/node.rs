//! One view of every kind of node, for whoever looks for something wherever it stands.

use crate::{
    shell::{Assignment, AssignmentValue, Command, ForHead, Part, Pipeline, Redirection, Script, Word},
    source::Span,
};

/// A node of a script.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// A script, also a body or the inside of a substitution.
    Script(&'a Script),
    /// A pipeline.
    Pipeline(&'a Pipeline),
    /// A command.
    Command(&'a Command),
    /// An assignment in front of a command.
    Assignment(&'a Assignment),
    /// A redirection.
    Redirection(&'a Redirection),
    /// A word.
    Word(&'a Word),
    /// A piece of a word.
    Part(&'a Part),
}

impl Node<'_> {
    /// Where the node is.
    pub fn span(self) -> Span {
        match self {
            Self::Script(script) => script.span,
            Self::Pipeline(pipeline) => pipeline.span,
            Self::Command(command) => command.span(),
            Self::Assignment(assignment) => assignment.span,
            Self::Redirection(redirection) => redirection.span,
            Self::Word(word) => word.span,
            Self::Part(part) => part.span(),
        }
    }

    /// The nodes directly inside. Assignments, words and redirections come in this order, which is not always that
    /// of the text, and the body of a here-document lies outside the span of its redirection.
    pub fn children(self) -> Vec<Self> {
        match self {
            Self::Script(script) => script
                .items
                .iter()
                .map(|item| Self::Pipeline(&item.pipeline))
                .collect(),
            Self::Pipeline(pipeline) => pipeline.commands.iter().map(Self::Command).collect(),
            Self::Command(command) => command_children(command),
            Self::Assignment(assignment) => {
                let subscript = assignment.subscript.as_slice().iter();
                let value = match &assignment.value {
                    AssignmentValue::Word(word) => std::slice::from_ref(word),
                    AssignmentValue::Array { elements, .. } => elements,
                };
                subscript.chain(value).map(Self::Word).collect()
            }
            Self::Redirection(redirection) => {
                let body = redirection.heredoc.as_ref().and_then(|heredoc| heredoc.body());
                std::iter::once(&redirection.target)
                    .chain(body)
                    .map(Self::Word)
                    .collect()
            }
            Self::Word(word) => word.parts.iter().map(Self::Part).collect(),
            Self::Part(part) => part_children(part),
        }
    }

    /// The node and all below it, each before what it holds.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let node = waiting.pop()?;
            waiting.extend(node.children().into_iter().rev());
            Some(node)
        })
    }

    /// Whether the node itself is text that the reader does not understand.
    pub fn is_opaque(self) -> bool {
        matches!(
            self,
            Self::Command(Command::Opaque(_)) | Self::Part(Part::Opaque(_))
        )
    }
}

impl Script {
    /// Whether nothing in the script is opaque, so that what is not found in it is not there.
    pub fn is_fully_understood(&self) -> bool {
        !Node::Script(self).descendants().any(Node::is_opaque)
    }
}

fn command_children(command: &Command) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    match command {
        Command::Simple(simple) => {
            nodes.extend(simple.assignments.iter().map(Node::Assignment));
            nodes.extend(simple.words.iter().map(Node::Word));
            nodes.extend(simple.redirections.iter().map(Node::Redirection));
        }
        Command::Subshell(block) | Command::Group(block) => {
            nodes.push(Node::Script(&block.body));
            nodes.extend(block.redirections.iter().map(Node::Redirection));
        }
        Command::If(clause) => {
            for branch in &clause.branches {
                nodes.extend([Node::Script(&branch.condition), Node::Script(&branch.body)]);
            }
            nodes.extend(clause.otherwise.iter().map(Node::Script));
            nodes.extend(clause.redirections.iter().map(Node::Redirection));
        }
        Command::For(clause) => {
            match &clause.head {
                ForHead::Words { words, .. } => nodes.extend(words.iter().flatten().map(Node::Word)),
                ForHead::Arithmetic(expression) => nodes.push(Node::Word(expression)),
            }
            nodes.push(Node::Script(&clause.body));
            nodes.extend(clause.redirections.iter().map(Node::Redirection));
        }
        Command::While(clause) => {
            nodes.extend([Node::Script(&clause.condition), Node::Script(&clause.body)]);
            nodes.extend(clause.redirections.iter().map(Node::Redirection));
        }
        Command::Case(clause) => {
            nodes.push(Node::Word(&clause.subject));
            for arm in &clause.arms {
                nodes.extend(arm.patterns.iter().map(Node::Word));
                nodes.push(Node::Script(&arm.body));
            }
            nodes.extend(clause.redirections.iter().map(Node::Redirection));
        }
        Command::Function(function) => nodes.push(Node::Command(&function.body)),
        Command::Test(test) => {
            nodes.extend(test.words.iter().map(Node::Word));
            nodes.extend(test.redirections.iter().map(Node::Redirection));
        }
        Command::Arithmetic(arithmetic) => {
            nodes.push(Node::Word(&arithmetic.expression));
            nodes.extend(arithmetic.redirections.iter().map(Node::Redirection));
        }
        Command::Opaque(_) => {}
    }
    nodes
}

fn part_children(part: &Part) -> Vec<Node<'_>> {
    match part {
        Part::DoubleQuoted { parts, .. } | Part::Arithmetic { parts, .. } => {
            parts.iter().map(Node::Part).collect()
        }
        Part::Command(substitution) => vec![Node::Script(&substitution.script)],
        Part::Process { script, .. } => vec![Node::Script(script)],
        Part::Variable(variable) => {
            let arguments = variable
                .operation
                .iter()
                .flat_map(|operation| &operation.arguments);
            variable
                .subscript
                .iter()
                .chain(arguments)
                .map(Node::Word)
                .collect()
        }
        Part::Literal { .. } | Part::Escaped { .. } | Part::SingleQuoted { .. } | Part::Opaque(_) => {
            Vec::new()
        }
    }
}
