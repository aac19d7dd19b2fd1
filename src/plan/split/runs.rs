//! The RUNs of an exported stage: which of them may go to another stage.

use std::collections::BTreeMap;

use crate::{
    grammar::{Instruction, Keyword},
    model::Step,
    plan::{
        Origin, Output, paths,
        trace::{CommandTrace, Trace},
    },
};

use super::{
    Splitting,
    compilers::{Compiler, PROGRAM_FOLDERS, compiler_of, fetches, is_cache, lies_in_cache},
};

/// A RUN of the exported stage.
pub(super) struct Run<'t, 'm> {
    pub(super) instruction: &'m Instruction,
    pub(super) commands: Vec<&'t CommandTrace>,
}

/// What can be done with a RUN.
pub(super) enum Kind {
    /// It stays where it is.
    Kept,
    /// It fills caches only.
    Fills,
    /// It makes these, and needs these folders to be there or gone afterwards.
    Makes(Vec<Made>, Vec<String>),
    /// It makes something, and cannot be taken away.
    Mixed(String),
}

/// Something that a RUN makes.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) path: String,
    /// The command, for reasons.
    pub(super) command: String,
    pub(super) compiler: Option<&'static Compiler>,
    /// Whether other files lie there as well.
    pub(super) is_broad: bool,
    /// Whether the command may make nothing at all.
    pub(super) is_unsure: bool,
}

