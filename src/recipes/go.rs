//! Pure Go: `go build` compiles for any platform when it is told which one.

use crate::{
    context::GoModule,
    model::reference,
    plan::{Change, Effect, Invocation, Origin, Output, Recipe, Seen, UNKNOWN_PACKAGE, Verdict},
    platform::Platform,
    recipes::{c_compiler, cross, libraries},
    shell::{AssignmentValue, Part, Redirection},
    source::Span,
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "go",
    documentation: include_str!("go.md"),
    read,
};

/// Options of `go build` and `go install` whose value is the next word.
const VALUED: [&str; 21] = [
    "-C",
    "-asmflags",
    "-buildmode",
    "-buildvcs",
    "-compiler",
    "-covermode",
    "-coverpkg",
    "-gccgoflags",
    "-gcflags",
    "-installsuffix",
    "-ldflags",
    "-mod",
    "-modfile",
    "-o",
    "-overlay",
    "-p",
    "-pgo",
    "-pkgdir",
    "-tags",
    "-toolexec",
    "-coverprofile",
];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if let Some(verdict) = text_tool(invocation) {
        return Some(match verdict {
            Ok(effect) => invocation
                .toolchain(&["golang", "go"], &["go", "golang"])
                .verdict(effect, invocation.name),
            Err(reason) => Verdict::Declines(reason),
        });
    }
    if matches!(invocation.name, "dep" | "glide" | "govendor" | "godep") {
        if let ("godep" | "govendor", Some(word @ ("go" | "build" | "install" | "test"))) =
            (invocation.name, invocation.word(0))
        {
            return Some(Verdict::Declines(format!("runs the compiler itself ({word})")));
        }
        return Some(Verdict::Native(Effect::makes(
            invocation.resolve("vendor"),
            Origin::Data,
        )));
    }
    if invocation.name != "go" {
        return None;
    }
    let verdict = match invocation.word(0) {
        Some("build") => compile(invocation, &Command::Build),
        Some("install") => install(invocation),
        Some("env") if invocation.has_option("-w") => environment_file(invocation),
        Some(
            "mod" | "work" | "version" | "env" | "clean" | "fmt" | "list" | "doc" | "help" | "telemetry"
            | "bug",
        ) => Ok(Effect::makes(module_cache(invocation), Origin::Data)),
        Some("get") => tool(invocation),
        Some(subcommand @ ("generate" | "run" | "test" | "vet" | "tool" | "fix")) => {
            run_here(invocation, subcommand)
        }
        Some(other) => Err(format!("{other} is not known")),
        None => Err("has a subcommand that is not known before it runs".to_owned()),
    };
    Some(match verdict {
        Ok(effect) => invocation
            .toolchain(&["golang", "go"], &["go", "golang"])
            .verdict(effect, "go"),
        Err(reason) => Verdict::Declines(reason),
    })
}

/// Tools for Go sources that are no part of Go: those that only look, and those that write text.
fn text_tool(invocation: &Invocation<'_>) -> Option<Result<Effect, String>> {
    match invocation.name {
        "gofmt" | "goimports" | "gofumpt" | "golint" | "staticcheck" | "golangci-lint" | "gosec"
        | "govulncheck" | "errcheck" | "misspell" | "ineffassign" | "revive" | "gometalinter" => {
            return Some(looked(invocation));
        }
        "go-licenses" => return Some(licenses(invocation)),
        "go-bindata" | "go-bindata-assetfs" | "statik" | "packr" | "packr2" | "pkger" | "rice" | "esc"
        | "swag" | "mockgen" | "stringer" | "wire" | "sqlc" | "templ" | "qtc" | "easyjson" | "ffjson"
        | "gqlgen" | "oapi-codegen" | "goyacc" | "controller-gen" | "deepcopy-gen" => {}
        _ => return None,
    }
    Some(written_text(invocation))
}

/// What a tool says of the sources may hold for the platform it runs on only, as some are for one platform.
fn looked(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let is_kept = |redirection: &Redirection| redirection.target.literal().as_deref() != Some("/dev/null");
    if invocation.is_piped || invocation.command.redirections.iter().any(is_kept) {
        return Err("reports on the sources for the platform it runs on".to_owned());
    }
    Ok(Effect::nothing())
}

