//! What a decision asks of the stages: where they run, who takes their files, what stands on them.

use std::collections::BTreeSet;

use crate::{
    context::Context,
    grammar::{Instruction, Keyword},
    model::{Base, Model, Source},
    plan::{Recipe, StageFacts, moves::Moves, paths, trace::Surroundings},
};

pub(super) struct Analysis<'a, 'f> {
    /// The build for more platforms, and perhaps more stages, than the user asked for.
    pub(super) model: &'a Model<'f>,
    /// What the user asked for.
    pub(super) asked: &'a Model<'f>,
    pub(super) context: &'a Context,
    pub(super) recipes: &'a [&'static Recipe],
}

impl Analysis<'_, '_> {
    pub(super) fn is_reached(&self, stage: usize) -> bool {
        self.model.is_reached(stage)
    }

    /// Whether the stage runs on the build platform for every target as the file stands.
    pub(super) fn is_already_native(&self, stage: usize) -> bool {
        let build = self.model.settings.build_platform.normalized();
        self.model
            .views
            .iter()
            .all(|view| view.stages[stage].platform.normalized() == build)
    }

    /// Whether the stage runs on each target's own platform.
    pub(super) fn is_on_target(&self, stage: usize) -> bool {
        self.model
            .views
            .iter()
            .all(|view| view.stages[stage].platform.normalized() == view.target)
    }

    /// Whether the stage, or one that stands on it, is an image: the target's, or in a file that is changed for good
    /// every stage that no other one uses.
    pub(super) fn is_exported(&self, stage: usize) -> bool {
        self.model.views.iter().any(|view| {
            let is_image =
                |one: usize| one == view.exported || self.model.settings.reaches_all && !self.is_used(one);
            (0..view.stages.len()).any(|one| is_image(one) && view.chain(one).contains(&stage))
        })
    }

    pub(super) fn is_used(&self, stage: usize) -> bool {
        self.model.views.iter().flat_map(|view| &view.stages).any(|user| {
            user.base == Base::Stage(stage)
                || user
                    .steps
                    .iter()
                    .any(|step| step.sources.contains(&Source::Stage(stage)))
        })
    }

    pub(super) fn surroundings<'s>(
        &'s self,
        stage: usize,
        candidates: &BTreeSet<usize>,
        moves: &'s Moves,
    ) -> Surroundings<'s, 's> {
        let chain = self.model.views[0].chain(stage);
        let root = chain.last().copied().unwrap_or(stage);
        let image = match &self.model.views[0].stages[root].base {
            Base::Image(image) => image.clone(),
            _ => String::new(),
        };
        let taken = consumers(self.model, stage)
            .into_iter()
            .flat_map(|(_, _, paths)| paths)
            .collect();
        let mut images = BTreeSet::new();
        self.add_users(stage, candidates, moves, &mut BTreeSet::new(), &mut images);
        Surroundings {
            model: self.model,
            context: self.context,
            recipes: self.recipes,
            native: &moves.native,
            facts: StageFacts {
                image,
                consumers: images.into_iter().collect(),
                taken,
                targets: self.model.settings.target_platforms.clone(),
                asked: if self.asked.settings.assumes_targets {
                    Vec::new()
                } else {
                    self.asked.settings.target_platforms.clone()
                },
                ..StageFacts::default()
            },
        }
    }

    /// The images of the stages that use files of `stage` and stay on the target, also by way of native stages.
    pub(super) fn add_users(
        &self,
        stage: usize,
        candidates: &BTreeSet<usize>,
        moves: &Moves,
        seen: &mut BTreeSet<usize>,
        images: &mut BTreeSet<String>,
    ) {
        let children = (0..self.model.stages.len()).filter(|child| {
            self.model
                .views
                .iter()
                .any(|view| view.stages[*child].base == Base::Stage(stage))
        });
        let users: Vec<usize> = consumers(self.model, stage)
            .into_iter()
            .map(|(consumer, _, _)| consumer)
            .chain(children)
            .collect();
        for user in users {
            if !seen.insert(user) {
                continue;
            }
            if candidates.contains(&user) || moves.already.contains(&user) {
                self.add_users(user, candidates, moves, seen, images);
            } else {
                images.insert(self.root_image(user));
            }
        }
    }

    pub(super) fn root_image(&self, stage: usize) -> String {
        let root = self.model.views[0].chain(stage).last().copied().unwrap_or(stage);
        match &self.model.views[0].stages[root].base {
            Base::Image(image) => image.clone(),
            Base::Scratch if self.takes_libraries(stage) => "scratch with libraries".to_owned(),
            Base::Scratch => "scratch".to_owned(),
            Base::Stage(_) | Base::Context { .. } => String::new(),
        }
    }

    /// Whether a stage gets a libc by COPY, so that programs in it may need one.
    pub(super) fn takes_libraries(&self, stage: usize) -> bool {
        let is_library =
            |value: &String| value.starts_with("/lib") || value.starts_with("/usr/lib") || value == "/";
        let copies = self.model.views[0].stages[stage]
            .steps
            .iter()
            .filter(|step| !step.sources.is_empty());
        copies
            .flat_map(|step| step.values.iter().take(step.values.len().saturating_sub(1)))
            .any(is_library)
    }
}

/// Every place that takes files of the stage: the taking stage, the line, and the paths.
pub(super) fn consumers(model: &Model<'_>, stage: usize) -> Vec<(usize, usize, Vec<String>)> {
    let mut consumers = Vec::new();
    for view in &model.views {
        for (consumer, taking) in view.stages.iter().enumerate() {
            for step in taking
                .steps
                .iter()
                .filter(|step| step.sources.contains(&Source::Stage(stage)))
            {
                let taken = match step.instruction.keyword {
                    Some(Keyword::Copy) => {
                        let count = step.values.len().saturating_sub(1);
                        step.values[..count]
                            .iter()
                            .map(|path| paths::join("/", path))
                            .collect()
                    }
                    _ => mounted_paths(step.instruction, model.stages[stage].name.as_deref()),
                };
                let entry = (consumer, step.line, taken);
                if !consumers.contains(&entry) {
                    consumers.push(entry);
                }
            }
        }
    }
    consumers
}

/// The folders that a RUN mounts of the stage called `name`.
fn mounted_paths(run: &Instruction, name: Option<&str>) -> Vec<String> {
    run.mounts()
        .filter(|mount| mount.from().map(str::to_lowercase).as_deref() == name)
        .map(|mount| paths::join("/", mount.get(&["source", "src"]).unwrap_or("/")))
        .collect()
}