pub(super) fn runs<'t, 'm>(steps: &[Step<'m>], trace: &'t Trace) -> Vec<Run<'t, 'm>> {
    let mut commands: BTreeMap<usize, Vec<&CommandTrace>> = BTreeMap::new();
    for command in &trace.commands {
        commands.entry(command.step).or_default().push(command);
    }
    steps
        .iter()
        .filter(|step| step.instruction.keyword == Some(Keyword::Run))
        .map(|step| Run {
            instruction: step.instruction,
            commands: commands.remove(&step.instruction.span.start).unwrap_or_default(),
        })
        .collect()
}

pub(super) fn recipes<'t>(run: &Run<'t, '_>) -> Vec<&'t str> {
    run.commands
        .iter()
        .filter_map(|command| compiler_of(command))
        .map(|compiler| compiler.recipe)
        .collect()
}

impl Splitting<'_, '_, '_> {
    /// What becomes of a RUN, by its commands.
    pub(super) fn kind(&self, run: &Run<'_, '_>) -> Kind {
        let compiles = |command: &&&CommandTrace| compiler_of(command).is_some();
        if !run.commands.iter().any(|command| compiles(&command)) {
            return Kind::Kept;
        }
        let mut made: Vec<Made> = Vec::new();
        let mut folders: Vec<String> = Vec::new();
        let mut only_serves = None;
        let mut mixed = None;
        for command in &run.commands {
            if let Some(compiler) = compiler_of(command) {
                match self.compiled(command, compiler) {
                    Some(files) => made.extend(files),
                    None => only_serves = Some(command.name.clone()),
                }
            } else if let Err(reason) = housekeeping(command, &mut made, &mut folders) {
                mixed.get_or_insert(reason);
            }
        }
        let ships = made.iter().any(|made| made.compiler.is_some());
        match (ships, only_serves, mixed) {
            (false, None, None) if folders.is_empty() && made.is_empty() => Kind::Fills,
            (false, ..) => Kind::Kept,
            (true, Some(command), _) => Kind::Mixed(format!(
                "`{command}` makes files for the platform it runs on in the same RUN"
            )),
            (true, None, Some(reason)) => Kind::Mixed(reason),
            (true, None, None) => Kind::Makes(made, folders),
        }
    }

    /// What a compiling command makes, without caches; none when that is for the platform it runs on.
    pub(super) fn compiled(&self, command: &CommandTrace, compiler: &'static Compiler) -> Option<Vec<Made>> {
        // A tool that `go get` installs is missed where a later command names it.
        if fetches(command) {
            return Some(Vec::new());
        }
        // Without -o the command may also be there to check a library, and make nothing.
        let may_make_nothing = command.name == "go"
            && command
                .words
                .first()
                .is_some_and(|word| word.as_deref() == Some("build"))
            && !command.words.iter().flatten().any(|word| word.starts_with("-o"));
        let outputs = command.outputs.iter().filter(|output| !is_cache(output, command));
        let (own, made): (Vec<&Output>, Vec<&Output>) =
            outputs.partition(|output| matches!(output.origin, Origin::Platform(_)));
        if made.is_empty() && !own.is_empty() {
            let is_repeated = |word: &str| command.name == "dotnet" && matches!(word, "build" | "restore");
            let is_step = command
                .words
                .first()
                .and_then(|word| word.as_deref())
                .is_some_and(is_repeated);
            return is_step.then(Vec::new);
        }
        let made = made.into_iter().filter(|output| {
            // What cargo writes to the project's folder are lock files.
            !(command.name == "cargo" && output.origin == Origin::Data)
        });
        Some(
            made.map(|output| Made {
                is_unsure: may_make_nothing,
                is_broad: own.iter().any(|own| paths::is_within(&own.path, &output.path))
                    || paths::is_within(&command.folder, &output.path)
                    || paths::is_system_folder(&output.path)
                    || PROGRAM_FOLDERS.contains(&output.path.as_str())
                    || self.receives_context(&output.path),
                path: output.path.clone(),
                command: command.name.clone(),
                compiler: Some(compiler),
            })
            .collect(),
        )
    }

    /// Whether a COPY puts files there.
    pub(super) fn receives_context(&self, path: &str) -> bool {
        let steps = &self.analysis.model.views[0].stages[self.stage].steps;
        let mut folder = "/".to_owned();
        for step in steps {
            match step.instruction.keyword {
                Some(Keyword::Workdir) => {
                    folder = paths::join(&folder, &step.values.concat());
                }
                Some(Keyword::Copy | Keyword::Add) => {
                    let target = step.values.last().map(|target| paths::join(&folder, target));
                    if target.is_some_and(|target| paths::is_within(&target, path)) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }
}

/// Takes in a command beside the compiling ones of a RUN that is taken away.
///
/// # Errors
/// Why the RUN has to stay.
fn housekeeping(
    command: &CommandTrace,
    made: &mut Vec<Made>,
    folders: &mut Vec<String>,
) -> Result<(), String> {
    let name = command.name.as_str();
    let words: Vec<&str> = command.words.iter().flatten().map(String::as_str).collect();
    if words.len() < command.words.len() && !command.is_captured {
        return Err(format!("`{name}` in the same RUN has words that are not known"));
    }
    let operands = || words.iter().copied().filter(|word| !word.starts_with('-'));
    let paths_of = || operands().map(|word| paths::join(&command.folder, word));
    let exact = |path: String| Made {
        path,
        command: name.to_owned(),
        compiler: None,
        is_broad: false,
        is_unsure: false,
    };
    match name {
        _ if command.is_captured && command.outputs.is_empty() => {}
        "" => made.extend(command.outputs.iter().map(|output| exact(output.path.clone()))),
        ":" | "[" | "cat" | "date" | "echo" | "env" | "export" | "id" | "ls" | "printenv" | "printf"
        | "pwd" | "set" | "sleep" | "test" | "true" | "unset" | "which" => {
            made.extend(command.outputs.iter().map(|output| exact(output.path.clone())));
        }
        "cp" | "mv" => {
            if operands().any(|word| word.contains(['*', '?', '['])) {
                return Err(format!(
                    "`{name}` in the same RUN copies files whose names are not known"
                ));
            }
            made.extend(
                copied(command, &operands().collect::<Vec<_>>())?
                    .into_iter()
                    .map(exact),
            );
        }
        "mkdir" => folders.extend(paths_of()),
        "chmod" => {
            let has_all = paths_of().skip(1).all(|path| {
                made.iter()
                    .any(|made| !made.is_broad && paths::is_within(&path, &made.path))
            });
            if !has_all {
                return Err("`chmod` in the same RUN changes other files".to_owned());
            }
        }
        "rm" => {
            for path in paths_of() {
                let inside = |one: &str| paths::is_within(one, &path) || paths::is_within(&path, one);
                let is_own = made.iter().any(|made| !made.is_broad && inside(&made.path))
                    || folders.iter().any(|folder| inside(folder))
                    || made.iter().any(|made| {
                        made.is_broad && paths::is_within(&path, &made.path) && path.contains("/target/")
                    });
                if !is_own && !lies_in_cache(&path) {
                    return Err(format!("`rm` in the same RUN removes {path}"));
                }
                made.retain(|made| made.is_broad || !paths::is_within(&made.path, &path));
                folders.retain(|folder| !paths::is_within(folder, &path));
            }
        }
        _ => return Err(format!("`{name}` in the same RUN does more than compile")),
    }
    Ok(())
}

/// The files that a command of a kept RUN is there for; what it makes itself is none of them.
pub(super) fn handled(command: &CommandTrace) -> Vec<String> {
    let words = command.words.iter().flatten();
    let operands: Vec<&String> = words.filter(|word| !word.starts_with('-')).collect();
    let files = match command.name.as_str() {
        "cp" | "mv" | "ln" | "install" => &operands[..operands.len().saturating_sub(1)],
        "chmod" | "chown" | "chgrp" | "setcap" => operands.get(1..).unwrap_or_default(),
        _ => &[],
    };
    let path = |word: &&String| paths::without_wildcards(&paths::join(&command.folder, word)).to_owned();
    files.iter().map(path).collect()
}

/// Where a command of a kept RUN puts a file.
pub(super) enum Put {
    File(String),
    /// Files whose names are not known, right in the folder.
    Into(String),
}

impl Put {
    pub(super) fn is(&self, path: &str) -> bool {
        match self {
            Self::File(file) => file == path,
            Self::Into(folder) => path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == folder.trim_end_matches('/')),
        }
    }
}

pub(super) fn put(command: &CommandTrace) -> Vec<Put> {
    if !matches!(command.name.as_str(), "cp" | "mv" | "ln" | "install") {
        return Vec::new();
    }
    let words = command.words.iter().flatten().map(String::as_str);
    let operands: Vec<&str> = words.filter(|word| !word.starts_with('-')).collect();
    match copied(command, &operands) {
        Ok(files) if !files.iter().any(|file| file.contains(['*', '?', '['])) => {
            files.into_iter().map(Put::File).collect()
        }
        _ => {
            let folders = command.outputs.iter().map(|output| output.path.clone());
            folders.map(Put::Into).collect()
        }
    }
}

/// Where `cp` and `mv` put their files.
fn copied(command: &CommandTrace, operands: &[&str]) -> Result<Vec<String>, String> {
    let Some((destination, sources)) = operands.split_last().filter(|_| operands.len() > 1) else {
        return Err(format!("`{}` in the same RUN is not understood", command.name));
    };
    let target = paths::join(&command.folder, destination);
    let into = sources.len() > 1
        || destination.ends_with('/')
        || matches!(*destination, "." | "..")
        || paths::is_system_folder(&target)
        || paths::is_within(&command.folder, &target);
    if !into {
        return Ok(vec![target]);
    }
    let name = |source: &&str| {
        let name = source
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        (!matches!(name, "" | "." | "..")).then(|| paths::join(&target, name))
    };
    let all: Option<Vec<String>> = sources.iter().map(name).collect();
    all.ok_or_else(|| format!("`{}` in the same RUN copies a folder's content", command.name))
}