/// The licenses of what a program for the target has in it.
fn licenses(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let written = written_text(invocation)?;
    // Go leaves cgo out for another platform by itself, as the program does.
    let effect = told_platform(invocation, Effect::default(), Vec::new())?;
    Ok(Effect {
        outputs: written.outputs,
        ..effect
    })
}

fn written_text(invocation: &Invocation<'_>) -> Result<Effect, String> {
    // packr builds, and rice appends to, a program.
    if let Some(word @ ("build" | "install" | "append")) = invocation.operands().next() {
        return Err(format!("makes more than text ({word})"));
    }
    // Some of them compile a helper and run it.
    if setting(invocation, "GOARCH").is_some() {
        return Err("runs a program here, but GOARCH is set for it".to_owned());
    }
    let named = [
        "--save_path",
        "-o",
        "--output",
        "-output",
        "-dest",
        "-destination",
        "--destination",
    ]
    .iter()
    .find_map(|option| invocation.option_value(option));
    let paths = [Some("."), named].into_iter().flatten();
    Ok(Effect {
        outputs: paths
            .map(|path| Output {
                path: invocation.resolve(path),
                origin: Origin::Data,
            })
            .collect(),
        ..Effect::default()
    })
}

/// A program for the stage's own use, put where `go install` puts it.
fn tool(invocation: &Invocation<'_>) -> Result<Effect, String> {
    Ok(Effect::makes(
        bin_folder(invocation)?,
        Origin::Platform("`go get` of a tool".to_owned()),
    ))
}

/// `go env -w`: what it writes down holds for every later command.
fn environment_file(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let harmless = [
        "GOPROXY=",
        "GOPRIVATE=",
        "GONOPROXY=",
        "GONOSUMDB=",
        "GOSUMDB=",
        "GO111MODULE=",
        "GOINSECURE=",
        "-w",
        "env",
    ];
    match invocation
        .operands()
        .find(|word| !harmless.iter().any(|start| word.starts_with(start)))
    {
        Some(word) => Err(format!("changes its settings for good ({word})")),
        None => Ok(Effect::nothing()),
    }
}

/// Programs that run while they are built, or right after: they must not be told of the target.
fn run_here(invocation: &Invocation<'_>, subcommand: &str) -> Result<Effect, String> {
    for name in ["GOOS", "GOARCH"] {
        if setting(invocation, name).is_some() {
            return Err(format!("runs a program here, but {name} is set for it"));
        }
    }
    let writes_program = invocation.has_option("-c") || invocation.has_option("-o");
    Ok(match subcommand {
        "vet" | "fix" => Effect::nothing(),
        "test" if !writes_program => Effect::nothing(),
        _ => made_here(invocation, &Origin::Platform(format!("`go {subcommand}`"))),
    })
}

/// The folder that a program runs in, and every path that it is told of.
fn made_here(invocation: &Invocation<'_>, origin: &Origin) -> Effect {
    let named = invocation.words.iter().flatten().filter_map(|word| {
        let path = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
        path.starts_with('/').then_some(path)
    });
    let output = invocation.option_value("-o");
    let paths = std::iter::once(invocation.folder).chain(named).chain(output);
    Effect {
        outputs: paths
            .map(|path| Output {
                path: invocation.resolve(path),
                origin: origin.clone(),
            })
            .collect(),
        ..Effect::default()
    }
}

/// `go install`: of a tool for the stage itself, or of a program that leaves it.
fn install(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let packages = packages(invocation)?;
    let folder = bin_folder(invocation)?;
    let leaves = |name: Option<&str>| {
        invocation.stage.taken.iter().any(|taken| match name {
            Some(name) => {
                *taken == format!("{folder}/{name}")
                    || folder.starts_with(taken.as_str())
                    || taken.contains('*')
            }
            None => taken.starts_with(&folder) || folder.starts_with(taken.as_str()),
        })
    };
    let is_tool = packages.iter().any(|package| package.contains('@'))
        || !leaves(program_name(invocation, &packages).as_deref());
    let without_version = |package: &String| package.split('@').next().unwrap_or_default().to_owned();
    let paths: Vec<String> = packages.iter().map(without_version).collect();
    let name = program_name(invocation, &paths);
    if let (true, [_], Some(name)) = (is_tool, packages.as_slice(), name)
        && invocation.stage.taken.contains(&format!("{folder}/{name}"))
    {
        return leaving_tool(invocation, &folder, &name);
    }
    if is_tool {
        for name in ["GOOS", "GOARCH"] {
            if setting(invocation, name).is_some() {
                return Err(format!("installs a tool, but {name} is set for it"));
            }
        }
        return Ok(Effect::makes(
            folder,
            Origin::Platform("`go install` of a tool".to_owned()),
        ));
    }
    if invocation.has_option("-C") {
        return Err("installs from another folder (-C)".to_owned());
    }
    compile(invocation, &Command::Install { folder })
}

