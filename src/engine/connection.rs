//! The way to the Docker Engine's own interface.

use std::env;

use bollard::Docker;

use crate::engine::builder::docker;

/// Why the Engine's interface cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The address is one that only the docker client can use, such as `ssh://` or one with TLS.
    #[error("the Docker Engine at {0} cannot be asked directly")]
    Address(String),
    /// The Engine does not answer.
    #[error("the Docker Engine at {address} cannot be reached")]
    Unreachable {
        /// The address.
        address: String,
        /// What the connection says.
        source: bollard::errors::Error,
    },
}

impl ConnectionError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Address(_) => {
                "let the docker client fetch the image: `docker save IMAGE -o image.tar`, and name the file"
            }
            Self::Unreachable { .. } => {
                "start the Docker Engine, or check DOCKER_HOST and `docker context ls`"
            }
        }
    }
}

/// Connects to the Engine that the docker client would use: `DOCKER_HOST`, or the address of the current context.
///
/// The two agree on a version of the interface that both know.
///
/// # Errors
/// When the address is neither a local socket nor plain http, or nothing is there.
pub async fn connect() -> Result<Docker, ConnectionError> {
    let address = address();
    let has_tls = ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    let is_local = ["unix://", "npipe://"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    let is_plain = ["tcp://", "http://"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
        && !has_tls;
    if !is_local && !is_plain {
        return Err(ConnectionError::Address(address));
    }
    let connected = match Docker::connect_with_host(&address) {
        Ok(engine) => engine.negotiate_version().await,
        Err(error) => Err(error),
    };
    connected.map_err(|source| ConnectionError::Unreachable { address, source })
}

fn address() -> String {
    if let Some(address) = env::var("DOCKER_HOST").ok().filter(|address| !address.is_empty()) {
        return address;
    }
    let context = docker(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
    let address = context.ok().filter(|output| output.status.success());
    let address = address.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let default = if cfg!(windows) {
        "npipe:////./pipe/docker_engine"
    } else {
        "unix:///var/run/docker.sock"
    };
    address
        .filter(|address| !address.is_empty())
        .unwrap_or_else(|| default.to_owned())
}
