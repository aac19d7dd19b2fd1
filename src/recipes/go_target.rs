//! What Go is told of the target: variables in front of a command, and a C compiler where cgo is in play.

use crate::{
    context::GoModule,
    model::reference,
    plan::{Change, Effect, Invocation, Seen, UNKNOWN_PACKAGE},
    platform::Platform,
    recipes::{c_compiler, cross, libraries},
    shell::{AssignmentValue, Part},
    source::Span,
};

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
pub(super) fn told_platform(
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
pub(super) fn minor_version(invocation: &Invocation<'_>) -> Option<u32> {
    let rest = reference::tag(&invocation.stage.image)?.strip_prefix("1.")?;
    rest.split(|one: char| !one.is_ascii_digit()).next()?.parse().ok()
}

/// What is known of a variable that a command sees.
pub(super) enum Setting {
    Known(String),
    /// It follows the target: `GOARCH=$TARGETARCH`.
    ForTarget,
    Unknown,
}

pub(super) fn setting(invocation: &Invocation<'_>, name: &str) -> Option<Setting> {
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

/// The only module of the context, or the one at its top.
pub(super) fn module_here<'a>(invocation: &'a Invocation<'_>) -> Option<&'a GoModule> {
    match invocation.context.go_modules.as_slice() {
        [only] => Some(only),
        all => all.iter().find(|module| module.folder.is_empty()),
    }
}
