//! The commands of a RUN, one after another: what each makes, and what speaks against running it natively.

use crate::{
    grammar::{Instruction, mount},
    model::Source,
    plan::{
        Effect, Origin, Output, Verdict,
        images::{Taking, take},
        paths,
        question::platform_question,
        readers::{
            mount_targets, opens_foreign_archive, opens_target_archive, reads_foreign_files, shared_folders,
            value,
        },
        recipe::{Invocation, join_doubts},
        script::{self, RunScript},
        trace::{Answer, CommandTrace, Obstacle, StepChange, Surroundings, Trace},
    },
    shell::{self, AssignmentValue, Command, ForHead, Node, Part, RedirectionOperator, Visit, Word},
    source::Span,
};

pub(super) fn follow_run(
    stage: usize,
    run: &Instruction,
    line: usize,
    sources: &[Source],
    surroundings: &Surroundings<'_, '_>,
    trace: &mut Trace,
) {
    let model = surroundings.model;
    for source in sources {
        match source {
            Source::Stage(index) if surroundings.native[*index].is_some() => {
                let maker = format!("stage {}", model.stages[*index].label());
                for target in mount_targets(run) {
                    let path = paths::join(trace.folder.as_deref().unwrap_or("/"), &target);
                    trace.outputs.push(&Output {
                        path,
                        origin: Origin::Platform(maker.clone()),
                    });
                }
            }
            Source::Stage(index) => {
                let label = model.stages[*index].label();
                trace.object(
                    line,
                    format!("it mounts stage {label}, which runs on the target platform"),
                );
            }
            Source::Context(_) if !source.is_image() => {}
            Source::Context(image) => {
                let reason =
                    format!("it mounts the named context {image}, which comes for the target platform");
                trace.object(line, reason);
            }
            Source::Image(image) => mount_image(stage, run, line, image, surroundings, trace),
        }
    }
    let script = match script::read(model.file, run) {
        Ok(script) => script,
        Err(reason) => {
            trace.object(line, format!("the commands of this RUN are not known: {reason}"));
            trace.commands.push(CommandTrace::unknown(run.span.start));
            return;
        }
    };
    if !script.script.is_fully_understood() {
        trace.object(line, "the commands of this RUN are not understood");
        trace.commands.push(CommandTrace::unknown(run.span.start));
        return;
    }
    for node in Node::Script(&script.script).descendants() {
        match node {
            Node::Part(Part::Variable(variable))
                if matches!(variable.name.as_str(), "HOSTTYPE" | "MACHTYPE") =>
            {
                trace.object(line, format!("${} would name the build platform", variable.name));
            }
            Node::Command(Command::For(clause)) => {
                if let ForHead::Words { name, .. } = &clause.head {
                    trace.variables.assign(name, None, false);
                }
            }
            _ => {}
        }
    }
    trace.pipe_has_foreign_files = false;
    trace.pipe_has_target_files = false;
    trace.shared_folders = shared_folders(run, model, trace);
    let mut folder = trace.folder.clone();
    let mut folder_is_lost = false;
    for visit in shell::simple_commands(&script.script) {
        let own_line = line_of(surroundings, &script, visit.command.span.start);
        let place = Place {
            stage,
            step: run.span.start,
            line: own_line,
            script: &script,
        };
        if is_change_of_folder(visit.command) {
            folder = folder.and_then(|folder| changed_folder(visit.command, &folder, trace));
            // Behind a subshell, or when it may not have happened, the folder is not known.
            folder_is_lost |=
                visit.context.subshell || visit.context.substitution || visit.context.conditional;
            continue;
        }
        follow_command(
            &visit,
            folder
                .as_deref()
                .filter(|_| !folder_is_lost || visit.context.subshell),
            &place,
            surroundings,
            trace,
        );
    }
    trace.variables.end_script();
}

/// A RUN that mounts an image.
fn mount_image(
    stage: usize,
    run: &Instruction,
    line: usize,
    image: &str,
    surroundings: &Surroundings<'_, '_>,
    trace: &mut Trace,
) {
    for flag in run.flags.iter().filter(|flag| flag.name() == "mount") {
        let mount = flag.value().and_then(|value| mount::parse(value).ok());
        let Some(mount) = mount.filter(|mount| mount.from() == Some(image)) else {
            continue;
        };
        let taking = Taking {
            stage,
            instruction: run,
            line,
            flag,
            image,
        };
        let path = paths::join(
            trace.folder.as_deref().unwrap_or("/"),
            mount.target().unwrap_or_default(),
        );
        take(&taking, &path, surroundings, trace);
    }
}

