/// Why BuildKit would refuse a file that it can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// BuildKit's message.
    pub message: String,
    /// The first line of the instruction that is at fault, from 1; 0 when none is.
    pub line: usize,
}

impl ModelError {
    pub(super) fn new(message: impl Into<String>, line: usize) -> Self {
        Self {
            message: message.into(),
            line,
        }
    }
}
