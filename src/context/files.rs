//! The files of the folder that reach the builder. Nothing outside of the folder is read, and no link is followed.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use super::ignore::{Ignore, Matches};

/// Folders that never hold the sources of a build.
const SKIPPED: [&str; 3] = [".git", "node_modules", ".hg"];

/// No manifest is larger.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What a walk finds, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The wanted files, relative to the context, with slashes.
    pub(super) files: Vec<String>,
    /// Links, and folders that cannot be read: what they stand for is not known.
    pub(super) unknown: Vec<String>,
}

/// Finds the files whose names are wanted; reads none of them.
pub(super) fn find(root: &Path, ignore: &Ignore, is_wanted: impl Fn(&str) -> bool) -> Found {
    let mut found = Found::default();
    let mut open = vec![(String::new(), Matches::default())];
    while let Some((folder, around)) = open.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else {
            found.unknown.push(folder);
            continue;
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                found.unknown.push(join(&folder, &name.to_string_lossy()));
                continue;
            };
            let is_needed = kind.is_symlink()
                || kind.is_dir() && !SKIPPED.contains(&name)
                || kind.is_file() && is_wanted(name);
            if !is_needed {
                continue;
            }
            let path = join(&folder, name);
            let (is_excluded, matches) = ignore.excludes(&path, &around);
            if kind.is_dir() {
                if !is_excluded || ignore.may_bring_back_below(&path) {
                    open.push((path, matches));
                }
            } else if is_excluded {
            } else if kind.is_symlink() {
                found.unknown.push(path);
            } else {
                found.files.push(path);
            }
        }
    }
    found.files.sort();
    found.unknown.sort();
    found
}

/// Reads files of the context.
pub(super) struct Contents<'a> {
    root: &'a Path,
}

impl<'a> Contents<'a> {
    pub(super) fn of(root: &'a Path) -> Self {
        Self { root }
    }

    /// The whole text; none when it cannot be read.
    pub(super) fn text(&self, file: &str) -> Option<String> {
        let mut opened = File::open(self.root.join(file)).ok()?;
        let length = opened.metadata().ok().filter(fs::Metadata::is_file)?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(LARGEST)).ok()?);
        opened.by_ref().take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 > LARGEST {
            return None;
        }
        String::from_utf8(bytes).ok()
    }

    /// The text up to a length in bytes, cut in front of a character that is not whole or no UTF-8.
    pub(super) fn start(&self, file: &str, length: u64) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.root.join(file))
            .ok()?
            .take(length)
            .read_to_end(&mut bytes)
            .ok()?;
        let valid = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
        bytes.truncate(valid);
        String::from_utf8(bytes).ok()
    }
}

/// The folder of a file; empty for the context itself.
pub(super) fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether `path` is `folder` or lies below it; every path lies below the empty one.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
