//! What earlier steps of a stage left for later ones to build on: folders set up for the target, and copies of the context.

use std::collections::{BTreeMap, HashMap};

use crate::plan::paths;

/// A place of which later commands have to know how it was set up for the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The folder, or the program's file; absolute.
    pub path: String,
    /// The command that set it up.
    pub by: &'static str,
    /// Where an installation from it goes; empty when it does not say.
    pub prefix: String,
    /// Whether all that lies in the folder was set up with it: sources lie somewhere else.
    pub is_apart: bool,
}

/// Where programs and libraries go that no package brings.
pub const SHARED_PREFIX: &str = "/usr/local";

/// The places that were set up, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreparedPlaces(BTreeMap<String, Prepared>);

impl PreparedPlaces {
    pub(super) fn add(&mut self, place: Prepared) {
        self.0.insert(place.path.clone(), place);
    }

    /// Whether programs for the target were put where commands are found by name.
    pub(super) fn has_programs_on_path(&self) -> bool {
        self.0.contains_key(SHARED_PREFIX)
    }

    /// Other files come to `path`, so that nothing is known any longer of what was configured there.
    pub(super) fn forget(&mut self, path: &str) {
        let programs = self.0.remove(SHARED_PREFIX);
        self.0.remove(path);
        let inside = format!("{}/", path.trim_end_matches('/'));
        let within = self.0.range(inside.clone()..);
        let within = within.take_while(|(place, _)| place.starts_with(&inside));
        let gone: Vec<String> = within.map(|(place, _)| place.clone()).collect();
        for place in gone {
            self.0.remove(&place);
        }
        self.0
            .extend(programs.map(|place| (SHARED_PREFIX.to_owned(), place)));
    }

    /// What set the folder up in which a build is to run.
    pub fn set_up(&self, folder: &str) -> Option<&Prepared> {
        self.around(folder)
            .filter(|place| place.path == folder || place.is_apart)
    }

    /// What was set up at `path`, or else in the innermost folder around it.
    pub fn around(&self, path: &str) -> Option<&Prepared> {
        upwards(path).find_map(|folder| self.0.get(folder))
    }
}

/// What a stage copied from the build context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// The path in the context of each file, by its path here, were it a file.
    files: HashMap<String, String>,
    /// The paths in the context whose contents are in a folder, were they folders.
    folders: HashMap<String, Vec<String>>,
}

/// Of the copies into one folder, as many of the last ones are remembered.
const REMEMBERED: usize = 16;

impl Copies {
    /// `source` of the context, without a slash in front, is copied to `target`.
    pub(super) fn add(&mut self, source: &str, target: &str) {
        let name = source.rsplit('/').next().unwrap_or_default();
        if !name.is_empty() {
            self.files.insert(paths::join(target, name), source.to_owned());
        }
        let folders = self.folders.entry(target.to_owned()).or_default();
        if folders.len() == REMEMBERED {
            folders.remove(0);
        }
        folders.push(source.to_owned());
    }

    /// The paths of the context that may lie at `path`, likelier ones first.
    pub fn candidates(&self, path: &str) -> Vec<String> {
        let file = self.files.get(path).cloned();
        let folders = upwards(path).flat_map(|folder| {
            let rest = path[folder.len()..].trim_start_matches('/');
            let sources = self.folders.get(folder).into_iter().flatten().rev();
            sources.map(move |source| paths::join(&format!("/{source}"), rest)[1..].to_owned())
        });
        file.into_iter().chain(folders).collect()
    }
}

/// The path, and every folder around it.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| parent(path))
}

fn parent(path: &str) -> Option<&str> {
    let slash = path.rfind('/')?;
    (path.len() > 1).then(|| &path[..slash.max(1)])
}