/// `go install name@version` of a program that leaves the stage: Go puts a foreign one into a folder of the platform's name.
fn leaving_tool(invocation: &Invocation<'_>, folder: &str, name: &str) -> Result<Effect, String> {
    check_options(invocation)?;
    if setting(invocation, "GOBIN").is_some() {
        return Err("cannot install a foreign program, as GOBIN is set".to_owned());
    }
    if invocation.is_piped {
        return Err("is part of a pipe, so nothing can be put behind it".to_owned());
    }
    let mut effect = told_target(invocation)?;
    let foreign = format!("{folder}/\"$TARGETOS\"_\"$TARGETARCH\"");
    effect.changes.push(Change::AppendCommand {
        at: cross::end(invocation)?,
        script: format!("if [ -d {foreign} ]; then mv {foreign}/{name} {folder}/; fi"),
    });
    for argument in ["TARGETOS", "TARGETARCH"] {
        effect.ask(argument);
    }
    effect.outputs.push(Output {
        path: format!("{folder}/{name}"),
        origin: Origin::Cross,
    });
    Ok(effect)
}

enum Command {
    Build,
    /// `go install` puts a foreign program into a folder of the platform's name, so it becomes `go build -o`.
    Install {
        folder: String,
    },
}

/// Whether the options leave Go's own compiler and linker to do all.
fn check_options(invocation: &Invocation<'_>) -> Result<(), String> {
    for option in ["-race", "-msan", "-asan", "-linkshared", "-toolexec"] {
        if invocation.has_option(option) {
            return Err(format!("{option} needs a C toolchain for the target"));
        }
    }
    if let Some(mode) = invocation
        .option_value("-buildmode")
        .filter(|mode| !matches!(*mode, "exe" | "default"))
    {
        // A position-independent program names a dynamic loader, which Go knows for its own platform only.
        return Err(format!(
            "-buildmode={mode} needs a C toolchain, or a loader, of the target"
        ));
    }
    if invocation
        .option_value("-compiler")
        .is_some_and(|compiler| compiler != "gc")
    {
        return Err("uses another compiler than Go's own".to_owned());
    }
    Ok(())
}

fn compile(invocation: &Invocation<'_>, command: &Command) -> Result<Effect, String> {
    check_options(invocation)?;
    let mut effect = told_target(invocation)?;
    let path = match command {
        Command::Build => output(invocation)?,
        Command::Install { folder } => {
            let target = install_target(invocation, folder)?;
            let words = vec!["build".to_owned(), "-o".to_owned(), target.clone()];
            effect.changes.push(cross::replaced(invocation, 1, words)?);
            target.trim_end_matches('/').to_owned()
        }
    };
    if effect
        .changes
        .iter()
        .any(|change| matches!(change, Change::InsertRun { .. }))
    {
        effect.prepared = Some(cross::program(path.clone()));
    }
    effect.outputs.push(Output {
        path,
        origin: Origin::Cross,
    });
    Ok(effect)
}

/// A command that is told of the target by its environment, and of a compiler for it where cgo is in play.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn told_target(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let mut effect = Effect::default();
    let mut variables: Vec<(String, String)> = Vec::new();
    let cgo = cgo(invocation)?;
    if setting(invocation, "CGO_ENABLED").is_none() {
        let value = if matches!(cgo, Cgo::Used(_)) { "1" } else { "0" };
        variables.push(("CGO_ENABLED".to_owned(), value.to_owned()));
    }
    match &cgo {
        Cgo::Used(reason) => effect = with_c_compiler(invocation, reason, &mut variables)?,
        Cgo::Unused(Some(doubt)) => effect = effect.with_doubt(doubt),
        Cgo::Unused(None) => {}
    }
    told_platform(invocation, effect, variables)
}

