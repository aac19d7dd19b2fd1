//! Pure Go: `go build` compiles for any platform when it is told which one.

use crate::{
    plan::{Change, Effect, Invocation, Origin, Output, Recipe, Verdict},
    recipes::{
        cross,
        go_target::{Setting, minor_version, module_here, setting, told_target},
        go_tools::text_tool,
    },
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
