//! What recipes share that set a toolchain for the target up inside a stage.

use crate::{
    plan::{Change, Invocation, Prepared, Seen},
    platform::{Names, Platform, names},
    shell::AssignmentValue,
};

/// A shell variable, and the name of the target platform that it gets.
pub(super) type Column = (&'static str, fn(&Names) -> Option<&'static str>);

/// The folder with one file for each name of the target platform that later steps ask for.
pub(super) const FOLDER: &str = "/etc/cross";

/// Who prepared a file that a compiler for the target made, or a folder of such files.
pub(super) const PROGRAM: &str = "compiler";

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

/// The shell text that installs Debian's cross compiler where the target is another platform, with libraries for it, and
/// then writes `settings`; it goes behind a [`selection`] of `gnu` and `debian`.
pub(super) fn compiler(compiler: &str, libraries: &[&str], settings: &[String]) -> String {
    let add = if libraries.is_empty() {
        ""
    } else {
        "dpkg --add-architecture \"$debian\"; "
    };
    let packages = libraries.iter().fold(String::new(), |all, library| {
        format!("{all} \"{library}:$debian\"")
    });
    let mut lines = vec![
        format!("echo \"$gnu\" > {FOLDER}/gnu; package=$(echo \"$gnu\" | tr _ -);"),
        "if [ \"$TARGETARCH\" != \"$BUILDARCH\" ]; then".to_owned(),
        format!("{add}apt-get update;"),
        format!(
            "apt-get install -y --no-install-recommends \"{compiler}-$package\" \"libc6-dev-$debian-cross\"{packages};"
        ),
    ];
    lines.extend_from_slice(settings);
    lines.push("fi".to_owned());
    lines.join("\n")
}

/// Whether the command sees the variable, set by itself or before.
pub(super) fn is_set(invocation: &Invocation<'_>, name: &str) -> bool {
    invocation.command.assignments.iter().any(|one| one.name == name)
        || invocation.variables.seen(name) != Seen::Unset
}

/// The value of a variable in the command's environment, the same for every target.
pub(super) fn value(invocation: &Invocation<'_>, name: &str) -> Option<String> {
    let own = invocation
        .command
        .assignments
        .iter()
        .rev()
        .find(|one| one.name == name);
    match own.map(|one| &one.value) {
        Some(AssignmentValue::Word(word)) => {
            word.expand(&|name| invocation.variables.get(name).map(str::to_owned))
        }
        Some(_) => None,
        None => invocation.variables.get(name).map(str::to_owned),
    }
}

/// Other words in the place of the one at `index` behind those in front of the command.
pub(super) fn replaced(
    invocation: &Invocation<'_>,
    index: usize,
    words: Vec<String>,
) -> Result<Change, String> {
    let word = &invocation.command.words[invocation.first + index];
    Ok(Change::ReplaceWords {
        span: invocation.placed(word.span)?,
        words,
    })
}

/// What a compiler for the target made: a program, or a folder of such files.
pub(super) fn program(path: String) -> Prepared {
    Prepared {
        path,
        by: PROGRAM,
        prefix: String::new(),
        is_apart: false,
    }
}

/// Where the command ends, with its redirections.
pub(super) fn end(invocation: &Invocation<'_>) -> Result<usize, String> {
    let last = invocation.command.words.last().map(|word| word.span);
    let redirections = invocation.command.redirections.iter().map(|one| one.target.span);
    let last = redirections.chain(last).max_by_key(|span| span.end);
    let last = last.ok_or("has no words")?;
    Ok(invocation.placed(last)?.end)
}