/// Adds GOOS, GOARCH and GOARM to the variables, and sets them.
fn told_platform(
    invocation: &Invocation<'_>,
    mut effect: Effect,
    mut variables: Vec<(String, String)>,
) -> Result<Effect, String> {
    let name_span = invocation.placed(invocation.command.words[front(invocation)?].span)?;
    let wanted = [
        ("GOOS", "TARGETOS", "$TARGETOS"),
        ("GOARCH", "TARGETARCH", "$TARGETARCH"),
    ];
    for (name, argument, value) in wanted.into_iter().chain(arm_variant(invocation)?) {
        match setting(invocation, name) {
            None => {
                variables.push((name.to_owned(), value.to_owned()));
                effect.ask(argument);
            }
            Some(Setting::ForTarget) => {}
            Some(Setting::Known(known)) => {
                let fixed = || format!("is told {name}={known}, so every platform gets that one");
                let word = fixed_architecture(invocation, name, &known).ok_or_else(fixed)?;
                effect.changes.push(Change::ReplaceWords {
                    span: invocation.placed(word)?,
                    words: vec![format!("{name}={value}")],
                });
                effect.arguments.push(argument);
                effect = effect.with_doubt(format!(
                    "each platform is to get a program of its own, though {name}={known} is written for all"
                ));
            }
            Some(Setting::Unknown) => {
                return Err(format!("is told a {name} that is not known before it runs"));
            }
        }
    }
    if !variables.is_empty() {
        effect.changes.push(Change::SetVariables {
            at: name_span.start,
            variables,
        });
    }
    Ok(effect)
}

/// GOARM, where a target is one of arm: releases before 1.22 took arm/v5 for granted.
///
/// Many releases refuse a GOARM that is none, such as the 3 of amd64/v3, whatever GOARCH is.
fn arm_variant(
    invocation: &Invocation<'_>,
) -> Result<Option<(&'static str, &'static str, &'static str)>, String> {
    let stage = invocation.stage;
    let is_arm = |target: &Platform| target.architecture == "arm";
    let is_other = |target: &&Platform| !is_arm(target) && !target.normalized().variant.is_empty();
    match stage.asked.iter().find(is_other) {
        Some(other) if stage.asked.iter().any(is_arm) => Err(format!(
            "is told the variant of an arm processor by GOARM, which {other} would set, too"
        )),
        Some(_) => Ok(None),
        None => {
            Ok(stage
                .targets
                .iter()
                .any(is_arm)
                .then_some(("GOARM", "TARGETVARIANT", "${TARGETVARIANT#v}")))
        }
    }
}

/// Where a command itself says `GOARCH=amd64`, which is what people write who build for their own machine.
fn fixed_architecture(invocation: &Invocation<'_>, name: &str, known: &str) -> Option<Span> {
    let speaks_of_it = |text: &String| text.to_lowercase().contains(known) || text.contains("x86");
    if name != "GOARCH"
        || known != "amd64"
        || setting(invocation, "GOAMD64").is_some()
        || invocation.words.iter().flatten().any(speaks_of_it)
        || invocation.stage.consumers.iter().any(speaks_of_it)
    {
        return None;
    }
    let own = invocation
        .command
        .assignments
        .iter()
        .rev()
        .find(|one| one.name == name);
    if let Some(assignment) = own {
        return Some(assignment.span);
    }
    let through_env = invocation.command.words[..invocation.first].iter().rev();
    let text = format!("{name}={known}");
    through_env
        .filter(|word| word.literal().as_ref() == Some(&text))
        .map(|word| word.span)
        .next()
}

/// The compiler for the target, and the variables that tell Go of it.
fn with_c_compiler(
    invocation: &Invocation<'_>,
    reason: &str,
    variables: &mut Vec<(String, String)>,
) -> Result<Effect, String> {
    if invocation.stage.packages.is_empty() && minor_version(invocation).is_some_and(|minor| minor < 17) {
        return Err(format!(
            "{reason}, and the image is so old that Debian may have no packages for it"
        ));
    }
    let effect = c_compiler::with_compiler(invocation, None).map_err(|why| format!("{reason}, and {why}"))?;
    let tool = |name: &str| format!("\"$(cat {}/gnu)-{name}\"", cross::FOLDER);
    variables.push(("CC".to_owned(), tool("gcc")));
    if c_compiler::has_cxx(invocation) {
        variables.push(("CXX".to_owned(), tool("g++")));
    }
    if !libraries::libraries(invocation)?.is_empty() {
        variables.push(("PKG_CONFIG_LIBDIR".to_owned(), c_compiler::pkg_config_folders()));
    }
    // A place for what the modules of the context prove of the libraries that they need.
    Ok(effect.with_doubt("its C code needs no library of the target that the stage does not install"))
}

