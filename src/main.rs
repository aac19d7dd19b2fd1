//! The `xbuild` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    xbuild::cli::run(std::env::args_os())
}
