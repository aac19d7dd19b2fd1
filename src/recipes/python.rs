//! Python: environments hold compiled libraries and stay; lists of requirements, pages and generated source are text.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict, join};

pub(super) const RECIPE: Recipe = Recipe {
    id: "python",
    documentation: include_str!("python.md"),
    read,
};

/// Folders that installers write to when nothing names another one.
const FOLDERS: [&str; 6] = ["/etc", "/opt/conda", "/root", "/usr", "/var", "/venv"];

/// Variables that name the folder of an environment, a cache or an installer.
const HOMES: [&str; 12] = [
    "PIPX_BIN_DIR",
    "PIPX_HOME",
    "PIP_PREFIX",
    "PIP_TARGET",
    "POETRY_CACHE_DIR",
    "POETRY_HOME",
    "POETRY_VIRTUALENVS_PATH",
    "PYTHONUSERBASE",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON_INSTALL_DIR",
    "VIRTUAL_ENV",
    "WORKON_HOME",
];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let (folder, name) = match invocation.name.rsplit_once('/') {
        Some((folder, name)) if folder.ends_with("/bin") => (Some(folder), name),
        Some(_) => return None,
        None => (None, invocation.name),
    };
    let words: Option<Vec<&str>> = invocation.words.iter().map(Option::as_deref).collect();
    if let Some(effect) = words
        .as_deref()
        .and_then(|words| same_files(invocation, name, words))
    {
        return Some(Verdict::Native(effect));
    }
    let effect = match (name, words.as_deref()) {
        ("." | "source", Some([script])) if script.ends_with("/bin/activate") => Ok(Effect::nothing()),
        ("pip" | "pip3", Some(words)) if folder.is_some() => Ok(installed(invocation, name, words)),
        ("virtualenv", Some(words)) => Ok(environment(invocation, "virtualenv", words)),
        ("poetry" | "pipenv" | "pdm" | "uv" | "pip-compile" | "pipx", Some(words)) => {
            manager(invocation, name, words)
        }
        (
            "python" | "python2" | "python3" | "poetry" | "pipenv" | "pdm" | "uv" | "pip-compile" | "pipx"
            | "virtualenv",
            None,
        ) => Err("is called with words that are not known before it runs".to_owned()),
        ("pyinstaller" | "nuitka" | "nuitka3" | "cx_Freeze" | "cxfreeze" | "shiv" | "pex", _) => {
            Err("packs a program for the platform it runs on, so it stays on the target".to_owned())
        }
        ("conda" | "mamba" | "micromamba", _) => {
            Err("installs packages of the platform it runs on, so it stays on the target".to_owned())
        }
        ("maturin" | "auditwheel" | "cython" | "cythonize", _) => {
            Err("compiles for the platform it runs on, so it stays on the target".to_owned())
        }
        (name, Some(words)) if is_interpreter(name) => interpreter(invocation, words),
        (name, None) if is_interpreter(name) => {
            Err("is called with words that are not known before it runs".to_owned())
        }
        _ => return None,
    };
    Some(match effect {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => invocation
            .toolchain(
                &["python", "uv", "poetry", "pypy", "django"],
                &["python", "poetry", "uv", "pipenv", "virtualenv"],
            )
            .verdict(effect, "Python"),
    })
}

/// `pip install --target` of lists that allow one file for each package: a file that every platform can install, once it
/// is a wheel, is the same everywhere.
fn same_files(invocation: &Invocation<'_>, name: &str, words: &[&str]) -> Option<Effect> {
    let words = match (name, words) {
        ("pip" | "pip3", ["install", words @ ..]) => words,
        (name, ["-m", "pip", "install", words @ ..]) if is_interpreter(name) => words,
        _ => return None,
    };
    let mut target = None;
    let mut has_list = false;
    let mut has_wheels_only = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, value) = word
            .split_once('=')
            .map_or((*word, None), |(option, value)| (option, Some(value)));
        let mut value = || value.or_else(|| words.next().copied());
        match option {
            "-r" | "--requirement" => {
                has_list = true;
                let file = invocation.resolve(value()?);
                let lists = &invocation.context.python_requirements;
                let named = invocation.copies.candidates(&file);
                let list = named
                    .iter()
                    .find_map(|name| lists.iter().find(|list| list.file == *name))?;
                list.has_one_file_each.then_some(())?;
            }
            "-t" | "--target" => target = Some(invocation.resolve(value()?)),
            "--only-binary" => has_wheels_only = value()? == ":all:",
            "--no-cache-dir"
            | "--no-deps"
            | "--require-hashes"
            | "--disable-pip-version-check"
            | "--no-input"
            | "--no-compile"
            | "--root-user-action"
            | "-q"
            | "--quiet"
            | "-U"
            | "--upgrade" => {}
            _ => return None,
        }
    }
    let effect = Effect::makes(target.filter(|_| has_list)?, Origin::Data);
    if has_wheels_only {
        return Some(effect);
    }
    Some(effect.with_doubt("the one file of each package is a wheel (--only-binary=:all: would settle it)"))
}