/// What `go build -o` has to be told so that it writes what `go install` would.
fn install_target(invocation: &Invocation<'_>, folder: &str) -> Result<String, String> {
    let packages = packages(invocation)?;
    if let Some(name) = program_name(invocation, &packages) {
        return Ok(crate::plan::join(folder, &name));
    }
    // From Go 1.14 on, several programs go into a folder, which may be missing.
    if minor_version(invocation).is_none_or(|minor| minor >= 14) {
        return Ok(format!("{folder}/"));
    }
    Err("installs more than one program, which `go build -o` of this old release cannot".to_owned())
}

/// The name of the one program that a command makes, when it is known.
fn program_name(invocation: &Invocation<'_>, packages: &[String]) -> Option<String> {
    let own_name = |path: &str| {
        path.rsplit('/')
            .find(|part| !is_major_version(part))
            .map(str::to_owned)
    };
    let own = || match module_here(invocation) {
        Some(module) => own_name(&module.path),
        None => taken_name(invocation),
    };
    match packages {
        [] => own(),
        [one] if one == "." => own(),
        [one] if one.ends_with("...") || one.ends_with("/.") || one == "std" || one == "cmd" => None,
        [first, rest @ ..] if rest.is_empty() || first.strip_suffix(".go").is_some() => {
            own_name(first.trim_end_matches('/')).map(|name| name.trim_end_matches(".go").to_owned())
        }
        _ => None,
    }
}

/// The folder's name, when a program of that name is taken from where `go install` puts it.
fn taken_name(invocation: &Invocation<'_>) -> Option<String> {
    let name = invocation
        .folder
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())?;
    let path = crate::plan::join(&bin_folder(invocation).ok()?, name);
    let is_install = invocation.word(0) == Some("install");
    (is_install && invocation.stage.taken.contains(&path)).then(|| name.to_owned())
}

/// The word that variables go in front of: a wrapper such as `nice` would take them for a program.
fn front(invocation: &Invocation<'_>) -> Result<usize, String> {
    let Some(inner) = invocation.wrappers.last() else {
        return Ok(invocation.first);
    };
    if invocation.wrappers.iter().any(|wrapper| wrapper == "sudo") {
        return Err("runs through sudo, which drops variables".to_owned());
    }
    let front = &invocation.command.words[..invocation.first];
    let drops = |word: &crate::shell::Word| word.literal().is_some_and(|word| word.starts_with('-'));
    if invocation.wrappers.iter().any(|wrapper| wrapper == "env") && front.iter().any(drops) {
        return Err("runs through env with options".to_owned());
    }
    Ok(if inner == "env" { invocation.first } else { 0 })
}

/// Whether a compilation uses cgo.
enum Cgo {
    /// It does, or may: the reason to think so, behind the command's name.
    Used(String),
    /// It does not; what makes that less than certain.
    Unused(Option<String>),
}

