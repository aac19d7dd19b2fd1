//! The plan for people.

use crate::plan::{Confidence, Decision, Place, Plan, StagePlan};

/// One line a stage that was moved or declined: what and why.
pub fn decisions(plan: &Plan) -> Vec<String> {
    plan.stages
        .iter()
        .filter(|stage| {
            !matches!(
                stage.decision,
                Decision::Unused | Decision::Exported | Decision::AlreadyNative
            )
        })
        .map(|stage| {
            let (file, line, name) = (&plan.file, stage.reason.line, &stage.name);
            let word = match stage.decision {
                Decision::Split => "is split",
                decision if decision.is_moved() => "moved",
                _ => "stays",
            };
            format!("{file}:{line}: {name} {word}: {}", stage.reason.text)
        })
        .collect()
}

/// The whole plan: every stage with its decision, every RUN with where it runs.
pub fn table(plan: &Plan) -> String {
    let targets: Vec<String> = plan.target_platforms.iter().map(ToString::to_string).collect();
    let mut lines = vec![format!(
        "{} for {} on {}",
        plan.file,
        targets.join(", "),
        plan.build_platform
    )];
    if let Some(reason) = &plan.declined {
        lines.push(format!(
            "nothing is moved: {} (line {})",
            reason.text, reason.line
        ));
    }
    for stage in &plan.stages {
        lines.push(String::new());
        lines.push(heading(stage));
        lines.push(format!("    {} (line {})", stage.reason.text, stage.reason.line));
        for step in &stage.steps {
            let places = places(&targets, &step.before, &step.after);
            lines.push(format!(
                "  {:>4}  {:<52}  {places}",
                step.line,
                shorten(&step.text, 52)
            ));
        }
    }
    let count = |place: Place, after: bool| {
        let steps = plan.stages.iter().flat_map(|stage| &stage.steps);
        steps
            .flat_map(|step| if after { &step.after } else { &step.before })
            .filter(|one| **one == place)
            .count()
    };
    let emulated = (count(Place::Emulated, false), count(Place::Emulated, true));
    lines.push(String::new());
    lines.push(format!(
        "emulated RUN steps: {} as the file stands, {} with this plan",
        emulated.0, emulated.1
    ));
    lines.push(String::new());
    lines.join("\n")
}

fn heading(stage: &StagePlan) -> String {
    let decision = match stage.decision {
        Decision::NativeData => "moves to the build platform",
        Decision::NativeCross => "moves to the build platform and cross-compiles",
        Decision::Split => "stays on the target platform, what compiles in it moves",
        Decision::AlreadyNative => "is on the build platform",
        Decision::Target | Decision::Exported => "stays on the target platform",
        Decision::Unused => "is not used",
    };
    let confidence = match stage.confidence {
        Some(Confidence::Likely) => ", likely",
        Some(Confidence::Certain) => ", certain",
        None => "",
    };
    let recipes = if stage.recipes.is_empty() {
        String::new()
    } else {
        format!(" [{}]", stage.recipes.join(", "))
    };
    format!("{} {decision}{confidence}{recipes}", stage.name)
}

/// `native` for all targets alike, or target by target; what it was before when that was something else.
fn places(targets: &[String], before: &[Place], after: &[Place]) -> String {
    let show = |places: &[Place]| match places {
        [] => "unused".to_owned(),
        [first, rest @ ..] if rest.iter().all(|place| place == first) => first.word().to_owned(),
        all => {
            let pairs = targets
                .iter()
                .zip(all)
                .map(|(target, place)| format!("{target} {}", place.word()));
            pairs.collect::<Vec<_>>().join(", ")
        }
    };
    if before == after {
        show(after)
    } else {
        format!("{} (was: {})", show(after), show(before))
    }
}

/// At most `most` characters.
fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
