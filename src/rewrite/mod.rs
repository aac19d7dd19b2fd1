//! Carries a plan out on the text: a sorted list of byte edits in the file's own style, nothing else changes.

mod edits;
mod lines;

use std::collections::{BTreeMap, HashSet};

use crate::{
    grammar::{self, Dockerfile, SyntaxError},
    model::{Base, Model, ModelError, Source, View},
    plan::{Change, Decision, Plan},
    source::{self, Edit, EditError},
};

pub use edits::edit;
pub use lines::LineMap;

/// A file with its plan carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The new text; the old one when the plan changes nothing.
    pub text: String,
    /// What changed, in terms of the old text.
    pub edits: Vec<Edit>,
    /// The original lines of copies, by the byte where they are inserted.
    copies: BTreeMap<usize, Vec<usize>>,
}

impl Rewritten {
    /// A file as it is.
    pub fn unchanged(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            edits: Vec::new(),
            copies: BTreeMap::new(),
        }
    }

    /// The way from lines of the new text to those of the old one.
    pub fn line_map(&self, before: &str) -> LineMap {
        LineMap::new(before, &self.edits, &self.copies)
    }
}

/// A plan that cannot be carried out: always a defect of xbuild, never of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// Two changes want the same bytes.
    #[error("the plan contradicts itself: {0}")]
    Edits(#[from] EditError),
    /// A change speaks of a place that the file does not have.
    #[error("the plan does not belong to this file: no instruction starts at byte {0}")]
    Place(usize),
    /// The new text is no Dockerfile.
    #[error("the rewritten file would not parse: {0}")]
    Syntax(#[from] SyntaxError),
    /// The new text means nothing to BuildKit.
    #[error("the rewritten file would not build: {0}")]
    Meaning(#[from] ModelError),
    /// The exported stage would run on the build platform.
    #[error("the rewritten file would export files of the build platform")]
    Exported,
    /// A stage would take its files from elsewhere.
    #[error("stage {0} would take files of another stage")]
    Sources(String),
    /// A stage that is to move would stay.
    #[error("stage {0} would not run on the build platform")]
    NotMoved(String),
}

/// Carries `plan` out on the file that `model` is of, and checks that the result means what the plan says.
///
/// # Errors
/// When it does not; the file is then to be used as it is.
pub fn rewrite(model: &Model<'_>, plan: &Plan) -> Result<Rewritten, RewriteError> {
    let file = model.file;
    let changes: Vec<&Change> = plan.stages.iter().flat_map(|stage| &stage.changes).collect();
    if changes.is_empty() {
        return Ok(Rewritten::unchanged(file.text));
    }
    let mut edits = Vec::new();
    let mut copies = BTreeMap::new();
    for change in changes {
        let edit = edits::edit(model, change)?;
        if let Some(lines) = edits::copied_lines(model, change)? {
            copies.insert(edit.span.start, lines);
        }
        edits.push(edit);
    }
    edits.sort_by_key(|edit| edit.span);
    let text = source::apply(file.text, &edits)?;
    check(model, plan, &grammar::parse(&text)?)?;
    Ok(Rewritten { text, edits, copies })
}

fn check(model: &Model<'_>, plan: &Plan, rewritten: &Dockerfile<'_>) -> Result<(), RewriteError> {
    let after = Model::build(rewritten, model.settings.clone())?;
    let build_platform = model.settings.build_platform.normalized();
    for (before, view) in model.views.iter().zip(&after.views) {
        let platform = &before.stages[before.exported].platform;
        if view.stages[view.exported].platform != *platform {
            return Err(RewriteError::Exported);
        }
    }
    // A clone stands right behind its original, a pinned image in front of its user; both shift what follows.
    let mut firsts: Vec<usize> = plan
        .stages
        .iter()
        .flat_map(|stage| &stage.changes)
        .filter_map(|change| match change {
            Change::CloneStage { stage, .. } => Some(*stage + 1),
            Change::PinImage { stage, .. } | Change::SplitStage { stage, .. } => Some(*stage),
            _ => None,
        })
        .collect();
    firsts.sort_unstable();
    let now = |stage: usize| stage + firsts.partition_point(|first| *first <= stage);
    let kept: HashSet<usize> = (0..model.stages.len()).map(now).collect();
    let is_new = |stage: usize| !kept.contains(&stage);
    for moved in &plan.stages {
        let runs = match moved.decision {
            Decision::Split => now(moved.index) - 1,
            decision if decision.is_moved() => now(moved.index),
            _ => continue,
        };
        let stays = |view: &View<'_>| view.stages[runs].platform.normalized() != build_platform;
        if after.views.iter().any(stays) {
            return Err(RewriteError::NotMoved(moved.name.clone()));
        }
    }
    let replaced: HashSet<usize> = plan
        .stages
        .iter()
        .flat_map(|stage| &stage.changes)
        .filter_map(|change| match change {
            Change::ReplaceRun { step, .. } => Some(*step),
            _ => None,
        })
        .collect();
    for (before, after) in model.views.iter().zip(&after.views) {
        for (index, stage) in before.stages.iter().enumerate() {
            let is_split = plan.stages[index].decision == Decision::Split;
            let sources = stage
                .steps
                .iter()
                .filter(|step| !replaced.contains(&step.instruction.span.start))
                .flat_map(|step| &step.sources)
                .map(|source| match source {
                    Source::Stage(stage) => Source::Stage(now(*stage)),
                    Source::Image(_) | Source::Context(_) => source.clone(),
                });
            // An image that was pinned is the base of a stage now.
            let pinned = |source: &Source| match source {
                Source::Stage(stage) => match &after.stages[*stage].base {
                    Base::Image(image) if is_new(*stage) => Source::Image(image.clone()),
                    _ => source.clone(),
                },
                other => other.clone(),
            };
            let found = after.stages[now(index)]
                .steps
                .iter()
                .flat_map(|step| &step.sources)
                .filter(|source| !is_split || **source != Source::Stage(now(index) - 1))
                .map(pinned);
            if !sources.eq(found) {
                return Err(RewriteError::Sources(plan.stages[index].name.clone()));
            }
        }
    }
    Ok(())
}
