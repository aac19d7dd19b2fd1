//! The commands: arguments in, text and exit codes out. All printing is here.

mod arguments;
mod build;
mod exit;
mod explain;
mod input;
mod lint;
mod output;
mod parse;
mod plan;
mod rewrite;
mod verify;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::cli::{
    arguments::{Arguments, Command},
    exit::Exit,
};

/// Runs the command line `arguments`, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Clean.into()
            };
        }
    };
    let result = match &arguments.command {
        Command::Build(arguments) => build::run(arguments),
        Command::Rewrite(arguments) => rewrite::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
        Command::Lint(arguments) => lint::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Parse(arguments) => parse::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Completions(arguments) => arguments::completions(arguments),
    };
    result.unwrap_or_else(|error| output::failure(&error)).into()
}
