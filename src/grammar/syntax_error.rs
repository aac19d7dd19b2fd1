use crate::source::Span;

/// Which of BuildKit's two steps refuses the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Text to nodes: lines, heredocs, JSON, words.
    Parser,
    /// Nodes to instructions: names, flags, arity.
    Instructions,
}

/// Why BuildKit would not take the file, in BuildKit's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// BuildKit's message, without the line.
    pub message: String,
    /// The step that fails.
    pub step: Step,
    /// The first and the last line that BuildKit names, from 1; 0 when it names none.
    pub lines: (usize, usize),
    /// The instruction, when there is one.
    pub span: Option<Span>,
}

/// The one error of the second step that BuildKit prints without its line.
pub(super) const NO_STAGE: &str = "no build stage in current context";

impl SyntaxError {
    pub(super) fn parser(message: String, line: usize) -> Self {
        Self {
            message,
            step: Step::Parser,
            lines: (line, line),
            span: None,
        }
    }

    /// The message as BuildKit prints it.
    pub fn full_message(&self) -> String {
        match self.step {
            Step::Parser => self.message.clone(),
            Step::Instructions if self.message == NO_STAGE => self.message.clone(),
            Step::Instructions => format!(
                "dockerfile parse error on line {}: {}",
                self.lines.0, self.message
            ),
        }
    }
}
