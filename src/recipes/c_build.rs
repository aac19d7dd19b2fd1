//! What builds of C and C++ have in common: words, targets, installations, and what their own files say.

use crate::{
    context::CBuildKind,
    plan::{Effect, Invocation, Origin, Output, SHARED_PREFIX, without_wildcards},
    recipes::{
        c_compiler::stands_on_debian,
        cross::{is_set, program, value},
    },
    shell::{Part, Word},
};

/// Adds the files of an installation below `prefix`, staged in the folder `staging`.
pub(super) fn install(
    invocation: &Invocation<'_>,
    staging: Option<&str>,
    prefix: &str,
    effect: &mut Effect,
) -> Result<(), String> {
    let staging = staging.filter(|path| !path.is_empty() && *path != "/");
    let path = invocation.resolve(staging.unwrap_or(prefix));
    let paths = if path == SHARED_PREFIX && stands_on_debian(invocation) {
        // Debian leaves this folder empty, so what others take from it was put there in the stage.
        let taken = invocation.stage.taken.iter();
        let inside = taken.filter(|taken| taken.starts_with(SHARED_PREFIX));
        inside.map(|taken| without_wildcards(taken).to_owned()).collect()
    } else {
        vec![own_folder(&path)?]
    };
    effect.prepared = Some(program(path));
    effect.outputs.extend(paths.into_iter().map(|path| Output {
        path,
        origin: Origin::Cross,
    }));
    Ok(())
}

/// The folder of `DESTDIR`, in which an installation is staged.
pub(super) fn staging(invocation: &Invocation<'_>) -> Result<Option<String>, String> {
    if !is_set(invocation, "DESTDIR") {
        return Ok(None);
    }
    value(invocation, "DESTDIR")
        .map(Some)
        .ok_or_else(|| "installs into a folder that is not known".to_owned())
}

/// Whether none of the targets of a build runs what is built.
pub(super) fn check_targets<'t>(mut targets: impl Iterator<Item = &'t str>) -> Result<(), String> {
    let runs = |target: &&str| {
        let words = [
            "test", "check", "bench", "run", "fuzz", "docs", "doc", "dist", "coverage",
        ];
        target
            .split(['-', '_', '/'])
            .any(|part| words.iter().any(|word| part.starts_with(word)))
    };
    match targets.find(runs) {
        Some(target) => Err(format!("builds the target {target}, which runs what was built")),
        None => Ok(()),
    }
}

/// Whether nothing in the project's own build files speaks against another target, as far as they can be seen.
pub(super) fn check_builds(
    invocation: &Invocation<'_>,
    kind: CBuildKind,
    folder: &str,
) -> Result<(), String> {
    let sources = invocation.copies.candidates(folder);
    let is_below = |file: &str| {
        let mut sources = sources.iter();
        sources.any(|source| source.is_empty() || file.starts_with(&format!("{source}/")))
    };
    let builds = invocation.context.c_builds.iter();
    for build in builds.filter(|build| build.kind == kind && is_below(&build.file)) {
        let found = [&build.fixed_tool, &build.machine_question, &build.runs_built];
        if let Some(line) = found.into_iter().flatten().next() {
            return Err(format!(
                "stays on the target platform: {} says `{line}`",
                build.file
            ));
        }
    }
    Ok(())
}

/// A folder that is no part of the system's.
fn own_folder(path: &str) -> Result<String, String> {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let is_nested = path.trim_start_matches('/').contains('/');
    let is_own = match first {
        "opt" | "srv" | "home" | "root" | "tmp" => is_nested,
        "" | "bin" | "boot" | "dev" | "etc" | "go" | "lib" | "lib64" | "proc" | "run" | "sbin" | "sys"
        | "usr" | "var" => false,
        _ => true,
    };
    if is_own {
        return Ok(path.to_owned());
    }
    Err(format!(
        "installs into {path}, among files of the platform it runs on"
    ))
}

/// The first word that is not known before it runs, apart from the number of jobs.
pub(super) fn check_words(invocation: &Invocation<'_>) -> Result<(), String> {
    let words = &invocation.command.words[invocation.first + 1..];
    for (index, word) in words.iter().enumerate() {
        let is_known = invocation.value(word).is_some();
        let before = index.checked_sub(1).and_then(|before| words[before].literal());
        let counts_jobs =
            matches!(before.as_deref(), Some("-j" | "--jobs" | "--parallel")) || starts_with_jobs(word);
        if !is_known && !counts_jobs {
            return Err("has options that are not known before it runs".to_owned());
        }
    }
    Ok(())
}

fn starts_with_jobs(word: &Word) -> bool {
    match word.parts.first() {
        Some(Part::Literal { text, .. }) => ["-j", "--jobs=", "--parallel="]
            .iter()
            .any(|start| text.starts_with(start)),
        _ => false,
    }
}