fn line_of(surroundings: &Surroundings<'_, '_>, script: &RunScript, offset: usize) -> usize {
    surroundings
        .usage
        .lines
        .line(script.cover(Span::at(offset)).start)
}

struct Place<'a> {
    stage: usize,
    step: usize,
    line: usize,
    script: &'a RunScript,
}

fn is_change_of_folder(command: &shell::SimpleCommand) -> bool {
    command
        .name()
        .is_some_and(|name| matches!(name.as_str(), "cd" | "pushd" | "popd"))
}

fn changed_folder(command: &shell::SimpleCommand, folder: &str, trace: &Trace) -> Option<String> {
    let word = command.words.get(1).filter(|_| command.words.len() == 2)?;
    let path = value(word, trace)?;
    (path != "-" && !path.starts_with('~')).then(|| paths::join(folder, &path))
}

fn follow_command(
    visit: &Visit<'_>,
    folder: Option<&str>,
    place: &Place<'_>,
    surroundings: &Surroundings<'_, '_>,
    trace: &mut Trace,
) {
    let command = visit.command;
    let is_sure = !visit.context.conditional && !visit.context.subshell && !visit.context.function;
    if command.words.is_empty() {
        assign(command, is_sure, trace);
    }
    if !visit.context.pipeline {
        trace.pipe_has_foreign_files = false;
        trace.pipe_has_target_files = false;
    }
    let written = written_files(command, trace);
    if command.words.is_empty() && written.is_empty() {
        return;
    }
    trace.commands.push(CommandTrace {
        is_captured: visit.context.substitution,
        user: trace.facts.user.clone(),
        ..CommandTrace::unknown(place.step)
    });
    let Some(folder) = folder else {
        trace.object(place.line, "the folder that its commands run in is not known");
        return;
    };
    folder.clone_into(&mut trace.command().folder);
    let reads_foreign_files = reads_foreign_files(command, folder, trace);
    trace.pipe_has_foreign_files |= reads_foreign_files && visit.context.pipeline;
    trace.pipe_has_foreign_files |= opens_foreign_archive(command, folder, trace);
    for target in written {
        let origin = if reads_foreign_files || trace.pipe_has_foreign_files {
            Origin::Platform("a command that reads files of the base image".to_owned())
        } else {
            Origin::Data
        };
        match target {
            Some(path) => trace.make(Output {
                path: paths::join(folder, &path),
                origin,
            }),
            None => trace.object(place.line, "it writes to a file whose name is not known"),
        }
    }
    let Some(effective) = shell::effective(command).or_else(|| program_by_path(command)) else {
        if !command.words.is_empty() {
            trace.object(
                place.line,
                "one of its commands is run in a way that xbuild does not know",
            );
        }
        return;
    };
    let Some(program) = command
        .words
        .get(effective.first)
        .and_then(|word| value(word, trace))
    else {
        trace.object(
            place.line,
            "the name of one of its commands is not known before it runs",
        );
        return;
    };
    let name = known_name(&program);
    let arguments = &command.words[effective.first + 1..];
    let words: Vec<Option<String>> = arguments.iter().flat_map(|word| fields(word, trace)).collect();
    name.clone_into(&mut trace.command().name);
    trace.command().words.clone_from(&words);
    let path = program.contains('/').then(|| paths::join(folder, &program));
    let is_cross = match &path {
        Some(path) => trace.outputs.is_cross(path),
        None => trace.outputs.has_program(&program),
    };
    if is_cross {
        trace.object(
            place.line,
            format!("it runs {program}, which is made for the target platform"),
        );
        trace.command().answer = Answer::Made;
        return;
    }
    let may_run_any = RUNNERS.contains(&name) || name == "go" && runs_generators(command);
    if may_run_any && trace.outputs.has_cross_on_path() {
        trace.object(
            place.line,
            format!("`{name}` may run a program that is made for the target platform"),
        );
        return;
    }
    let is_plain = PLAIN_COMMANDS.contains(&name) || path.is_some();
    if trace.prepared.has_programs_on_path() && !is_plain {
        trace.object(
            place.line,
            format!("`{name}` may be a program that was installed for the target platform"),
        );
        return;
    }
    if sets_variables(name, arguments, is_sure, trace) {
        return;
    }
    if name == "set" && exports_all(arguments) {
        trace.object(place.line, "`set` exports every variable");
        return;
    }
    let may_name_target = arguments
        .iter()
        .any(|word| trace.variables.common(word).is_none());
    let is_fetched = may_name_target && matches!(name, "curl" | "wget");
    trace.pipe_has_target_files |= is_fetched && visit.context.pipeline;
    let may_name_target = may_name_target || opens_target_archive(command, folder, trace);
    let locate = |span| place.script.locate(span);
    let invocation = Invocation {
        name,
        words,
        wrappers: effective.wrappers.clone(),
        may_name_target,
        is_piped: visit.context.substitution || visit.context.pipeline,
        has_target_files: trace.outputs.has_cross(),
        step: place.step,
        command,
        first: effective.first,
        locate: &locate,
        variables: &trace.variables,
        folder,
        prepared: &trace.prepared,
        copies: &trace.copies,
        stage: &trace.facts,
        context: surroundings.context,
    };
    let is_captured =
        visit.context.substitution || visit.context.pipeline || !command.redirections.is_empty();
    if let Some(question) = platform_question(&invocation, is_captured) {
        trace.object(
            place.line,
            format!("`{question}` would answer for the build platform"),
        );
        return;
    }
    let answer = surroundings
        .recipes
        .iter()
        .find_map(|recipe| Some((recipe.id, (recipe.read)(&invocation)?)));
    let packages = installed_packages(&invocation);
    trace.command().answer = match &answer {
        Some((recipe, Verdict::Native(_))) => Answer::Native(recipe),
        Some((recipe, Verdict::Declines(_))) => Answer::Declined(recipe),
        None => Answer::Unknown,
    };
    match answer {
        None => trace.object(place.line, format!("xbuild does not know what `{name}` makes")),
        Some((_, Verdict::Declines(reason))) => trace.object(place.line, format!("`{name}` {reason}")),
        Some((recipe, Verdict::Native(effect))) => take_effect(recipe, effect, place, surroundings, trace),
    }
    let development = packages.iter().filter(|package| package.ends_with("-dev"));
    trace.facts.development.extend(development.cloned());
    if trace.facts.headers.is_none() {
        let mut names = packages.iter();
        let headers = names.find(|name| name.ends_with("-dev") || name.ends_with("-devel"));
        trace.facts.headers = headers.cloned();
    }
    trace.facts.packages.extend(packages);
}

