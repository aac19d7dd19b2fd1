//! The private folder from which buildx reads the rewritten Dockerfile.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A rewritten Dockerfile in a folder of its own, which only the user can read and which is removed with the value.
///
/// Beside it stand the files that BuildKit and buildx look for beside the user's own Dockerfile: `<name>.dockerignore`
/// and `<name>.rego`.
/// A `.dockerignore` of the build context needs no copy, since BuildKit reads it from there.
#[derive(Debug)]
pub struct TemporaryDockerfile {
    // Holds the folder; the value removes it when it goes.
    _folder: TempDir,
    path: PathBuf,
}

/// Why the folder could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TemporaryError {
    /// The folder or a file in it cannot be written.
    #[error("cannot write the rewritten Dockerfile")]
    Write(#[source] io::Error),
    /// A file beside the user's Dockerfile cannot be copied.
    #[error("cannot copy {path}")]
    Copy {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl TemporaryError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Write(_) => {
                "check that the folder for temporary files has room and can be written, or name another in TMPDIR"
            }
            Self::Copy { .. } => "check that the file can be read",
        }
    }
}

impl TemporaryDockerfile {
    /// Writes `text` under the name of `original`, the user's own Dockerfile, with copies of the files beside that.
    ///
    /// # Errors
    /// When the folder cannot be written, or a file beside `original` exists but cannot be read.
    pub fn write(original: &Path, text: &str) -> Result<Self, TemporaryError> {
        let file = Self::write_as(original.file_name().unwrap_or(OsStr::new("Dockerfile")), text)?;
        for suffix in [".dockerignore", ".rego"] {
            copy_if_there(&with_suffix(original, suffix), &with_suffix(&file.path, suffix))?;
        }
        Ok(file)
    }

    /// Writes `text`, which came from standard input, so that nothing stands beside it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_alone(text: &str) -> Result<Self, TemporaryError> {
        Self::write_as(OsStr::new("Dockerfile"), text)
    }

    fn write_as(name: &OsStr, text: &str) -> Result<Self, TemporaryError> {
        let folder = private_folder().map_err(TemporaryError::Write)?;
        let path = folder.path().join(name);
        fs::write(&path, text).map_err(TemporaryError::Write)?;
        Ok(Self {
            _folder: folder,
            path,
        })
    }

    /// The rewritten file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("xbuild-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(suffix);
    path.into()
}

fn copy_if_there(from: &Path, to: &Path) -> Result<(), TemporaryError> {
    match fs::copy(from, to) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(TemporaryError::Copy {
            path: from.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(beside: &[&str], copied: &[&str]) {
        let user = tempfile::tempdir().expect("makes a folder");
        for name in beside {
            fs::write(user.path().join(name), name).expect("writes");
        }
        let file =
            TemporaryDockerfile::write(&user.path().join("my.Dockerfile"), "FROM a\n").expect("writes");
        let folder = file.path().parent().expect("has a folder").to_owned();
        let mut names: Vec<String> = fs::read_dir(&folder)
            .expect("lists")
            .map(|entry| entry.expect("lists").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, copied);
        assert_eq!(fs::read_to_string(file.path()).expect("reads"), "FROM a\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&folder).expect("is there").permissions().mode() & 0o777,
                0o700
            );
        }
        drop(file);
        assert!(!folder.exists());
    }

    #[test]
    fn carries_what_stands_beside_the_file() {
        check(&[], &["my.Dockerfile"]);
        check(&[".dockerignore", "Dockerfile.dockerignore"], &["my.Dockerfile"]);
        check(
            &["my.Dockerfile.dockerignore", "my.Dockerfile.rego"],
            &[
                "my.Dockerfile",
                "my.Dockerfile.dockerignore",
                "my.Dockerfile.rego",
            ],
        );
    }
}
