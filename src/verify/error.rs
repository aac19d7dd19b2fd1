use std::io;

use crate::engine::ConnectionError;

/// Why an image cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file cannot be opened.
    #[error("cannot open {name}")]
    Open {
        /// The file.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no tar archive, or a damaged one.
    #[error("{name} is no tar archive that can be read")]
    Archive {
        /// The file.
        name: String,
        /// What is wrong.
        source: io::Error,
    },
    /// The archive as a whole is compressed.
    #[error("{0} is compressed")]
    Compressed(String),
    /// There is neither `index.json` nor `manifest.json`, or no image of a platform in them.
    #[error("{0} holds no image")]
    NoImage(String),
    /// A manifest, configuration or layer that the image needs is not there.
    #[error("{} of {archive} is not there: {digest}", .platform.as_deref().map_or("a part".to_owned(), |platform| format!("a part for {platform}")))]
    Missing {
        /// The image.
        archive: String,
        /// The digest of what is missing.
        digest: String,
        /// The platform for which it is needed, when that is known.
        platform: Option<String>,
    },
    /// A file of the image makes no sense.
    #[error("{path} in {archive} {problem}")]
    Broken {
        /// The image.
        archive: String,
        /// The file or digest.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of the image cannot be read to its end.
    #[error("cannot read {path} in {archive}")]
    Unreadable {
        /// The image.
        archive: String,
        /// The file.
        path: String,
        /// What is wrong.
        source: io::Error,
    },
    /// The Engine cannot be asked for the image.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The Engine has no such image.
    #[error("there is no file or folder {0}, and the Docker Engine has no image of that name")]
    UnknownImage(String),
    /// The Engine does not give the image.
    #[error("cannot get {image} from the Docker Engine")]
    Export {
        /// The image.
        image: String,
        /// What the Engine says.
        source: Box<bollard::errors::Error>,
    },
    /// A temporary file cannot be written.
    #[error("cannot write a temporary file")]
    Temporary(#[source] io::Error),
}

impl VerifyError {
    /// What the user can do.
    pub fn help(&self) -> String {
        match self {
            Self::Open { .. } => "check the path and that it can be read".to_owned(),
            Self::Archive { .. } | Self::NoImage(_) => {
                "make one with `docker buildx build -o type=oci,dest=image.tar` or `docker save IMAGE -o image.tar`".to_owned()
            }
            Self::Compressed(name) => format!("uncompress it first, for example with `gunzip {name}` or `unzstd {name}`"),
            Self::Missing { archive, platform, .. } => match platform {
                Some(platform) => format!(
                    "only some platforms are here: load the other with `docker pull --platform {platform} {archive}`, \
                     or check one platform of it with `docker save --platform`"
                ),
                None => format!("make or pull {archive} again, with all its platforms"),
            },
            Self::Broken { .. } | Self::Unreadable { .. } => "the archive is damaged: make it again".to_owned(),
            Self::Connection(error) => error.help().to_owned(),
            Self::UnknownImage(image) => {
                format!("check the name, load it with `docker pull {image}`, or build it with --load")
            }
            Self::Export { .. } => "try `docker save IMAGE -o image.tar`, and check that file".to_owned(),
            Self::Temporary(_) => {
                "check that the folder for temporary files has room, or name another in TMPDIR".to_owned()
            }
        }
    }
}
