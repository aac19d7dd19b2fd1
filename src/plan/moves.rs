//! Which stages may run natively together, and what has to change for that.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{
    grammar::Keyword,
    model::{Adjustments, Model},
    plan::{
        Change,
        analysis::Analysis,
        split::{Names, Split},
        trace::{CommandTrace, Obstacle, Trace, follow},
        usage::Usage,
    },
};

/// Which stages run on the build platform, and what has to change for that.
#[derive(Debug)]
pub(super) struct Moves {
    /// The trace of every stage that runs natively in the end, moved or native by its own FROM.
    pub(super) native: Vec<Option<Trace>>,
    /// Stages that the file itself pins.
    pub(super) already: BTreeSet<usize>,
    /// Why a candidate stays.
    pub(super) obstacles: BTreeMap<usize, Obstacle>,
    pub(super) changes: BTreeMap<usize, Vec<Change>>,
    pub(super) cloned: BTreeSet<usize>,
    /// The moved stages in which a RUN is saved from emulation.
    pub(super) saved: BTreeSet<usize>,
    /// For each exported stage that compiles, how it is split, or why it is not.
    pub(super) splits: BTreeMap<usize, Result<Split, Obstacle>>,
}

impl Moves {
    pub(super) fn none(model: &Model<'_>) -> Self {
        Self {
            native: vec![None; model.stages.len()],
            already: BTreeSet::new(),
            obstacles: BTreeMap::new(),
            changes: BTreeMap::new(),
            cloned: BTreeSet::new(),
            saved: BTreeSet::new(),
            splits: BTreeMap::new(),
        }
    }

    pub(super) fn adjustments(&self) -> Adjustments {
        let mut adjustments = Adjustments {
            cloned: self.cloned.clone(),
            ..Adjustments::default()
        };
        adjustments.native.extend(self.saved.iter().copied());
        for change in self.changes.values().flatten() {
            match change {
                Change::DeclareArguments { step, names } => {
                    let declared = adjustments.declared.entry(*step).or_default();
                    declared.extend(names.iter().cloned());
                }
                Change::RetargetSource { step, .. } => {
                    adjustments.pinned_sources.insert(*step);
                }
                _ => {}
            }
        }
        adjustments
    }
}

impl Moves {
    /// The exported stages as the copies that are split off run.
    pub(super) fn split_adjustments(&self) -> Adjustments {
        let mut adjustments = self.adjustments();
        for (stage, split) in &self.splits {
            if let Ok(split) = split {
                adjustments.native.insert(*stage);
                adjustments.declared.extend(split.declared.clone());
            }
        }
        adjustments
    }
}

impl Analysis<'_, '_> {
    /// Finds the largest set of stages that may run natively together.
    ///
    /// A stage may rely on another only while that one runs natively as well, so stages are taken out of the
    /// set until nothing changes.
    pub(super) fn moves(&self, is_aggressive: bool) -> Moves {
        let count = self.model.stages.len();
        let mut moves = Moves::none(self.model);
        moves.already = (0..count)
            .filter(|stage| self.is_reached(*stage) && self.is_already_native(*stage))
            .collect();
        let mut candidates: BTreeSet<usize> = (0..count)
            .filter(|stage| {
                self.is_reached(*stage) && !self.usage.is_exported(*stage) && self.is_on_target(*stage)
            })
            .filter(|stage| !self.is_already_native(*stage))
            .collect();
        loop {
            moves.native = vec![None; count];
            let mut removed = Vec::new();
            let images = self.user_images(&candidates, &moves);
            for (stage, images) in images.iter().enumerate() {
                let is_candidate = candidates.contains(&stage);
                if !is_candidate && !moves.already.contains(&stage) {
                    continue;
                }
                let trace = follow(stage, &self.surroundings(stage, images, &moves));
                let obstacle = trace.obstacle.clone().filter(|_| is_candidate).or_else(|| {
                    let doubt = trace
                        .doubt
                        .clone()
                        .filter(|_| is_candidate && !is_aggressive && !self.is_wanted(stage))?;
                    let reason = format!("likely, so it moves with --aggressive: {}", doubt.reason);
                    Some(Obstacle { reason, ..doubt })
                });
                match obstacle {
                    Some(obstacle) => removed.push((stage, obstacle)),
                    None => moves.native[stage] = Some(trace),
                }
            }
            let mut is_settled = removed.is_empty();
            for (stage, obstacle) in removed {
                candidates.remove(&stage);
                moves.obstacles.insert(stage, obstacle);
            }
            // Users stand behind what they use, so that this order carries an obstacle on through all of them at once.
            for stage in (0..count).rev() {
                if candidates.contains(&stage)
                    && let Some(obstacle) = self.leaving_obstacle(stage, &candidates, &moves)
                {
                    candidates.remove(&stage);
                    moves.obstacles.insert(stage, obstacle);
                    is_settled = false;
                }
            }
            if is_settled {
                break;
            }
        }
        self.place_changes(&candidates, &mut moves);
        let mut names = Names::default();
        for stage in (0..count).filter(|stage| self.usage.is_exported(*stage)) {
            if !is_aggressive && !self.is_wanted(stage) {
                continue;
            }
            if let Some(split) = self.split(stage, &moves, &mut names) {
                if let Ok(split) = &split {
                    moves.changes.insert(stage, split.changes.clone());
                }
                moves.splits.insert(stage, split);
            }
        }
        moves
    }

