use std::{
    collections::{BTreeSet, HashMap},
    io::Write,
};

use crate::engine::{
    Event, Record,
    display::{Scene, is_worth_a_line, shorten, state},
};

/// How much of an instruction is shown.
const NAME_CHARACTERS: usize = 120;

/// Lines for a file, a pipe or a log.
pub(super) struct Plain<'a> {
    writer: &'a mut dyn Write,
    finished: BTreeSet<String>,
    unfinished_lines: HashMap<String, Vec<u8>>,
}

impl<'a> Plain<'a> {
    pub(super) fn new(writer: &'a mut dyn Write) -> Self {
        Self {
            writer,
            finished: BTreeSet::new(),
            unfinished_lines: HashMap::new(),
        }
    }

    pub(super) fn event(&mut self, scene: &Scene, event: &Event, record: &Record) {
        let status = match event {
            Event::Text(line) => return self.lines(std::slice::from_ref(line)),
            Event::Status { status, .. } => status,
        };
        let targets = record.targets();
        let describe = |digest: &str| {
            let at = record
                .vertexes
                .iter()
                .position(|vertex| vertex.digest == digest)?;
            Some((
                &record.vertexes[at],
                scene.describe(&record.vertexes[at], &targets[at]),
            ))
        };
        for log in &status.logs {
            let line = self.unfinished_lines.entry(log.vertex.clone()).or_default();
            line.extend_from_slice(&log.data);
            let Some(end) = line.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let whole: Vec<u8> = line.drain(..=end).collect();
            let Some((_, (name, _))) = describe(&log.vertex) else {
                continue;
            };
            self.printed(&name, &whole);
        }
        for vertex in &status.vertexes {
            let Some((vertex, (name, place))) = describe(&vertex.digest) else {
                continue;
            };
            if !(vertex.is_finished()
                && is_worth_a_line(vertex)
                && self.finished.insert(vertex.digest.clone()))
            {
                continue;
            }
            if let Some(rest) = self
                .unfinished_lines
                .remove(&vertex.digest)
                .filter(|rest| !rest.is_empty())
            {
                self.printed(&name, &rest);
            }
            let place = place.map_or_else(String::new, |place| format!(" {}", place.word()));
            self.lines(&[format!(
                "{}{place} {}",
                shorten(&name, NAME_CHARACTERS),
                state(vertex)
            )]);
        }
        for warning in &status.warnings {
            self.lines(&[format!("warning: {}", String::from_utf8_lossy(&warning.short))]);
        }
    }

    /// Writes the rest of what commands printed, then `lines`.
    pub(super) fn finish(&mut self, scene: &Scene, record: &Record, lines: &[String]) {
        let targets = record.targets();
        let rests = std::mem::take(&mut self.unfinished_lines);
        for (vertex, targets) in record.vertexes.iter().zip(&targets) {
            if let Some(rest) = rests.get(&vertex.digest).filter(|rest| !rest.is_empty()) {
                self.printed(&scene.describe(vertex, targets).0, rest);
            }
        }
        self.lines(lines);
    }

    pub(super) fn lines(&mut self, lines: &[String]) {
        for line in lines {
            let _ = writeln!(self.writer, "{line}");
        }
        let _ = self.writer.flush();
    }

    /// What a command printed, behind the step's name up to its place in the stage.
    fn printed(&mut self, name: &str, bytes: &[u8]) {
        let end = name
            .find('/')
            .and_then(|_| name.split_whitespace().position(is_count));
        let label: Vec<&str> = name
            .split_whitespace()
            .take(end.map_or(1, |end| end + 1))
            .collect();
        let label = label.join(" ");
        let text = String::from_utf8_lossy(bytes);
        let lines = text
            .lines()
            .map(|line| format!("{label} | {}", line.rsplit('\r').next().unwrap_or(line)));
        self.lines(&lines.collect::<Vec<_>>());
    }
}

fn is_count(word: &str) -> bool {
    word.split_once('/')
        .is_some_and(|(number, of)| [number, of].iter().all(|part| part.parse::<usize>().is_ok()))
}
