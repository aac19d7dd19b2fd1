//! Where a step runs: the plan's expectation, and what a running build shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    engine::StepName,
    grammar::Keyword,
    model::{Base, Model, View},
    plan::{Place, places},
};

/// A step that the plan expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The stage as BuildKit shows it: its name in small letters, `stage-1` for one without (counted from 0), or nothing when
    /// the file has a single stage.
    pub stage: String,
    /// The place among the stage's steps as BuildKit counts them, from 1.
    ///
    /// Those are `FROM` of an image, but not of `scratch` or another stage, then what the base's `ONBUILD` brings, `RUN`,
    /// `COPY`, `ADD` and `WORKDIR`; other instructions are no steps.
    pub number: usize,
    /// The line in the user's own file, from 1.
    pub line: usize,
    /// Whether it is a `RUN`.
    pub run: bool,
    /// Where it runs, for each target platform.
    pub places: BTreeMap<String, Place>,
}

/// The steps that BuildKit will show for the file that `model` is of; `line` finds the line in the user's own file.
pub fn expected_steps(model: &Model<'_>, line: &dyn Fn(usize) -> usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for stage in &model.stages {
        let Some(view) = model
            .views
            .iter()
            .find(|view| view.stages[stage.index].is_reached)
        else {
            continue;
        };
        let label = if model.stages.len() == 1 {
            String::new()
        } else {
            stage.label()
        };
        let mut runs = places(model, stage.index).into_iter();
        for (number, step) in numbered(view, stage.index) {
            let is_run = step.instruction.keyword == Some(Keyword::Run);
            let targets = model.views.iter().map(|view| view.target.to_string());
            let places = if is_run {
                runs.next().unwrap_or_default()
            } else {
                Vec::new()
            };
            steps.push(Step {
                stage: label.clone(),
                number,
                line: line(step.line),
                run: is_run,
                places: targets
                    .zip(places)
                    .filter(|(_, place)| *place != Place::Unused)
                    .collect(),
            });
        }
    }
    steps
}

fn numbered<'v, 'f>(
    view: &'v View<'f>,
    stage: usize,
) -> impl Iterator<Item = (usize, &'v crate::model::Step<'f>)> {
    let first = match view.stages[stage].base {
        Base::Image(_) | Base::Context { .. } => 2,
        Base::Scratch | Base::Stage(_) => 1,
    };
    let counted = view.stages[stage].steps.iter().filter(|step| {
        matches!(
            step.instruction.keyword,
            Some(Keyword::Run | Keyword::Copy | Keyword::Add | Keyword::Workdir)
        )
    });
    counted
        .enumerate()
        .map(move |(index, step)| (first + index, step))
}

/// The platforms whose programs the builder's own processor runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// The build platform, then the others.
    pub platforms: Vec<String>,
}

impl Native {
    /// A builder of this platform.
    ///
    /// An amd64 machine runs programs for 386 and all variants of amd64.
    /// Not every arm64 machine runs programs for arm, so that those have to be in `also`.
    pub fn new(platform: &str, also: &[String]) -> Self {
        let mut platforms = vec![platform.to_owned()];
        platforms.extend(also.iter().cloned());
        if let Some((system, _)) = platform.split_once("/amd64") {
            platforms.push(format!("{system}/386"));
        }
        Self { platforms }
    }

    /// The build platform.
    pub fn platform(&self) -> &str {
        self.platforms.first().map_or("", String::as_str)
    }

    /// Whether programs for `platform` run without emulation.
    pub fn runs(&self, platform: &str) -> bool {
        self.platforms
            .iter()
            .any(|own| own == platform || is_amd64(own) && without_variant(own) == without_variant(platform))
    }
}

/// The step of the plan that a running step is.
pub fn find_step<'a>(name: &StepName, steps: &'a [Step]) -> Option<&'a Step> {
    steps
        .iter()
        .find(|step| step.stage == name.stage && step.number == name.number)
}

/// Tells where a running step runs, or none if it executes nothing or that cannot be known.
///
/// `targets` are the platforms that it works for.
/// What BuildKit shows counts more than the plan; a build for a single platform shows nothing.
pub fn place_of(
    name: &StepName,
    targets: &BTreeSet<String>,
    steps: &[Step],
    native: &Native,
) -> Option<Place> {
    let expected = find_step(name, steps);
    if !expected.map_or_else(|| name.is_run(), |step| step.run) {
        return None;
    }
    let planned = |step: &Step| match targets.first() {
        Some(target) => step.places.get(target).copied(),
        None => step.places.values().next().copied(),
    };
    let planned = expected.and_then(planned);
    let Some(platform) = &name.build_platform else {
        return planned;
    };
    if !native.runs(platform) {
        Some(Place::Emulated)
    } else if targets.len() > 1 || planned == Some(Place::Shared) {
        Some(Place::Shared)
    } else {
        Some(Place::Native)
    }
}

fn is_amd64(platform: &str) -> bool {
    platform.split('/').nth(1) == Some("amd64")
}

fn without_variant(platform: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = platform.split('/');
    (parts.next(), parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::VertexName;

    fn check(label: &str, targets: &[&str], planned: Option<Place>, expected: Option<Place>) {
        let name = VertexName::parse(label);
        let targets: BTreeSet<String> = targets.iter().map(|&target| target.to_owned()).collect();
        let steps: Vec<Step> = planned
            .map(|place| Step {
                stage: "build".into(),
                number: 2,
                line: 2,
                run: true,
                places: ["linux/amd64", "linux/arm64"]
                    .map(|target| (target.to_owned(), place))
                    .into(),
            })
            .into_iter()
            .collect();
        let native = Native::new("linux/amd64", &[]);
        assert_eq!(
            place_of(name.step().expect("is a step"), &targets, &steps, &native),
            expected,
            "{label}"
        );
    }

    #[test]
    fn what_is_shown_counts_more_than_the_plan() {
        let (native, emulated, shared) = (Some(Place::Native), Some(Place::Emulated), Some(Place::Shared));
        check(
            "[linux/amd64->arm64 build 2/3] RUN x",
            &["linux/arm64"],
            emulated,
            native,
        );
        check(
            "[linux/arm64 build 2/3] RUN x",
            &["linux/arm64"],
            native,
            emulated,
        );
        check(
            "[linux/amd64 build 2/3] RUN x",
            &["linux/amd64", "linux/arm64"],
            None,
            shared,
        );
        check("[linux/amd64 build 2/3] RUN x", &["linux/amd64"], shared, shared);
        check("[linux/386 build 2/3] RUN x", &["linux/386"], None, native);
        check("[build 2/3] RUN x", &[], emulated, emulated);
        check("[build 2/3] RUN x", &[], None, None);
        check("[linux/arm64 build 3/3] COPY a b", &["linux/arm64"], None, None);
    }

    #[test]
    fn a_machine_runs_its_own_family() {
        let amd64 = Native::new("linux/amd64", &[]);
        for platform in ["linux/amd64", "linux/amd64/v3", "linux/386"] {
            assert!(amd64.runs(platform), "{platform}");
        }
        assert!(!amd64.runs("linux/arm64") && !amd64.runs("windows/amd64"));
        let arm64 = Native::new("linux/arm64", &[]);
        assert!(!arm64.runs("linux/arm/v7") && !arm64.runs("linux/386"));
        assert!(Native::new("linux/arm64", &["linux/arm/v7".into()]).runs("linux/arm/v7"));
    }
}
