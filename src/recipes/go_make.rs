//! make in a stage of Go: its Makefile calls `go`, which takes the target from the environment.

use crate::{
    context::{CBuild, CBuildKind},
    plan::{Effect, Invocation, Origin, Recipe, Toolchain, Verdict},
    recipes::{cross, go_target::told_target},
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "go-make",
    documentation: include_str!("go_make.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if invocation.name != "make" || invocation.toolchain(&["golang", "go"], &[]) != Toolchain::Known {
        return None;
    }
    Some(build(invocation).into())
}

/// What rules are called that prepare a build and leave nothing of one platform.
const PREPARES: [&str; 25] = [
    "assets",
    "bootstrap",
    "check",
    "dep",
    "deps",
    "download",
    "fetch",
    "fmt",
    "frontend",
    "gen",
    "generate",
    "get",
    "init",
    "lint",
    "mod",
    "prepare",
    "proto",
    "protos",
    "restore",
    "setup",
    "tidy",
    "tools",
    "ui",
    "vendor",
    "vet",
];

/// What rules are called that run, install, pack, or compile for platforms of their own choice.
const OTHERS: [&str; 19] = [
    "386", "amd64", "arm", "arm64", "cover", "coverage", "cross", "dist", "docker", "image", "images",
    "install", "package", "publish", "release", "run", "snapshot", "test", "tests",
];

fn build(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let named = ["ARCH", "BUILD_ARCH", "PLATFORM", "TARGET_ARCH"];
    if let Some(name) = named.iter().find(|name| cross::is_set(invocation, name)) {
        return Err(format!("may be told the platform by {name}"));
    }
    let order = order(invocation)?;
    if let Some(target) = order
        .targets
        .iter()
        .find(|target| !has_part(target, &PREPARES) && has_part(target, &OTHERS))
    {
        return Err(format!("{target} may do more than compile for one platform"));
    }
    if let Some((line, file)) = named_platform(invocation) {
        return Err(format!(
            "reads {}, which names the platform itself (`{line}`)",
            file.file
        ));
    }
    let names: Vec<&String> = order.targets.iter().filter(|target| *target != "clean").collect();
    let prepares = names.iter().filter(|target| has_part(target, &PREPARES)).count();
    let only_cleans = names.is_empty() && !order.targets.is_empty();
    if prepares == 0 && !only_cleans {
        let mut effect = told_target(invocation)?;
        effect
            .outputs
            .extend(Effect::makes(order.folder, Origin::Cross).outputs);
        return Ok(effect
            .with_doubt("its Makefile takes GOARCH from the environment, and runs nothing that it builds"));
    }
    if prepares < names.len() {
        return Err("prepares and compiles in one command".to_owned());
    }
    let effect = Effect::makes(order.folder, Origin::Data);
    Ok(effect.with_doubt(format!(
        "what `make {}` leaves is the same on every platform",
        order.targets.join(" ")
    )))
}

/// Whether a rule's name has one of the words in it: `install` in `install-tools`.
fn has_part(target: &str, words: &[&str]) -> bool {
    target
        .split(['-', '_', '/', '.', ':'])
        .any(|part| words.contains(&part))
}

/// What a command line of make asks for.
struct Order {
    folder: String,
    targets: Vec<String>,
}

fn order(invocation: &Invocation<'_>) -> Result<Order, String> {
    let mut order = Order {
        folder: invocation.folder.to_owned(),
        targets: Vec::new(),
    };
    let mut words = invocation.command.words[invocation.first + 1..].iter();
    while let Some(written) = words.next() {
        let value = invocation.value(written);
        if let Some((name, rest)) = written.literal_start().split_once('=') {
            let value = value.is_some().then_some(rest);
            check_variable(name.trim_end_matches([':', '?', '+']), value)?;
            continue;
        }
        let word = value.ok_or("has words that are not known before it runs")?;
        match word.as_str() {
            "-C" | "--directory" => {
                let folder = words.next().and_then(|word| invocation.value(word));
                order.folder =
                    invocation.resolve(&folder.ok_or("has a folder that is not known before it runs")?);
            }
            "-j" | "-k" | "-s" | "-B" | "--silent" | "--always-make" | "--no-print-directory" => {}
            word if word
                .strip_prefix("-j")
                .is_some_and(|count| count.parse::<usize>().is_ok()) => {}
            word if word.starts_with('-') => {
                return Err(format!("has an option that xbuild does not know ({word})"));
            }
            _ => order.targets.push(word),
        }
    }
    Ok(order)
}

/// Whether a variable leaves the platform to the environment.
fn check_variable(name: &str, value: Option<&str>) -> Result<(), String> {
    let names_platform = ["ARCH", "PLATFORM", "CGO", "GOOS", "CC", "CXX", "TARGET", "OS"]
        .iter()
        .any(|word| name.split('_').any(|part| part.ends_with(word)));
    match value {
        Some("linux") if name.ends_with("OS") => Ok(()),
        Some("0") if name == "CGO_ENABLED" => Ok(()),
        _ if names_platform => Err(format!("is told {name}, which may name the platform")),
        _ => Ok(()),
    }
}

/// The line of a Makefile in the build context that names the platform, and the file.
fn named_platform<'i>(invocation: &'i Invocation<'_>) -> Option<(&'i str, &'i CBuild)> {
    let files = invocation.context.c_builds.iter();
    let mut makefiles = files.filter(|file| file.kind == CBuildKind::Make);
    makefiles.find_map(|file| Some((file.go_platform.as_deref()?, file)))
}
