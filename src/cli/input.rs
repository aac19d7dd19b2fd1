//! Files in and out.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        exit::Exit,
        output::{self, Failure},
    },
    grammar,
    model::ModelError,
};

/// A file with its text.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// As the user named it.
    pub(super) path: String,
    pub(super) text: String,
}

/// Reads the file as text, or standard input for `-`.
pub(super) fn read(path: &str) -> Result<Input, Failure> {
    let text = String::from_utf8(bytes(path)?).map_err(|error| {
        let lines = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n');
        Failure::new(format!("{path}:{}: the file is not UTF-8", lines.count()))
            .with_help("save it as UTF-8; BuildKit takes other bytes in comments only")
            .with_exit(Exit::Findings)
    })?;
    Ok(Input {
        path: path.to_owned(),
        text,
    })
}

/// Reads the file, or standard input for `-`.
pub(super) fn bytes(path: &str) -> Result<Vec<u8>, Failure> {
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    bytes.map_err(|error| {
        Failure::new(format!("cannot read {path}: {error}"))
            .with_help("name the Dockerfile, or - for standard input")
    })
}

/// The files to work on: the ones named, or the Dockerfile here, which buildx takes in small letters, too.
pub(super) fn paths(named: &[String]) -> Result<Vec<String>, Failure> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let path = default_file(Path::new("Dockerfile"));
    if !path.exists() {
        return Err(Failure::new("there is no Dockerfile in this folder")
            .with_help("name one, or - for standard input")
            .with_exit(Exit::NoInput));
    }
    Ok(vec![path.to_string_lossy().into_owned()])
}

/// `path`, or when that is a `Dockerfile` that is not there, the one in small letters beside it, as buildx does.
pub(super) fn default_file(path: &Path) -> PathBuf {
    let lower = path.with_file_name("dockerfile");
    let is_default = path.file_name().is_some_and(|name| name == "Dockerfile");
    if is_default && !path.exists() && lower.exists() {
        lower
    } else {
        path.to_owned()
    }
}

/// Does one thing for each file; one that fails does not stop the others, and the worst ending counts.
pub(super) fn each(
    named: &[String],
    mut one: impl FnMut(&str) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let exits = paths(named)?
        .into_iter()
        .map(|path| one(&path).unwrap_or_else(|failure| output::failure(&failure)));
    Ok(exits.max().unwrap_or(Exit::Clean))
}

/// The error for a file that BuildKit does not read.
pub(super) fn unreadable(input: &Input, error: &grammar::SyntaxError) -> Failure {
    let column = error.span.map_or(1, |span| {
        crate::source::LineIndex::new(&input.text)
            .position(span.start)
            .column
    });
    Failure::new(format!(
        "{}:{}:{column}: {}",
        input.path,
        error.lines.0.max(1),
        error.message
    ))
    .with_help("BuildKit refuses the file for the same reason")
    .with_exit(Exit::Findings)
}

/// The error for a file that BuildKit reads but does not build.
pub(super) fn meaningless(input: &Input, error: &ModelError) -> Failure {
    Failure::new(format!("{}:{}: {}", input.path, error.line.max(1), error.message))
        .with_help("BuildKit refuses the file for the same reason; --build-arg and --target are taken as buildx takes them")
        .with_exit(Exit::Findings)
}

/// Replaces the file in one step, so that it is never half written; its owner and its permissions stay.
pub(super) fn replace(path: &str, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot write {path}: {error}"))
            .with_help("the file is as it was; check that its folder can be written to")
    };
    // A link stays a link: what it names is replaced.
    let real = fs::canonicalize(path).map_err(failed)?;
    let folder = real
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let metadata = fs::metadata(&real).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    keep_owner(file.as_file(), &metadata);
    file.as_file()
        .set_permissions(metadata.permissions())
        .map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&real).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Gives the file the old one's owner where the system allows it, which matters when root changes another's file.
#[cfg(unix)]
fn keep_owner(file: &fs::File, before: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(before.uid()), Some(before.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata) {}
