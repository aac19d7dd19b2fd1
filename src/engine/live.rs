use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::engine::{
    Event, Record,
    display::{Scene, is_worth_a_line, shorten, state},
};
use crate::plan::Place;

/// How often the seconds of a running step change.
const TICK: Duration = Duration::from_millis(200);
/// How much of a finished instruction is shown.
const NAME_CHARACTERS: usize = 100;

/// Changing lines on a terminal; finished ones stay above.
pub(super) struct Live {
    all: MultiProgress,
    running: HashMap<String, ProgressBar>,
    finished: BTreeSet<String>,
}

impl Live {
    pub(super) fn new(target: ProgressDrawTarget) -> Self {
        Self {
            all: MultiProgress::with_draw_target(target),
            running: HashMap::new(),
            finished: BTreeSet::new(),
        }
    }

    pub(super) fn event(&mut self, scene: &Scene, event: &Event, record: &Record) {
        let status = match event {
            Event::Text(line) => return self.line(line),
            Event::Status { status, .. } => status,
        };
        if status.vertexes.is_empty() && status.warnings.is_empty() {
            return;
        }
        let targets = record.targets();
        for (vertex, targets) in record.vertexes.iter().zip(&targets) {
            let (name, place) = scene.describe(vertex, targets);
            if vertex.is_running() {
                let all = &self.all;
                let bar = self
                    .running
                    .entry(vertex.digest.clone())
                    .or_insert_with(|| start(all));
                let name = shorten(&name, 400);
                if bar.message() != name || bar.prefix() != word(place) {
                    bar.set_style(style(place, scene.has_colour));
                    bar.set_prefix(word(place));
                    bar.set_message(name);
                }
            } else if vertex.is_finished() {
                if let Some(bar) = self.running.remove(&vertex.digest) {
                    bar.finish_and_clear();
                    self.all.remove(&bar);
                }
                if is_worth_a_line(vertex) && self.finished.insert(vertex.digest.clone()) {
                    let name = shorten(&name, NAME_CHARACTERS);
                    let mark =
                        place.map_or_else(String::new, |place| format!(" {}", mark(place, scene.has_colour)));
                    self.line(&format!("{name}{mark} {}", state(vertex)));
                }
            }
        }
        for warning in &status.warnings {
            self.line(&format!("warning: {}", String::from_utf8_lossy(&warning.short)));
        }
    }

    pub(super) fn finish(&mut self, lines: &[String]) {
        for (_, bar) in self.running.drain() {
            bar.finish_and_clear();
        }
        for line in lines {
            self.line(line);
        }
    }

    fn line(&self, line: &str) {
        let _ = self.all.println(line);
    }
}

fn start(all: &MultiProgress) -> ProgressBar {
    let bar = all.add(ProgressBar::new_spinner());
    bar.enable_steady_tick(TICK);
    bar
}

fn style(place: Option<Place>, has_colour: bool) -> ProgressStyle {
    let mark = place.map_or_else(String::new, |place| format!(" {}", mark(place, has_colour)));
    let style = ProgressStyle::with_template(&format!("> {{wide_msg}}{mark} {{seconds}}"));
    style
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .with_key("seconds", seconds)
}

fn word(place: Option<Place>) -> &'static str {
    place.map_or("", Place::word)
}

fn seconds(state: &ProgressState, text: &mut dyn fmt::Write) {
    let _ = write!(text, "{:.1}s", state.elapsed().as_secs_f64());
}

fn mark(place: Place, has_colour: bool) -> String {
    let colour = match place {
        Place::Native => 32,
        Place::Emulated => 33,
        Place::Shared => 36,
        Place::Unused => 90,
    };
    if has_colour {
        format!("\x1b[{colour}m{}\x1b[0m", place.word())
    } else {
        place.word().to_owned()
    }
}
