//! Dart and Flutter: what is compiled for browsers is data, and a program is for one platform.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Toolchain, Verdict, join};

pub(super) const RECIPE: Recipe = Recipe {
    id: "dart",
    documentation: include_str!("dart.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let effect = match invocation.name {
        "dart" | "pub" => dart(invocation),
        "dart2js" | "webdev" => Ok(data(invocation)),
        "flutter" => flutter(invocation),
        _ => return None,
    };
    Some(match effect {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => match invocation.toolchain(&["dart", "flutter"], &["dart", "flutter"]) {
            Toolchain::Known => Verdict::Native(effect),
            Toolchain::Unknown | Toolchain::Foreign if invocation.has_target_files => Verdict::Declines(
                "may be one for the target platform, as files for the target lie in the stage".to_owned(),
            ),
            Toolchain::Unknown | Toolchain::Foreign => Verdict::Native(
                effect.with_doubt(format!("{} is there for the build platform", invocation.name)),
            ),
        },
    })
}

fn data(invocation: &Invocation<'_>) -> Effect {
    Effect::makes(invocation.folder, Origin::Data)
}

fn dart(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let words: Vec<&str> = invocation.operands().collect();
    let words = if invocation.name == "pub" {
        [&["pub"], words.as_slice()].concat()
    } else {
        words
    };
    match words.as_slice() {
        [] if invocation.words.iter().all(Option::is_some) => Ok(Effect::nothing()),
        [
            "pub",
            "get" | "upgrade" | "downgrade" | "add" | "remove" | "cache" | "deps",
            ..,
        ] => Ok(Effect {
            outputs: [
                join(invocation.folder, ".dart_tool"),
                "/root/.pub-cache".to_owned(),
            ]
            .map(|path| Output {
                path,
                origin: Origin::Data,
            })
            .to_vec(),
            ..Effect::default()
        }),
        ["pub", "global", "activate", ..] => Ok(Effect::makes(
            "/root/.pub-cache",
            Origin::Platform("`dart pub global activate`".to_owned()),
        )),
        [
            "analyze" | "format" | "doc" | "test" | "info" | "fix" | "create",
            ..,
        ]
        | ["compile", "js" | "wasm" | "kernel", ..] => Ok(data(invocation)),
        ["compile", kind @ ("exe" | "aot-snapshot" | "jit-snapshot"), ..] => Err(format!(
            "compile {kind} makes a program for the platform it runs on, so it stays on the target"
        )),
        ["run", "build_runner", "build", ..] | ["pub", "run", "build_runner", "build", ..] => {
            Ok(data(invocation).with_doubt("the generators of the project write source text only"))
        }
        _ => Err("runs a program whose files are not known".to_owned()),
    }
}

fn flutter(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let words: Vec<&str> = invocation.operands().collect();
    match words.as_slice() {
        ["build", "web", ..] => Ok(data(invocation)),
        ["build", other, ..] => Err(format!("build {other} makes more than pages")),
        ["pub" | "packages", "get" | "upgrade" | "add", ..] => Ok(Effect {
            outputs: [
                join(invocation.folder, ".dart_tool"),
                "/root/.pub-cache".to_owned(),
            ]
            .map(|path| Output {
                path,
                origin: Origin::Data,
            })
            .to_vec(),
            ..Effect::default()
        }),
        ["pub" | "packages", "run", "build_runner", "build", ..] => {
            Ok(data(invocation).with_doubt("the generators of the project write source text only"))
        }
        []
        | [
            "config" | "doctor" | "precache" | "channel" | "upgrade" | "downgrade" | "clean" | "analyze"
            | "test" | "create" | "gen-l10n" | "devices",
            ..,
        ] if invocation.words.iter().all(Option::is_some) => Ok(data(invocation)),
        _ => Err("runs a program whose files are not known".to_owned()),
    }
}
