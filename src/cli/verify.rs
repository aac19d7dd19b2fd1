use crate::{
    cli::{
        arguments::{Format, VerifyArguments},
        exit::Exit,
        output::{self, Failure},
    },
    verify::{self, Source},
};

/// Checks an image.
pub(super) fn run(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    let report = verify::verify(&Source::of(&arguments.image))
        .map_err(|error| Failure::new(sources(&error)).with_help(error.help()))?;
    output::print(&match arguments.format {
        Format::Text => verify::table(&report),
        Format::Json => {
            let json = serde_json::to_string(&report);
            format!(
                "{}\n",
                json.map_err(|error| Failure::new(format!("cannot print the report: {error}")))?
            )
        }
    })?;
    Ok(if report.is_clean() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

/// An error with everything that caused it.
pub(super) fn sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source()).map(ToString::to_string);
    std::iter::once(error.to_string())
        .chain(causes)
        .collect::<Vec<_>>()
        .join(": ")
}
