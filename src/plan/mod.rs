//! Decides for every stage where it may run, and says why. The plan is a value that holds all a user is told.

mod analysis;
mod change;
mod commands;
mod decide;
mod images;
mod moves;
mod outputs;
mod paths;
mod places;
mod prepared;
mod question;
mod readers;
mod recipe;
mod script;
mod split;
mod trace;
mod usage;
mod variables;

use serde::{Deserialize, Serialize};

pub use change::Change;
pub use commands::UNKNOWN_PACKAGE;
pub use decide::{Options, decide};
pub use paths::{join, without_wildcards};
pub use places::places;
pub use prepared::{Copies, Prepared, PreparedPlaces, SHARED_PREFIX};
pub use recipe::{Effect, Invocation, Origin, Output, Recipe, StageFacts, Toolchain, Verdict};
pub use script::{RunScript, read as read_script};
pub use variables::{Seen, Variables};

use crate::platform::Platform;

/// The version of the plan's JSON form; it goes up when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// What is to happen to each stage of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this form.
    pub version: u32,
    /// The file, as the user named it.
    pub file: String,
    /// Where native steps run.
    pub build_platform: Platform,
    /// What is built for.
    pub target_platforms: Vec<Platform>,
    /// The stages in the order of the file.
    pub stages: Vec<StagePlan>,
    /// Why nothing at all is moved, when that is so for a reason of the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<Reason>,
}

/// What is to happen to a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlan {
    /// Its place among the stages, from 0.
    pub index: usize,
    /// Its name, or `stage-` and its number.
    pub name: String,
    /// The line of its FROM.
    pub line: usize,
    /// Where it is to run.
    pub decision: Decision,
    /// How sure the decision to move it is; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Why, in one sentence, with the line that decides.
    pub reason: Reason,
    /// The recipes that its commands need.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub recipes: Vec<String>,
    /// The changes, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// Its RUN steps.
    pub steps: Vec<StepPlan>,
}

/// Where a stage is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Moved: what leaves it is the same on every platform.
    NativeData,
    /// Moved: what leaves it is compiled for the target.
    NativeCross,
    /// It ran on the build platform already.
    AlreadyNative,
    /// It is exported; what compiles in it moves to a stage of its own, and only what that makes is copied back.
    Split,
    /// It stays on the target platform.
    Target,
    /// It is exported, or the exported stage stands on it, so that it has to stay on the target platform.
    Exported,
    /// No target needs it.
    Unused,
}

impl Decision {
    /// Whether the plan moves the stage.
    pub fn is_moved(self) -> bool {
        matches!(self, Self::NativeData | Self::NativeCross)
    }
}

/// How sure a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Right in most projects; applied only on demand.
    Likely,
    /// Proven by the file, or by the build context.
    Certain,
}

/// A sentence with the line that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The line, from 1.
    pub line: usize,
    /// The sentence, without capital and full stop.
    pub text: String,
}

impl Reason {
    fn new(line: usize, text: impl Into<String>) -> Self {
        Self {
            line,
            text: text.into(),
        }
    }
}

/// Where a RUN step runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPlan {
    /// Its first line.
    pub line: usize,
    /// The instruction on one line.
    pub text: String,
    /// Where it runs when the file stays as it is, for each target platform in order.
    pub before: Vec<Place>,
    /// Where it runs with the plan carried out.
    pub after: Vec<Place>,
}

/// Where a step runs for one target platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Place {
    /// On the build platform, for this target.
    Native,
    /// On the build platform, once for all targets.
    Shared,
    /// On a foreign platform.
    Emulated,
    /// Not at all for this target.
    Unused,
}

impl Place {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Shared => "shared",
            Self::Emulated => "emulated",
            Self::Unused => "unused",
        }
    }
}
