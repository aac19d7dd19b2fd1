//! What recipes share that set a toolchain for the target up inside a stage.

use crate::platform::{Names, Platform, names};

/// A shell variable, and the name of the target platform that it gets.
pub(super) type Column = (&'static str, fn(&Names) -> Option<&'static str>);

/// The folder with one file for each name of the target platform that later steps ask for.
pub(super) const FOLDER: &str = "/etc/cross";

/// The arguments that [`selection`] and a comparison with the build platform need.
pub(super) const ARGUMENTS: [&str; 3] = ["BUILDARCH", "TARGETARCH", "TARGETVARIANT"];

/// The targets that a toolchain does not know.
pub(super) fn unknown<'t>(targets: &'t [Platform], columns: &[Column]) -> Vec<&'t Platform> {
    let is_known = |target: &&Platform| row(target, columns).is_some();
    targets.iter().filter(|target| !is_known(target)).collect()
}

/// A `case` that sets the variables for the target at hand, one arm a platform; a platform that is none of them ends the step.
pub(super) fn selection(targets: &[Platform], columns: &[Column], toolchain: &str) -> String {
    let mut lines = vec!["set -eu; case \"$TARGETARCH$TARGETVARIANT\" in".to_owned()];
    for target in targets {
        let Some(values) = row(target, columns) else {
            continue;
        };
        let assignments: Vec<String> = columns
            .iter()
            .zip(values)
            .map(|((name, _), value)| format!("{name}={value}"))
            .collect();
        let arm = format!("{}) {} ;;", pattern(target), assignments.join("; "));
        if !lines.contains(&arm) {
            lines.push(arm);
        }
    }
    lines.push(format!(
        "*) echo \"no {toolchain} for linux/$TARGETARCH$TARGETVARIANT\" >&2; exit 1 ;;"
    ));
    lines.push("esac;".to_owned());
    lines.join("\n")
}

fn row(target: &Platform, columns: &[Column]) -> Option<Vec<&'static str>> {
    let names = names(target)?;
    columns.iter().map(|(_, column)| column(names)).collect()
}

/// The platform as TARGETARCH and TARGETVARIANT spell it; 64-bit variants are levels of one architecture.
fn pattern(target: &Platform) -> String {
    match target.architecture.as_str() {
        one @ ("amd64" | "arm64") => format!("{one}*"),
        one => format!("{one}{}", target.normalized().variant),
    }
}
