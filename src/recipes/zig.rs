//! Zig: `zig build` compiles for any platform, and brings the C library of each.

use crate::{
    plan::{Change, Effect, Invocation, Origin, Output, Recipe, Toolchain, UNKNOWN_PACKAGE, Verdict},
    platform::Names,
    recipes::cross::{self, Column},
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "zig",
    documentation: include_str!("zig.md"),
    read,
};

/// What `-Dtarget` is told: the name that the inserted step wrote down.
const TARGET: &str = "-Dtarget=\"$(cat /etc/cross/zig)\"";

const GNU: [Column; 1] = [("zig", |names: &Names| match names.platform {
    "amd64" => Some("x86_64-linux-gnu"),
    "arm64" => Some("aarch64-linux-gnu"),
    "arm/v7" => Some("arm-linux-gnueabihf"),
    "ppc64le" => Some("powerpc64le-linux-gnu"),
    "s390x" => Some("s390x-linux-gnu"),
    "riscv64" => Some("riscv64-linux-gnu"),
    _ => None,
})];

const MUSL: [Column; 1] = [("zig", |names: &Names| match names.platform {
    "amd64" => Some("x86_64-linux-musl"),
    "arm64" => Some("aarch64-linux-musl"),
    "arm/v7" => Some("arm-linux-musleabihf"),
    "ppc64le" => Some("powerpc64le-linux-musl"),
    "s390x" => Some("s390x-linux-musl"),
    "riscv64" => Some("riscv64-linux-musl"),
    _ => None,
})];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let at = subcommand(invocation)?;
    let verdict = match invocation.word(at) {
        Some("build") => build(invocation, at),
        Some("version" | "env" | "fetch" | "fmt" | "zen" | "targets" | "init") => Ok(Effect::nothing()),
        Some(other) => Err(format!(
            "{other} compiles for the platform it runs on, so it stays on the target"
        )),
        None => Err("has a subcommand that is not known before it runs".to_owned()),
    };
    Some(match verdict {
        Err(reason) => Verdict::Declines(reason),
        Ok(_) if at == 0 && is_from_elsewhere(invocation) => Verdict::Declines(
            "may be one for the target platform, as files for the target lie in the stage".to_owned(),
        ),
        Ok(effect) => Verdict::Native(effect),
    })
}

/// The index of the subcommand: behind `zig`, or behind `python -m ziglang`, the same from Python's registry.
fn subcommand(invocation: &Invocation<'_>) -> Option<usize> {
    let is_module = invocation.word(0) == Some("-m") && invocation.word(1) == Some("ziglang");
    match invocation.name {
        "zig" => Some(0),
        "python" | "python3" if is_module => Some(2),
        _ => None,
    }
}

fn is_from_elsewhere(invocation: &Invocation<'_>) -> bool {
    invocation.toolchain(&["zig"], &["zig"]) != Toolchain::Known && invocation.has_target_files
}

fn build(invocation: &Invocation<'_>, at: usize) -> Result<Effect, String> {
    let mut folder = "zig-out";
    let mut words = invocation.words.iter().skip(at + 1);
    while let Some(word) = words.next() {
        let word = word
            .as_deref()
            .ok_or("has options that are not known before it runs")?;
        if let Some(target) = word.strip_prefix("-Dtarget=") {
            return Err(format!(
                "is told -Dtarget={target}, so every platform gets that one"
            ));
        }
        match word {
            "-p" | "--prefix" => {
                folder = words
                    .next()
                    .and_then(Option::as_deref)
                    .ok_or("writes to a folder that is not known")?;
            }
            "install" | "--release" | "--verbose" => {}
            _ if word.starts_with("-Dcpu=") => {
                return Err("is told a -Dcpu, which holds for one platform".to_owned());
            }
            _ if [
                "-D",
                "-fno-",
                "-freference",
                "-j",
                "--release=",
                "--summary",
                "--color",
            ]
            .iter()
            .any(|start| word.starts_with(start)) =>
            {
                if matches!(word, "--summary" | "--color") {
                    words.next();
                }
            }
            "test" | "run" => {
                return Ok(Effect::makes(
                    invocation.folder,
                    Origin::Platform(format!("`zig build {word}`")),
                ));
            }
            other => return Err(format!("is told {other}, which xbuild does not know")),
        }
    }
    if let Some(library) = invocation
        .stage
        .packages
        .iter()
        .find(|package| is_library(package))
    {
        return Err(format!(
            "may link {library}, which is there for the build platform"
        ));
    }
    if invocation.stage.has_other_user() {
        return Err("runs as another user than root, who cannot write the target down".to_owned());
    }
    cross_build(invocation, at, folder)
}

fn is_library(package: &str) -> bool {
    let is_plain = package.starts_with("libc6-dev") || matches!(package, "libc-dev" | "musl-dev");
    package == UNKNOWN_PACKAGE || !is_plain && (package.ends_with("-dev") || package.ends_with("-devel"))
}

fn cross_build(invocation: &Invocation<'_>, at: usize, folder: &str) -> Result<Effect, String> {
    let is_musl = invocation.stage.image.contains("alpine");
    let columns = if is_musl { &MUSL } else { &GNU };
    if let Some(platform) = cross::unknown(&invocation.stage.asked, columns).first() {
        return Err(format!("has no name for {platform}"));
    }
    let script = format!(
        "{}\nmkdir -p {folder}; echo \"$zig\" > {folder}/zig",
        cross::selection(&invocation.stage.targets, columns, "Zig target"),
        folder = cross::FOLDER
    );
    let effect = Effect {
        outputs: vec![Output {
            path: invocation.resolve(folder),
            origin: Origin::Cross,
        }],
        changes: vec![
            Change::InsertRun {
                step: invocation.step,
                script,
            },
            cross::replaced(invocation, 1 + at, vec!["build".to_owned(), TARGET.to_owned()])?,
        ],
        arguments: vec!["TARGETARCH", "TARGETVARIANT"],
        ..Effect::default()
    };
    Ok(effect.with_doubt("build.zig takes its target from -Dtarget, and runs nothing that it compiles"))
}
