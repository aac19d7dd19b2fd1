//! What BuildKit tells about a running build, as `--progress=rawjson` prints it.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::engine::{base64, timestamp};

/// One message of the stream; every part may be absent (BuildKit's `client.SolveStatus`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// Steps that are new, or whose state changed.
    #[serde(default, deserialize_with = "or_default")]
    pub vertexes: Vec<Vertex>,
    /// Progress inside a step, such as a download.
    #[serde(default, deserialize_with = "or_default")]
    pub statuses: Vec<VertexStatus>,
    /// What commands printed.
    #[serde(default, deserialize_with = "or_default")]
    pub logs: Vec<VertexLog>,
    /// Findings of the Dockerfile frontend.
    #[serde(default, deserialize_with = "or_default")]
    pub warnings: Vec<VertexWarning>,
}

impl Status {
    /// Whether the message says nothing.
    pub fn is_empty(&self) -> bool {
        self.vertexes.is_empty()
            && self.statuses.is_empty()
            && self.logs.is_empty()
            && self.warnings.is_empty()
    }
}

/// A step of the build graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Vertex {
    /// The identity of the step.
    #[serde(default, deserialize_with = "or_default")]
    pub digest: String,
    /// The steps that it reads from.
    #[serde(default, deserialize_with = "or_default")]
    pub inputs: Vec<String>,
    /// For people, such as `[linux/arm64 build 3/5] RUN make`; see [`crate::engine::VertexName`].
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// When it began, since 1970.
    #[serde(default, deserialize_with = "time")]
    pub started: Option<Duration>,
    /// When it ended, since 1970.
    #[serde(default, deserialize_with = "time")]
    pub completed: Option<Duration>,
    /// Whether the result was there already.
    #[serde(default, deserialize_with = "or_default")]
    pub cached: bool,
    /// Why it failed; empty if it did not.
    #[serde(default, deserialize_with = "or_default")]
    pub error: String,
}

/// Progress inside a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct VertexStatus {
    /// What is counted, such as the digest of a layer.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// The digest of the step.
    #[serde(default, deserialize_with = "or_default")]
    pub vertex: String,
    /// What is done with it, such as `extracting`.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// How much is done, usually in bytes.
    #[serde(default, deserialize_with = "or_default")]
    pub current: i64,
    /// How much there is; 0 when that is not known.
    #[serde(default, deserialize_with = "or_default")]
    pub total: i64,
    /// When it ended, since 1970.
    #[serde(default, deserialize_with = "time")]
    pub completed: Option<Duration>,
}

/// A piece of what a command printed, not always a whole line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct VertexLog {
    /// The digest of the step.
    #[serde(default, deserialize_with = "or_default")]
    pub vertex: String,
    /// 1 for standard output, 2 for standard error.
    #[serde(default, deserialize_with = "or_default")]
    pub stream: i64,
    /// The bytes.
    #[serde(default, deserialize_with = "bytes")]
    pub data: Vec<u8>,
}

/// A finding of the Dockerfile frontend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct VertexWarning {
    /// The digest of the step.
    #[serde(default, deserialize_with = "or_default")]
    pub vertex: String,
    /// 0 to 3, growing with importance.
    #[serde(default, deserialize_with = "or_default")]
    pub level: i64,
    /// The finding in one line.
    #[serde(default, deserialize_with = "bytes")]
    pub short: Vec<u8>,
    /// A page that explains it.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// Go writes `null` for an empty list.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.as_deref().and_then(timestamp::parse))
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    let text = text.unwrap_or_default();
    Ok(base64::decode(&text).unwrap_or_else(|| text.into_bytes()))
}
