//! Commands that handle files without looking at the machine: copy, move, download, unpack, edit.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict};

pub(super) const RECIPE: Recipe = Recipe {
    id: "files",
    documentation: include_str!("files.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let nothing = || Verdict::Native(Effect::nothing());
    Some(match invocation.name {
        "set" | "true" | ":" | "false" | "echo" | "printf" | "test" | "[" | "exit" | "sleep" | "date"
        | "ls" | "pwd" | "cat" | "head" | "tail" | "grep" | "egrep" | "wc" | "sort" | "uniq" | "cut"
        | "tr" | "awk" | "which" | "chmod" | "chown" | "chgrp" | "rm" | "rmdir" | "sha256sum"
        | "sha512sum" | "sha1sum" | "md5sum" | "df" | "du" | "env" | "printenv" | "id" | "whoami"
        | "umask" | "type" | "sync" | "nproc" | "basename" | "dirname" | "realpath" | "readlink"
        | "uname" | "seq" | "expr" | "jq" | "yq" | "shopt" | "ulimit" | "hash" | "stat" | "diff" | "cmp"
        | "xxd" | "base64" | "tree" | "setcap" | "getconf" | "return" | "break" | "continue" | "shift" => {
            nothing()
        }
        "tee" => teed(invocation),
        "find" | "xargs" => runs_another(invocation),
        "sed" | "touch" | "mkdir" | "install" | "truncate" | "envsubst" | "patch" | "dos2unix" => {
            made_by_operands(invocation)
        }
        "cp" | "mv" | "ln" | "rsync" => copied(invocation),
        "curl" | "wget" => downloaded(invocation),
        "git" => cloned(invocation),
        "tar" | "unzip" | "gunzip" | "gzip" | "xz" | "unxz" | "bzip2" | "zstd" | "zip" | "bsdtar" => {
            unpacked(invocation)
        }
        "strip" | "objcopy" | "ldd" | "patchelf" | "chrpath" => {
            Verdict::Declines("reads programs of one platform only".to_owned())
        }
        "upx" => Verdict::Declines("packs programs, and does not know every platform's".to_owned()),
        _ => return None,
    })
}

fn data(path: String) -> Output {
    Output {
        path,
        origin: Origin::Data,
    }
}

fn teed(invocation: &Invocation<'_>) -> Verdict {
    let outputs = invocation.operands().map(|path| data(invocation.resolve(path)));
    Verdict::Native(Effect {
        outputs: outputs.collect(),
        ..Effect::default()
    })
}

/// `find … -exec COMMAND` and `xargs COMMAND`, for commands that only touch the files they are given.
fn runs_another(invocation: &Invocation<'_>) -> Verdict {
    let words: Vec<&str> = invocation
        .words
        .iter()
        .map(|word| word.as_deref().unwrap_or_default())
        .collect();
    let commands: Vec<&str> = match invocation.name {
        "find" => {
            let runs = |word: &&str| word.starts_with("-exec") || word.starts_with("-ok");
            words
                .windows(2)
                .filter(|pair| runs(&pair[0]))
                .map(|pair| pair[1])
                .collect()
        }
        _ => invocation
            .operands()
            .find(|word| !word.chars().all(|one| one.is_ascii_digit()))
            .into_iter()
            .collect(),
    };
    let is_harmless = |command: &&str| {
        matches!(
            *command,
            "rm" | "chmod" | "chown" | "touch" | "grep" | "ls" | "echo"
        )
    };
    match commands.iter().find(|command| !is_harmless(command)) {
        None => Verdict::Native(Effect::nothing()),
        Some(other) => Verdict::Declines(format!("runs {other} on files whose names are not known")),
    }
}

/// Files and folders that are made empty, or edited where they are: an edited file stays what it was.
fn made_by_operands(invocation: &Invocation<'_>) -> Verdict {
    if invocation.name == "install" && !invocation.has_option("-d") {
        return copied(invocation);
    }
    let made = invocation.operands().filter(|_| invocation.name == "touch");
    let outputs = made.map(|path| data(invocation.resolve(path)));
    Verdict::Native(Effect {
        outputs: outputs.collect(),
        ..Effect::default()
    })
}

fn copied(invocation: &Invocation<'_>) -> Verdict {
    let is_open = |word: &Option<String>| match word {
        None => true,
        // Braces and a tilde become other names in the shell.
        Some(word) => word.contains(['{', '}']) || word.starts_with('~'),
    };
    if invocation.words.iter().any(is_open) {
        return Verdict::Declines("copies files whose names are not known before it runs".to_owned());
    }
    let operands: Vec<&str> = invocation.operands().collect();
    let into = invocation
        .option_value("-t")
        .or_else(|| invocation.option_value("--target-directory"));
    let (destination, sources) = match (into, operands.split_last()) {
        (Some(folder), _) => (
            folder,
            operands
                .iter()
                .copied()
                .filter(|path| *path != folder)
                .collect::<Vec<_>>(),
        ),
        (None, Some((last, []))) => (".", vec![*last]),
        (None, Some((last, sources))) => (*last, sources.to_vec()),
        (None, None) => return Verdict::Native(Effect::nothing()),
    };
    let target = invocation.resolve(destination);
    let outputs = sources.iter().map(|source| Output {
        path: target.clone(),
        origin: Origin::CopyOf(invocation.resolve(source)),
    });
    Verdict::Native(Effect {
        outputs: outputs.collect(),
        ..Effect::default()
    })
}

fn downloaded(invocation: &Invocation<'_>) -> Verdict {
    let output = [
        "-o",
        "--output",
        "-O",
        "--output-document",
        "-P",
        "--directory-prefix",
        "--output-dir",
    ]
    .iter()
    .find_map(|option| invocation.option_value(option))
    .filter(|path| *path != "-" && !path.starts_with("http"));
    let path = output.map_or_else(|| invocation.folder.to_owned(), |path| invocation.resolve(path));
    let is_upload = ["-T", "--upload-file", "-d", "--data", "-F"]
        .iter()
        .any(|option| invocation.has_option(option));
    if is_upload {
        return Verdict::Declines("sends something to a server".to_owned());
    }
    // A name that only the running script knows is fine: what could make it depend on the machine is a command of
    // its own, and is looked at as such. It may be the target's, though, and then it must not be run here.
    Verdict::Native(Effect::makes(path, fetched(invocation)))
}

fn fetched(invocation: &Invocation<'_>) -> Origin {
    if invocation.may_name_target {
        Origin::Cross
    } else {
        Origin::Data
    }
}

fn cloned(invocation: &Invocation<'_>) -> Verdict {
    let operands: Vec<&str> = invocation.operands().collect();
    let path = match operands.as_slice() {
        ["clone", rest @ ..] => {
            let folder = rest
                .iter()
                .skip_while(|word| !word.contains('/') && !word.contains(':'))
                .nth(1);
            folder.map_or_else(
                || invocation.folder.to_owned(),
                |folder| invocation.resolve(folder),
            )
        }
        _ => invocation.folder.to_owned(),
    };
    Verdict::Native(Effect::makes(path, fetched(invocation)))
}

fn unpacked(invocation: &Invocation<'_>) -> Verdict {
    if packs(invocation) {
        return Verdict::Declines("packs files, which may be of one platform".to_owned());
    }
    let folder = ["-C", "--directory", "-d"]
        .iter()
        .find_map(|option| invocation.option_value(option));
    let path = folder.map_or_else(
        || invocation.folder.to_owned(),
        |folder| invocation.resolve(folder),
    );
    // What is unpacked stays what it was; an archive from elsewhere is the same for everybody, or the target's own.
    Verdict::Native(Effect::makes(path, fetched(invocation)))
}

/// Whether the command makes an archive or a packed file instead of opening one.
fn packs(invocation: &Invocation<'_>) -> bool {
    let first = invocation.word(0).unwrap_or_default();
    let short = |letter: char| {
        invocation
            .words
            .iter()
            .flatten()
            .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
    };
    match invocation.name {
        "tar" | "bsdtar" => {
            let old_style = !first.starts_with('-')
                && first.chars().all(char::is_alphabetic)
                && first.contains(['c', 'r', 'u']);
            old_style
                || short('c')
                || short('r')
                || ["--create", "--append", "--update"]
                    .iter()
                    .any(|option| invocation.has_option(option))
        }
        "gunzip" | "unxz" | "unzip" => false,
        "zip" => true,
        _ => !short('d') && !invocation.has_option("--decompress"),
    }
}
