//! Goes through the steps of a stage as if it ran on the build platform: which files come out of which command,
//! what has to change for them to be right, and what speaks against it.

use crate::{
    context::Context,
    grammar::{
        Arguments, Instruction, Keyword,
        expand::{Mode, expand},
    },
    model::{Base, Model, Source, Step},
    plan::{
        Change, Confidence, Copies, Origin, Output, PreparedPlaces, Recipe,
        commands::follow_run,
        images::{Taking, take},
        outputs::Outputs,
        paths,
        recipe::StageFacts,
        usage::Usage,
        variables::Variables,
    },
};

/// Something that speaks against running a stage natively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacle {
    pub(super) line: usize,
    pub(super) reason: String,
}

/// What came of a stage that was followed from the root of its chain.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) outputs: Outputs,
    /// The changes, each with the step that it belongs to and the arguments that the step then needs.
    pub(super) changes: Vec<StepChange>,
    pub(super) confidence: Confidence,
    pub(super) doubt: Option<Obstacle>,
    pub(super) obstacle: Option<Obstacle>,
    pub(super) recipes: Vec<&'static str>,
    pub(super) folder: Option<String>,
    pub(super) variables: Variables,
    pub(super) prepared: PreparedPlaces,
    pub(super) copies: Copies,
    /// What recipes may ask of the stage; packages and user change on the way.
    pub(super) facts: StageFacts,
    /// Whether the pipe at hand carries files that were made for one platform, or may be.
    pub(super) pipe_has_foreign_files: bool,
    /// Whether the pipe at hand carries what was fetched for the target, or may have been.
    pub(super) pipe_has_target_files: bool,
    /// The cache mounts of the RUN at hand, which builds for all platforms share.
    pub(super) shared_folders: Vec<SharedFolder>,
    /// The commands of every RUN, one after another.
    pub(super) commands: Vec<CommandTrace>,
}

/// What came of a command that does more than change the shell's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandTrace {
    /// Where the step's instruction starts.
    pub(super) step: usize,
    /// The name as recipes know it; empty when it is not known.
    pub(super) name: String,
    /// The words behind the name, as far as they are known.
    pub(super) words: Vec<Option<String>>,
    /// The folder that it runs in, when its name is known.
    pub(super) folder: String,
    /// The user that it runs as, when USER says so.
    pub(super) user: Option<String>,
    pub(super) answer: Answer,
    /// What it makes.
    pub(super) outputs: Vec<Output>,
    /// Whether what it puts out becomes a part of another command.
    pub(super) is_captured: bool,
}

/// What is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The recipe of that name lets it run natively.
    Native(&'static str),
    /// It is a program that was compiled in the stage.
    Made,
    /// The recipe of that name declines.
    Declined(&'static str),
    /// Nothing is known.
    Unknown,
}

impl CommandTrace {
    /// A command of the step that nothing is known of.
    pub(super) fn unknown(step: usize) -> Self {
        Self {
            step,
            name: String::new(),
            words: Vec::new(),
            folder: String::new(),
            user: None,
            answer: Answer::Unknown,
            outputs: Vec::new(),
            is_captured: false,
        }
    }
}

/// A cache mount that builds for all platforms share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SharedFolder {
    pub(super) path: String,
    /// What gives each platform a cache of its own; none where the flag is not written plainly.
    pub(super) key: Option<Change>,
}

/// A change inside a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepChange {
    pub(super) stage: usize,
    /// Where the step's instruction starts.
    pub(super) step: usize,
    pub(super) change: Change,
    pub(super) arguments: Vec<&'static str>,
}

/// What a stage may rely on while it is followed.
pub(super) struct Surroundings<'a, 'f> {
    pub(super) model: &'a Model<'f>,
    pub(super) context: &'a Context,
    pub(super) recipes: &'a [&'static Recipe],
    /// The traces of the stages that run natively, by stage.
    pub(super) native: &'a [Option<Trace>],
    pub(super) facts: StageFacts,
    pub(super) usage: &'a Usage<'a>,
}