fn cgo(invocation: &Invocation<'_>) -> Result<Cgo, String> {
    check_environment(invocation)?;
    match setting(invocation, "CGO_ENABLED") {
        Some(Setting::Known(value)) if value == "0" => return Ok(Cgo::Unused(None)),
        Some(Setting::Known(value)) if value == "1" => {
            return Ok(Cgo::Used("is told to use cgo by CGO_ENABLED=1".to_owned()));
        }
        Some(_) => return Err("is told a CGO_ENABLED that is not known before it runs".to_owned()),
        None => {}
    }
    if let Some(file) = module_here(invocation).and_then(|module| module.cgo_file.as_deref()) {
        return Ok(Cgo::Used(format!("uses cgo: {file} imports \"C\"")));
    }
    let other_linker =
        |word: &&String| word.contains("-extld") && word.replace("-extldflags", "").contains("-extld");
    if invocation.words.iter().flatten().any(|word| other_linker(&word)) {
        return Err("is told a C linker of its own".to_owned());
    }
    let names = |option: &str| {
        invocation
            .words
            .iter()
            .flatten()
            .any(|word| word.contains(option))
    };
    if names("-linkmode") || names("-extld") {
        return Ok(Cgo::Used(
            "links with a C linker, so cgo may be in play; CGO_ENABLED=0 would settle it".to_owned(),
        ));
    }
    let compiler = COMPILERS.iter().find_map(|start| invocation.stage.package(start));
    let compiler = compiler.or(invocation.stage.headers.as_deref());
    if let Some(compiler) = compiler {
        return Ok(Cgo::Used(format!(
            "may use cgo, as {compiler} is installed; CGO_ENABLED=0 would settle it"
        )));
    }
    let may_be_any = invocation.stage.packages.contains(UNKNOWN_PACKAGE);
    let has_unknown_flags = invocation.words.iter().any(Option::is_none);
    let runs_without_libc = !invocation.stage.consumers.is_empty()
        && invocation
            .stage
            .consumers
            .iter()
            .all(|image| image == "scratch" || image.contains("distroless/static"));
    if (has_no_compiler(invocation) || runs_without_libc) && !may_be_any && !has_unknown_flags {
        return Ok(Cgo::Unused(None));
    }
    Ok(Cgo::Unused(Some(
        "no package that it builds needs cgo (CGO_ENABLED=0 in the file would settle it)".to_owned(),
    )))
}

/// Whether nothing in the environment asks for more than a plain compilation.
fn check_environment(invocation: &Invocation<'_>) -> Result<(), String> {
    let refused = [
        "-race",
        "-msan",
        "-asan",
        "-buildmode",
        "-toolexec",
        "-compiler",
        "-o",
    ];
    match setting(invocation, "GOFLAGS") {
        None => {}
        Some(Setting::Known(flags)) if !refused.iter().any(|flag| flags.contains(flag)) => {}
        Some(_) => return Err("has flags in GOFLAGS that may need a C toolchain".to_owned()),
    }
    if setting(invocation, "GOEXPERIMENT").is_some() {
        return Err("uses an experiment of the compiler (GOEXPERIMENT)".to_owned());
    }
    Ok(())
}

/// How the names of packages with a C compiler, or with what it needs, start.
const COMPILERS: [&str; 12] = [
    "gcc",
    "g++",
    "clang",
    "llvm",
    "build-base",
    "build-essential",
    "alpine-sdk",
    "musl-dev",
    "libc6-dev",
    "libc-dev",
    "tcc",
    "zig",
];

/// Whether the stage has no C compiler, nor archives of the standard library that were built with one: the official
/// image on Alpine, from Go 1.20 on.
fn has_no_compiler(invocation: &Invocation<'_>) -> bool {
    let image = reference::normalize(&invocation.stage.image).unwrap_or_default();
    let is_official = image.starts_with("docker.io/library/golang:");
    let tag = reference::tag(&invocation.stage.image).unwrap_or_default();
    is_official && tag.contains("alpine") && minor_version(invocation).is_none_or(|minor| minor >= 20)
}

/// The 22 of `golang:1.22-alpine`; none when the tag names no release of Go 1.
fn minor_version(invocation: &Invocation<'_>) -> Option<u32> {
    let rest = reference::tag(&invocation.stage.image)?.strip_prefix("1.")?;
    rest.split(|one: char| !one.is_ascii_digit()).next()?.parse().ok()
}

/// What is known of a variable that a command sees.
enum Setting {
    Known(String),
    /// It follows the target: `GOARCH=$TARGETARCH`.
    ForTarget,
    Unknown,
}

fn setting(invocation: &Invocation<'_>, name: &str) -> Option<Setting> {
    let own = invocation
        .command
        .assignments
        .iter()
        .rev()
        .find(|assignment| assignment.name == name);
    if let Some(assignment) = own {
        let AssignmentValue::Word(word) = &assignment.value else {
            return Some(Setting::Unknown);
        };
        return Some(judge(invocation, name, &invocation.variables.values(word)));
    }
    // Words between `env` and the program.
    let through_env = invocation.command.words[..invocation.first]
        .iter()
        .rev()
        .find_map(|word| {
            let names_it = word.parts.first().is_some_and(|part| match part {
                Part::Literal { text, .. } => {
                    text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
                }
                _ => false,
            });
            let value = |text: String| text.split_once('=').map(|(_, value)| value.to_owned());
            names_it.then(|| {
                invocation
                    .variables
                    .values(word)
                    .into_iter()
                    .map(|text| value(text?))
                    .collect::<Vec<_>>()
            })
        });
    if let Some(values) = through_env {
        return Some(judge(invocation, name, &values));
    }
    match invocation.variables.seen(name) {
        Seen::Unset => None,
        Seen::Set(values) => Some(judge(invocation, name, &values)),
    }
}