    /// Whether a comment above FROM asks for the move: `# xbuild: native`.
    fn is_wanted(&self, stage: usize) -> bool {
        let text = self.model.file.text;
        self.model.stages[stage].from.comments.iter().any(|comment| {
            comment.of(text).trim_start_matches('#').trim().replace(' ', "") == "xbuild:native"
        })
    }

    /// Why what leaves the stage may be wrong when it runs natively.
    fn leaving_obstacle(
        &self,
        stage: usize,
        candidates: &BTreeSet<usize>,
        moves: &Moves,
    ) -> Option<Obstacle> {
        let trace = moves.native[stage].as_ref()?;
        if let Some(change) = trace
            .changes
            .iter()
            .find(|change| !candidates.contains(&change.stage))
        {
            let base = self.model.stages[change.stage].label();
            let line = self.usage.lines.line(change.step);
            let reason =
                format!("stage {base}, which it stands on, compiles and stays on the target platform");
            return Some(Obstacle { line, reason });
        }
        if let Some(obstacle) = self.late_use(stage, trace) {
            return Some(obstacle);
        }
        let view = &self.model.views[0];
        if let Some(base) = view.stages[stage].base.stage() {
            let word = self.model.stages[stage]
                .base()
                .map(|word| word.text.as_str())
                .unwrap_or_default();
            if !candidates.contains(&base) && !moves.already.contains(&base) {
                let line = self.model.stages[stage].from.lines.0;
                let label = self.model.stages[base].label();
                if word.contains('$') {
                    let reason = format!("it stands on stage {label}, which stays, by way of a variable");
                    return Some(Obstacle { line, reason });
                }
                if let Some(tool) = self.compiled_tool(stage, trace) {
                    let reason =
                        format!("a copy of stage {label} would compile {tool} once more, for little");
                    return Some(Obstacle { line, reason });
                }
                if let Some(line) = self.usage.counted_source {
                    let reason = format!("a copy of stage {label} would shift the number in --from");
                    return Some(Obstacle { line, reason });
                }
            }
        }
        for consumer in self.usage.consumers(stage) {
            // A stage that the file pins gets files of the target today, and may pass them on.
            if candidates.contains(&consumer.stage) {
                continue;
            }
            for path in &consumer.paths {
                if let Err(reason) = trace.outputs.origin_of(path) {
                    return Some(Obstacle {
                        line: consumer.line,
                        reason,
                    });
                }
            }
        }
        let child = self
            .usage
            .children(stage)
            .iter()
            .find(|child| self.is_reached(**child) && !candidates.contains(child));
        child.map(|child| Obstacle {
            line: self.model.stages[*child].from.lines.0,
            reason: format!(
                "stage {}, which stands on it, stays on the target platform",
                self.model.stages[*child].label()
            ),
        })
    }

