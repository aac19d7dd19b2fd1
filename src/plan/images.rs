//! Images that a stage takes files of: they come for the target, unless a pinned stage brings them.

use crate::{
    grammar::{Flag, Instruction},
    model::reference,
    plan::{
        Change, Origin, Output,
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
    if surroundings.usage.leaves(taking.stage, path) {
        trace.outputs.push(&Output {
            path: path.to_owned(),
            origin: Origin::Cross,
        });
        return;
    }
    let image = taking.image;
    let is_plain = model.file.slice(taking.flag.span) == taking.flag.text;
    if let Some(line) = surroundings.usage.counted_source.filter(|_| is_plain) {
        let reason = format!("a stage for the image {image} would shift the number in --from");
        trace.object(line, reason);
        return;
    }
    if !is_plain || taking.instruction.lines.0 == 0 {
        let reason = format!("it takes files of the image {image}, which come for the target platform");
        trace.object(taking.line, reason);
        return;
    }
    let Some(name) = surroundings.usage.image_names.get(image).cloned() else {
        return;
    };
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
    trace
        .facts
        .packages
        .insert(reference::short_name(image).to_owned());
    trace.outputs.push(&Output {
        path: path.to_owned(),
        origin: Origin::Platform(format!("the image {image}")),
    });
}
