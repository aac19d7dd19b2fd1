//! make and ninja: in a folder that an earlier command set up for the target, or with a Makefile that takes the compiler
//! it is given.

use crate::{
    context::{CBuild, CBuildKind},
    plan::{Change, Effect, Invocation, Origin, Output, Prepared, Recipe, Toolchain, Verdict, join},
    recipes::{c_build, c_compiler, cross},
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "make",
    documentation: include_str!("make.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if !matches!(invocation.name, "make" | "gmake" | "ninja") {
        return None;
    }
    if ["--version", "-v"]
        .iter()
        .any(|option| invocation.words.len() == 1 && invocation.has_option(option))
    {
        return Some(Verdict::Native(Effect::nothing()));
    }
    let is_set_up = |one: &Prepared| one.by != cross::PROGRAM;
    let of_go = invocation.toolchain(&["golang", "go"], &[]) == Toolchain::Known;
    if of_go
        && !invocation
            .prepared
            .set_up(invocation.folder)
            .is_some_and(is_set_up)
    {
        return None;
    }
    Some(build(invocation).into())
}

fn build(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let order = order(invocation)?;
    let prepared = invocation.prepared.set_up(&order.folder);
    let Some(prepared) = prepared.filter(|one| one.by != cross::PROGRAM) else {
        return with_makefile(invocation, &order);
    };
    order.check_variables(&["prefix"])?;
    let prefix = order.variable("prefix").unwrap_or(&prepared.prefix).to_owned();
    outcome(invocation, Effect::default(), &order, &prefix)
}

/// What a command line of make asks for.
struct Order {
    folder: String,
    makefile: Option<String>,
    variables: Vec<(String, String)>,
    targets: Vec<String>,
}

impl Order {
    fn variable(&self, name: &str) -> Option<&str> {
        let set = self.variables.iter().rev().find(|(one, _)| one == name);
        set.map(|(_, value)| value.as_str())
    }

    /// Whether every variable is known to mean the same for all platforms.
    fn check_variables(&self, names: &[&str]) -> Result<(), String> {
        for (name, value) in &self.variables {
            match name.as_str() {
                "DESTDIR" | "V" | "VERBOSE" => {}
                "CFLAGS" | "CXXFLAGS" | "CPPFLAGS" | "LDFLAGS" | "LIBS" | "LDLIBS" => {
                    c_compiler::check_flags(value)?;
                }
                name if names.contains(&name) => {}
                name => return Err(format!("is told {name}, which may hold for one platform only")),
            }
        }
        Ok(())
    }

    fn installs(&self) -> bool {
        self.targets.iter().any(|target| target.contains("install"))
    }
}

/// Options of make and ninja whose value is the next word.
const VALUED: [&str; 9] = [
    "-C",
    "--directory",
    "-f",
    "--file",
    "--makefile",
    "-j",
    "--jobs",
    "-l",
    "-k",
];

fn order(invocation: &Invocation<'_>) -> Result<Order, String> {
    c_build::check_words(invocation)?;
    let mut order = Order {
        folder: invocation.folder.to_owned(),
        makefile: None,
        variables: Vec::new(),
        targets: Vec::new(),
    };
    let mut words = invocation.words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(word) = word.as_deref() else { continue };
        let takes_next = VALUED.contains(&word)
            && (word != "-k" || invocation.name == "ninja")
            && !(word == "-j" && words.peek().is_some_and(|next| !is_number(next.as_deref())));
        let value = if takes_next {
            words.next().cloned().flatten()
        } else {
            None
        };
        let known = |value: Option<String>| value.ok_or("has options that are not known before it runs");
        match word {
            "-C" | "--directory" => order.folder = invocation.resolve(&known(value)?),
            "-f" | "--file" | "--makefile" if invocation.name != "ninja" => {
                order.makefile = Some(known(value)?);
            }
            "-f" | "-e" | "--environment-overrides" | "--eval" | "-t" => {
                return Err(format!("is told {word}, so what it builds is not known"));
            }
            word if word.starts_with("-C") && !word.starts_with("--") => {
                order.folder = invocation.resolve(&word["-C".len()..]);
            }
            word if word.starts_with("--directory=")
                || word.starts_with("--file=")
                || word.starts_with("--makefile=") =>
            {
                return Err(format!("is told {word}, so what it builds is not known"));
            }
            word if word.starts_with('-') => {}
            word => match word.split_once('=') {
                Some((name, value)) => order.variables.push((
                    name.trim_end_matches([':', '?', '+']).to_owned(),
                    value.to_owned(),
                )),
                None => order.targets.push(word.to_owned()),
            },
        }
    }
    Ok(order)
}

