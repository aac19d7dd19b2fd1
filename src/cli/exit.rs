use std::process::ExitCode;

/// How a command ended; of several files, the worst one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Nothing to complain about.
    Clean,
    /// Findings, a file that would change, or one that BuildKit refuses.
    Findings,
    /// No file to work on.
    NoInput,
    /// Wrong arguments, a file that cannot be read or written, no builder.
    Usage,
    /// The exit code of buildx.
    Build(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NoInput => 3,
            Exit::Build(code) => code,
        })
    }
}
