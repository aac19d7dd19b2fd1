//! How long the commands of a build ran, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    engine::{Native, Record, Step, VertexRecord, find_step, place_of},
    plan::Place,
};

/// Step seconds: the times of all steps added up, also of those that ran side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// On the build platform, for one target.
    pub native: f64,
    /// On a foreign platform.
    pub emulated: f64,
    /// On the build platform, once for several targets.
    pub shared: f64,
}

impl Seconds {
    fn add(&mut self, place: Place, seconds: f64) {
        match place {
            Place::Native => self.native += seconds,
            Place::Emulated => self.emulated += seconds,
            Place::Shared => self.shared += seconds,
            Place::Unused => {}
        }
    }
}

/// One executed command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepTime {
    /// The stage as BuildKit shows it.
    pub stage: String,
    /// The place among the stage's steps, from 1.
    pub number: usize,
    /// The line in the user's own file, when the plan knows the step.
    pub line: Option<usize>,
    /// The instruction with variables filled in.
    pub instruction: String,
    /// The platforms that it worked for.
    pub targets: BTreeSet<String>,
    /// Where it ran; none when neither the build nor the plan tells.
    pub place: Option<Place>,
    /// How long it ran; 0 when the result was there already.
    pub seconds: f64,
    /// Whether the result was there already.
    pub cached: bool,
}

/// The times of a build's commands; what executes nothing, such as `COPY`, is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// For each target platform; a shared step counts in each platform that it worked for.
    pub platforms: BTreeMap<String, Seconds>,
    /// For the whole build; every step counts once.
    pub total: Seconds,
    /// The commands in the order in which they began.
    pub steps: Vec<StepTime>,
}

/// Adds up the times of a build for the platforms `targets`, with what the plan expects of its steps.
pub fn timing(record: &Record, steps: &[Step], native: &Native, targets: &[String]) -> Timing {
    let mut timing = Timing::default();
    for target in targets {
        timing.platforms.entry(target.clone()).or_default();
    }
    let mut vertexes: Vec<_> = record.vertexes.iter().zip(record.targets()).collect();
    vertexes.sort_by_key(|(vertex, _)| vertex.intervals.iter().map(|interval| interval.started).min());
    for (vertex, shown) in vertexes {
        let Some(step) = step_time(vertex, shown, steps, native, targets) else {
            continue;
        };
        if let Some(place) = step.place {
            timing.total.add(place, step.seconds);
            for target in &step.targets {
                timing
                    .platforms
                    .entry(target.clone())
                    .or_default()
                    .add(place, step.seconds);
            }
        }
        timing.steps.push(step);
    }
    timing
}

fn step_time(
    vertex: &VertexRecord,
    shown: BTreeSet<String>,
    steps: &[Step],
    native: &Native,
    targets: &[String],
) -> Option<StepTime> {
    let name = vertex.name();
    let name = name.step()?;
    if vertex.intervals.is_empty() && !vertex.cached {
        return None;
    }
    let expected = find_step(name, steps);
    if !expected.map_or_else(|| name.is_run(), |step| step.run) {
        return None;
    }
    let place = place_of(name, &shown, steps, native);
    let worked_for = if shown.is_empty() || place == Some(Place::Shared) && shown.len() == 1 {
        targets.iter().cloned().collect()
    } else {
        shown
    };
    Some(StepTime {
        stage: name.stage.clone(),
        number: name.number,
        line: expected.map(|step| step.line),
        instruction: name.instruction.clone(),
        targets: worked_for,
        place,
        seconds: vertex.seconds(),
        cached: vertex.cached,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;

    fn record(vertexes: &str) -> Record {
        let json = format!(r#"{{"vertexes":[{vertexes}]}}"#);
        let status = serde_json::from_str(&json).expect("is a status");
        let mut record = Record::default();
        record.take(&Event::Status {
            status: Box::new(status),
            raw: json,
        });
        record
    }

    /// A vertex that ran from second 0 on.
    fn vertex(digest: &str, name: &str, inputs: &str, seconds: u32, cached: bool) -> String {
        format!(
            r#"{{"digest":"{digest}","name":"{name}","inputs":[{inputs}],"cached":{cached},
            "started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:{seconds:02}Z"}}"#
        )
    }

    fn check(vertexes: &[String], steps: &[Step], targets: &[&str], expected: &str) {
        let targets: Vec<String> = targets.iter().map(|&target| target.to_owned()).collect();
        let native = Native::new("linux/amd64", &[]);
        let timing = timing(&record(&vertexes.join(",")), steps, &native, &targets);
        let show = |seconds: &Seconds| format!("{} {} {}", seconds.native, seconds.emulated, seconds.shared);
        let mut lines: Vec<_> = timing
            .platforms
            .iter()
            .map(|(target, seconds)| format!("{target} {}", show(seconds)))
            .collect();
        lines.push(format!("total {}", show(&timing.total)));
        assert_eq!(lines.join(", "), expected);
    }

    #[test]
    fn adds_up_by_platform_and_counts_a_shared_step_once_in_total() {
        let vertexes = [
            vertex("a", "[linux/amd64 build 1/3] RUN shared", "", 5, false),
            vertex("b", "[linux/amd64 build 2/3] RUN x", "\"a\"", 2, false),
            vertex("c", "[linux/amd64->arm64 build 2/3] RUN x", "\"a\"", 3, false),
            vertex("d", "[linux/arm64 stage-1 2/3] RUN y", "\"c\"", 20, false),
            vertex("e", "[linux/amd64 stage-1 2/3] RUN y", "\"b\"", 1, false),
            vertex("f", "[linux/arm64 stage-1 3/3] COPY x y", "\"d\"", 9, false),
            vertex("g", "[linux/amd64 stage-1 3/3] RUN z", "\"e\"", 9, true),
        ];
        let expected = "linux/amd64 3 0 5, linux/arm64 3 20 5, total 6 20 5";
        check(&vertexes, &[], &["linux/amd64", "linux/arm64"], expected);
    }

    #[test]
    fn a_build_for_one_platform_follows_the_plan() {
        let step = |number, place| Step {
            stage: String::new(),
            number,
            line: number,
            run: true,
            places: [("linux/arm64".to_owned(), place)].into(),
        };
        let vertexes = [
            vertex("a", "[2/3] RUN x", "", 4, false),
            vertex("b", "[3/3] RUN y", "\"a\"", 7, false),
        ];
        let steps = [step(2, Place::Native), step(3, Place::Emulated)];
        check(
            &vertexes,
            &steps,
            &["linux/arm64"],
            "linux/arm64 4 7 0, total 4 7 0",
        );
        check(&vertexes, &[], &["linux/arm64"], "linux/arm64 0 0 0, total 0 0 0");
    }
}
