use std::collections::HashMap;

use crate::{
    grammar::{
        Arguments, Dockerfile, Instruction, Keyword, Word,
        expand::{Expansion, Mode, expand},
        mount, suggestion,
    },
    model::{
        Adjustments, Environment, ModelError, Settings, Source, Stage, Step, automatic, checks, git_source,
        reference, state::State,
    },
    platform::Platform,
};

/// What a stage stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Scratch,
    /// An image, its name expanded.
    Image(String),
    /// An earlier stage.
    Stage(usize),
    /// A named context that stands in the place of the stage or the image.
    Context {
        /// What it replaces.
        name: String,
        /// The value of `--build-context`.
        address: String,
    },
}

impl Base {
    /// The earlier stage, when it is one.
    pub fn stage(&self) -> Option<usize> {
        match self {
            Self::Stage(stage) => Some(*stage),
            Self::Scratch | Self::Image(_) | Self::Context { .. } => None,
        }
    }
}

/// A stage as one target sees it.
#[derive(Clone, Debug)]
pub struct StageView<'f> {
    /// What it stands on.
    pub base: Base,
    /// Where its RUN steps run.
    pub platform: Platform,
    /// Whether a named context stands in its place: then none of its instructions counts.
    pub is_replaced: bool,
    /// Whether the exported stage needs it.
    pub is_reached: bool,
    /// Its steps, triggers of the base stage first; empty when it is not reached.
    pub steps: Vec<Step<'f>>,
}

/// The build for one target platform.
#[derive(Clone, Debug)]
pub struct View<'f> {
    /// The target platform.
    pub target: Platform,
    /// The stages, in the order of the file.
    pub stages: Vec<StageView<'f>>,
    /// The stage that is exported.
    pub exported: usize,
}

impl View<'_> {
    /// The stage and its bases in the file, the stage itself first.
    pub fn chain(&self, stage: usize) -> Vec<usize> {
        let next = |at: &usize| self.stages[*at].base.stage();
        std::iter::successors(Some(stage), next).collect()
    }

    /// For each stage the last stage of its chain.
    pub fn roots(&self) -> Vec<usize> {
        let mut roots = Vec::with_capacity(self.stages.len());
        for (index, stage) in self.stages.iter().enumerate() {
            roots.push(stage.base.stage().map_or(index, |base| roots[base]));
        }
        roots
    }
}

/// Everything that is the same for all stages of one target.
struct Builder<'f, 'b> {
    text: &'b str,
    settings: &'b Settings,
    adjustments: &'b Adjustments,
    stages: &'b [Stage<'f>],
    target: &'b Platform,
    mode: Mode,
    globals: Environment,
    names: HashMap<&'b str, usize>,
    /// The images that COPYs and mounts name, each with the start of its instruction, in the order of the file.
    images: Vec<(usize, Source)>,
}

pub(super) fn build<'f>(
    file: &'f Dockerfile<'_>,
    settings: &Settings,
    adjustments: &Adjustments,
    globals: &'f [Instruction],
    stages: &[Stage<'f>],
    target: &Platform,
) -> Result<View<'f>, ModelError> {
    let last_name = stages
        .last()
        .and_then(|stage| stage.name.clone())
        .unwrap_or_else(|| "default".to_owned());
    let mut builder = Builder {
        text: file.text,
        settings,
        adjustments,
        stages,
        target,
        mode: Mode::with_escape(file.escape),
        globals: Environment::default(),
        names: stages
            .iter()
            .filter_map(|stage| Some((stage.name.as_deref()?, stage.index)))
            .collect(),
        images: Vec::new(),
    };
    for (name, value) in automatic::arguments(settings, target, &last_name) {
        let value = settings.build_args.get(&name).cloned().unwrap_or(value);
        builder.globals.set(name, value);
    }
    for instruction in globals {
        builder.declare_global(instruction)?;
    }
    builder.check_epoch()?;
    let mut views = builder.stage_bases()?;
    let exported = builder.exported()?;
    builder.check_sources()?;
    builder.mark_reached(&mut views, exported)?;
    builder.run_through(&mut views)?;
    Ok(View {
        target: target.normalized(),
        stages: views,
        exported,
    })
}