/// `NAME=value` without a command: a variable of the script.
fn assign(command: &shell::SimpleCommand, is_sure: bool, trace: &mut Trace) {
    for assignment in &command.assignments {
        let known = match &assignment.value {
            AssignmentValue::Word(word) if !assignment.append && is_sure => {
                Some(trace.variables.values(word))
            }
            _ => None,
        };
        trace.variables.assign(&assignment.name, known, false);
    }
}

/// The files that the redirections of a command write; none for a name that is not known.
fn written_files(command: &shell::SimpleCommand, trace: &Trace) -> Vec<Option<String>> {
    let files = command
        .redirections
        .iter()
        .filter(|redirection| writes(redirection));
    let names = files.map(|redirection| value(&redirection.target, trace));
    names
        .filter(|name| name.as_deref() != Some("/dev/null"))
        .collect()
}

/// Whether the command is one that sets variables of the script, which is then done.
fn sets_variables(name: &str, arguments: &[Word], is_sure: bool, trace: &mut Trace) -> bool {
    match name {
        "export" | "readonly" | "local" | "declare" | "typeset" => {
            for word in arguments {
                let Some(variable) = variable_name(word) else {
                    continue;
                };
                let texts = trace.variables.values(word);
                let values = texts
                    .into_iter()
                    .map(|text| Some(text?.split_once('=')?.1.to_owned()))
                    .collect();
                match (word_has_equals(word), name == "export") {
                    (true, exports) => trace
                        .variables
                        .assign(&variable, is_sure.then_some(values), exports),
                    (false, true) if is_sure => trace.variables.export(&variable),
                    (false, true) => trace.variables.assign(&variable, None, true),
                    (false, false) => {}
                }
            }
        }
        "unset" | "read" => {
            for variable in arguments.iter().filter_map(Word::literal) {
                trace.variables.assign(&variable, None, true);
            }
        }
        _ => return false,
    }
    true
}

