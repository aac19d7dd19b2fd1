//! What commands read, as far as it could carry files of one platform on.

use crate::{
    grammar::{Instruction, mount},
    model::Model,
    plan::{
        Change, paths,
        trace::{SharedFolder, Trace},
    },
    shell::{self, RedirectionOperator, Word},
};

/// Commands that put out what is in the files they are given.
const READERS: [&str; 16] = [
    "cat", "base64", "head", "tail", "dd", "xxd", "od", "sort", "tac", "gzip", "xz", "bzip2", "zstd", "sed",
    "awk", "tr",
];

/// Commands that take archives and packed files apart.
const UNPACKERS: [&str; 9] = [
    "7z", "bsdtar", "bunzip2", "cpio", "gunzip", "tar", "unxz", "unzip", "zstd",
];

/// Whether a command puts out files that may be another platform's.
pub(super) fn reads_foreign_files(command: &shell::SimpleCommand, folder: &str, trace: &Trace) -> bool {
    let reads = command
        .name()
        .is_some_and(|name| READERS.contains(&name.as_str()));
    let operands = command.words.iter().skip(1).filter(|_| reads);
    let inputs = command
        .redirections
        .iter()
        .filter(|redirection| redirection.operator == RedirectionOperator::Read);
    operands
        .chain(inputs.map(|redirection| &redirection.target))
        .any(|word| match value(word, trace) {
            // An option, or a script for sed and awk, is no file; a file has a path, or was made here.
            Some(path) => {
                let path = path.strip_prefix("if=").unwrap_or(&path).to_owned();
                path.starts_with('/') && trace.outputs.origin_of(&paths::join(folder, &path)).is_err()
                    || trace.outputs.is_of_build_platform(&paths::join(folder, &path))
            }
            None => false,
        })
}

/// Whether a command opens an archive that was made in the stage for the platform it runs on.
pub(super) fn opens_foreign_archive(command: &shell::SimpleCommand, folder: &str, trace: &Trace) -> bool {
    unpacks(command, folder, trace, |path| trace.outputs.is_foreign_file(path))
}

/// Whether a command opens an archive that is the target's, or may be, also one that comes through a pipe.
pub(super) fn opens_target_archive(command: &shell::SimpleCommand, folder: &str, trace: &Trace) -> bool {
    trace.pipe_has_target_files && unpacks_files(command)
        || unpacks(command, folder, trace, |path| trace.outputs.is_cross(path))
}

fn unpacks_files(command: &shell::SimpleCommand) -> bool {
    let name = command.name();
    name.is_some_and(|name| UNPACKERS.contains(&name.as_str()))
}

fn unpacks(
    command: &shell::SimpleCommand,
    folder: &str,
    trace: &Trace,
    is_wanted: impl Fn(&str) -> bool,
) -> bool {
    let mut operands = command.words.iter().skip(1).filter(|_| unpacks_files(command));
    operands.any(|word| {
        let path = value(word, trace).map(|path| paths::join(folder, &path));
        path.is_some_and(|path| is_wanted(&path))
    })
}

/// The cache mounts of a RUN that builds for several platforms use at the same time.
pub(super) fn shared_folders(run: &Instruction, model: &Model<'_>, trace: &Trace) -> Vec<SharedFolder> {
    let folder = trace.folder.as_deref().unwrap_or("/");
    let mut shared = Vec::new();
    for flag in run.flags.iter().filter(|flag| flag.name() == "mount") {
        let Some(mount) = flag.value().and_then(|value| mount::parse(value).ok()) else {
            continue;
        };
        let is_alone = matches!(mount.get(&["sharing"]), Some("locked" | "private"));
        let id = mount.get(&["id"]).or(mount.target()).unwrap_or_default();
        let is_keyed = id.contains("TARGETARCH") || id.contains("TARGETPLATFORM");
        let Some(target) = mount
            .target()
            .filter(|_| mount.kind() == "cache" && !is_alone && !is_keyed)
        else {
            continue;
        };
        let is_plain = model.file.slice(flag.span) == flag.text && !id.contains('$');
        shared.push(SharedFolder {
            path: paths::join(folder, target),
            key: is_plain.then(|| Change::KeyCache {
                flag: flag.span,
                id: format!("{id}-$TARGETARCH$TARGETVARIANT"),
            }),
        });
    }
    shared
}

/// Where a RUN mounts something.
pub(super) fn mount_targets(run: &Instruction) -> Vec<String> {
    run.mounts()
        .filter_map(|mount| mount.target().map(str::to_owned))
        .collect()
}

pub(super) fn value(word: &Word, trace: &Trace) -> Option<String> {
    word.expand(&|name| trace.variables.get(name).map(str::to_owned))
}
