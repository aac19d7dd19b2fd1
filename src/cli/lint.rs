use crate::{
    cli::{
        arguments::{LintArguments, LintFormat},
        exit::Exit,
        input,
        output::{self, Failure},
        plan::{COMMON, read_context},
    },
    report::{diagnostics, findings_json},
    rules::{self, Diagnostic},
};

/// Lints each file; one that cannot be read does not stop the others.
pub(super) fn run(arguments: &LintArguments) -> Result<Exit, Failure> {
    let paths = input::paths(&arguments.files)?;
    let mut failed = None;
    let mut files = Vec::new();
    let mut text = Vec::new();
    let mut found_some = false;
    for path in paths {
        let (source, found) = match lint(&path, arguments) {
            Ok(result) => result,
            Err(failure) => {
                failed = Some(output::failure(&failure));
                continue;
            }
        };
        found_some |= found
            .iter()
            .any(|diagnostic| diagnostic.severity >= arguments.fail_on.severity());
        let colour = if output::has_colour() {
            diagnostics::Color::Always
        } else {
            diagnostics::Color::Never
        };
        let written = match arguments.format {
            LintFormat::Text => diagnostics::write_full(&mut text, &path, &source, &found, colour),
            LintFormat::Concise => diagnostics::write_concise(&mut text, &path, &source, &found),
            LintFormat::Json => {
                files.push(findings_json::file_findings(&path, &source, &found));
                Ok(())
            }
        };
        written.map_err(|error| Failure::new(format!("cannot print the findings of {path}: {error}")))?;
    }
    if arguments.format == LintFormat::Json {
        findings_json::write(&mut text, files)
            .map_err(|error| Failure::new(format!("cannot print the findings: {error}")))?;
    }
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(failed.unwrap_or(if found_some && !arguments.exit_zero {
        Exit::Findings
    } else {
        Exit::Clean
    }))
}

fn lint(path: &str, arguments: &LintArguments) -> Result<(String, Vec<Diagnostic>), Failure> {
    let input = input::read(path)?;
    let context = read_context(&input, &arguments.options)?;
    let found = rules::lint(&input.text, arguments.options.settings(&COMMON), &context);
    Ok((input.text, found))
}
