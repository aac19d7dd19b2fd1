use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        arguments,
        exit::Exit,
        input::{self, Input},
        output::{self, Failure},
        plan,
        verify::sources,
    },
    context,
    engine::{
        self, BuildArguments, Builder, Call, ContextKind, Display, Mode, Outcome, Scene, TemporaryDockerfile,
        VertexRecord,
    },
    grammar,
    model::{Model, Settings},
    plan::{Options, Place, Plan},
    platform::Platform,
    report::plan_table,
    rewrite::{self, LineMap, Rewritten},
};

const HELP: &str = "\
Build an image: docker buildx build on the rewritten Dockerfile

Usage: xbuild build [--no-rewrite] [--aggressive] [FLAGS OF docker buildx build] PATH

Options:
  --no-rewrite  Build the Dockerfile as it is, to compare
  --aggressive  Carry out changes that are likely to be right, too

Every other flag is passed on: see docker buildx build --help.
A remote context, --call, --check and a frontend of the file's own are left to buildx untouched.
";

const CONTEXTS: &str = "name a folder, a git or http address, or - for a tar archive on standard input";

/// Plans, rewrites and builds; the exit code is that of buildx.
pub(super) fn run(arguments: &arguments::BuildArguments) -> Result<Exit, Failure> {
    let mut tokens = arguments.arguments.clone();
    let no_rewrite = take(&mut tokens, "--no-rewrite");
    let is_aggressive = take(&mut tokens, "--aggressive");
    let build = BuildArguments::parse(tokens.clone())
        .map_err(|error| Failure::new(error.to_string()).with_help(error.help()))?;
    if build.help {
        output::print(HELP)?;
        return Ok(Exit::Clean);
    }
    if build.context.is_none() {
        return Err(Failure::new("there is no build context")
            .with_help(CONTEXTS)
            .with_exit(Exit::Build(1)));
    }
    let Some(file) = local_file(&build) else {
        return Err(untouched(tokens));
    };
    let bytes = read(&file, &build)?;
    let input = match String::from_utf8(bytes) {
        Ok(text) if grammar::read(&text).map_or(true, |file| file.foreign_frontend().is_none()) => Input {
            path: file.to_string_lossy().into_owned(),
            text,
        },
        // It is read already, and buildx would find nothing.
        _ if file == Path::new("-") => {
            return Err(
                Failure::new("the Dockerfile on standard input is not UTF-8, or another frontend's")
                    .with_help("write it into a file, and name that with -f"),
            );
        }
        _ => return Err(untouched(tokens)),
    };
    let parsed = grammar::parse(&input.text)
        .map_err(|error| input::unreadable(&input, &error).with_exit(Exit::Build(1)))?;
    let builder = engine::find_builder(build.builder.as_deref())
        .map_err(|error| Failure::new(sources(&error)).with_help(error.help()))?;
    let settings = settings(&build, &builder)?;
    let model = Model::build(&parsed, settings.clone())
        .map_err(|error| input::meaningless(&input, &error).with_exit(Exit::Build(1)))?;
    if no_rewrite {
        return execute(
            &input,
            &file,
            &build,
            &builder,
            &Rewritten::unchanged(&input.text),
            None,
            &settings,
        );
    }
    let context = context_folder(&build)
        .map_or_else(
            || Ok(context::Context::default()),
            |folder| {
                context::read(
                    &folder,
                    Some(&file)
                        .filter(|file| *file != Path::new("-"))
                        .map(PathBuf::as_path),
                )
            },
        )
        .map_err(|error| Failure::new(format!("cannot read the build context: {error}")))?;
    let plan = plan::decide(
        &input,
        &model,
        &context,
        Options {
            is_aggressive,
            is_for_one_build: true,
            ..Options::default()
        },
    )?;
    let rewritten = rewrite::rewrite(&model, &plan).map_err(|error| {
        Failure::new(format!("{}: {error}", input.path)).with_help("--no-rewrite builds it as it is")
    })?;
    execute(
        &input,
        &file,
        &build,
        &builder,
        &rewritten,
        Some(&plan),
        &settings,
    )
}

