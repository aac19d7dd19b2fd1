//! What is copied back from the stage that is split off, and whether that is all that later steps need.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{
    paths,
    readers::mount_targets,
    trace::{Answer, CommandTrace, Obstacle},
};

use super::{
    Splitting,
    compilers::{MACHINES, PROGRAM_FOLDERS, compiler_of, holds_cache, made_by},
    entry::Started,
    runs::{Kind, Put, handled, put},
};

impl Splitting<'_, '_, '_> {
    /// The paths that a kept RUN names, when it needs no more than files.
    pub(super) fn named_by(&self, run: usize, used: &BTreeSet<&str>) -> Result<Vec<String>, Obstacle> {
        let mut named = Vec::new();
        for command in &self.runs[run].commands {
            let name = &command.name;
            let is_cleaning = matches!(
                command.words.first(),
                Some(Some(word)) if word == "clean" || word == "cache"
            );
            match (compiler_of(command), command.answer) {
                (Some(_), _) if is_cleaning => continue,
                (_, Answer::Native("files" | "tools") | Answer::Made) => {}
                (Some(compiler), _) if !used.contains(compiler.recipe) => {}
                _ => {
                    let what = if name.is_empty() {
                        "a command that is not known".to_owned()
                    } else {
                        format!("`{name}`")
                    };
                    let reason = format!("{what} runs later, and may use what would be left behind");
                    return Err(self.obstacle(run, reason));
                }
            }
            named.extend(handled(command));
            if name.contains('/') {
                named.push(paths::join(&command.folder, name));
            }
            let is_careless = name == "rm"
                && command
                    .words
                    .iter()
                    .flatten()
                    .any(|word| word.starts_with('-') && word.contains('f'));
            for word in &command.words {
                let Some(word) = word else {
                    let reason = format!("`{name}` runs later with words that are not known");
                    return Err(self.obstacle(run, reason));
                };
                if word.starts_with('-') {
                    continue;
                }
                let path = paths::join(&command.folder, word);
                if holds_cache(&path) && !is_careless {
                    let reason = format!("`{name}` needs {path}, which would be left behind");
                    return Err(self.obstacle(run, reason));
                }
            }
        }
        Ok(named)
    }

    /// The paths to copy, each with the last RUN that makes it.
    pub(super) fn copies(
        &self,
        kinds: &[Kind],
        moved: &BTreeSet<usize>,
        named: &[String],
    ) -> Result<BTreeMap<String, usize>, Obstacle> {
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for &run in moved {
            let Kind::Makes(made, _) = &kinds[run] else {
                continue;
            };
            let has_own = |command: &str| {
                made.iter()
                    .any(|made| made.command == command && !made.is_broad && !made.is_unsure)
            };
            for one in made {
                if !one.is_broad && !one.is_unsure {
                    copies.insert(one.path.clone(), run);
                    continue;
                }
                let Some(compiler) = one.compiler else {
                    let reason = format!("`{}` writes to {}, where other files lie", one.command, one.path);
                    return Err(self.obstacle(run, reason));
                };
                let found: BTreeSet<String> = named
                    .iter()
                    .filter(|path| paths::is_within(path, &one.path))
                    .filter_map(|path| {
                        if one.is_broad {
                            made_by(compiler, &one.path, path)
                        } else {
                            (*path == one.path).then(|| path.clone())
                        }
                    })
                    .collect();
                if found.is_empty() && !compiler.may_be_unused && !has_own(&one.command) {
                    let reason = format!("nothing later names what `{}` makes in {}", one.command, one.path);
                    return Err(self.obstacle(run, reason));
                }
                copies.extend(found.into_iter().map(|path| (path, run)));
            }
        }
        let all = copies.clone();
        copies.retain(|path, run| {
            let around = all
                .iter()
                .find(|(other, later)| *other != path && paths::is_within(path, other) && *later >= run);
            around.is_none()
        });
        self.check_copies(kinds, moved, named, &copies)?;
        Ok(copies)
    }

    /// A COPY must bring what the RUN would have left, and that must be all.
    fn check_copies(
        &self,
        kinds: &[Kind],
        moved: &BTreeSet<usize>,
        named: &[String],
        copies: &BTreeMap<String, usize>,
    ) -> Result<(), Obstacle> {
        for &run in moved {
            let Kind::Makes(_, folders) = &kinds[run] else {
                continue;
            };
            let is_there = |folder: &String| {
                copies.keys().any(|path| paths::is_within(path, folder))
                    || self
                        .whole
                        .folder
                        .as_deref()
                        .is_some_and(|one| paths::is_within(one, folder))
            };
            if let Some(folder) = folders.iter().find(|folder| !is_there(folder)) {
                let reason = format!("it makes {folder} in the same RUN");
                return Err(self.obstacle(run, reason));
            }
            let mounts = mount_targets(self.runs[run].instruction);
            let hidden = copies
                .iter()
                .filter(|(_, maker)| **maker == run)
                .find(|(path, _)| mounts.iter().any(|mount| paths::is_within(path, mount)));
            if let Some((path, _)) = hidden {
                return Err(self.obstacle(run, format!("{path} lies in a mount")));
            }
        }
        for (path, run) in copies {
            let is_plain = |one: char| one.is_ascii_alphanumeric() || "/._-+@".contains(one);
            if !path.chars().all(is_plain) || paths::is_system_folder(path) {
                return Err(self.obstacle(*run, format!("{path} cannot be copied from another stage")));
            }
            let of_platform = named
                .iter()
                .filter(|one| paths::is_within(one, path))
                .find(|one| MACHINES.iter().any(|machine| one.contains(machine)));
            if let Some(named) = of_platform {
                return Err(self.obstacle(*run, format!("{named} is named after one platform")));
            }
        }
        Ok(())
    }

    /// A container must start with what is copied.
    pub(super) fn check_start(
        &self,
        start: &[Started],
        copies: &BTreeMap<String, usize>,
        last: usize,
    ) -> Result<(), Obstacle> {
        for started in start {
            let (is_there, what) = match started {
                Started::Path(path) => (copies.keys().any(|copy| paths::is_within(path, copy)), path),
                Started::Name(name) => {
                    let is_it = |copy: &String| {
                        PROGRAM_FOLDERS
                            .iter()
                            .any(|folder| *copy == paths::join(folder, name))
                    };
                    (copies.keys().any(is_it), name)
                }
            };
            // What a kept RUN makes of a copied file is its own affair.
            let is_copied = |command: &CommandTrace, word: &String| {
                let path = paths::join(&command.folder, paths::without_wildcards(word));
                copies
                    .keys()
                    .any(|copy| paths::is_within(&path, copy) || paths::is_within(copy, &path))
            };
            let is_moved_there = self.runs.iter().flat_map(|run| &run.commands).any(|command| {
                let Started::Path(path) = started else {
                    return false;
                };
                put(command)
                    .iter()
                    .any(|put| matches!(put, Put::File(file) if file == path))
                    && command
                        .words
                        .iter()
                        .flatten()
                        .any(|word| is_copied(command, word))
            });
            if !is_there && !is_moved_there {
                let reason = format!("a container runs {what}, which may need what would be left behind");
                return Err(self.obstacle(last, reason));
            }
        }
        if copies.is_empty() {
            return Err(self.obstacle(last, "nothing that it makes is known by its path"));
        }
        Ok(())
    }

    /// A kept RUN must not need a file that only comes behind it.
    pub(super) fn check_order(
        &self,
        later: &[usize],
        copies: &BTreeMap<String, usize>,
    ) -> Result<(), Obstacle> {
        for &run in later {
            for command in &self.runs[run].commands {
                for word in command.words.iter().flatten() {
                    let path = paths::join(&command.folder, word);
                    let needs = copies
                        .iter()
                        .find(|(copy, maker)| paths::is_within(&path, copy) && **maker > run);
                    if let Some((copy, _)) = needs {
                        let reason = format!("`{}` needs {copy}, which is made again later", command.name);
                        return Err(self.obstacle(run, reason));
                    }
                }
            }
        }
        Ok(())
    }
}