impl Trace {
    fn new(targets: usize, facts: StageFacts) -> Self {
        Self {
            outputs: Outputs::new(),
            changes: Vec::new(),
            confidence: Confidence::Certain,
            doubt: None,
            obstacle: None,
            recipes: Vec::new(),
            folder: Some("/".to_owned()),
            variables: Variables::new(targets),
            prepared: PreparedPlaces::default(),
            copies: Copies::default(),
            facts,
            pipe_has_foreign_files: false,
            pipe_has_target_files: false,
            shared_folders: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// The command at hand.
    pub(super) fn command(&mut self) -> &mut CommandTrace {
        if self.commands.is_empty() {
            self.commands.push(CommandTrace::unknown(0));
        }
        let last = self.commands.len() - 1;
        &mut self.commands[last]
    }

    /// The command at hand makes a file.
    pub(super) fn make(&mut self, output: Output) {
        self.outputs.push(&output);
        self.command().outputs.push(output);
    }

    pub(super) fn object(&mut self, line: usize, reason: impl Into<String>) {
        self.obstacle.get_or_insert(Obstacle {
            line,
            reason: reason.into(),
        });
    }
}

/// Follows every step from the root of the stage's chain to its end.
pub(super) fn follow(stage: usize, surroundings: &Surroundings<'_, '_>) -> Trace {
    follow_to(stage, usize::MAX, surroundings)
}

/// Follows the steps up to the one that starts at the byte `last`.
pub(super) fn follow_to(stage: usize, last: usize, surroundings: &Surroundings<'_, '_>) -> Trace {
    let model = surroundings.model;
    let mut trace = Trace::new(model.views.len(), surroundings.facts.clone());
    let chain = model.views[0].chain(stage);
    let same_chain = model.views.iter().all(|view| view.chain(stage) == chain);
    let root = chain.last().copied().unwrap_or(stage);
    let line = model.stages[root].from.lines.0;
    if !same_chain
        || model
            .views
            .iter()
            .any(|view| view.stages[root].base != model.views[0].stages[root].base)
    {
        trace.object(line, "its base image is not the same for every target platform");
        return trace;
    }
    match &model.views[0].stages[root].base {
        Base::Image(image) => {
            if let Some(reason) = single_platform(image) {
                trace.object(line, reason);
            }
        }
        Base::Context { name, .. } => {
            trace.object(line, format!("the named context {name} stands in its place"));
        }
        Base::Scratch | Base::Stage(_) => {}
    }
    if surroundings
        .facts
        .image
        .split(['@', ':'])
        .next()
        .is_some_and(|image| image.ends_with("golang"))
    {
        for target in 0..model.views.len() {
            trace.variables.set(target, "GOPATH", "/go");
        }
    }
    for &stage in chain.iter().rev() {
        follow_stage(stage, last, surroundings, &mut trace);
    }
    trace
}

/// Why an image is there for one platform only, by its name.
fn single_platform(image: &str) -> Option<String> {
    let owner = image.rsplit('/').nth(1).unwrap_or_default();
    let is_architecture = matches!(
        owner,
        "amd64"
            | "arm32v5"
            | "arm32v6"
            | "arm32v7"
            | "arm64v8"
            | "i386"
            | "mips64le"
            | "ppc64le"
            | "riscv64"
            | "s390x"
    );
    let is_windows = ["windows", "nanoserver", "servercore"]
        .iter()
        .any(|word| image.contains(word));
    if is_architecture {
        return Some(format!(
            "{image} is an image for one platform only; the name without {owner}/ has all of them"
        ));
    }
    is_windows.then(|| format!("{image} is a Windows image"))
}

fn follow_stage(stage: usize, last: usize, surroundings: &Surroundings<'_, '_>, trace: &mut Trace) {
    let model = surroundings.model;
    let steps = model.views[0].stages[stage].steps.iter().enumerate();
    for (number, step) in steps.take_while(|(_, step)| step.instruction.span.start <= last) {
        for (target, view) in model.views.iter().enumerate() {
            for (name, value) in view.stages[stage]
                .steps
                .get(number)
                .map_or(&[][..], |step| &step.assignments)
            {
                trace.variables.set(target, name, value);
            }
        }
        let instruction = step.instruction;
        let is_trigger = instruction.lines.0 == 0;
        if is_trigger && matches!(instruction.keyword, Some(Keyword::Run)) {
            trace.object(step.line, "it runs a trigger that another stage sets by ONBUILD");
            continue;
        }
        match instruction.keyword {
            Some(Keyword::Arg) => {
                if let Arguments::Pairs(pairs) = &instruction.arguments {
                    for pair in pairs {
                        trace.variables.declare(&pair.key.text);
                    }
                }
            }
            Some(Keyword::Workdir) => {
                let values = paths_of(instruction, model, trace);
                let path = values.and_then(|values| values.into_iter().next());
                trace.folder = path.and_then(|path| Some(paths::join(trace.folder.as_deref()?, &path)));
            }
            Some(Keyword::User) => trace.facts.user = Some(step.values.concat()),
            Some(Keyword::Copy | Keyword::Add) => match paths_of(instruction, model, trace) {
                Some(values) => follow_copy(stage, &values, step, surroundings, trace),
                None => trace.object(
                    step.line,
                    "its paths are not known, or not the same for every target platform",
                ),
            },
            Some(Keyword::Shell) => {
                let shell = instruction.values().first().cloned().unwrap_or_default();
                if !["sh", "bash", "ash", "dash"].contains(&shell.rsplit('/').next().unwrap_or_default()) {
                    trace.object(
                        step.line,
                        format!("its shell {shell} is not one that xbuild reads"),
                    );
                }
            }
            Some(Keyword::Run) => {
                let root = surroundings.usage.roots[stage];
                if model.views[0].stages[root].base == Base::Scratch {
                    // BuildKit ignores a flag there (dockerfile2llb/convert.go).
                    trace.object(
                        step.line,
                        "it runs on scratch, which is always for the target platform",
                    );
                }
                follow_run(stage, instruction, step.line, &step.sources, surroundings, trace);
            }
            _ => {}
        }
    }
}

/// The arguments of an instruction, when every variable in them is known and the same for all targets.
fn paths_of(instruction: &Instruction, model: &Model<'_>, trace: &Trace) -> Option<Vec<String>> {
    let mode = Mode::with_escape(model.file.escape);
    let lookup = |name: &str| trace.variables.get(name).map(str::to_owned);
    instruction
        .values()
        .iter()
        .map(|value| {
            let expansion = expand(value, mode, &lookup).ok()?;
            expansion.unmatched.is_empty().then_some(expansion.text)
        })
        .collect()
}

fn follow_copy(
    stage: usize,
    values: &[String],
    step: &Step<'_>,
    surroundings: &Surroundings<'_, '_>,
    trace: &mut Trace,
) {
    let Some((destination, paths_from)) = values.split_last() else {
        return;
    };
    let Some(folder) = trace.folder.clone() else {
        trace.object(step.line, "the working directory is not known");
        return;
    };
    let line = step.line;
    let target = paths::join(&folder, destination);
    match step.sources.first() {
        None => {
            let into_folder = destination.ends_with('/')
                || paths_from.len() > 1
                || matches!(destination.as_str(), "." | "..");
            let output = |path: &str| {
                // What is copied into a folder says nothing about its neighbours there, as long as it is a file by
                // its name; of a folder, what is in it is spread out.
                let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let is_file =
                    name.trim_start_matches('.').contains('.') && !path.ends_with('/') && !name.contains('*');
                let is_named = !name.is_empty() && !matches!(name, "." | "..") && !name.contains('*');
                let inside = into_folder && is_file || is_named && paths::is_system_folder(&target);
                if inside {
                    paths::join(&target, name)
                } else {
                    target.clone()
                }
            };
            for path in paths_from {
                trace.outputs.push(&Output {
                    path: output(path),
                    origin: Origin::Data,
                });
                if step.instruction.keyword == Some(Keyword::Copy) && !path.contains(['*', '?', '[', '<']) {
                    trace.prepared.forget(&target);
                    trace.copies.add(&paths::join("/", path)[1..], &target);
                }
            }
        }
        Some(source @ (Source::Image(_) | Source::Context(_)))
            if !source.is_image()
                || paths_from
                    .iter()
                    .all(|path| paths::is_portable(&paths::join("/", path))) =>
        {
            trace.outputs.push(&Output {
                path: target,
                origin: Origin::Data,
            });
        }
        Some(Source::Image(image)) => {
            let Some(flag) = step.instruction.flag("from") else {
                return;
            };
            let taking = Taking {
                stage,
                instruction: step.instruction,
                line,
                flag,
                image,
            };
            for path in paths_from {
                let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let inside =
                    destination.ends_with('/') || paths_from.len() > 1 || paths::is_system_folder(&target);
                let path = if inside {
                    paths::join(&target, name)
                } else {
                    target.clone()
                };
                take(&taking, &path, surroundings, trace);
            }
        }
        Some(Source::Context(image)) => {
            let reason =
                format!("it takes files of the named context {image}, which come for the target platform");
            trace.object(line, reason);
        }
        Some(Source::Stage(index)) => {
            for path in paths_from {
                let path = paths::join("/", path);
                let origin = match &surroundings.native[*index] {
                    Some(source) => match source.outputs.origin_of(&path) {
                        Ok(origin) => origin,
                        // It runs on the same platform as this stage, and may be used here.
                        Err(_) => {
                            Origin::Platform(format!("stage {}", surroundings.model.stages[*index].label()))
                        }
                    },
                    None if paths::is_portable(&path) => Origin::Data,
                    None => {
                        let label = surroundings.model.stages[*index].label();
                        trace.object(
                            line,
                            format!("it takes files of stage {label}, which runs on the target platform"),
                        );
                        return;
                    }
                };
                let name = path.rsplit('/').next().unwrap_or_default();
                let inside = destination.ends_with('/') || paths::is_system_folder(&target);
                let path = if inside {
                    paths::join(&target, name)
                } else {
                    target.clone()
                };
                trace.outputs.push(&Output { path, origin });
            }
        }
    }
}