/// `set -a`, or options that are not known.
fn exports_all(arguments: &[Word]) -> bool {
    arguments.iter().any(|word| {
        let is_short = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.contains('a');
        word.literal()
            .is_none_or(|word| word == "allexport" || is_short(&word))
    })
}

/// Commands that hardly any project installs a version of its own of.
const PLAIN_COMMANDS: [&str; 57] = [
    ":",
    "[",
    "apt",
    "apt-get",
    "cat",
    "chmod",
    "chown",
    "cmake",
    "cp",
    "curl",
    "cut",
    "date",
    "echo",
    "exit",
    "export",
    "false",
    "find",
    "git",
    "grep",
    "groupadd",
    "gunzip",
    "gzip",
    "head",
    "install",
    "ldconfig",
    "ln",
    "ls",
    "make",
    "meson",
    "mkdir",
    "mv",
    "ninja",
    "nproc",
    "objcopy",
    "patch",
    "printf",
    "pwd",
    "ranlib",
    "rm",
    "rmdir",
    "sed",
    "set",
    "sha256sum",
    "sha512sum",
    "sort",
    "strip",
    "tail",
    "tar",
    "test",
    "touch",
    "tr",
    "true",
    "unset",
    "unzip",
    "useradd",
    "wget",
    "xz",
];

/// Commands that run what a project says, by name.
const RUNNERS: [&str; 16] = [
    "buf", "bun", "bunx", "cargo", "gradle", "gradlew", "just", "make", "mix", "mvn", "mvnw", "npm", "npx",
    "pnpm", "protoc", "yarn",
];

fn runs_generators(command: &shell::SimpleCommand) -> bool {
    command
        .words
        .iter()
        .any(|word| matches!(word.literal().as_deref(), Some("generate" | "run")))
}

/// A program in a folder that a variable names, such as `$GOPATH/bin/dep`; wrappers are not looked for there.
fn program_by_path(command: &shell::SimpleCommand) -> Option<shell::Effective> {
    let parts = &command.words.first()?.parts;
    let [Part::Variable(_), Part::Literal { text, .. }] = parts.as_slice() else {
        return None;
    };
    text.starts_with("/bin/").then(|| shell::Effective {
        first: 0,
        wrappers: Vec::new(),
        assignments: Vec::new(),
    })
}

/// The name that recipes know a program by: a script of the project is none of the system's commands.
fn known_name(program: &str) -> &str {
    let Some((folder, name)) = program.rsplit_once('/') else {
        return program;
    };
    let is_system = matches!(
        folder,
        "/bin"
            | "/sbin"
            | "/usr/bin"
            | "/usr/sbin"
            | "/usr/local/bin"
            | "/usr/local/sbin"
            | "/usr/local/go/bin"
            | "/go/bin"
    );
    let is_wrapper = matches!(name, "mvnw" | "gradlew") || folder.ends_with("node_modules/.bin");
    if is_system || is_wrapper { name } else { program }
}

/// The name in `NAME=…` or `NAME`.
fn variable_name(word: &Word) -> Option<String> {
    match word.parts.first()? {
        Part::Literal { text, .. } => Some(text.split('=').next().unwrap_or_default().to_owned()),
        _ => None,
    }
}

fn word_has_equals(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Part::Literal { text, .. }) if text.contains('='))
}

/// The words that a word becomes: an unquoted variable may hold several.
fn fields(word: &Word, trace: &Trace) -> Vec<Option<String>> {
    let is_split = word.parts.iter().any(|part| matches!(part, Part::Variable(_)));
    match value(word, trace) {
        Some(text) if is_split => text
            .split_whitespace()
            .map(|field| Some(field.to_owned()))
            .collect(),
        other => vec![other],
    }
}