/// `python`, `python3`, `python3.12`.
fn is_interpreter(name: &str) -> bool {
    name.strip_prefix("python")
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn interpreter(invocation: &Invocation<'_>, words: &[&str]) -> Result<Effect, String> {
    let flags = words
        .iter()
        .take_while(|word| matches!(**word, "-u" | "-B" | "-I" | "-E" | "-s"));
    let words = &words[flags.count()..];
    let data = || Effect::makes(invocation.folder, Origin::Data);
    match words {
        ["-m", "venv" | "virtualenv", rest @ ..] => Ok(environment(invocation, "python -m venv", rest)),
        ["-m", "pip" | "ensurepip", rest @ ..] => Ok(installed(invocation, "pip", rest)),
        [
            "-m",
            name @ ("poetry" | "pipenv" | "uv" | "pipx" | "pdm"),
            rest @ ..,
        ] => manager(invocation, name, rest),
        [
            "-m",
            "mkdocs" | "sphinx" | "sphinx.cmd.build" | "grpc_tools.protoc",
            ..,
        ] => Ok(data()),
        ["-V" | "--version" | "-VV"] | ["-m", "compileall" | "json.tool", ..] => Ok(Effect::nothing()),
        ["-m", "build", ..] => Ok(compiled(invocation, "python -m build")),
        [
            script,
            "bdist_wheel" | "build" | "build_ext" | "develop" | "install" | "sdist" | "egg_info",
            ..,
        ] if script.ends_with("setup.py") => Ok(compiled(invocation, "setup.py")),
        [
            script,
            task @ ("collectstatic" | "compilemessages" | "compress" | "makemessages"),
            ..,
        ] if script.ends_with("manage.py") => {
            Ok(data().with_doubt(format!("{task} writes text and images only")))
        }
        _ => Err("runs a program whose files are not known".to_owned()),
    }
}

fn manager(invocation: &Invocation<'_>, name: &str, words: &[&str]) -> Result<Effect, String> {
    let operands: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let data = || Effect::makes(invocation.folder, Origin::Data);
    let resolved = || data().with_doubt("no requirement depends on the machine that resolves it");
    Ok(match (name, operands.as_slice()) {
        ("poetry" | "pdm" | "uv", ["export", ..])
        | ("pipenv", ["requirements", ..])
        | ("poetry" | "uv", ["lock", ..]) => data(),
        ("pip-compile", _) | ("pipenv" | "pdm", ["lock", ..]) | ("uv", ["pip", "compile", ..]) => resolved(),
        (
            "poetry" | "pdm",
            [
                "config" | "self" | "check" | "env" | "version" | "cache" | "show" | "plugin",
                ..,
            ],
        )
        | ("uv", ["cache" | "self" | "version" | "help" | "tree", ..])
        | ("pipenv", ["check" | "verify" | "graph", ..])
        | (_, []) => Effect::nothing(),
        ("uv", ["venv", ..]) => {
            let rest: Vec<&str> = words.iter().copied().filter(|word| *word != "venv").collect();
            environment(invocation, "uv venv", &rest)
        }
        (
            "uv",
            [
                "sync" | "add" | "remove" | "pip" | "python" | "tool" | "build",
                ..,
            ],
        )
        | ("poetry" | "pdm", ["install" | "sync" | "update" | "add" | "remove" | "build", ..])
        | ("pipenv", ["install" | "sync" | "update" | "uninstall", ..])
        | ("pipx", ["install" | "ensurepath" | "inject" | "upgrade", ..]) => {
            installed(invocation, name, words)
        }
        (_, ["run", ..]) => return Err("runs a program whose files are not known".to_owned()),
        (_, [other, ..]) => return Err(format!("{other} is not known")),
    })
}

/// An environment in a folder of its own.
fn environment(invocation: &Invocation<'_>, maker: &str, words: &[&str]) -> Effect {
    let mut folders: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    if folders.is_empty() {
        folders.push(".venv");
    }
    let outputs = folders.into_iter().map(|folder| Output {
        path: invocation.resolve(folder),
        origin: Origin::Platform(format!("`{maker}`")),
    });
    Effect {
        outputs: outputs.collect(),
        ..Effect::default()
    }
}

/// What an installer writes: libraries, where the options, the variables or the system say.
fn installed(invocation: &Invocation<'_>, maker: &str, words: &[&str]) -> Effect {
    let options = [
        "--target",
        "-t",
        "--prefix",
        "--root",
        "-w",
        "--wheel-dir",
        "-d",
        "--dest",
        "--cache-dir",
        "-o",
        "--out-dir",
        "-p",
        "--python",
        "--output",
    ];
    let named = words.iter().enumerate().filter_map(|(index, word)| {
        if options.contains(word) {
            return words.get(index + 1).copied();
        }
        options
            .iter()
            .find_map(|option| word.strip_prefix(option)?.strip_prefix('='))
    });
    let homes = HOMES.iter().filter_map(|name| invocation.variables.get(name));
    let environment = invocation
        .name
        .strip_suffix("/bin/pip")
        .or(invocation.name.strip_suffix("/bin/pip3"));
    let own = [".venv", "venv", "__pypackages__", "dist", "build"].map(|path| join(invocation.folder, path));
    let works_here = words
        .iter()
        .any(|word| matches!(*word, "wheel" | "download" | "-e" | "--editable"));
    let paths = named
        .chain(homes)
        .chain(environment)
        .chain(FOLDERS)
        .chain(works_here.then_some("."))
        .map(|path| invocation.resolve(path))
        .chain(own);
    Effect {
        outputs: paths
            .map(|path| Output {
                path,
                origin: Origin::Platform(format!("`{maker}`")),
            })
            .collect(),
        ..Effect::default()
    }
}

/// A project that is built where it lies, and installed into the interpreter.
fn compiled(invocation: &Invocation<'_>, maker: &str) -> Effect {
    let outputs = [invocation.folder, "/usr", "/root"].map(|path| Output {
        path: path.to_owned(),
        origin: Origin::Platform(format!("`{maker}`")),
    });
    Effect {
        outputs: outputs.to_vec(),
        ..Effect::default()
    }
}
