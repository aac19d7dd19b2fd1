//! The blobs of an image: files of a layout folder, or members of a tar archive.

use std::{
    collections::HashMap,
    fmt::Write,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tar::{Archive, EntryType};

use crate::verify::VerifyError;

/// More than any manifest or configuration needs; those are the only blobs that are held in memory.
const MOST_BYTES_OF_JSON: u64 = 64 << 20;

/// Where blobs are read from.
pub(super) struct Blobs {
    place: Place,
    name: String,
}

enum Place {
    Folder(PathBuf),
    Archive {
        file: File,
        members: HashMap<String, Member>,
    },
}

#[derive(Clone)]
enum Member {
    File { offset: u64, size: u64 },
    Link(String),
}

impl Blobs {
    /// A folder in the OCI layout.
    pub(super) fn folder(path: &Path) -> Self {
        Self {
            place: Place::Folder(path.to_owned()),
            name: path.display().to_string(),
        }
    }

    /// A tar archive, called `name` in errors; its members are listed once and read where they stand.
    pub(super) fn archive(mut file: File, name: &str) -> Result<Self, VerifyError> {
        let unreadable = |source| VerifyError::Archive {
            name: name.to_owned(),
            source,
        };
        let mut start = [0; 4];
        let count = file.read(&mut start).map_err(unreadable)?;
        if start.starts_with(&[0x1f, 0x8b]) || start == [0x28, 0xb5, 0x2f, 0xfd] {
            return Err(VerifyError::Compressed(name.to_owned()));
        }
        if count == 0 {
            return Err(unreadable(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file is empty",
            )));
        }
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let members = list(&file).map_err(unreadable)?;
        Ok(Self {
            place: Place::Archive { file, members },
            name: name.to_owned(),
        })
    }

    /// What the blobs are called in errors.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The whole of a small file, or none if it is not there.
    pub(super) fn read_file(&self, path: &str) -> Result<Option<Vec<u8>>, VerifyError> {
        let Some((reader, size)) = self.open(path)? else {
            return Ok(None);
        };
        if size > MOST_BYTES_OF_JSON {
            return Err(self.broken(path, "is too large for what it should be"));
        }
        let mut bytes = Vec::new();
        reader
            .take(MOST_BYTES_OF_JSON)
            .read_to_end(&mut bytes)
            .map_err(|source| self.unreadable(path, source))?;
        Ok(Some(bytes))
    }

    /// The whole of a small blob, checked against its digest; none if it is not there.
    pub(super) fn read_blob(&self, digest: &str) -> Result<Option<Vec<u8>>, VerifyError> {
        let path = self.path_of(digest)?;
        let Some(bytes) = self.read_file(&path)? else {
            return Ok(None);
        };
        self.check_digest(digest, &hex(&Sha256::digest(&bytes)))?;
        Ok(Some(bytes))
    }

    /// Gives the bytes of a file to `read`, and then checks them against its digest where one is known.
    ///
    /// None if the file is not there.
    pub(super) fn stream<T>(
        &self,
        path: &str,
        digest: Option<&str>,
        read: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> Result<Option<T>, VerifyError> {
        let Some((reader, _)) = self.open(path)? else {
            return Ok(None);
        };
        let mut hashing = Hashing {
            reader: BufReader::with_capacity(1 << 16, reader),
            hasher: Sha256::new(),
        };
        let result = read(&mut hashing);
        // What is damaged is best told by its digest, whatever the damage did to the reader of the content.
        io::copy(&mut hashing, &mut io::sink()).map_err(|source| self.unreadable(path, source))?;
        if let Some(digest) = digest {
            self.check_digest(digest, &hex(&hashing.hasher.finalize()))?;
        }
        result.map(Some).map_err(|source| self.unreadable(path, source))
    }

    /// The path of a blob; a digest of another shape could name a file anywhere.
    pub(super) fn path_of(&self, digest: &str) -> Result<String, VerifyError> {
        let hex = digest.strip_prefix("sha256:");
        let hex = hex.filter(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        hex.map(|hex| format!("blobs/sha256/{hex}"))
            .ok_or_else(|| self.broken(digest, "is not a sha256 digest"))
    }

    /// The error for a file whose content makes no sense.
    pub(super) fn broken(&self, path: &str, problem: &str) -> VerifyError {
        VerifyError::Broken {
            archive: self.name.clone(),
            path: path.to_owned(),
            problem: problem.to_owned(),
        }
    }

    fn unreadable(&self, path: &str, source: io::Error) -> VerifyError {
        VerifyError::Unreadable {
            archive: self.name.clone(),
            path: path.to_owned(),
            source,
        }
    }

    fn check_digest(&self, expected: &str, found: &str) -> Result<(), VerifyError> {
        if expected.strip_prefix("sha256:") == Some(found) {
            return Ok(());
        }
        Err(self.broken(
            expected,
            &format!("is damaged: its content has the digest sha256:{found}"),
        ))
    }

    fn open(&self, path: &str) -> Result<Option<Opened<'_>>, VerifyError> {
        let opened = match &self.place {
            Place::Folder(folder) => open_file(&folder.join(path)),
            Place::Archive { file, members } => open_member(file, members, path),
        };
        opened.map_err(|source| self.unreadable(path, source))
    }
}

/// The bytes of a file, and how many there are.
type Opened<'a> = (Box<dyn Read + 'a>, u64);

fn open_file<'a>(path: &Path) -> io::Result<Option<Opened<'a>>> {
    match File::open(path) {
        Ok(file) => {
            let size = file.metadata()?.len();
            Ok(Some((Box::new(file), size)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn open_member<'a>(
    mut file: &'a File,
    members: &HashMap<String, Member>,
    path: &str,
) -> io::Result<Option<Opened<'a>>> {
    let mut path = path;
    // Old archives of `docker save` name a layer that several images share once, and link to it.
    for _ in 0..8 {
        match members.get(path) {
            Some(Member::File { offset, size }) => {
                file.seek(SeekFrom::Start(*offset))?;
                return Ok(Some((Box::new(file.take(*size)), *size)));
            }
            Some(Member::Link(target)) => path = target,
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn list(file: &File) -> io::Result<HashMap<String, Member>> {
    let mut members = HashMap::new();
    for entry in Archive::new(file).entries_with_seek()? {
        let entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = clean(&path);
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {
                members.insert(
                    path,
                    Member::File {
                        offset: entry.raw_file_position(),
                        size: entry.size(),
                    },
                );
            }
            EntryType::Symlink | EntryType::Link => {
                let target = entry.link_name_bytes().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                let is_beside = entry.header().entry_type() == EntryType::Symlink;
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                let target = if is_beside {
                    format!("{folder}/{target}")
                } else {
                    target
                };
                members.insert(path, Member::Link(clean(&target)));
            }
            _ => {}
        }
    }
    Ok(members)
}

fn clean(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    names.join("/")
}

struct Hashing<R> {
    reader: R,
    hasher: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
