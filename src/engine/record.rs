//! What is known of each step of a build, collected from the progress stream.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use crate::engine::{Event, Status, Vertex, VertexLog, VertexName};

/// How many of a step's last lines are kept.
const LOG_LINES: usize = 30;
/// How many of the last lines of plain text are kept.
const TEXT_LINES: usize = 200;
/// Longer lines lose their end, in bytes.
const LINE_BYTES: usize = 4096;

/// One time that a step was worked on; BuildKit may stop a step and take it up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// When it began, since 1970.
    pub started: Duration,
    /// When it ended; none while it runs.
    pub completed: Option<Duration>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VertexRecord {
    /// The identity of the step.
    pub digest: String,
    /// The name as BuildKit gives it.
    pub label: String,
    /// The digests of the steps that it reads from.
    pub inputs: Vec<String>,
    /// When it was worked on, in the order of the stream.
    pub intervals: Vec<Interval>,
    /// Whether the result was there already.
    pub cached: bool,
    /// Why it failed.
    pub error: Option<String>,
    log: VecDeque<String>,
    unfinished_line: Vec<u8>,
}

impl VertexRecord {
    /// The parts of the name.
    pub fn name(&self) -> VertexName {
        VertexName::parse(&self.label)
    }

    /// The last lines that its command printed, the last of them perhaps without its end.
    pub fn last_lines(&self) -> Vec<String> {
        let unfinished = Some(last_drawn(&self.unfinished_line)).filter(|line| !line.is_empty());
        self.log.iter().cloned().chain(unfinished).collect()
    }

    /// The seconds that it was worked on; 0 when the result was there already.
    pub fn seconds(&self) -> f64 {
        if self.cached {
            return 0.0;
        }
        let ended = self
            .intervals
            .iter()
            .filter_map(|interval| interval.completed?.checked_sub(interval.started));
        ended.sum::<Duration>().as_secs_f64()
    }

    /// Whether it is worked on now.
    pub fn is_running(&self) -> bool {
        self.error.is_none() && self.intervals.iter().any(|interval| interval.completed.is_none())
    }

    /// Whether it was worked on and has ended, well or not.
    pub fn is_finished(&self) -> bool {
        !self.intervals.is_empty() && !self.is_running()
    }

    /// Whether it failed by itself, not because the build was cancelled for another reason.
    pub fn has_failed(&self) -> bool {
        self.error
            .as_ref()
            .is_some_and(|error| !error.contains("context canceled"))
    }
}

/// Everything that the stream has told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The steps in the order in which they were announced.
    pub vertexes: Vec<VertexRecord>,
    /// Findings of the Dockerfile frontend, one line each.
    pub warnings: Vec<String>,
    /// The last lines that were no messages.
    pub text: VecDeque<String>,
    index: HashMap<String, usize>,
}

impl Record {
    /// Takes the next event and gives the places in [`Record::vertexes`] of the steps that it changed.
    pub fn take(&mut self, event: &Event) -> BTreeSet<usize> {
        match event {
            Event::Status { status, .. } => self.take_status(status),
            Event::Text(line) => {
                push_bounded(&mut self.text, cut(line.as_bytes()), TEXT_LINES);
                BTreeSet::new()
            }
        }
    }

    /// The step of this digest.
    pub fn vertex(&self, digest: &str) -> Option<&VertexRecord> {
        self.vertexes.get(*self.index.get(digest)?)
    }

    /// The step for whose sake the build failed.
    pub fn failed(&self) -> Option<&VertexRecord> {
        self.vertexes.iter().find(|vertex| vertex.has_failed())
    }

    /// The line of the Dockerfile at which the build failed, as buildx names it above its excerpt of the file.
    pub fn failed_line(&self) -> Option<usize> {
        let excerpt = self.text.iter().zip(self.text.iter().skip(1));
        let mut headings =
            excerpt.filter(|(_, below)| below.len() > 3 && below.bytes().all(|byte| byte == b'-'));
        headings.find_map(|(heading, _)| heading.rsplit_once(':')?.1.parse().ok())
    }

