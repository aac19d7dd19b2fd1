//! What a container of the image starts, as far as its files matter: ENTRYPOINT and CMD.

use crate::{
    grammar::{Arguments, Instruction, Keyword},
    plan::{paths, trace::Trace},
    shell::{self, Script},
};

/// Something that a container runs or reads when it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// The file at this path, or what lies in the folder.
    Path(String),
    /// The program of this name, found on the path.
    Name(String),
}

/// Programs that only hand out files.
const SERVERS: [&str; 8] = [
    "apache2-foreground",
    "apache2ctl",
    "apachectl",
    "caddy",
    "httpd",
    "httpd-foreground",
    "lighttpd",
    "nginx",
];

/// What the last ENTRYPOINT and CMD among the instructions start.
///
/// # Errors
/// Why that is not known: a clause that begins with what runs.
pub(super) fn started(instructions: &[Instruction], trace: &Trace) -> Result<Vec<Started>, String> {
    let last = |keyword: Keyword| {
        instructions
            .iter()
            .rev()
            .find(|instruction| instruction.keyword == Some(keyword))
    };
    let (entrypoint, command) = (last(Keyword::Entrypoint), last(Keyword::Cmd));
    let folder = trace
        .folder
        .as_deref()
        .ok_or("a container starts in a folder that is not known")?;
    let (text, words) = match (entrypoint, command) {
        (None, None) => return Err("the file does not say what a container runs".to_owned()),
        (Some(entrypoint), _) if !entrypoint.is_json() => (shell_text(entrypoint), Vec::new()),
        (None, Some(command)) if !command.is_json() => (shell_text(command), Vec::new()),
        (Some(entrypoint), command) => {
            let arguments = command.filter(|command| command.is_json());
            let arguments = arguments.map(Instruction::values).unwrap_or_default();
            (None, [entrypoint.values(), arguments].concat())
        }
        (None, Some(command)) => (None, command.values()),
    };
    match text {
        Some(text) => by_shell(&text, folder, trace),
        None => by_words(&words.into_iter().map(Some).collect::<Vec<_>>(), folder, trace),
    }
}

fn shell_text(instruction: &Instruction) -> Option<String> {
    match &instruction.arguments {
        Arguments::Text(text) => Some(text.text.clone()),
        _ => None,
    }
}

fn by_shell(text: &str, folder: &str, trace: &Trace) -> Result<Vec<Started>, String> {
    let script = shell::parse(text);
    if !script.is_fully_understood() {
        return Err("what a container runs is not understood".to_owned());
    }
    by_script(&script, folder, trace)
}

fn by_script(script: &Script, folder: &str, trace: &Trace) -> Result<Vec<Started>, String> {
    let mut all = Vec::new();
    let mut folder = folder.to_owned();
    for visit in shell::simple_commands(script) {
        let command = visit.command;
        if command.words.is_empty() {
            continue;
        }
        let lookup = |name: &str| trace.variables.get(name).map(str::to_owned);
        let effective = shell::effective(command)
            .ok_or("one of the commands of a container is run in a way that xbuild does not know")?;
        let words = command.words[effective.first..].iter();
        let words: Vec<Option<String>> = words.map(|word| word.expand(&lookup)).collect();
        match words.as_slice() {
            [Some(name), Some(path)] if name == "cd" && !path.starts_with(['-', '~']) => {
                folder = paths::join(&folder, path);
            }
            [Some(name), ..]
                if matches!(
                    name.as_str(),
                    "echo" | "export" | "set" | "sleep" | "test" | "[" | "true" | "printf" | "ulimit"
                ) => {}
            words => all.extend(by_words(words, &folder, trace)?),
        }
    }
    Ok(all)
}

fn by_words(words: &[Option<String>], folder: &str, trace: &Trace) -> Result<Vec<Started>, String> {
    let Some((Some(program), arguments)) = words.split_first() else {
        return Err("a container runs a program whose name is not known".to_owned());
    };
    let known: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
    let name = program.rsplit('/').next().unwrap_or_default();
    let here = |path: &str| Started::Path(paths::join(folder, path));
    let unknown = || format!("a container runs `{program}`, which may need more than is followed");
    match name {
        "tini" | "dumb-init" | "tini-static" => {
            let options = arguments
                .iter()
                .take_while(|word| word.as_ref().is_some_and(|word| word.starts_with('-')));
            by_words(&arguments[options.count()..], folder, trace)
        }
        "sh" | "bash" | "ash" | "dash" => match known.as_slice() {
            ["-c" | "-ec" | "-lc" | "-exc", script, ..] if arguments.len() == known.len() => {
                by_shell(script, folder, trace)
            }
            _ => Err(unknown()),
        },
        "java" => {
            let mut files = Vec::new();
            for pair in known.windows(2) {
                match pair[0] {
                    "-jar" => files.push(here(pair[1])),
                    "-cp" | "-classpath" | "--class-path" => {
                        let parts = pair[1].split(':').filter(|part| !part.is_empty());
                        files.extend(parts.map(|part| match part.strip_suffix('*') {
                            Some(folder) => here(folder),
                            None => here(part),
                        }));
                    }
                    _ => {}
                }
            }
            if files.is_empty() {
                Err(unknown())
            } else {
                Ok(files)
            }
        }
        "dotnet" => match known.first() {
            Some(file) if file.rsplit('.').next() == Some("dll") && arguments[0].is_some() => {
                Ok(vec![here(file)])
            }
            _ => Err(unknown()),
        },
        "node" | "nodejs" => match known.first() {
            Some(file) if !file.starts_with('-') && arguments[0].is_some() => Ok(vec![here(file)]),
            _ => Err(unknown()),
        },
        _ if SERVERS.contains(&name) => Ok(Vec::new()),
        _ if program.contains('/') => Ok(vec![here(program)]),
        _ => Ok(vec![Started::Name(program.clone())]),
    }
}
