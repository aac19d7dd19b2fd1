//! Printing: results on standard output, everything about the run on standard error.

use std::{
    io::{self, IsTerminal, Write},
    process,
};

use crate::cli::exit::Exit;

/// What went wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failure {
    /// What went wrong, with the file and the line where there is one.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
    pub(super) exit: Exit,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            exit: Exit::Usage,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// Prints why a command failed.
pub(super) fn failure(failure: &Failure) -> Exit {
    note(&format!("error: {failure}"));
    if let Some(help) = &failure.help {
        note(&format!("help: {help}"));
    }
    failure.exit
}

/// Writes to standard output; a reader that went away ends the program quietly.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(0),
        other => other.map_err(|error| Failure::new(format!("cannot write the result: {error}"))),
    }
}

/// Writes a line to standard error.
pub(super) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether standard output takes colours.
pub(super) fn has_colour() -> bool {
    use anstream::ColorChoice;
    match anstream::AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => false,
        ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        ColorChoice::Auto => io::stdout().is_terminal(),
    }
}
