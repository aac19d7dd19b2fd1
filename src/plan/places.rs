use crate::{
    grammar::Keyword,
    model::{Model, View},
    plan::{Place, StepPlan},
    platform::Platform,
};

/// The RUN steps of a stage with the places where they run before and after.
pub(super) fn steps(before: &Model<'_>, after: &Model<'_>, stage: usize) -> Vec<StepPlan> {
    let earlier = places(before, stage);
    let later = places(after, stage);
    let Some(view) = before.views.iter().find(|view| view.stages[stage].is_reached) else {
        return Vec::new();
    };
    runs(view, stage)
        .enumerate()
        .map(|(number, step)| StepPlan {
            line: step.line,
            text: one_line(step.instruction.line.text()),
            before: earlier.get(number).cloned().unwrap_or_default(),
            after: later.get(number).cloned().unwrap_or_default(),
        })
        .collect()
}

/// Whether steps for `platform` run on a machine of `build_platform` without emulation.
///
/// BuildKit asks nothing of QEMU for a platform that the machine runs by itself: 386 on amd64.
pub(super) fn is_native(platform: &Platform, build_platform: &Platform) -> bool {
    let same = platform.os == build_platform.os && platform.architecture == build_platform.architecture;
    same || (build_platform.architecture == "amd64" && platform.architecture == "386")
}

fn runs<'v, 'f>(view: &'v View<'f>, stage: usize) -> impl Iterator<Item = &'v crate::model::Step<'f>> {
    view.stages[stage]
        .steps
        .iter()
        .filter(|step| step.instruction.keyword == Some(Keyword::Run))
}

/// For each RUN of a stage, in order, the place where it runs for each target.
pub fn places(model: &Model<'_>, stage: usize) -> Vec<Vec<Place>> {
    let count = model
        .views
        .iter()
        .map(|view| runs(view, stage).count())
        .max()
        .unwrap_or(0);
    let mut table = vec![Vec::with_capacity(model.views.len()); count];
    let keys: Vec<Vec<u64>> = model
        .views
        .iter()
        .map(|view| runs(view, stage).map(|step| step.key).collect())
        .collect();
    for (target, view) in model.views.iter().enumerate() {
        let here = is_native(&view.stages[stage].platform, &model.settings.build_platform);
        for (number, row) in table.iter_mut().enumerate() {
            let key = keys[target].get(number);
            let is_shared = keys.len() > 1 && keys.iter().all(|keys| keys.get(number) == key);
            row.push(match key {
                None => Place::Unused,
                Some(_) if !here => Place::Emulated,
                Some(_) if is_shared => Place::Shared,
                Some(_) => Place::Native,
            });
        }
    }
    table
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
