use crate::{
    context::Context,
    grammar::Arguments,
    model::{Model, ModelError, PLATFORM_ARGUMENTS},
    plan::{
        Confidence, Decision, Plan, Reason, Recipe, StagePlan, StepPlan, VERSION,
        analysis::Analysis,
        moves::Moves,
        places,
        split::Split,
        trace::{Obstacle, Trace},
    },
    platform::Platform,
};

/// What the user allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Carry out changes that are likely to be right, too.
    pub is_aggressive: bool,
    /// Move nothing: show the file as it stands.
    pub leaves_file: bool,
    /// The changes are for this one build: stages that it does not need do not count.
    ///
    /// A file that is changed for good may be built with another `--target`, so every stage that no other one uses
    /// counts as exported.
    pub is_for_one_build: bool,
}

/// Decides for every stage of the file that `model` is of.
///
/// # Errors
/// When the file stops making sense to BuildKit for an architecture that the decision looks at besides the targets.
pub fn decide(
    path: &str,
    model: &Model<'_>,
    context: &Context,
    recipes: &[&'static Recipe],
    options: Options,
) -> Result<Plan, ModelError> {
    // A decision has to hold for every platform, so one of another architecture is always looked at.
    let mut settings = model.settings.clone();
    for other in [Platform::linux("amd64"), Platform::linux("arm64")] {
        if !settings
            .target_platforms
            .iter()
            .any(|target| target.architecture == other.architecture)
        {
            settings.target_platforms.push(other);
        }
    }
    settings.reaches_all = !options.is_for_one_build;
    let wide = Model::build(model.file, settings.clone());
    let unreadable = wide.as_ref().err().map(|error| {
        Reason::new(
            error.line,
            format!("a stage that only another --target builds cannot be read: {error}"),
        )
    });
    settings.reaches_all = false;
    let wide = wide.or_else(|_| Model::build(model.file, settings))?;
    let analysis = Analysis::new(&wide, model, context, recipes);
    let declined = if let Some(reason) = unreadable {
        Some(reason)
    } else if options.leaves_file {
        Some(Reason::new(1, "the file is to be taken as it stands"))
    } else {
        analysis.whole_file()
    };
    let (moves, possible) = match &declined {
        Some(_) => (Moves::none(&wide), Moves::none(&wide)),
        None => (analysis.moves(options.is_aggressive), analysis.moves(true)),
    };
    let adjustments = moves.adjustments();
    let after = Model::build_adjusted(model.file, model.settings.clone(), &adjustments)?;
    let split_off = Model::build_adjusted(model.file, model.settings.clone(), &moves.split_adjustments())?;
    let stages = (0..model.stages.len())
        .map(|stage| {
            let (decision, reason) = analysis.verdict(stage, &moves, &possible, declined.as_ref());
            let trace = moves.native[stage].as_ref().filter(|_| decision.is_moved());
            let split = moves.splits.get(&stage).and_then(|split| split.as_ref().ok());
            StagePlan {
                index: stage,
                name: model.stages[stage].label(),
                line: model.stages[stage].from.lines.0,
                decision,
                confidence: trace
                    .map(|trace| trace.confidence)
                    .or(split.map(|_| Confidence::Likely)),
                reason,
                recipes: trace
                    .map(|trace| trace.recipes.iter().map(ToString::to_string).collect())
                    .or_else(|| Some(split?.recipes.clone()))
                    .unwrap_or_default(),
                changes: moves.changes.get(&stage).cloned().unwrap_or_default(),
                steps: steps(model, &after, stage, split, &split_off),
            }
        })
        .collect();
    Ok(Plan {
        version: VERSION,
        file: path.to_owned(),
        build_platform: model.settings.build_platform.clone(),
        target_platforms: model.views.iter().map(|view| view.target.clone()).collect(),
        stages,
        declined,
    })
}

/// The RUN steps of a stage; those that another stage runs are seen there.
fn steps(
    before: &Model<'_>,
    after: &Model<'_>,
    stage: usize,
    split: Option<&Split>,
    split_off: &Model<'_>,
) -> Vec<StepPlan> {
    let mut steps = places::steps(before, after, stage);
    let Some(split) = split else { return steps };
    let moved = places::steps(before, split_off, stage);
    let mut instructions = before.stages[stage].instructions.iter();
    for (step, moved) in steps.iter_mut().zip(moved) {
        let instruction = instructions.find(|instruction| instruction.lines.0 == step.line);
        if instruction.is_some_and(|instruction| split.moved.contains(&instruction.span.start)) {
            step.after = moved.after;
        }
    }
    steps
}

/// A stage is followed from the root of its chain, so a file of a few bytes can ask for any amount of work. Up to this many
/// steps, and this many times the instructions of a longer file, are followed.
const CHAIN_STEPS_LIMIT: usize = 20_000;
const CHAIN_STEPS_FACTOR: usize = 32;

/// The decision for an exported stage: with what is carried out, and with what could be.
fn exported(
    line: usize,
    split: Option<&Result<Split, Obstacle>>,
    possible: Option<&Result<Split, Obstacle>>,
) -> (Decision, Reason) {
    let stays = "its files are the image, so it runs on the target platform";
    match (split, possible) {
        (Some(Ok(split)), _) => {
            let Obstacle { line, reason } = &split.reason;
            (Decision::Split, Reason::new(*line, reason))
        }
        (_, Some(Ok(split))) => {
            let Obstacle { line, reason } = &split.reason;
            let text = format!("{stays}; likely, so it is split with --aggressive: {reason}");
            (Decision::Exported, Reason::new(*line, text))
        }
        (_, Some(Err(Obstacle { line, reason }))) => {
            let text = format!("{stays}, with what compiles in it: {reason}");
            (Decision::Exported, Reason::new(*line, text))
        }
        (_, None) => (Decision::Exported, Reason::new(line, stays)),
    }
}

impl Analysis<'_, '_> {
    /// The stages and steps of every chain.
    fn steps_of_chains(&self) -> usize {
        let mut all = 0;
        for view in &self.model.views {
            let mut counts: Vec<usize> = Vec::with_capacity(view.stages.len());
            for stage in &view.stages {
                let base = stage.base.stage().map_or(0, |base| counts[base]);
                counts.push(base + stage.steps.len() + 1);
            }
            all += counts.iter().sum::<usize>();
        }
        all
    }

    /// What speaks against touching the file at all.
    fn whole_file(&self) -> Option<Reason> {
        let file = self.model.file;
        if let Some(name) = file.foreign_frontend() {
            return Some(Reason::new(
                1,
                format!("another frontend, {name}, reads this file"),
            ));
        }
        if self.steps_of_chains() > CHAIN_STEPS_LIMIT + CHAIN_STEPS_FACTOR * file.instructions.len() {
            let reason = "its stages stand on one another too often to follow all that each of them runs";
            return Some(Reason::new(1, reason));
        }
        for instruction in self.model.globals {
            let Arguments::Pairs(pairs) = &instruction.arguments else {
                continue;
            };
            let hidden = pairs
                .iter()
                .find(|pair| pair.value.is_some() && PLATFORM_ARGUMENTS.contains(&pair.key.text.as_str()));
            if let Some(pair) = hidden {
                let name = &pair.key.text;
                let text = format!(
                    "ARG {name} has a default, which hides the builder's own value; remove the default"
                );
                return Some(Reason::new(instruction.lines.0, text));
            }
        }
        None
    }

    fn verdict(
        &self,
        stage: usize,
        moves: &Moves,
        possible: &Moves,
        declined: Option<&Reason>,
    ) -> (Decision, Reason) {
        let line = self.model.stages[stage].from.lines.0;
        let is_changed = moves.saved.contains(&stage) || matches!(moves.splits.get(&stage), Some(Ok(_)));
        if !self.asked.is_reached(stage) && !is_changed {
            return (Decision::Unused, Reason::new(line, "no target platform needs it"));
        }
        if self.is_already_native(stage) {
            return (
                Decision::AlreadyNative,
                Reason::new(line, "the file runs it on the build platform"),
            );
        }
        if self.usage.is_exported(stage) {
            return exported(line, moves.splits.get(&stage), possible.splits.get(&stage));
        }
        if let Some(reason) = declined {
            return (Decision::Target, reason.clone());
        }
        if !self.is_on_target(stage) {
            return (
                Decision::Target,
                Reason::new(line, "the file gives it a platform of its own"),
            );
        }
        if moves.saved.contains(&stage)
            && let Some(trace) = &moves.native[stage]
        {
            return self.moved(stage, trace);
        }
        let obstacle = possible
            .obstacles
            .get(&stage)
            .or_else(|| moves.obstacles.get(&stage));
        match obstacle {
            Some(obstacle) => (
                Decision::Target,
                Reason::new(obstacle.line, obstacle.reason.clone()),
            ),
            None => (
                Decision::Target,
                Reason::new(line, "it has no RUN that would gain from it"),
            ),
        }
    }

    fn moved(&self, stage: usize, trace: &Trace) -> (Decision, Reason) {
        let line = self.model.stages[stage].from.lines.0;
        let is_cross = trace.outputs.has_cross();
        let doubt = trace
            .doubt
            .as_ref()
            .filter(|_| trace.confidence == Confidence::Likely);
        let (decision, what) = if is_cross {
            (
                Decision::NativeCross,
                "what leaves it is made for the target platform, without running there",
            )
        } else {
            (
                Decision::NativeData,
                "what leaves it is the same on every platform",
            )
        };
        match doubt {
            Some(doubt) => (
                decision,
                Reason::new(doubt.line, format!("{what}, provided that {}", doubt.reason)),
            ),
            None => (decision, Reason::new(line, what)),
        }
    }
}