impl<'f> Builder<'f, '_> {
    fn expand(&self, word: &str, environment: &Environment, line: usize) -> Result<Expansion, ModelError> {
        let lookup = |name: &str| environment.get(name).map(str::to_owned);
        expand(word, self.mode, &lookup).map_err(|message| ModelError::new(message, line))
    }

    fn declare_global(&mut self, instruction: &Instruction) -> Result<(), ModelError> {
        let Arguments::Pairs(pairs) = &instruction.arguments else {
            return Ok(());
        };
        for pair in pairs {
            let name = pair.key.text.clone();
            if let Some(value) = self.settings.build_args.get(&name) {
                self.globals.set(name, value.clone());
            } else if let Some(default) = &pair.value {
                let value = self
                    .expand(&default.text, &self.globals, instruction.lines.0)?
                    .text;
                self.globals.set(name, value);
            }
        }
        Ok(())
    }

    /// Refuses a SOURCE_DATE_EPOCH that is no time in seconds and names nothing that has one (dockerfile2llb/epoch.go).
    fn check_epoch(&self) -> Result<(), ModelError> {
        let name = "SOURCE_DATE_EPOCH";
        let value = self.settings.build_args.get(name).map(String::as_str);
        let value = value.or_else(|| self.globals.get(name)).unwrap_or_default();
        let is_known = value.is_empty()
            || value.parse::<i64>().is_ok()
            || value == "context"
            || self.names.contains_key(value.to_lowercase().as_str())
            || self.context(value, &self.target.normalized()).is_some();
        if is_known {
            Ok(())
        } else {
            Err(ModelError::new(format!("invalid {name}: {value}"), 0))
        }
    }

    /// The base and the platform of every stage, reached or not (BuildKit `buildDispatchStates`).
    fn stage_bases(&self) -> Result<Vec<StageView<'f>>, ModelError> {
        let mut views: Vec<StageView<'f>> = Vec::with_capacity(self.stages.len());
        let mut named: HashMap<&str, usize> = HashMap::new();
        for stage in self.stages {
            let line = stage.from.lines.0;
            let written = stage.base().map(|word| word.text.as_str()).unwrap_or_default();
            let name = self.expand(written, &self.globals, line)?.text;
            if name.is_empty() {
                return Err(ModelError::new(
                    format!("base name ({written}) should not be blank"),
                    line,
                ));
            }
            let own_platform = self.own_platform(stage)?;
            if let Some(Err(error)) = stage.name.as_deref().map(reference::normalize) {
                let name = stage.name.as_deref().unwrap_or_default();
                return Err(ModelError::new(
                    format!("invalid context name {name}: {error}"),
                    line,
                ));
            }
            let platform = own_platform.as_ref().unwrap_or(self.target).normalized();
            let context = |name: &str| {
                self.context(name, &platform).map(|address| Base::Context {
                    name: name.to_owned(),
                    address: address.to_owned(),
                })
            };
            let replacement = stage.name.as_deref().and_then(context);
            let is_replaced = replacement.is_some();
            let base = if let Some(context) = replacement {
                context
            } else if let Some(earlier) = named.get(name.as_str()) {
                Base::Stage(*earlier)
            } else if name == "scratch" {
                Base::Scratch
            } else {
                context(&name).unwrap_or(Base::Image(name))
            };
            if let Base::Image(name) = &base {
                check_reference(name, line)?;
            }
            let platform = match base {
                _ if self.adjustments.native.contains(&stage.index) => {
                    self.settings.build_platform.normalized()
                }
                Base::Stage(earlier) => views[earlier].platform.clone(),
                Base::Scratch => self.target.normalized(),
                Base::Image(_) | Base::Context { .. } => {
                    own_platform.unwrap_or_else(|| self.target.normalized())
                }
            };
            views.push(StageView {
                base,
                platform,
                is_replaced,
                is_reached: false,
                steps: Vec::new(),
            });
            if let Some(name) = stage.name.as_deref() {
                named.insert(name, stage.index);
            }
        }
        Ok(views)
    }

    fn own_platform(&self, stage: &Stage<'_>) -> Result<Option<Platform>, ModelError> {
        let Some(written) = stage.from.flag("platform").and_then(|flag| flag.value()) else {
            return Ok(None);
        };
        let line = stage.from.lines.0;
        let refused = |error: String| ModelError::new(error, line);
        let expansion = self.expand(written, &self.globals, line)?;
        if expansion.text.is_empty() {
            return Err(refused(format!("empty platform value from expression {written}")));
        }
        Platform::parse(&expansion.text, &self.settings.build_platform)
            .map(Some)
            .map_err(|error| refused(format!("failed to parse platform {written}: {error}")))
    }

    /// The address of the named context that stands in the place of this stage or image on a platform.
    fn context(&self, name: &str, platform: &Platform) -> Option<&str> {
        if self.settings.named_contexts.is_empty() || matches!(name, "scratch" | "context") {
            return None;
        }
        let full = |name: &str| reference::normalize(name).unwrap_or_else(|_| name.to_owned());
        let name = full(name);
        let find = |platform: Option<&str>| {
            let mut contexts = self.settings.named_contexts.iter();
            contexts.find(|(context, _)| {
                let (context, its_platform) = match context.split_once("::") {
                    Some((context, platform)) => (context, Some(platform)),
                    None => (context.as_str(), None),
                };
                its_platform == platform && full(context) == name
            })
        };
        find(Some(&platform.to_string()))
            .or_else(|| find(None))
            .map(|(_, address)| address.as_str())
    }

    fn exported(&self) -> Result<usize, ModelError> {
        let Some(target) = &self.settings.target else {
            return Ok(self.stages.len() - 1);
        };
        self.names
            .get(target.to_lowercase().as_str())
            .copied()
            .ok_or_else(|| {
                let names = self.stages.iter().filter_map(|stage| stage.name.as_deref());
                let hint = suggestion(target, names);
                ModelError::new(format!("target stage {target:?} could not be found{hint}"), 0)
            })
    }

    /// The sources of every COPY and mount, reached or not (BuildKit `buildStageDependencyGraph`).
    fn check_sources(&mut self) -> Result<(), ModelError> {
        let mut needed: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.stages.len()];
        for stage in self.stages {
            for instruction in stage.instructions {
                let is_counted = instruction
                    .flag("from")
                    .and_then(|flag| flag.value())
                    .is_some_and(|from| from.parse::<usize>().is_ok());
                for source in self.sources(instruction)? {
                    if !is_counted && matches!(source, Source::Image(_) | Source::Context(_)) {
                        self.images.push((instruction.span.start, source.clone()));
                    }
                    match source {
                        Source::Stage(index) => needed[stage.index].push((index, instruction.lines.0)),
                        Source::Image(name) => check_reference(&name, instruction.lines.0)?,
                        Source::Context(_) => {}
                    }
                }
            }
        }
        match circle(&needed) {
            None => Ok(()),
            Some((stage, line)) => {
                let label = self.stages[stage].label();
                let message = format!("circular dependency detected on stage: {label}");
                Err(ModelError::new(message, line))
            }
        }
    }

    fn sources(&self, instruction: &Instruction) -> Result<Vec<Source>, ModelError> {
        let line = instruction.lines.0;
        match instruction.keyword {
            Some(Keyword::Copy) => {
                let from = instruction
                    .flag("from")
                    .and_then(|flag| flag.value())
                    .unwrap_or_default();
                if from.is_empty() {
                    return Ok(Vec::new());
                }
                if from.contains(['$', '\'', '"', self.mode.escape]) {
                    let message = "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround";
                    return Err(ModelError::new(message, line));
                }
                if let Ok(index) = from.parse::<usize>() {
                    return self.counted_source(index, instruction).map(|source| vec![source]);
                }
                Ok(vec![self.named_source(from)])
            }
            Some(Keyword::Run) => instruction
                .mounts()
                .filter_map(|mount| mount.from().map(|from| Ok(self.named_source(from))))
                .collect(),
            _ => Ok(Vec::new()),
        }
    }

    /// The stage of that number; images of earlier COPYs and mounts are numbered behind the stages.
    fn counted_source(&self, index: usize, instruction: &Instruction) -> Result<Source, ModelError> {
        if index < self.stages.len() {
            return Ok(Source::Stage(index));
        }
        let found = self.images.get(index - self.stages.len());
        let found = found
            .filter(|(start, _)| *start < instruction.span.start)
            .map(|(_, source)| source.clone());
        found.ok_or_else(|| ModelError::new(format!("invalid stage index {index}"), instruction.lines.0))
    }

    fn named_source(&self, name: &str) -> Source {
        match self.names.get(name.to_lowercase().as_str()) {
            Some(index) => Source::Stage(*index),
            None => match self.context(name, &self.target.normalized()) {
                Some(address) => Source::Context(address.to_owned()),
                None => Source::Image(name.to_owned()),
            },
        }
    }

    /// Marks what the exported stage needs, and makes its steps; triggers may add needs.
    fn mark_reached(&self, views: &mut [StageView<'f>], exported: usize) -> Result<(), ModelError> {
        let mut open = vec![exported];
        if self.settings.reaches_all {
            open.extend(0..views.len());
        }
        while let Some(index) = open.pop() {
            if std::mem::replace(&mut views[index].is_reached, true) {
                continue;
            }
            if views[index].is_replaced {
                continue;
            }
            let mut steps = Vec::new();
            if let Base::Stage(base) = views[index].base {
                open.push(base);
                let line = self.stages[index].from.lines.0;
                for instruction in self.stages[base].instructions {
                    if let Arguments::Trigger(trigger) = &instruction.arguments {
                        steps.push((trigger.as_ref(), line));
                    }
                }
            }
            steps.extend(
                self.stages[index]
                    .instructions
                    .iter()
                    .map(|own| (own, own.lines.0)),
            );
            for (instruction, line) in steps {
                let sources = self.sources(instruction)?;
                let later = sources.iter().find_map(|source| match source {
                    Source::Stage(stage) if *stage > index => Some(self.stages[*stage].label()),
                    _ => None,
                });
                if let Some(later) = later {
                    let own = self.stages[index].label();
                    let message = format!(
                        "cannot copy from stage {later:?}, it needs to be defined before current stage {own:?}"
                    );
                    return Err(ModelError::new(message, line));
                }
                open.extend(sources.iter().filter_map(|source| match source {
                    Source::Stage(stage) => Some(*stage),
                    Source::Image(_) | Source::Context(_) => None,
                }));
                views[index].steps.push(Step {
                    instruction,
                    line,
                    sources,
                    assignments: Vec::new(),
                    values: Vec::new(),
                    key: 0,
                });
            }
        }
        Ok(())
    }

    /// Goes through the reached stages in order, with their variables (BuildKit `dispatchStages`).
    fn run_through(&self, views: &mut [StageView<'f>]) -> Result<(), ModelError> {
        // A state is as large as all variables of its chain, so it goes on to the last stage that stands on it.
        let mut last_child: HashMap<usize, usize> = HashMap::new();
        for (index, view) in views.iter().enumerate() {
            if let Base::Stage(base) = view.base {
                last_child.insert(base, index);
            }
        }
        let mut ends: HashMap<usize, State> = HashMap::new();
        let mut files: Vec<u64> = Vec::with_capacity(views.len());
        let mut clones: HashMap<usize, State> = HashMap::new();
        for (index, view) in views.iter_mut().enumerate() {
            let is_native = self.adjustments.native.contains(&index);
            let base = view.base.clone();
            let is_last = matches!(base, Base::Stage(base) if last_child.get(&base) == Some(&index));
            let mut start = |clones: &HashMap<usize, State>,
                             platform: &Platform,
                             is_native: bool,
                             is_last: bool| match &base {
                Base::Stage(base) => {
                    let clone = clones
                        .get(base)
                        .filter(|_| is_native && !self.adjustments.native.contains(base));
                    let last = if is_last && clone.is_none() {
                        ends.remove(base)
                    } else {
                        None
                    };
                    last.unwrap_or_else(|| clone.unwrap_or_else(|| &ends[base]).clone())
                        .for_child()
                }
                Base::Scratch => State::of("scratch", platform),
                Base::Image(name) | Base::Context { address: name, .. } => State::of(name, platform),
            };
            let platform = view.platform.clone();
            let mut steps = std::mem::take(&mut view.steps);
            if self.adjustments.cloned.contains(&index) {
                let build_platform = self.settings.build_platform.normalized();
                let mut state = start(&clones, &build_platform, true, false);
                for step in &mut steps.clone() {
                    self.dispatch(step, &mut state, &build_platform, &files)?;
                }
                clones.insert(index, state);
            }
            let mut state = start(&clones, &platform, is_native, is_last);
            for step in &mut steps {
                self.dispatch(step, &mut state, &platform, &files)?;
            }
            view.steps = steps;
            files.push(state.files);
            if last_child.contains_key(&index) {
                ends.insert(index, state);
            }
        }
        Ok(())
    }

    fn dispatch(
        &self,
        step: &mut Step<'f>,
        state: &mut State,
        platform: &Platform,
        files: &[u64],
    ) -> Result<(), ModelError> {
        let line = step.line;
        let instruction = step.instruction;
        for name in self
            .adjustments
            .declared
            .get(&instruction.span.start)
            .into_iter()
            .flatten()
        {
            if let Some(value) = self.globals.get(name) {
                state.set_argument(name.clone(), value.to_owned());
            }
        }
        let words = |words: &[Word], environment: &Environment| {
            words
                .iter()
                .map(|word| Ok(self.expand(&word.text, environment, line)?.text))
                .collect::<Result<Vec<_>, ModelError>>()
        };
        match instruction.keyword {
            Some(Keyword::Arg) => {
                for (name, value) in self.stage_arguments(instruction, &state.environment, line)? {
                    step.assignments.push((name.clone(), value.clone()));
                    state.set_argument(name, value);
                }
            }
            Some(Keyword::Env) => {
                let Arguments::Pairs(pairs) = &instruction.arguments else {
                    return Ok(());
                };
                for pair in pairs {
                    let name = self.expand(&pair.key.text, &state.environment, line)?.text;
                    let value = pair.value.as_ref().map_or("", |value| value.text.as_str());
                    step.assignments
                        .push((name, self.expand(value, &state.environment, line)?.text));
                }
                for (name, value) in &step.assignments {
                    state.set_environment(name.clone(), value.clone());
                }
            }
            Some(
                Keyword::Workdir
                | Keyword::User
                | Keyword::Copy
                | Keyword::Add
                | Keyword::Volume
                | Keyword::Stopsignal,
            ) => {
                step.values = match &instruction.arguments {
                    Arguments::Words(list) => words(list, &state.environment)?,
                    Arguments::Text(text) => words(std::slice::from_ref(text), &state.environment)?,
                    Arguments::Json(strings) => strings
                        .iter()
                        .map(|string| Ok(self.expand(&string.value, &state.environment, line)?.text))
                        .collect::<Result<_, ModelError>>()?,
                    _ => Vec::new(),
                };
            }
            Some(Keyword::Label) => {
                if let Arguments::Pairs(pairs) = &instruction.arguments {
                    for word in pairs
                        .iter()
                        .flat_map(|pair| [Some(&pair.key), pair.value.as_ref()])
                        .flatten()
                    {
                        self.expand(&word.text, &state.environment, line)?;
                    }
                }
            }
            _ => {}
        }
        self.check_step(step, state)?;
        let bodies: Vec<&str> = instruction
            .heredocs
            .iter()
            .map(|heredoc| heredoc.body.of(self.text))
            .collect();
        let build_platform = self.settings.build_platform.normalized();
        let is_pinned = self.adjustments.pinned_sources.contains(&instruction.span.start);
        let image_platform = if is_pinned { &build_platform } else { self.target };
        state.pass(step, &bodies, platform, image_platform, files);
        Ok(())
    }

    /// Refuses what BuildKit refuses when it comes to the step.
    fn check_step(&self, step: &Step<'f>, state: &State) -> Result<(), ModelError> {
        let environment = &state.environment;
        let refused = |message| ModelError::new(message, step.line);
        match step.instruction.keyword {
            Some(Keyword::Volume) => step
                .values
                .iter()
                .try_for_each(|path| checks::volume(path))
                .map_err(refused),
            Some(keyword @ (Keyword::Add | Keyword::Copy)) => self.check_copy(keyword, step, environment),
            Some(Keyword::Expose) => {
                for word in step.instruction.values() {
                    for port in self.expand(&word, environment, step.line)?.words {
                        checks::port(&port).map_err(refused)?;
                    }
                }
                Ok(())
            }
            Some(Keyword::Run) => {
                if matches!(&step.instruction.arguments, Arguments::Json(strings) if strings.is_empty()) {
                    return Err(refused("arguments are required".to_owned()));
                }
                let mounts = step
                    .instruction
                    .flags
                    .iter()
                    .filter(|flag| flag.name() == "mount");
                for flag in mounts {
                    let mut mount = mount::parse(flag.value().unwrap_or_default()).map_err(refused)?;
                    for field in mount.fields.iter_mut().filter(|field| field.key != "from") {
                        if let Some(value) = &mut field.value {
                            *value = self.expand(value, environment, step.line)?.text;
                        }
                    }
                    checks::mount(&mount, &state.folder).map_err(refused)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_copy(
        &self,
        keyword: Keyword,
        step: &Step<'f>,
        environment: &Environment,
    ) -> Result<(), ModelError> {
        let refused = |message| ModelError::new(message, step.line);
        let flag = |name: &str| -> Result<Option<String>, ModelError> {
            let written = step.instruction.flag(name).and_then(|flag| flag.value());
            written
                .map(|value| Ok(self.expand(value, environment, step.line)?.text))
                .transpose()
        };
        let sources = &step.values[..step.values.len().saturating_sub(1)];
        if let Some(mode) = flag("chmod")? {
            checks::mode(&mode).map_err(refused)?;
        }
        if keyword == Keyword::Copy {
            return match step.sources.first() {
                None => sources
                    .iter()
                    .try_for_each(|source| checks::copied(source))
                    .map_err(refused),
                Some(_) => Ok(()),
            };
        }
        sources
            .iter()
            .try_for_each(|source| git_source::parse(source).map(drop))
            .map_err(refused)?;
        match flag("checksum")?.filter(|checksum| !checksum.is_empty()) {
            Some(checksum) => checks::checksum(&checksum, sources).map_err(refused),
            None => Ok(()),
        }
    }

    /// The values of an ARG instruction inside a stage (BuildKit `dispatchArg`).
    fn stage_arguments(
        &self,
        instruction: &Instruction,
        environment: &Environment,
        line: usize,
    ) -> Result<Vec<(String, String)>, ModelError> {
        let Arguments::Pairs(pairs) = &instruction.arguments else {
            return Ok(Vec::new());
        };
        let mut values: Vec<(String, String)> = Vec::new();
        let mut own = Environment::default();
        for pair in pairs {
            let name = pair.key.text.clone();
            let default = match &pair.value {
                Some(default) => {
                    let lookup =
                        |name: &str| own.get(name).or_else(|| environment.get(name)).map(str::to_owned);
                    let expansion = expand(&default.text, self.mode, &lookup);
                    Some(expansion.map_err(|message| ModelError::new(message, line))?.text)
                }
                None => self.globals.get(&name).map(str::to_owned),
            };
            let value = self.settings.build_args.get(&name).cloned().or(default);
            if let Some(value) = value {
                own.set(name.clone(), value.clone());
                values.push((name, value));
            }
        }
        Ok(values)
    }
}

/// The first stage from which a circle of COPYs and mounts can be reached, and the line that closes it
/// (BuildKit `validateCircularDependency`). `needed` has the stages that each stage takes files from, and the lines.
fn circle(needed: &[Vec<(usize, usize)>]) -> Option<(usize, usize)> {
    let mut is_visited = vec![false; needed.len()];
    let mut is_open = vec![false; needed.len()];
    for start in 0..needed.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if !std::mem::replace(&mut is_visited[start], true) {
            is_open[start] = true;
            path.push((start, 0));
        }
        while let Some((stage, next)) = path.last_mut() {
            let Some((needs, line)) = needed[*stage].get(*next) else {
                is_open[*stage] = false;
                path.pop();
                continue;
            };
            *next += 1;
            if is_open[*needs] {
                return Some((start, *line));
            }
            if !std::mem::replace(&mut is_visited[*needs], true) {
                is_open[*needs] = true;
                path.push((*needs, 0));
            }
        }
    }
    None
}

fn check_reference(name: &str, line: usize) -> Result<(), ModelError> {
    reference::normalize(name)
        .map(drop)
        .map_err(|error| ModelError::new(format!("failed to parse stage name {name:?}: {error}"), line))
}