/// Whether a redirection writes to a file.
fn writes(redirection: &shell::Redirection) -> bool {
    use RedirectionOperator as Operator;
    matches!(
        redirection.operator,
        Operator::Write
            | Operator::Append
            | Operator::Clobber
            | Operator::WriteBoth
            | Operator::AppendBoth
            | Operator::ReadWrite
    )
}

/// Stands for packages whose names are not known.
pub const UNKNOWN_PACKAGE: &str = "?";

fn installed_packages(invocation: &Invocation<'_>) -> Vec<String> {
    if !matches!(
        invocation.name,
        "apt-get" | "apt" | "apk" | "dnf" | "yum" | "microdnf" | "zypper"
    ) {
        return Vec::new();
    }
    let name = |word: &str| {
        word.split(['=', '~', '<', '>'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    // A package whose name is not known may be any.
    let unknown = invocation
        .words
        .iter()
        .any(Option::is_none)
        .then(|| UNKNOWN_PACKAGE.to_owned());
    invocation.operands().skip(1).map(name).chain(unknown).collect()
}

/// Gives each platform a cache of its own where a program for the target is written into one.
fn key_caches(path: &str, place: &Place<'_>, trace: &mut Trace) {
    let shared: Vec<_> = trace
        .shared_folders
        .iter()
        .filter(|folder| paths::is_within(path, &folder.path))
        .cloned()
        .collect();
    for folder in shared {
        let Some(change) = folder.key else {
            let reason = "it writes its program into a cache mount, which builds for all platforms share";
            trace.object(place.line, reason);
            continue;
        };
        trace.changes.push(StepChange {
            stage: place.stage,
            step: place.step,
            change,
            arguments: vec!["TARGETARCH", "TARGETVARIANT"],
        });
    }
}

fn take_effect(
    recipe: &'static str,
    effect: Effect,
    place: &Place<'_>,
    surroundings: &Surroundings<'_, '_>,
    trace: &mut Trace,
) {
    let targets: Vec<_> = surroundings
        .model
        .views
        .iter()
        .map(|view| view.target.clone())
        .collect();
    for argument in &effect.arguments {
        if trace.variables.is_set(argument) && !trace.variables.is_automatic(argument, &targets) {
            let reason =
                format!("{argument} has a value of its own in this stage, which hides the builder's");
            trace.object(place.line, reason);
            return;
        }
    }
    if let Some(doubt) = &effect.doubt {
        trace.confidence = trace.confidence.min(effect.confidence);
        let known = trace.doubt.take();
        let line = known.as_ref().map_or(place.line, |known| known.line);
        let reason = join_doubts(known.map(|known| known.reason), doubt);
        trace.doubt = Some(Obstacle { line, reason });
    }
    if !effect.changes.is_empty() && !trace.recipes.contains(&recipe) {
        trace.recipes.push(recipe);
    }
    if effect.outputs.iter().any(|output| output.origin == Origin::Data)
        && effect.changes.is_empty()
        && !trace.recipes.contains(&recipe)
    {
        trace.recipes.push(recipe);
    }
    // What package managers make lies among other files.
    let is_loose = |output: &&Output| matches!(output.origin, Origin::Data | Origin::CopyOf(_));
    for output in effect.outputs.iter().filter(is_loose) {
        trace.prepared.forget(&output.path);
    }
    if let Some(place) = effect.prepared {
        trace.prepared.add(place);
    }
    for (number, change) in effect.changes.into_iter().enumerate() {
        let arguments = if number == 0 {
            effect.arguments.clone()
        } else {
            Vec::new()
        };
        trace.changes.push(StepChange {
            stage: place.stage,
            step: place.step,
            change,
            arguments,
        });
    }
    for output in effect.outputs {
        if output.origin == Origin::Cross {
            key_caches(&output.path, place, trace);
        }
        let origin = match output.origin {
            Origin::Data if trace.pipe_has_foreign_files => {
                Origin::Platform("a pipe that carries files of the base image".to_owned())
            }
            Origin::CopyOf(from) => trace
                .outputs
                .origin_of(&from)
                .unwrap_or_else(|_| Origin::Platform(format!("whatever made {from}"))),
            origin => origin,
        };
        trace.make(Output {
            path: output.path,
            origin,
        });
    }
}
