//! Compiling in the exported stage itself: what makes the program goes into a pinned stage of its own, and what it makes
//! is copied back. Caches and intermediate files no longer ship, so this is never certain.

mod compilers;
mod copies;
mod entry;
mod names;
mod place;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::Base,
    plan::{
        Change,
        analysis::Analysis,
        moves::Moves,
        trace::{Answer, Obstacle, Surroundings, Trace, follow},
    },
};

use compilers::{compiler_of, is_known, paths_of};
use entry::{Started, started};
pub(super) use names::Names;
use runs::{Kind, Put, Run, put, recipes, runs};

/// What becomes of an exported stage that compiles.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub(super) changes: Vec<Change>,
    /// The automatic arguments that the new stage declares in front of a step.
    pub(super) declared: BTreeMap<usize, Vec<String>>,
    /// Where the RUNs start that run in the new stage only.
    pub(super) moved: BTreeSet<usize>,
    pub(super) recipes: Vec<String>,
    /// What no longer ships, with the line of the last RUN that compiles.
    pub(super) reason: Obstacle,
}

/// What is named and made is compared with one another, so a stage of more steps and commands stays as it is.
const STEPS_LIMIT: usize = 500;

const COMMANDS_LIMIT: usize = 2_000;

impl Analysis<'_, '_> {
    /// Splits what compiles off an exported stage; none when nothing in it compiles.
    pub(super) fn split(
        &self,
        stage: usize,
        moves: &Moves,
        names: &mut Names,
    ) -> Option<Result<Split, Obstacle>> {
        let view = &self.model.views[0];
        let Base::Image(image) = &view.stages[stage].base else {
            return None;
        };
        if view.stages[stage].steps.len() > STEPS_LIMIT {
            return None;
        }
        let is_alone = self.usage.consumers(stage).is_empty() && self.usage.children(stage).is_empty();
        if !self.is_reached(stage) || !self.is_on_target(stage) || self.is_already_native(stage) || !is_alone
        {
            return None;
        }
        let mut surroundings = self.surroundings(stage, &BTreeSet::from([image.clone()]), moves);
        let first = follow(stage, &surroundings);
        if !first.commands.iter().any(is_known) || first.commands.len() > COMMANDS_LIMIT {
            return None;
        }
        let start = started(self.model.stages[stage].instructions, &first);
        surroundings.facts.taken = taken(start.as_deref().unwrap_or_default(), &first);
        let whole = follow(stage, &surroundings);
        let splitting = Splitting {
            analysis: self,
            stage,
            image,
            surroundings: &surroundings,
            runs: runs(&view.stages[stage].steps, &whole),
            whole: &whole,
            name: names.free(self.model),
        };
        let split = splitting.split(start);
        if let Some(Ok(_)) = split {
            names.take();
        }
        split
    }
}

/// The programs that a container starts or later commands name, for recipes that ask what leaves the stage.
fn taken(start: &[Started], trace: &Trace) -> Vec<String> {
    let words = trace
        .commands
        .iter()
        .flat_map(|command| command.words.iter().flatten());
    let programs = words.filter(|word| word.starts_with('/') && word.contains("/bin/"));
    paths_of(start).into_iter().chain(programs.cloned()).collect()
}

struct Splitting<'a, 'm, 'f> {
    analysis: &'a Analysis<'m, 'f>,
    stage: usize,
    image: &'a str,
    surroundings: &'a Surroundings<'a, 'f>,
    /// The name of the new stage.
    name: String,
    runs: Vec<Run<'a, 'f>>,
    whole: &'a Trace,
}

impl Splitting<'_, '_, '_> {
    fn obstacle(&self, run: usize, reason: impl Into<String>) -> Obstacle {
        Obstacle {
            line: self.runs[run].instruction.lines.0,
            reason: reason.into(),
        }
    }

    fn split(&self, start: Result<Vec<Started>, String>) -> Option<Result<Split, Obstacle>> {
        let kinds: Vec<Kind> = self.runs.iter().map(|run| self.kind(run)).collect();
        let makes = |kind: &Kind| matches!(kind, Kind::Makes(..) | Kind::Mixed(_));
        let Some(first) = kinds.iter().position(makes) else {
            let mut commands = self.whole.commands.iter();
            let is_declined =
                commands.any(|command| matches!(command.answer, Answer::Declined(_)) && is_known(command));
            return Some(Err(self.whole.obstacle.clone().filter(|_| is_declined)?));
        };
        // Behind an obstacle nothing is known to run natively.
        let is_free = |run: usize| {
            let obstacle = self.whole.obstacle.as_ref();
            obstacle.is_none_or(|obstacle| self.runs[run].instruction.lines.1 < obstacle.line)
        };
        let last = (0..kinds.len())
            .rev()
            .find(|run| makes(&kinds[*run]) && is_free(*run));
        let Some(last) = last else {
            return Some(Err(self.whole.obstacle.clone()?));
        };
        if let Some(run) = (0..=last).find(|run| matches!(kinds[*run], Kind::Mixed(_))) {
            let Kind::Mixed(reason) = &kinds[run] else {
                return None;
            };
            return Some(Err(self.obstacle(run, reason.clone())));
        }
        Some(self.divide(&kinds, first, last, start))
    }

    fn divide(
        &self,
        kinds: &[Kind],
        first: usize,
        last: usize,
        start: Result<Vec<Started>, String>,
    ) -> Result<Split, Obstacle> {
        let start = start.map_err(|reason| self.obstacle(last, reason))?;
        self.check_shape(last)?;
        let used: BTreeSet<&str> = self.runs[..=last]
            .iter()
            .zip(kinds)
            .filter(|(_, kind)| matches!(kind, Kind::Makes(..)))
            .flat_map(|(run, _)| run.commands.iter().filter_map(|command| compiler_of(command)))
            .map(|compiler| compiler.recipe)
            .collect();
        let is_kept = |run: usize| matches!(kinds[run], Kind::Kept | Kind::Mixed(_)) || run > last;
        // A RUN that fills caches is of use to the kept ones behind it.
        let serves_kept = |run: usize| {
            let fills: Vec<&str> = recipes(&self.runs[run]);
            (run + 1..self.runs.len())
                .filter(|later| is_kept(*later))
                .any(|later| {
                    recipes(&self.runs[later])
                        .iter()
                        .any(|recipe| fills.contains(recipe))
                })
                || fills.iter().any(|recipe| !used.contains(recipe))
        };
        let moved: BTreeSet<usize> = (0..=last)
            .filter(|run| match kinds[*run] {
                Kind::Makes(..) => true,
                Kind::Fills => !serves_kept(*run),
                Kind::Kept | Kind::Mixed(_) => false,
            })
            .collect();
        let earliest = moved.first().copied().unwrap_or(first);
        let later: Vec<usize> = (earliest..self.runs.len())
            .filter(|run| !moved.contains(run))
            .collect();
        let put: Vec<Put> = later
            .iter()
            .flat_map(|run| &self.runs[*run].commands)
            .flat_map(|command| put(command))
            .collect();
        let mut named = paths_of(&start);
        named.retain(|path| !put.iter().any(|put| put.is(path)));
        for &run in &later {
            let words = self.named_by(run, &used)?;
            let is_new = |path: &String| {
                put.iter()
                    .any(|put| matches!(put, Put::File(file) if file == path))
            };
            named.extend(words.into_iter().filter(|path| !is_new(path)));
        }
        let copies = self.copies(kinds, &moved, &named)?;
        self.check_start(&start, &copies, last)?;
        self.check_order(&later, &copies)?;
        self.place(&moved, last, &copies)
    }
}