    /// A tool that the bases of a stage compile which itself compiles nothing.
    fn compiled_tool<'t>(&self, stage: usize, trace: &'t Trace) -> Option<&'t str> {
        let start = self.model.stages[stage].from.span.start;
        let installs = |command: &&CommandTrace| {
            command.name == "cargo" && command.words.first() == Some(&Some("install".to_owned()))
        };
        let below = trace.commands.iter().filter(|command| command.step < start);
        let mut below = below.filter(installs);
        let command = below.next().filter(|_| !trace.outputs.has_cross())?;
        let mut operands = command.words.iter().skip(1).filter_map(Option::as_deref);
        Some(operands.find(|word| !word.starts_with('-')).unwrap_or("a tool"))
    }

    /// A step behind a declaration that uses the name, and so would see a value that it does not see today.
    fn late_use(&self, stage: usize, trace: &Trace) -> Option<Obstacle> {
        let view = &self.model.views[0];
        // From this step on no later step uses the name.
        let mut unused: BTreeMap<&str, usize> = BTreeMap::new();
        for change in &trace.changes {
            let undeclared = change
                .arguments
                .iter()
                .filter(|name| !self.usage.is_declared(name, change.stage, change.step));
            for name in undeclared {
                if unused.get(name).is_some_and(|step| *step <= change.step) {
                    continue;
                }
                let uses =
                    |text: &str| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
                let steps = view
                    .chain(stage)
                    .into_iter()
                    .flat_map(|one| &view.stages[one].steps);
                let later = steps.filter(|step| step.instruction.span.start >= change.step);
                if let Some(step) = later.into_iter().find(|step| uses(step.instruction.line.text())) {
                    let reason = format!(
                        "it uses {name} without declaring it, and would see a value that it does not see today"
                    );
                    return Some(Obstacle {
                        line: step.line,
                        reason,
                    });
                }
                unused.insert(name, change.step);
            }
        }
        None
    }

    /// The tops of what gains from a move, and of the stages that it takes files of its own platform from.
    fn with_sources(
        &self,
        gaining: BTreeSet<usize>,
        candidates: &BTreeSet<usize>,
        moves: &Moves,
        top_of: &dyn Fn(usize) -> usize,
    ) -> BTreeSet<usize> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut sources: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &stage in candidates {
            members.entry(top_of(stage)).or_default().push(stage);
            let Some(trace) = &moves.native[stage] else {
                continue;
            };
            for consumer in self.usage.consumers(stage) {
                if consumer
                    .paths
                    .iter()
                    .any(|path| trace.outputs.origin_of(path).is_err())
                {
                    sources.entry(consumer.stage).or_default().push(stage);
                }
            }
        }
        let mut tops = gaining.clone();
        let mut open: Vec<usize> = gaining.into_iter().collect();
        while let Some(top) = open.pop() {
            let users = members.get(&top).into_iter().flatten();
            let taken = users.filter_map(|user| sources.get(user)).flatten();
            for source in taken.map(|source| top_of(*source)) {
                if tops.insert(source) {
                    open.push(source);
                }
            }
        }
        tops
    }

    /// Pins the tops of what moves, clones what stays below them, and declares arguments as late as possible.
    fn place_changes(&self, candidates: &BTreeSet<usize>, moves: &mut Moves) {
        let view = &self.model.views[0];
        let has_run = |stage: usize| {
            view.stages[stage]
                .steps
                .iter()
                .any(|step| step.instruction.keyword == Some(Keyword::Run))
        };
        let base_stage = |stage: usize| view.stages[stage].base.stage();
        let top_of = |stage: usize| {
            view.chain(stage)
                .into_iter()
                .take_while(|one| candidates.contains(one))
                .last()
                .unwrap_or(stage)
        };
        let gaining: BTreeSet<usize> = candidates
            .iter()
            .filter(|stage| {
                view.chain(**stage)
                    .into_iter()
                    .take_while(|one| candidates.contains(one))
                    .any(has_run)
            })
            .map(|stage| top_of(*stage))
            .collect();
        let tops = self.with_sources(gaining, candidates, moves, &top_of);
        let mut clones = Clones::new(self.model, &self.usage);
        for &top in &tops {
            match base_stage(top) {
                None => moves
                    .changes
                    .entry(top)
                    .or_default()
                    .push(Change::PinStage { stage: top }),
                Some(base) => {
                    let name = clones.name(base, moves);
                    moves.changes.entry(top).or_default().push(Change::RebaseStage {
                        stage: top,
                        base: name,
                    });
                }
            }
        }
        moves.saved = candidates
            .iter()
            .copied()
            .filter(|stage| tops.contains(&top_of(*stage)))
            .collect();
        let mut declared: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut pinned: HashSet<&str> = HashSet::new();
        let mut prepared: HashSet<(usize, &str)> = HashSet::new();
        let mut known_changes: HashSet<(usize, &Change)> = HashSet::new();
        let traces = moves
            .saved
            .iter()
            .filter_map(|stage| moves.native[*stage].as_ref());
        for trace in traces {
            let mut visible: BTreeSet<&str> = BTreeSet::new();
            for change in &trace.changes {
                let missing: Vec<String> = change
                    .arguments
                    .iter()
                    .filter(|name| {
                        !self.usage.is_declared(name, change.stage, change.step) && !visible.contains(**name)
                    })
                    .map(ToString::to_string)
                    .collect();
                visible.extend(&change.arguments);
                // A RUN that runs further up in the chain need not run again.
                if let Change::InsertRun { script, .. } = &change.change {
                    let mut chain = view.chain(change.stage).into_iter();
                    if chain.any(|stage| prepared.contains(&(stage, script.as_str()))) {
                        continue;
                    }
                    prepared.insert((change.stage, script));
                }
                // One stage brings an image for all that take files of it.
                if let Change::PinImage { name, .. } = &change.change
                    && !pinned.insert(name)
                {
                    continue;
                }
                let changes = moves.changes.entry(change.stage).or_default();
                if !known_changes.insert((change.stage, &change.change)) {
                    continue;
                }
                let known = declared.entry(change.step).or_default();
                let new: Vec<String> = missing.into_iter().filter(|name| !known.contains(name)).collect();
                known.extend(new.iter().cloned());
                if !new.is_empty() {
                    changes.push(Change::DeclareArguments {
                        step: change.step,
                        names: new,
                    });
                }
                changes.push(change.change.clone());
            }
        }
    }
}

