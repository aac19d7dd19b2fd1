//! The command line.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::{
    cli::{exit::Exit, output::Failure},
    model::Settings,
    platform::Platform,
    rules::Severity,
};

/// Multi-platform image builds without emulated compilers.
#[derive(Debug, Parser)]
#[command(name = "xbuild", version, about, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 nothing to complain about; 1 findings, a file would change, or BuildKit refuses it; 2 wrong arguments, a \
file that cannot be read or written, or no builder; 3 no file to work on. `xbuild build` ends with the exit code of buildx.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Build an image: `docker buildx build` on the rewritten Dockerfile, all flags are buildx's
    Build(BuildArguments),
    /// Show what would change in a Dockerfile, or change it
    Rewrite(RewriteArguments),
    /// Show where every step of a Dockerfile runs, and why
    Plan(PlanArguments),
    /// Find mistakes that make multi-platform images slow or wrong
    Lint(LintArguments),
    /// Check that every program in an image belongs to the image's platform
    Verify(VerifyArguments),
    /// Print Dockerfiles as BuildKit reads them
    Parse(ParseArguments),
    /// Print what a recipe or rule does
    Explain(ExplainArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(super) struct BuildArguments {
    /// The flags of `docker buildx build`, and --no-rewrite and --aggressive
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "FLAGS AND PATH"
    )]
    pub(super) arguments: Vec<OsString>,
}

/// What a file is looked at for.
#[derive(Clone, Debug, Args)]
pub(super) struct BuildOptions {
    /// The target platforms, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "PLATFORM")]
    pub(super) platform: Vec<Platform>,
    /// The platform of the builder, where native steps run [default: this machine's]
    #[arg(long, value_name = "PLATFORM")]
    pub(super) build_platform: Option<Platform>,
    /// The stage to build
    #[arg(long, value_name = "STAGE")]
    pub(super) target: Option<String>,
    /// A build argument
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) build_arg: Vec<String>,
    /// What stands in the place of a stage or an image: docker-image://…, oci-layout://…, an address or a folder
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) build_context: Vec<String>,
    /// The folder of the build context [default: the folder of the file]
    #[arg(long, value_name = "FOLDER")]
    pub(super) context: Option<PathBuf>,
    /// Carry out changes that are likely to be right, too
    #[arg(long)]
    pub(super) aggressive: bool,
}

impl BuildOptions {
    /// The settings, with `platforms` where none are named.
    pub(super) fn settings(&self, platforms: &[&str]) -> Settings {
        let build_platform = self.build_platform.clone().unwrap_or_else(Platform::host);
        let named = self.platform.clone();
        let targets = if named.is_empty() {
            platforms.iter().filter_map(|one| one.parse().ok()).collect()
        } else {
            named
        };
        Settings {
            assumes_targets: self.platform.is_empty(),
            target: self.target.clone(),
            build_args: build_args(&self.build_arg),
            named_contexts: named_contexts(&self.build_context),
            ..Settings::new(build_platform, targets)
        }
    }
}

fn named_contexts(named: &[String]) -> BTreeMap<String, String> {
    let pairs = named.iter().filter_map(|context| context.split_once('='));
    pairs
        .map(|(name, address)| (name.to_owned(), address.to_owned()))
        .collect()
}

fn build_args(named: &[String]) -> BTreeMap<String, String> {
    named
        .iter()
        .filter_map(|argument| match argument.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.to_owned())),
            // As in docker, a bare name takes its value from the environment.
            None => std::env::var(argument)
                .ok()
                .map(|value| (argument.clone(), value)),
        })
        .collect()
}

#[derive(Debug, Args)]
pub(super) struct RewriteArguments {
    /// The Dockerfiles, or - for standard input, which prints the rewritten text [default: Dockerfile]
    pub(super) files: Vec<String>,
    /// Exit with 1 when a file would change
    #[arg(long, conflicts_with_all = ["check", "write"])]
    pub(super) diff: bool,
    /// Name the files that would change, and exit with 1 when there are any
    #[arg(long, conflicts_with = "write")]
    pub(super) check: bool,
    /// Change the files
    #[arg(long, short)]
    pub(super) write: bool,
    #[command(flatten)]
    pub(super) options: BuildOptions,
}

#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    /// The Dockerfile [default: Dockerfile]
    pub(super) files: Vec<String>,
    #[command(flatten)]
    pub(super) options: BuildOptions,
    /// Show the file as it stands, with nothing moved
    #[arg(long)]
    pub(super) no_rewrite: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// The Dockerfiles, or - for standard input [default: Dockerfile]
    pub(super) files: Vec<String>,
    #[command(flatten)]
    pub(super) options: BuildOptions,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    pub(super) format: LintFormat,
    /// The least severity that ends in exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Warning)]
    pub(super) fail_on: FailOn,
    /// Exit with 0 whatever is found
    #[arg(long)]
    pub(super) exit_zero: bool,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LintFormat {
    /// With the lines they speak of
    Text,
    /// One line each
    Concise,
    /// For programs
    Json,
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Everything
    Note,
    /// Warnings and errors
    Warning,
    /// Errors only
    Error,
}

impl FailOn {
    pub(super) fn severity(self) -> Severity {
        match self {
            Self::Note => Severity::Note,
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// An image of the Docker Engine, an OCI archive, or a folder in the OCI layout
    pub(super) image: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ParseArguments {
    /// The Dockerfiles, or - for standard input [default: Dockerfile]
    pub(super) files: Vec<String>,
    /// How to print them; JSON is one line a file
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The recipe or rule; without one, all of them are listed
    pub(super) id: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    shell: clap_complete::Shell,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Prints a completion script.
pub(super) fn completions(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "xbuild", &mut script);
    crate::cli::output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
