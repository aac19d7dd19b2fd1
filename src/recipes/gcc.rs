//! GCC called on sources, and the tools that handle what it makes.

use crate::{
    plan::{Change, Effect, Invocation, Origin, Output, Recipe, Verdict, without_wildcards},
    recipes::{c_build, c_compiler, cross},
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "gcc",
    documentation: include_str!("gcc.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let verdict = match invocation.name {
        "gcc" | "cc" => return Some(compile(invocation, "gcc")),
        "g++" | "c++" => return Some(compile(invocation, "g++")),
        tool @ ("ar" | "ranlib" | "strip" | "objcopy") if handles_ours(invocation) => {
            handle(invocation, tool)
        }
        _ => return None,
    };
    Some(verdict.into())
}

fn compile(invocation: &Invocation<'_>, tool: &str) -> Verdict {
    if ["--version", "-dumpversion", "-v"]
        .iter()
        .any(|option| invocation.words.len() == 1 && invocation.has_option(option))
    {
        return Verdict::Native(Effect::nothing());
    }
    if let Err(reason) = c_build::check_words(invocation) {
        return Verdict::Declines(reason);
    }
    let path = output(invocation);
    let maker = match for_target(invocation, tool, &path) {
        Ok(effect) => return Verdict::Native(effect),
        Err(reason) if reason.is_empty() => format!("`{}`", invocation.name),
        Err(reason) => format!("`{}`, which {reason},", invocation.name),
    };
    // It may serve the stage itself.
    Verdict::Native(Effect::makes(path, Origin::Platform(maker)))
}

/// The file that a compilation writes, or the folder when it has no name.
fn output(invocation: &Invocation<'_>) -> String {
    let words = || invocation.words.iter().flatten();
    let behind = words().find_map(|word| word.strip_prefix("-o").filter(|rest| !rest.is_empty()));
    match invocation.option_value("-o").or(behind) {
        Some(path) => invocation.resolve(path),
        None if invocation.has_option("-c") => invocation.folder.to_owned(),
        None => invocation.resolve("a.out"),
    }
}

/// Whether it is a program that the stage itself runs, going by its place.
fn is_helper(invocation: &Invocation<'_>, path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_tools = matches!(folder, "/bin" | "/usr/bin" | "/usr/local/bin" | "/tmp");
    let mut taken = invocation
        .stage
        .taken
        .iter()
        .map(|taken| without_wildcards(taken));
    is_tools && !taken.any(|taken| path.starts_with(taken))
}

fn for_target(invocation: &Invocation<'_>, tool: &str, path: &str) -> Result<Effect, String> {
    if is_helper(invocation, path) && !invocation.has_option("-c") {
        return Err(String::new());
    }
    let words = || invocation.words.iter().flatten().map(String::as_str);
    let options: Vec<&str> = words().filter(|word| word.starts_with('-')).collect();
    c_compiler::check_flags(&options.join(" "))?;
    if words().any(|word| word.starts_with('@')) {
        return Err("reads options from a file".to_owned());
    }
    let mut effect = c_compiler::with_compiler(invocation, None)?;
    effect.changes.push(renamed(invocation, tool)?);
    effect.prepared = Some(cross::program(path.to_owned()));
    effect.outputs.push(Output {
        path: path.to_owned(),
        origin: Origin::Cross,
    });
    Ok(effect.with_doubt("it needs no library of the target that the stage does not install"))
}

/// Whether one of the files was made by the compiler for the target.
fn handles_ours(invocation: &Invocation<'_>) -> bool {
    let is_ours = |path: &str| invocation.prepared.around(&invocation.resolve(path)).is_some();
    invocation.operands().any(is_ours)
}

/// The tool of the target's own name: the plain one knows files of its own platform only.
fn handle(invocation: &Invocation<'_>, tool: &str) -> Result<Effect, String> {
    c_build::check_words(invocation)?;
    let mut effect = Effect::default();
    effect.changes.push(renamed(invocation, tool)?);
    let archive = invocation
        .operands()
        .find(|word| word.contains('.'))
        .filter(|_| tool == "ar");
    let copy = invocation.operands().nth(1).filter(|_| tool == "objcopy");
    let named = invocation.option_value("-o").filter(|_| tool == "strip");
    effect.outputs = archive
        .or(copy)
        .or(named)
        .into_iter()
        .map(|path| Output {
            path: invocation.resolve(path),
            origin: Origin::Cross,
        })
        .collect();
    Ok(effect)
}

fn renamed(invocation: &Invocation<'_>, tool: &str) -> Result<Change, String> {
    cross::replaced(
        invocation,
        0,
        vec![format!("\"$(cat {}/gnu)-{tool}\"", cross::FOLDER)],
    )
}
