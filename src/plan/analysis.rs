//! What a decision asks of the stages: where they run, and what they are followed with.

use std::{collections::BTreeSet, rc::Rc};

use crate::{
    context::Context,
    model::{Base, Model},
    plan::{Recipe, StageFacts, moves::Moves, trace::Surroundings, usage::Usage},
};

pub(super) struct Analysis<'a, 'f> {
    /// The build for more platforms, and perhaps more stages, than the user asked for.
    pub(super) model: &'a Model<'f>,
    /// What the user asked for.
    pub(super) asked: &'a Model<'f>,
    pub(super) context: &'a Context,
    pub(super) recipes: &'a [&'static Recipe],
    pub(super) usage: Usage<'a>,
}

impl<'a, 'f> Analysis<'a, 'f> {
    pub(super) fn new(
        model: &'a Model<'f>,
        asked: &'a Model<'f>,
        context: &'a Context,
        recipes: &'a [&'static Recipe],
    ) -> Self {
        Self {
            model,
            asked,
            context,
            recipes,
            usage: Usage::new(model),
        }
    }
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

    pub(super) fn surroundings<'s>(
        &'s self,
        stage: usize,
        images: &BTreeSet<String>,
        moves: &'s Moves,
    ) -> Surroundings<'s, 's> {
        let image = match &self.model.views[0].stages[self.usage.roots[stage]].base {
            Base::Image(image) => image.clone(),
            _ => String::new(),
        };
        Surroundings {
            model: self.model,
            context: self.context,
            recipes: self.recipes,
            native: &moves.native,
            facts: StageFacts {
                image,
                consumers: images.iter().cloned().collect(),
                started: Rc::clone(&self.usage.started),
                taken: self.usage.taken(stage).iter().cloned().collect(),
                targets: self.model.settings.target_platforms.clone(),
                asked: if self.asked.settings.assumes_targets {
                    Vec::new()
                } else {
                    self.asked.settings.target_platforms.clone()
                },
                ..StageFacts::default()
            },
            usage: &self.usage,
        }
    }

    /// For each stage the images of the stages that use its files and stay on the target, also by way of native stages.
    pub(super) fn user_images(&self, candidates: &BTreeSet<usize>, moves: &Moves) -> Vec<BTreeSet<String>> {
        let own: Vec<String> = (0..self.model.stages.len())
            .map(|stage| self.root_image(stage))
            .collect();
        let mut images = vec![BTreeSet::new(); own.len()];
        // A user stands behind what it uses.
        for stage in (0..own.len()).rev() {
            let consumers = self.usage.consumers(stage).iter().map(|consumer| consumer.stage);
            let children = self.usage.children(stage).iter().copied();
            let users: BTreeSet<usize> = consumers.chain(children).collect();
            let mut found = BTreeSet::new();
            for user in users {
                if candidates.contains(&user) || moves.already.contains(&user) {
                    found.extend(images[user].iter().cloned());
                } else {
                    found.insert(own[user].clone());
                }
            }
            images[stage] = found;
        }
        images
    }

    fn root_image(&self, stage: usize) -> String {
        match &self.model.views[0].stages[self.usage.roots[stage]].base {
            Base::Image(image) => image.clone(),
            Base::Scratch if self.takes_libraries(stage) => "scratch with libraries".to_owned(),
            Base::Scratch => "scratch".to_owned(),
            Base::Stage(_) | Base::Context { .. } => String::new(),
        }
    }

    /// Whether a stage gets a libc by COPY, so that programs in it may need one.
    fn takes_libraries(&self, stage: usize) -> bool {
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
