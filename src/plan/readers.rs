//! What commands read, as far as it could carry files of one platform on.

use crate::{
    grammar::Instruction,
    plan::{Origin, paths, trace::Trace},
    shell::{self, RedirectionOperator, Word},
};

/// Commands that put out what is in the files they are given.
const READERS: [&str; 16] = [
    "cat", "base64", "head", "tail", "dd", "xxd", "od", "sort", "tac", "gzip", "xz", "bzip2", "zstd", "sed",
    "awk", "tr",
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
                path.starts_with('/') && trace.origin_of(&paths::join(folder, &path)).is_err()
                    || trace.outputs.iter().any(|output| {
                        matches!(output.origin, Origin::Platform(_))
                            && paths::is_within(&paths::join(folder, &path), &output.path)
                    })
            }
            None => false,
        })
}

pub(super) fn cache_targets(run: &Instruction, trace: &Trace) -> Vec<String> {
    let mounts = run.mounts();
    let caches = mounts.filter(|mount| mount.kind() == "cache");
    let folder = trace.folder.as_deref().unwrap_or("/");
    caches
        .filter_map(|mount| Some(paths::join(folder, mount.target()?)))
        .collect()
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