/// The same value for all targets, each target's own, or something else.
fn judge(invocation: &Invocation<'_>, name: &str, values: &[Option<String>]) -> Setting {
    let expected = |target: &Platform| match name {
        "GOOS" => target.os.clone(),
        "GOARCH" => target.architecture.clone(),
        "GOARM" => target.variant.trim_start_matches('v').to_owned(),
        _ => String::new(),
    };
    let is_target_setting = matches!(name, "GOOS" | "GOARCH" | "GOARM");
    let pairs = values.iter().zip(&invocation.stage.targets);
    if is_target_setting
        && pairs
            .clone()
            .all(|(value, target)| value.as_deref() == Some(expected(target).as_str()))
    {
        return Setting::ForTarget;
    }
    // GOARM is for arm alone; what it is for others does not matter.
    if name == "GOARM"
        && pairs.clone().all(|(value, target)| {
            target.architecture != "arm" || value.as_deref() == Some(expected(target).as_str())
        })
    {
        return Setting::ForTarget;
    }
    match values {
        [Some(first), rest @ ..] if rest.iter().all(|value| value.as_ref() == Some(first)) => {
            Setting::Known(first.clone())
        }
        _ => Setting::Unknown,
    }
}

/// The packages behind the options; a word that is not known is an error.
fn packages(invocation: &Invocation<'_>) -> Result<Vec<String>, String> {
    let mut packages = Vec::new();
    let mut words = invocation.words.iter().skip(1);
    while let Some(word) = words.next() {
        let Some(word) = word else {
            packages.push(String::new());
            continue;
        };
        if VALUED.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            packages.push(word.clone());
        }
    }
    if packages.iter().any(String::is_empty) {
        return Err("names packages that are not known before it runs".to_owned());
    }
    Ok(packages)
}

/// The file or folder that `go build` writes.
fn output(invocation: &Invocation<'_>) -> Result<String, String> {
    let folder = match invocation.option_value("-C") {
        Some(folder) => invocation.resolve(folder),
        None => invocation.folder.to_owned(),
    };
    let option = invocation
        .words
        .iter()
        .position(|word| word.as_deref() == Some("-o"));
    if let Some(index) = option {
        return match invocation.words.get(index + 1) {
            Some(Some(path)) => Ok(crate::plan::join(&folder, path)),
            _ => Err("writes to a file whose name is not known before it runs".to_owned()),
        };
    }
    if let Some(path) = invocation.option_value("-o") {
        return Ok(crate::plan::join(&folder, path));
    }
    // The program is named after its package, in the folder that the command runs in.
    let packages = packages(invocation).unwrap_or_default();
    let name = program_name(invocation, &packages);
    Ok(name.map_or_else(|| folder.clone(), |name| crate::plan::join(&folder, &name)))
}

/// `v2` at the end of a module path is no name.
fn is_major_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The only module of the context, or the one at its top.
fn module_here<'a>(invocation: &'a Invocation<'_>) -> Option<&'a GoModule> {
    match invocation.context.go_modules.as_slice() {
        [only] => Some(only),
        all => all.iter().find(|module| module.folder.is_empty()),
    }
}

fn module_cache(invocation: &Invocation<'_>) -> String {
    let gopath = invocation.variables.get("GOPATH").unwrap_or("/go");
    crate::plan::join(gopath, "pkg")
}

/// Where `go install` puts programs; the official images set GOPATH to /go.
fn bin_folder(invocation: &Invocation<'_>) -> Result<String, String> {
    let known = |name: &str| match setting(invocation, name) {
        None => Ok(None),
        Some(Setting::Known(path)) => Ok(Some(path.trim_end_matches('/').to_owned())),
        Some(_) => Err("installs to a folder that is not known".to_owned()),
    };
    if let Some(folder) = known("GOBIN")? {
        return Ok(folder);
    }
    let gopath = known("GOPATH")?.unwrap_or_else(|| "/go".to_owned());
    Ok(crate::plan::join(&gopath, "bin"))
}
