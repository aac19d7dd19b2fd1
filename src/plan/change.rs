use serde::{Deserialize, Serialize};

use crate::source::Span;

/// One change that a decision needs, in the terms of the model; only `rewrite` knows the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// `FROM --platform=$BUILDPLATFORM`.
    PinStage {
        /// The stage, from 0.
        stage: usize,
    },
    /// A pinned copy of the stage under a new name, right behind it.
    CloneStage {
        /// The stage, from 0.
        stage: usize,
        /// The name of the copy.
        name: String,
        /// The name of the copy that it stands on, when its own base is a stage; otherwise it is pinned.
        base: Option<String>,
    },
    /// The stage stands on another one: `FROM <base>`.
    RebaseStage {
        /// The stage, from 0.
        stage: usize,
        /// The new base.
        base: String,
    },
    /// `ARG` in front of a step.
    DeclareArguments {
        /// Where the step's instruction starts.
        step: usize,
        /// The names, in order.
        names: Vec<String>,
    },
    /// `NAME=value` in front of a command.
    SetVariables {
        /// Where the command's name starts.
        at: usize,
        /// Names and values; a value is shell text.
        variables: Vec<(String, String)>,
    },
    /// A RUN in front of a step; once for all steps of a stage that ask for the same one.
    InsertRun {
        /// Where the step's instruction starts.
        step: usize,
        /// Its shell text; each line but the last ends where the shell may go on, as behind `;` or `&&`.
        script: String,
    },
    /// A command that runs behind another one when that succeeds: ` && …`.
    AppendCommand {
        /// Where the other command ends.
        at: usize,
        /// Shell text.
        script: String,
    },
    /// A pinned stage of nothing but an image, whose programs another stage runs.
    PinImage {
        /// The stage in front of which it stands, from 0.
        stage: usize,
        /// The image as the file names it.
        image: String,
        /// The name of the new stage.
        name: String,
    },
    /// `from=<name>`: another source of a COPY or a mount.
    RetargetSource {
        /// Where the step's instruction starts.
        step: usize,
        /// The `--from` or `--mount` flag.
        flag: Span,
        /// The stage that it names afterwards.
        name: String,
    },
    /// Another `id` for a cache mount, so that platforms do not share it.
    KeyCache {
        /// The `--mount` flag.
        flag: Span,
        /// The new id.
        id: String,
    },
    /// A pinned stage in front of another one: a copy of its steps up to the last one that compiles.
    SplitStage {
        /// The stage, from 0.
        stage: usize,
        /// The name of the new stage.
        name: String,
        /// Where the last instruction of the copy starts.
        last: usize,
        /// What changes in the copy.
        changes: Vec<Self>,
    },
    /// A RUN gives way to `COPY --from=<name>` of what it makes; without paths it goes.
    ReplaceRun {
        /// Where the step's instruction starts.
        step: usize,
        /// The stage that runs it afterwards.
        name: String,
        /// The files and folders, absolute.
        paths: Vec<String>,
    },
    /// Other words in the place of some of a command.
    ReplaceWords {
        /// The words to replace.
        span: Span,
        /// The new words, shell text.
        words: Vec<String>,
    },
}
