//! The files that a stage's commands made, by folder, so that a question about a path costs the same for any number.

use std::collections::{HashMap, HashSet};

use crate::plan::{Origin, Output, paths};

/// Folders in which programs are found by name.
const PATH_FOLDERS: [&str; 7] = [
    "/bin",
    "/go/bin",
    "/sbin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/go/bin",
    "/usr/sbin",
];

/// What is known of the files below `/`.
#[derive(Clone, Debug)]
pub(super) struct Outputs {
    /// The root first.
    folders: Vec<Folder>,
    /// The names of the files that are compiled for the target.
    programs: HashSet<String>,
    has_cross_on_path: bool,
    /// How many outputs there are.
    count: usize,
}

/// A file or a folder.
#[derive(Clone, Debug, Default)]
struct Folder {
    children: HashMap<String, usize>,
    /// What was made under this very path.
    own: Made,
    /// What was made in it.
    inside: Made,
}

#[derive(Clone, Debug, Default)]
struct Made {
    is_any: bool,
    is_cross: bool,
    /// Who first made files for the platform that the step runs on.
    maker: Option<String>,
    /// The number of the first output that is the same on every platform.
    first_data: Option<usize>,
    /// The number of the last output for the platform that the step runs on.
    last_foreign: Option<usize>,
}

impl Made {
    fn add(&mut self, origin: &Origin, number: usize) {
        self.is_any = true;
        match origin {
            Origin::Cross => self.is_cross = true,
            Origin::Platform(maker) => {
                self.maker.get_or_insert_with(|| maker.clone());
                self.last_foreign = Some(number);
            }
            Origin::Data | Origin::CopyOf(_) => {
                self.first_data.get_or_insert(number);
            }
        }
    }
}

impl Outputs {
    pub(super) fn new() -> Self {
        Self {
            folders: vec![Folder::default()],
            programs: HashSet::new(),
            has_cross_on_path: false,
            count: 0,
        }
    }

    pub(super) fn push(&mut self, output: &Output) {
        self.count += 1;
        let mut at = 0;
        for name in names(&output.path) {
            self.folders[at].inside.add(&output.origin, self.count);
            at = if let Some(child) = self.folders[at].children.get(name) {
                *child
            } else {
                let child = self.folders.len();
                self.folders[at].children.insert(name.to_owned(), child);
                self.folders.push(Folder::default());
                child
            };
        }
        self.folders[at].own.add(&output.origin, self.count);
        if output.origin == Origin::Cross {
            let (folder, name) = output.path.rsplit_once('/').unwrap_or(("", &output.path));
            self.has_cross_on_path |=
                PATH_FOLDERS.contains(&folder) || PATH_FOLDERS.contains(&output.path.as_str());
            self.programs.insert(name.to_owned());
        }
    }

    pub(super) fn has_cross(&self) -> bool {
        !self.programs.is_empty()
    }

    /// Whether a command that is found by name may be compiled for the target.
    pub(super) fn has_cross_on_path(&self) -> bool {
        self.has_cross_on_path
    }

    /// Whether a file of that name is compiled for the target, wherever it is.
    pub(super) fn has_program(&self, name: &str) -> bool {
        self.programs.contains(name)
    }

    /// Whether the path, or a folder around it, is compiled for the target.
    pub(super) fn is_cross(&self, path: &str) -> bool {
        self.along(path).any(|(_, folder)| folder.own.is_cross)
    }

    /// Whether the path, or a folder around it, was made for the platform that the step runs on.
    pub(super) fn is_of_build_platform(&self, path: &str) -> bool {
        self.along(path).any(|(_, folder)| folder.own.maker.is_some())
    }

    /// Whether the file at `path` is known to be made for the platform that the step runs on, outside of system folders.
    pub(super) fn is_foreign_file(&self, path: &str) -> bool {
        let folders = self
            .along(path)
            .filter(|(end, _)| !paths::is_system_folder(&path[..(*end).max(1)]));
        let innermost = folders.filter(|(_, folder)| folder.own.is_any).last();
        innermost.is_some_and(|(_, folder)| folder.own.maker.is_some())
    }

    /// Whether the files at `path` are right for the target although the stage ran natively.
    ///
    /// # Errors
    /// Why they are not, or why that is not known.
    pub(super) fn origin_of(&self, path: &str) -> Result<Origin, String> {
        let path = paths::without_wildcards(path);
        if paths::is_portable(path) {
            return Ok(Origin::Data);
        }
        let nothing = Made::default();
        // Of the folders around the path, what is known of the innermost counts; of what lies in it, everything.
        let innermost = self.along(path).filter(|(_, folder)| folder.own.is_any).last();
        let around = innermost.map_or(&nothing, |(_, folder)| &folder.own);
        let inside = self.find(path).map_or(&nothing, |folder| &folder.inside);
        let covering = self.covering(path, around, inside);
        let makers = [around.maker.as_ref(), inside.maker.as_ref(), covering];
        if let Some(maker) = makers.into_iter().flatten().next() {
            return Err(format!(
                "{path} holds what {maker} makes for the platform it runs on"
            ));
        }
        // A folder of the system holds more than what was put there.
        let is_made_here = innermost.is_some_and(|(end, folder)| {
            let of = &path[..end.max(1)];
            let is_proven = of.ends_with("/node_modules") && folder.own.first_data.is_some();
            !paths::is_system_folder(of) || is_proven || of == path && folder.own.is_cross && path != "/"
        });
        let is_plain_folder = inside.is_any && !paths::is_system_folder(path);
        if !is_made_here && !is_plain_folder {
            return Err(format!(
                "{path} comes from the base image, or from a command that could not be followed"
            ));
        }
        Ok(if around.is_cross || inside.is_cross {
            Origin::Cross
        } else {
            Origin::Data
        })
    }

    /// Who made files for the platform that the step runs on in a folder around the path, after those at the path were
    /// there: they may lie among them.
    fn covering(&self, path: &str, around: &Made, inside: &Made) -> Option<&String> {
        let first = around.first_data.into_iter().chain(inside.first_data).min()?;
        let (_, folder) = self
            .along(path)
            .filter(|(end, _)| *end < path.len() && !paths::is_system_folder(&path[..(*end).max(1)]))
            .find(|(_, folder)| folder.own.last_foreign.is_some_and(|number| first < number))?;
        folder.own.maker.as_ref()
    }

    /// The folders from the root to the path as far as they are known, each with the end of its path.
    fn along(&self, path: &str) -> impl Iterator<Item = (usize, &Folder)> {
        let mut at = Some(&self.folders[0]);
        let mut end = 0;
        path.split_inclusive('/').map_while(move |piece| {
            let name = piece.trim_end_matches('/');
            if !name.is_empty() {
                at = at.and_then(|folder| Some(&self.folders[*folder.children.get(name)?]));
            }
            let name_end = end + name.len();
            end += piece.len();
            Some((name_end, at?))
        })
    }

    fn find(&self, path: &str) -> Option<&Folder> {
        names(path).try_fold(&self.folders[0], |at, name| {
            Some(&self.folders[*at.children.get(name)?])
        })
    }
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}