    /// The target platforms that each step works for, in the order of [`Record::vertexes`].
    ///
    /// A name tells that only when the stage asks for the target platform.
    /// Otherwise a step works for those that read from it; the last step of a target works for the platform it runs on.
    /// Empty for every step of a build for a single platform, whose names tell none.
    pub fn targets(&self) -> Vec<BTreeSet<String>> {
        let names: Vec<VertexName> = self.vertexes.iter().map(VertexRecord::name).collect();
        let inputs: Vec<Vec<usize>> = self
            .vertexes
            .iter()
            .map(|vertex| {
                vertex
                    .inputs
                    .iter()
                    .filter_map(|digest| self.index.get(digest).copied())
                    .collect()
            })
            .collect();
        let read: BTreeSet<usize> = inputs.iter().flatten().copied().collect();
        let mut targets: Vec<BTreeSet<String>> = vec![BTreeSet::new(); names.len()];
        let mut changed = VecDeque::new();
        for (at, name) in names.iter().enumerate() {
            let Some(step) = name.step() else { continue };
            let by_name = step.target_platform.as_ref();
            if let Some(platform) = by_name.or(step.build_platform.as_ref().filter(|_| !read.contains(&at))) {
                targets[at].insert(platform.clone());
                changed.push_back(at);
            }
        }
        while let Some(at) = changed.pop_front() {
            for input in &inputs[at] {
                let is_told = names[*input]
                    .step()
                    .is_some_and(|step| step.target_platform.is_some());
                if is_told || targets[at].is_subset(&targets[*input]) {
                    continue;
                }
                let more = targets[at].clone();
                targets[*input].extend(more);
                changed.push_back(*input);
            }
        }
        targets
    }

    fn take_status(&mut self, status: &Status) -> BTreeSet<usize> {
        let mut changed = BTreeSet::new();
        for vertex in &status.vertexes {
            let at = self.place_of(&vertex.digest);
            update(&mut self.vertexes[at], vertex);
            changed.insert(at);
        }
        for log in &status.logs {
            let at = self.place_of(&log.vertex);
            append(&mut self.vertexes[at], log);
            changed.insert(at);
        }
        self.warnings
            .extend(status.warnings.iter().map(|warning| cut(&warning.short)));
        changed
    }

    fn place_of(&mut self, digest: &str) -> usize {
        if let Some(at) = self.index.get(digest) {
            return *at;
        }
        self.index.insert(digest.to_owned(), self.vertexes.len());
        self.vertexes.push(VertexRecord {
            digest: digest.to_owned(),
            ..VertexRecord::default()
        });
        self.vertexes.len() - 1
    }
}

fn update(record: &mut VertexRecord, vertex: &Vertex) {
    if !vertex.name.is_empty() {
        record.label.clone_from(&vertex.name);
    }
    if !vertex.inputs.is_empty() {
        record.inputs.clone_from(&vertex.inputs);
    }
    record.cached |= vertex.cached;
    if !vertex.error.is_empty() {
        record.error = Some(vertex.error.clone());
    }
    let Some(started) = vertex.started else { return };
    match record
        .intervals
        .iter_mut()
        .find(|interval| interval.started == started)
    {
        Some(interval) => interval.completed = vertex.completed.or(interval.completed),
        None => record.intervals.push(Interval {
            started,
            completed: vertex.completed,
        }),
    }
}

fn append(record: &mut VertexRecord, log: &VertexLog) {
    record.unfinished_line.extend_from_slice(&log.data);
    while let Some(end) = record.unfinished_line.iter().position(|byte| *byte == b'\n') {
        let line: Vec<u8> = record.unfinished_line.drain(..=end).collect();
        push_bounded(&mut record.log, last_drawn(&line), LOG_LINES);
    }
    if record.unfinished_line.len() > LINE_BYTES {
        let line = std::mem::take(&mut record.unfinished_line);
        push_bounded(&mut record.log, last_drawn(&line), LOG_LINES);
    }
}

/// The line as a terminal shows it in the end: programs draw progress over it with carriage returns.
fn last_drawn(line: &[u8]) -> String {
    let line = line.trim_ascii_end();
    cut(line.rsplit(|byte| *byte == b'\r').next().unwrap_or(line))
}

fn cut(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES)]).into_owned()
}

fn push_bounded(lines: &mut VecDeque<String>, line: String, most: usize) {
    if lines.len() == most {
        lines.pop_front();
    }
    lines.push_back(line);
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
