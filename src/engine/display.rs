//! Draws a running build: which command runs where, and for how long.

use std::{collections::BTreeSet, io::Write};

use indicatif::ProgressDrawTarget;

use crate::engine::{
    Event, Native, Outcome, Record, Step, VertexName, VertexRecord, live::Live, place_of, plain::Plain,
};
use crate::plan::Place;

/// How a build is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One changing line for each running step, on a terminal.
    Live,
    /// One line for each finished step, and what commands print.
    Plain,
    /// Nothing, unless the build fails.
    Quiet,
    /// Just what buildx prints.
    RawJson,
}

impl Mode {
    /// Reads the value of `--progress` or `BUILDKIT_PROGRESS` as buildx does; everything else depends on the output.
    pub fn choose(progress: Option<&str>, is_terminal: bool) -> Self {
        match progress {
            Some("plain") => Self::Plain,
            Some("quiet" | "none") => Self::Quiet,
            Some("rawjson") => Self::RawJson,
            _ if is_terminal => Self::Live,
            _ => Self::Plain,
        }
    }
}

/// What is known before the build begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The steps that the plan expects; empty without a plan.
    ///
    /// BuildKit announces the steps of each platform at its own time, so that without a plan a shared step that ends before
    /// the others are known is drawn as native; the sums of [`crate::engine::timing`] are right in the end all the same.
    pub steps: Vec<Step>,
    /// What the builder runs without emulation.
    pub native: Native,
    /// The requested platforms.
    pub targets: Vec<String>,
    /// Whether to use colours.
    pub has_colour: bool,
}

impl Scene {
    /// Where a step runs, and its name for people: target platform, stage, place and instruction.
    pub(super) fn describe(
        &self,
        vertex: &VertexRecord,
        targets: &BTreeSet<String>,
    ) -> (String, Option<Place>) {
        let name = vertex.name();
        let VertexName::Step(step) = &name else {
            return (vertex.label.clone(), None);
        };
        let place = place_of(step, targets, &self.steps, &self.native);
        let platform = match (place, targets.len()) {
            (Some(Place::Shared), _) => None,
            (_, 1) => targets.first(),
            (_, 0) if self.targets.len() == 1 => self.targets.first(),
            _ => step.build_platform.as_ref(),
        };
        let counted = format!("{}/{}", step.number, step.of);
        let words = [
            platform.map_or("", String::as_str),
            &step.stage,
            &counted,
            &step.instruction,
        ];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        (words.join(" "), place)
    }
}

/// Draws the events of one build.
pub struct Display<'a> {
    scene: Scene,
    output: Output<'a>,
}

enum Output<'a> {
    Live(Live),
    Plain(Plain<'a>),
    Quiet(&'a mut dyn Write),
    RawJson(&'a mut dyn Write),
}

impl<'a> Display<'a> {
    /// A display in the given mode; everything but live lines goes to `writer`, and those to standard error.
    pub fn new(mode: Mode, scene: Scene, writer: &'a mut dyn Write) -> Self {
        match mode {
            Mode::Live => Self::live(scene, ProgressDrawTarget::stderr()),
            Mode::Plain => Self {
                scene,
                output: Output::Plain(Plain::new(writer)),
            },
            Mode::Quiet => Self {
                scene,
                output: Output::Quiet(writer),
            },
            Mode::RawJson => Self {
                scene,
                output: Output::RawJson(writer),
            },
        }
    }

    /// A display with changing lines on `target`.
    pub fn live(scene: Scene, target: ProgressDrawTarget) -> Self {
        Self {
            scene,
            output: Output::Live(Live::new(target)),
        }
    }

    /// Draws what an event changes; `record` knows it already.
    ///
    /// What cannot be written is left out: a closed output must not end the build.
    pub fn event(&mut self, event: &Event, record: &Record) {
        match (&mut self.output, event) {
            (Output::Live(live), _) => live.event(&self.scene, event, record),
            (Output::Plain(plain), _) => plain.event(&self.scene, event, record),
            (Output::Quiet(_), _) => {}
            (Output::RawJson(writer), Event::Status { raw: line, .. } | Event::Text(line)) => {
                let _ = writeln!(writer, "{line}");
            }
        }
    }

    /// Draws the end: the last lines of the step that failed, and in quiet mode what buildx said.
    pub fn finish(&mut self, outcome: &Outcome) {
        let record = &outcome.record;
        match &mut self.output {
            Output::Live(live) => live.finish(&failure(&self.scene, record)),
            Output::Plain(plain) => plain.finish(&self.scene, record, &failure(&self.scene, record)),
            Output::Quiet(writer) if outcome.code != 0 => {
                for line in failure(&self.scene, record).iter().chain(&record.text) {
                    let _ = writeln!(writer, "{line}");
                }
            }
            Output::Quiet(_) | Output::RawJson(_) => {}
        }
    }
}

/// The step that failed, with the last lines that its command printed.
fn failure(scene: &Scene, record: &Record) -> Vec<String> {
    let Some(at) = record.vertexes.iter().position(VertexRecord::has_failed) else {
        return Vec::new();
    };
    let vertex = &record.vertexes[at];
    let targets = record.targets().swap_remove(at);
    let (name, place) = scene.describe(vertex, &targets);
    let place = place.map_or_else(String::new, |place| format!(" ({})", place.word()));
    let mut lines = vec![format!("failed: {name}{place}")];
    lines.extend(vertex.last_lines().iter().map(|line| format!("  | {line}")));
    lines
}

/// Whether a finished step deserves a line: instructions do, housekeeping only when it took long or failed.
pub(super) fn is_worth_a_line(vertex: &VertexRecord) -> bool {
    match vertex.name() {
        VertexName::Step(step) => !step.instruction.starts_with("LINK "),
        VertexName::Other(_) => vertex.seconds() >= 1.0 || vertex.error.is_some(),
    }
}

/// The state of a finished step: its time, or why it has none.
pub(super) fn state(vertex: &VertexRecord) -> String {
    match &vertex.error {
        Some(_) if !vertex.has_failed() => "cancelled".to_owned(),
        Some(_) => format!("failed after {:.1}s", vertex.seconds()),
        None if vertex.cached => "cached".to_owned(),
        None => format!("{:.1}s", vertex.seconds()),
    }
}

/// At most `most` characters on one line.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
        None => text,
    }
}

#[cfg(test)]
#[path = "display_tests.rs"]
mod tests;