/// Whether the word is the number of jobs, which is often not known before it runs.
fn is_number(word: Option<&str>) -> bool {
    word.is_none_or(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is there when the command is through.
fn outcome(
    invocation: &Invocation<'_>,
    mut effect: Effect,
    order: &Order,
    prefix: &str,
) -> Result<Effect, String> {
    c_build::check_targets(order.targets.iter().map(String::as_str))?;
    effect.outputs.push(Output {
        path: order.folder.clone(),
        origin: Origin::Cross,
    });
    if order.installs() {
        let staging = match order.variable("DESTDIR") {
            Some(folder) => Some(folder.to_owned()),
            None => c_build::staging(invocation)?,
        };
        c_build::install(invocation, staging.as_deref(), prefix, &mut effect)?;
    }
    Ok(effect.with_doubt("nothing that it builds runs while it builds"))
}

/// The variables of a Makefile, and the cross tool that each one names.
const TOOLS: [(&str, &str); 8] = [
    ("CC", "gcc"),
    ("CXX", "g++"),
    ("AR", "ar"),
    ("LD", "ld"),
    ("NM", "nm"),
    ("OBJCOPY", "objcopy"),
    ("RANLIB", "ranlib"),
    ("STRIP", "strip"),
];

/// A Makefile of the build context: its variables are told the tools of the target.
fn with_makefile(invocation: &Invocation<'_>, order: &Order) -> Result<Effect, String> {
    if invocation.name == "ninja" {
        return Err("builds in a folder that no command before it is known to have set up".to_owned());
    }
    let makefile = makefile(invocation, order)
        .ok_or("stays on the target platform: its Makefile is not there to see whether it honours CC")?;
    let files = std::iter::once(makefile).chain(below(invocation, makefile));
    for file in files {
        check_makefile(file)?;
    }
    order.check_variables(&["PREFIX", "prefix"])?;
    // A value on the command line beats what a Makefile assigns, and reaches every make that it runs.
    let honours = |name: &str| makefile.used.contains(&name) || makefile.is_recursive;
    let mut effect = c_compiler::with_compiler(invocation, None)?;
    let tools = TOOLS.iter().filter(|(name, _)| honours(name));
    let tools = tools.map(|(name, tool)| format!("{name}=\"$(cat {}/gnu)-{tool}\"", cross::FOLDER));
    let words = std::iter::once(c_compiler::written_name(invocation)?)
        .chain(tools)
        .collect();
    effect.changes.push(cross::replaced(invocation, 0, words)?);
    if makefile.asks_pkg_config {
        let front = invocation.command.words[0].span;
        effect.changes.push(Change::SetVariables {
            at: invocation.placed(front)?.start,
            variables: vec![("PKG_CONFIG_LIBDIR".to_owned(), c_compiler::pkg_config_folders())],
        });
    }
    let prefix = order.variable("PREFIX").or_else(|| order.variable("prefix"));
    outcome(invocation, effect, order, prefix.unwrap_or("/usr/local"))
}

fn makefile<'i>(invocation: &'i Invocation<'_>, order: &Order) -> Option<&'i CBuild> {
    let names = match &order.makefile {
        Some(name) => vec![name.as_str()],
        None => vec!["GNUmakefile", "makefile", "Makefile"],
    };
    let files = names
        .iter()
        .flat_map(|name| invocation.copies.candidates(&join(&order.folder, name)));
    let builds = &invocation.context.c_builds;
    let mut found = files.filter_map(|file| builds.iter().find(|build| build.file == file));
    found.next().filter(|build| build.kind == CBuildKind::Make)
}

/// The Makefiles of the folders below, where make may go on by itself.
fn below<'i>(invocation: &'i Invocation<'_>, makefile: &'i CBuild) -> impl Iterator<Item = &'i CBuild> {
    let folder = makefile
        .file
        .rsplit_once('/')
        .map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let is_below = move |build: &&CBuild| {
        build.kind == CBuildKind::Make && build.file != makefile.file && build.file.starts_with(&folder)
    };
    let builds = invocation.context.c_builds.iter().filter(is_below);
    builds.filter(|_| makefile.is_recursive)
}

fn check_makefile(makefile: &CBuild) -> Result<(), String> {
    let file = &makefile.file;
    if let Some(line) = &makefile.fixed_tool {
        return Err(format!(
            "stays on the target platform: {file} fixes a tool (`{line}`)"
        ));
    }
    if let Some(line) = &makefile.machine_question {
        return Err(format!(
            "stays on the target platform: {file} asks what the machine is (`{line}`)"
        ));
    }
    if let Some(line) = &makefile.runs_built {
        return Err(format!(
            "stays on the target platform: {file} runs what it built (`{line}`)"
        ));
    }
    if let Some(other) = makefile.includes.first() {
        return Err(format!("stays on the target platform: {file} takes in {other}"));
    }
    if let Some(line) = &makefile.other_command {
        return Err(format!(
            "stays on the target platform: {file} runs something that xbuild does not follow (`{line}`)"
        ));
    }
    Ok(())
}
