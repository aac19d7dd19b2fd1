//! Images that a stage takes files of: they come for the target, unless a pinned stage brings them.

use crate::{
    grammar::{Flag, Instruction},
    model::{Model, reference},
    plan::{
        Change, Origin, Output,
        analysis::consumers,
        moves::counted_source,
        paths,
        trace::{StepChange, Surroundings, Trace},
    },
};

/// A flag that takes files of an image, in a step of a stage.
pub(super) struct Taking<'a> {
    pub(super) stage: usize,
    pub(super) instruction: &'a Instruction,
    pub(super) line: usize,
    pub(super) flag: &'a Flag,
    pub(super) image: &'a str,
}

/// Files of an image at `path`: those that leave the stage come for the target, the others serve the stage itself,
/// so that a pinned stage has to bring them.
pub(super) fn take(taking: &Taking<'_>, path: &str, surroundings: &Surroundings<'_, '_>, trace: &mut Trace) {
    let model = surroundings.model;
    if leaves(model, taking.stage, path) {
        trace.outputs.push(Output {
            path: path.to_owned(),
            origin: Origin::Cross,
        });
        return;
    }
    let image = taking.image;
    let is_plain = model.file.slice(taking.flag.span) == taking.flag.text;
    if let Some(line) = counted_source(model).filter(|_| is_plain) {
        let reason = format!("a stage for the image {image} would shift the number in --from");
        trace.object(line, reason);
        return;
    }
    if !is_plain || taking.instruction.lines.0 == 0 {
        let reason = format!("it takes files of the image {image}, which come for the target platform");
        trace.object(taking.line, reason);
        return;
    }
    let name = stage_name(model, image);
    let changes = [
        Change::PinImage {
            stage: taking.stage,
            image: image.to_owned(),
            name: name.clone(),
        },
        Change::RetargetSource {
            step: taking.instruction.span.start,
            flag: taking.flag.span,
            name,
        },
    ];
    trace.changes.extend(changes.map(|change| StepChange {
        stage: taking.stage,
        step: taking.instruction.span.start,
        change,
        arguments: Vec::new(),
    }));
    trace.packages.push(reference::short_name(image).to_owned());
    trace.outputs.push(Output {
        path: path.to_owned(),
        origin: Origin::Platform(format!("the image {image}")),
    });
}

/// Whether another stage takes the path from this one, or from a stage that stands on it.
fn leaves(model: &Model<'_>, stage: usize, path: &str) -> bool {
    let stands_on = |one: &usize| model.views[0].chain(*one).contains(&stage);
    let mut taken = (0..model.stages.len())
        .filter(stands_on)
        .flat_map(|one| consumers(model, one))
        .flat_map(|(_, _, paths)| paths);
    taken.any(|taken| paths::is_within(&taken, path) || paths::is_within(path, &taken))
}

/// A name for the stage of an image, which no stage of the file has.
fn stage_name(model: &Model<'_>, image: &str) -> String {
    let short: String = reference::short_name(image)
        .chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() {
                one.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    // A tag tells apart what the name does not.
    let tag = reference::tag(image).unwrap_or_default();
    let tag: String = tag.chars().filter(char::is_ascii_alphanumeric).collect();
    let own = if short.starts_with(|one: char| one.is_ascii_alphabetic()) {
        short
    } else {
        format!("image-{short}")
    };
    let names = [
        format!("{own}-native"),
        format!("{own}-{}-native", tag.to_lowercase()),
    ];
    let is_taken = |name: &String| {
        let is_stage = model.stages.iter().any(|stage| stage.name.as_ref() == Some(name));
        let mut others = model.views[0]
            .stages
            .iter()
            .flat_map(|stage| &stage.steps)
            .flat_map(|step| &step.sources);
        let is_other_image = *name == names[0]
            && others.any(|source| {
                matches!(source, crate::model::Source::Image(other)
                    if other != image && reference::short_name(other) == reference::short_name(image))
            });
        is_stage || is_other_image
    };
    let found = names.iter().find(|name| !is_taken(name));
    found.unwrap_or(&names[1]).clone()
}
