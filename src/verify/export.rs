//! Fetches an image from the Docker Engine.

use std::{
    fs::File,
    io::{self, Seek, Write},
};

use bollard::errors::Error;
use futures_util::TryStreamExt;

use crate::{engine::connect, verify::VerifyError};

/// The image as `docker save` gives it, in a file without a name that vanishes with the value.
pub(super) fn export(image: &str) -> Result<File, VerifyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(VerifyError::Temporary)?;
    runtime.block_on(fetch(image))
}

async fn fetch(image: &str) -> Result<File, VerifyError> {
    let engine = connect().await?;
    let mut file = tempfile::tempfile().map_err(VerifyError::Temporary)?;
    let mut pieces = Box::pin(engine.export_image(image));
    loop {
        match pieces.try_next().await {
            Ok(Some(piece)) => file.write_all(&piece).map_err(VerifyError::Temporary)?,
            Ok(None) => break,
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => {
                return Err(VerifyError::UnknownImage(image.to_owned()));
            }
            Err(source) => {
                return Err(VerifyError::Export {
                    image: image.to_owned(),
                    source: Box::new(source),
                });
            }
        }
    }
    file.seek(io::SeekFrom::Start(0))
        .map_err(VerifyError::Temporary)?;
    Ok(file)
}
