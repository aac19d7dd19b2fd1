//! Runs a rewritten Dockerfile on the builder that the user has, through `docker buildx build`, and follows it.
//!
//! It reads the command line of buildx, finds the builder, keeps the rewritten file in a private folder, reads the
//! progress of the build and tells which commands ran natively, emulated or shared, and for how long.
//! It decides nothing about the rewriting.

mod arguments;
mod base64;
mod builder;
mod connection;
mod context;
mod display;
mod flags;
mod live;
mod plain;
mod progress;
mod record;
mod run;
mod signals;
mod status;
mod steps;
mod summary;
mod temporary;
mod timestamp;
mod timing;
mod vertex_name;

pub use arguments::{ArgumentsError, BuildArguments};
pub use builder::{Builder, BuilderError, Node, find_builder};
pub use connection::{ConnectionError, connect};
pub use context::{ContextKind, context_kind};
pub use display::{Display, Mode, Scene};
pub use progress::{Event, Reader};
pub use record::{Interval, Record, VertexRecord};
pub use run::{Call, Outcome, RunError, become_buildx_build, run};
pub use signals::end_on_signals;
pub use status::{Status, Vertex, VertexLog, VertexStatus, VertexWarning};
pub use steps::{Native, Step, expected_steps, find_step, place_of};
pub use summary::summary;
pub use temporary::{TemporaryDockerfile, TemporaryError};
pub use timing::{Seconds, StepTime, Timing, timing};
pub use vertex_name::{StepName, VertexName};