/// Takes a flag of xbuild's own out of the arguments.
fn take(tokens: &mut Vec<OsString>, flag: &str) -> bool {
    let before = tokens.len();
    tokens.retain(|token| token != flag);
    tokens.len() < before
}

/// The Dockerfile of a build that xbuild understands; the others are buildx's alone.
fn local_file(build: &BuildArguments) -> Option<PathBuf> {
    let is_special = build.call.as_deref().is_some_and(|call| call != "build") || build.syntax().is_some();
    let folder = context_folder(build)?;
    if is_special {
        return None;
    }
    match &build.file {
        Some(file) if file == "-" => Some(PathBuf::from("-")),
        Some(file) if engine::context_kind(file) == ContextKind::Folder || Path::new(file).is_file() => {
            Some(PathBuf::from(file))
        }
        Some(file) => (!file.to_string_lossy().contains("://")).then(|| PathBuf::from(file)),
        None if folder == Path::new(".") => Some(PathBuf::from("Dockerfile")),
        None => Some(folder.join("Dockerfile")),
    }
    .map(|file| input::default_file(&file))
}

fn context_folder(build: &BuildArguments) -> Option<PathBuf> {
    let context = build.context.as_ref()?;
    (engine::context_kind(context) == ContextKind::Folder).then(|| PathBuf::from(context))
}

fn read(file: &Path, build: &BuildArguments) -> Result<Vec<u8>, Failure> {
    let path = file.to_string_lossy();
    if let Some(folder) = context_folder(build).filter(|folder| !folder.is_dir()) {
        return Err(
            Failure::new(format!("there is no build context {}", folder.display()))
                .with_help(CONTEXTS)
                .with_exit(Exit::Build(1)),
        );
    }
    if path != "-" && !file.exists() {
        return Err(Failure::new(format!("cannot read {path}: no such file"))
            .with_help("name the Dockerfile with -f, or put one into the build context")
            .with_exit(Exit::Build(1)));
    }
    input::bytes(&path)
}

fn settings(build: &BuildArguments, builder: &Builder) -> Result<Settings, Failure> {
    let native: Platform = builder.platform().parse().map_err(|error| {
        Failure::new(format!(
            "the builder {} names a platform that is none: {error}",
            builder.name
        ))
    })?;
    let mut targets = Vec::new();
    for text in &build.platforms {
        let platform = if text == "local" {
            Ok(native.clone())
        } else {
            Platform::parse(text, &native)
        };
        let platform = platform.map_err(|error| {
            Failure::new(format!("--platform: {error}"))
                .with_help("a platform looks like linux/arm64 or linux/arm/v7")
        })?;
        targets.push(platform.normalized());
    }
    if targets.is_empty() {
        targets.push(native.clone());
    }
    let build_args = build
        .build_args
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    Ok(Settings {
        target: build.target.clone().filter(|target| !target.is_empty()),
        build_args: build_args.collect(),
        named_contexts: build.build_contexts.iter().cloned().collect(),
        ..Settings::new(native, targets)
    })
}

/// Hands the call to buildx as it came; comes back only when that cannot be.
fn untouched(tokens: Vec<OsString>) -> Failure {
    output::note(
        "xbuild: this call is left to buildx as it is: only builds of a plain Dockerfile with a folder as context are rewritten",
    );
    let error = engine::become_buildx_build(tokens);
    Failure::new(sources(&error)).with_help(error.help())
}

