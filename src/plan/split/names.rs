//! Names for the stages that are split off.

use std::collections::HashSet;

use crate::model::{Base, Model, Source, reference};

/// Names for new stages that the file does not use.
#[derive(Debug, Default)]
pub(in crate::plan) struct Names {
    /// What stages and images are called; none before the first question.
    taken: Option<HashSet<String>>,
    /// How many names were given away.
    count: usize,
}

impl Names {
    pub(super) fn free(&mut self, model: &Model<'_>) -> String {
        let taken = self.taken.get_or_insert_with(|| taken_names(model));
        loop {
            let name = match self.count {
                0 => "compile".to_owned(),
                count => format!("compile-{}", count + 1),
            };
            if !taken.contains(&name) {
                return name;
            }
            self.count += 1;
        }
    }

    /// The free name is used.
    pub(super) fn take(&mut self) {
        self.count += 1;
    }
}

fn taken_names(model: &Model<'_>) -> HashSet<String> {
    let steps = model
        .views
        .iter()
        .flat_map(|view| &view.stages)
        .flat_map(|stage| &stage.steps);
    let sources = steps
        .flat_map(|step| &step.sources)
        .filter_map(|source| match source {
            Source::Image(image) => Some(image),
            Source::Stage(_) | Source::Context(_) => None,
        });
    let bases = model
        .views
        .iter()
        .flat_map(|view| &view.stages)
        .filter_map(|stage| match &stage.base {
            Base::Image(image) => Some(image),
            Base::Scratch | Base::Stage(_) | Base::Context { .. } => None,
        });
    let images = sources
        .chain(bases)
        .map(|image| reference::short_name(image).to_owned());
    let stages = model.stages.iter().filter_map(|stage| stage.name.clone());
    let contexts = model.settings.named_contexts.keys();
    let contexts = contexts.map(|name| name.split(':').next().unwrap_or_default().to_owned());
    images.chain(stages).chain(contexts).collect()
}
