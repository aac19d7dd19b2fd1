//! Which stages may run natively together, and what has to change for that.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    grammar::{Instruction, Keyword},
    model::{Adjustments, Base, Model},
    plan::{
        Change,
        analysis::{Analysis, consumers},
        trace::{Obstacle, StepChange, Trace, follow},
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
            .filter(|stage| self.is_reached(*stage) && !self.is_exported(*stage) && self.is_on_target(*stage))
            .filter(|stage| !self.is_already_native(*stage))
            .collect();
        loop {
            moves.native = vec![None; count];
            let mut removed = Vec::new();
            for stage in 0..count {
                let is_candidate = candidates.contains(&stage);
                if !is_candidate && !moves.already.contains(&stage) {
                    continue;
                }
                let trace = follow(stage, &self.surroundings(stage, &candidates, &moves));
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
            for &stage in &candidates {
                if removed.iter().any(|(gone, _)| *gone == stage) {
                    continue;
                }
                if let Some(obstacle) = self.leaving_obstacle(stage, &candidates, &moves) {
                    removed.push((stage, obstacle));
                }
            }
            if removed.is_empty() {
                break;
            }
            for (stage, obstacle) in removed {
                candidates.remove(&stage);
                moves.obstacles.insert(stage, obstacle);
            }
        }
        self.place_changes(&candidates, &mut moves);
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
            let line = self.model.file.text[..change.step].matches('\n').count() + 1;
            let reason =
                format!("stage {base}, which it stands on, compiles and stays on the target platform");
            return Some(Obstacle { line, reason });
        }
        if let Some(obstacle) = self.late_use(stage, trace) {
            return Some(obstacle);
        }
        let view = &self.model.views[0];
        if let Base::Stage(base) = view.stages[stage].base {
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
                if let Some(line) = counted_source(self.model) {
                    let reason = format!("a copy of stage {label} would shift the number in --from");
                    return Some(Obstacle { line, reason });
                }
            }
        }
        for (consumer, line, taken) in consumers(self.model, stage) {
            if candidates.contains(&consumer) || moves.already.contains(&consumer) {
                continue;
            }
            for path in taken {
                if let Err(reason) = trace.origin_of(&path) {
                    return Some(Obstacle { line, reason });
                }
            }
        }
        let child = (0..self.model.stages.len()).find(|child| {
            let stands_on = self
                .model
                .views
                .iter()
                .any(|view| view.stages[*child].base == Base::Stage(stage));
            stands_on && self.is_reached(*child) && !candidates.contains(child)
        });
        child.map(|child| Obstacle {
            line: self.model.stages[child].from.lines.0,
            reason: format!(
                "stage {}, which stands on it, stays on the target platform",
                self.model.stages[child].label()
            ),
        })
    }

    /// A step behind a declaration that uses the name, and so would see a value that it does not see today.
    fn late_use(&self, stage: usize, trace: &Trace) -> Option<Obstacle> {
        let view = &self.model.views[0];
        for change in &trace.changes {
            let undeclared = change
                .arguments
                .iter()
                .filter(|name| !self.is_declared(name, change.stage, change.step));
            for name in undeclared {
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
            }
        }
        None
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
        let base_stage = |stage: usize| match view.stages[stage].base {
            Base::Stage(base) => Some(base),
            Base::Scratch | Base::Image(_) | Base::Context { .. } => None,
        };
        let top_of = |stage: usize| {
            view.chain(stage)
                .into_iter()
                .take_while(|one| candidates.contains(one))
                .last()
                .unwrap_or(stage)
        };
        let tops: BTreeSet<usize> = candidates
            .iter()
            .filter(|stage| {
                view.chain(**stage)
                    .into_iter()
                    .take_while(|one| candidates.contains(one))
                    .any(has_run)
            })
            .map(|stage| top_of(*stage))
            .collect();
        for &top in &tops {
            match base_stage(top) {
                None => moves
                    .changes
                    .entry(top)
                    .or_default()
                    .push(Change::PinStage { stage: top }),
                Some(base) => {
                    let name = self.clone_chain(base, moves);
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
        let traces: Vec<Trace> = moves
            .saved
            .iter()
            .filter_map(|stage| moves.native[*stage].clone())
            .collect();
        let mut declared: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for trace in &traces {
            let mut visible: BTreeSet<&str> = BTreeSet::new();
            for change in &trace.changes {
                let missing: Vec<String> = change
                    .arguments
                    .iter()
                    .filter(|name| {
                        !self.is_declared(name, change.stage, change.step) && !visible.contains(**name)
                    })
                    .map(ToString::to_string)
                    .collect();
                visible.extend(&change.arguments);
                if self.is_prepared(change, moves) || is_pinned(change, moves) {
                    continue;
                }
                let changes = moves.changes.entry(change.stage).or_default();
                if changes.contains(&change.change) {
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

    /// Whether the RUN that a change would insert runs further up in the stage's chain.
    fn is_prepared(&self, change: &StepChange, moves: &Moves) -> bool {
        let Change::InsertRun { script, .. } = &change.change else {
            return false;
        };
        let is_same =
            |other: &Change| matches!(other, Change::InsertRun { script: other, .. } if other == script);
        let chain = self.model.views[0].chain(change.stage);
        chain.iter().any(|stage| {
            moves
                .changes
                .get(stage)
                .is_some_and(|changes| changes.iter().any(is_same))
        })
    }

    /// Clones `stage` and the stages it stands on; the name of the clone.
    fn clone_chain(&self, stage: usize, moves: &mut Moves) -> String {
        let base = match self.model.views[0].stages[stage].base {
            Base::Stage(base) => Some(self.clone_chain(base, moves)),
            Base::Scratch | Base::Image(_) | Base::Context { .. } => None,
        };
        let taken = |name: &str| {
            self.model
                .stages
                .iter()
                .any(|stage| stage.name.as_deref() == Some(name))
        };
        let own = format!("{}-native", self.model.stages[stage].label());
        let numbered = |number: usize| {
            if number < 2 {
                own.clone()
            } else {
                format!("{own}-{number}")
            }
        };
        let name = (1..=self.model.stages.len() + 1)
            .map(numbered)
            .find(|name| !taken(name))
            .unwrap_or(own.clone());
        if moves.cloned.insert(stage) {
            let change = Change::CloneStage {
                stage,
                name: name.clone(),
                base,
            };
            moves.changes.entry(stage).or_default().push(change);
        }
        name
    }

    /// Whether a name has its automatic value in front of a step, by an ARG above it in the stage's chain.
    fn is_declared(&self, name: &str, stage: usize, step: usize) -> bool {
        self.model.views[0].chain(stage).into_iter().any(|one| {
            self.model.views[0].stages[one].steps.iter().any(|earlier| {
                earlier.instruction.span.start < step
                    && earlier.instruction.keyword == Some(Keyword::Arg)
                    && earlier.assignments.iter().any(|(declared, _)| declared == name)
            })
        })
    }
}

/// Whether the stage of an image that a change would add is there already.
fn is_pinned(change: &StepChange, moves: &Moves) -> bool {
    let Change::PinImage { name, .. } = &change.change else {
        return false;
    };
    let mut changes = moves.changes.values().flatten();
    changes.any(|other| matches!(other, Change::PinImage { name: other, .. } if other == name))
}

/// The line of a `COPY --from` that counts stages instead of naming one.
pub(super) fn counted_source(model: &Model<'_>) -> Option<usize> {
    let mut instructions = model.stages.iter().flat_map(|stage| stage.instructions);
    let counts = |instruction: &&Instruction| {
        let from = instruction
            .flag("from")
            .and_then(|flag| flag.value())
            .unwrap_or_default();
        !from.is_empty() && from.bytes().all(|byte| byte.is_ascii_digit())
    };
    instructions.find(counts).map(|instruction| instruction.lines.0)
}