fn execute(
    input: &Input,
    file: &Path,
    build: &BuildArguments,
    builder: &Builder,
    rewritten: &Rewritten,
    plan: Option<&Plan>,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let lines = rewritten.line_map(&input.text);
    let parsed = grammar::parse(&rewritten.text).map_err(|error| input::unreadable(input, &error))?;
    let model = Model::build(&parsed, settings.clone()).map_err(|error| input::meaningless(input, &error))?;
    let steps = engine::expected_steps(&model, &|line| lines.original(line));
    for step in &steps {
        let emulated = step.places.iter().filter(|(_, place)| **place == Place::Emulated);
        let platforms: Vec<String> = emulated.map(|(platform, _)| platform.clone()).collect();
        builder.check_platforms(&platforms).map_err(|error| {
            Failure::new(format!("{}:{}: {error}", input.path, step.line)).with_help(error.help())
        })?;
    }
    let failed = |message: String, help: String| Failure::new(message).with_help(help);
    let temporary = if file == Path::new("-") {
        TemporaryDockerfile::write_alone(&rewritten.text)
    } else {
        TemporaryDockerfile::write(file, &rewritten.text)
    };
    let temporary = temporary.map_err(|error| failed(sources(&error), error.help().to_owned()))?;
    let progress = build
        .progress
        .clone()
        .or_else(|| std::env::var("BUILDKIT_PROGRESS").ok());
    let progress = if build.quiet {
        Some("quiet".to_owned())
    } else {
        progress
    };
    let mode = Mode::choose(progress.as_deref(), io::stderr().is_terminal());
    let targets: Vec<String> = settings
        .target_platforms
        .iter()
        .map(ToString::to_string)
        .collect();
    let scene = Scene {
        steps: steps.clone(),
        native: builder.native(),
        targets: targets.clone(),
        has_colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    if let (Some(plan), true) = (plan, matches!(mode, Mode::Live | Mode::Plain)) {
        for line in plan_table::decisions(plan) {
            output::note(&line);
        }
    }
    // Not locked: live lines are drawn by threads of their own.
    let mut stderr = io::stderr();
    let mut display = Display::new(mode, scene, &mut stderr);
    // Every other word has a meaning for buildx's own output, or none, which buildx says.
    let passed = match progress.as_deref() {
        None | Some("" | "auto" | "plain" | "tty" | "rawjson") => "rawjson",
        Some(word) => word,
    };
    let call = Call::buildx_build(build.command(temporary.path(), passed));
    let outcome = engine::run(call, &mut |event, record| display.event(event, record))
        .map_err(|error| failed(sources(&error), error.help().to_owned()))?;
    display.finish(&outcome);
    drop(display);
    drop(temporary);
    engine::end_on_signals().map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")))?;
    if outcome.code != 0 {
        explain_failure(input, &outcome, &steps, &lines, !rewritten.edits.is_empty());
    }
    if matches!(mode, Mode::Live | Mode::Plain) && outcome.code == 0 {
        let timing = engine::timing(&outcome.record, &steps, &builder.native(), &targets);
        output::note(engine::summary(&timing, plan).trim_end());
    }
    Ok(Exit::Build(u8::try_from(outcome.code).unwrap_or(1)))
}

/// Names the line of the user's own file at which the build failed.
fn explain_failure(
    input: &Input,
    outcome: &Outcome,
    steps: &[engine::Step],
    lines: &LineMap,
    is_rewritten: bool,
) {
    if outcome.is_cancelled {
        output::note("xbuild: the build was cancelled");
        return;
    }
    let vertex = outcome.record.failed();
    let name = vertex.map(VertexRecord::name);
    let step = name
        .as_ref()
        .and_then(|name| engine::find_step(name.step()?, steps));
    let line = step
        .map(|step| step.line)
        .or_else(|| Some(lines.original(outcome.record.failed_line()?)));
    let message = vertex.and_then(|vertex| vertex.error.as_deref());
    // Without either, buildx itself has refused the call, and what it says is printed already.
    if line.is_none() && message.is_none() {
        return;
    }
    let place = line.map_or_else(|| input.path.clone(), |line| format!("{}:{line}", input.path));
    output::note(&format!(
        "error: {place}: {}",
        message.unwrap_or("the build failed here")
    ));
    if is_rewritten {
        output::note(
            "help: lines above are those of the rewritten file; --no-rewrite shows whether the file as it is fails, too",
        );
    }
}