/// The names of the copies that are made of stages.
struct Clones<'m, 'f> {
    model: &'m Model<'f>,
    names: BTreeMap<usize, String>,
    taken: HashSet<String>,
}

impl<'m, 'f> Clones<'m, 'f> {
    fn new(model: &'m Model<'f>, usage: &Usage<'_>) -> Self {
        Self {
            model,
            names: BTreeMap::new(),
            taken: model
                .stages
                .iter()
                .filter_map(|stage| stage.name.clone())
                .chain(usage.image_names.values().cloned())
                .collect(),
        }
    }

    /// Clones `stage` and the stages it stands on; the name of the clone.
    fn name(&mut self, stage: usize, moves: &mut Moves) -> String {
        let chain = self.model.views[0].chain(stage);
        let missing = chain
            .iter()
            .take_while(|one| !self.names.contains_key(one))
            .count();
        let mut base = chain.get(missing).map(|known| self.names[known].clone());
        for &one in chain[..missing].iter().rev() {
            let own = format!("{}-native", self.model.stages[one].label());
            let mut name = own.clone();
            let mut number = 2;
            while !self.taken.insert(name.clone()) {
                name = format!("{own}-{number}");
                number += 1;
            }
            moves.cloned.insert(one);
            moves.changes.entry(one).or_default().push(Change::CloneStage {
                stage: one,
                name: name.clone(),
                base,
            });
            self.names.insert(one, name.clone());
            base = Some(name);
        }
        base.unwrap_or_default()
    }
}
