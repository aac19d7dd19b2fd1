//! Ruby: a bundle holds native extensions and stays; compiled assets are text and images.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict, join};

pub(super) const RECIPE: Recipe = Recipe {
    id: "ruby",
    documentation: include_str!("ruby.md"),
    read,
};

/// Tasks of Rake and Rails that write what browsers load.
const ASSET_TASKS: [&str; 10] = [
    "assets:precompile",
    "assets:clean",
    "assets:clobber",
    "css:build",
    "javascript:build",
    "js:build",
    "tailwindcss:build",
    "vite:build",
    "webpacker:compile",
    "yarn:install",
];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let words: Option<Vec<&str>> = invocation.words.iter().map(Option::as_deref).collect();
    let name = invocation.name.rsplit('/').next().unwrap_or_default();
    let is_own = matches!(name, "rails" | "rake") && invocation.name.ends_with(&format!("bin/{name}"));
    if !matches!(
        invocation.name,
        "bundle" | "bundler" | "rake" | "rails" | "bootsnap" | "ruby"
    ) && !is_own
    {
        return None;
    }
    let effect = match words.as_deref() {
        None => Err("is called with words that are not known before it runs".to_owned()),
        Some(words) if matches!(name, "bundle" | "bundler") => bundle(invocation, words),
        Some(words) => program(invocation, name, words),
    };
    Some(match effect {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => invocation
            .toolchain(&["ruby", "rails", "jekyll"], &["ruby", "bundler"])
            .verdict(effect, "Ruby"),
    })
}

fn bundle(invocation: &Invocation<'_>, words: &[&str]) -> Result<Effect, String> {
    let operands: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    match operands.as_slice() {
        [] if words.iter().any(|word| matches!(*word, "--version" | "-v")) => Ok(Effect::nothing()),
        []
        | [
            "install" | "update" | "package" | "cache" | "pack" | "add" | "binstubs" | "clean" | "pristine",
            ..,
        ] => Ok(gems(invocation)),
        ["config", settings @ ..] => {
            let settings = match settings {
                ["set" | "local" | "global", rest @ ..] => rest,
                all => all,
            };
            Ok(match settings {
                ["path" | "cache_path" | "bin", path] => Effect::makes(
                    invocation.resolve(path),
                    Origin::Platform("`bundle install`".to_owned()),
                ),
                _ => Effect::nothing(),
            })
        }
        [
            "lock" | "check" | "list" | "version" | "show" | "info" | "platform" | "env" | "init",
            ..,
        ] => Ok(Effect::nothing()),
        ["exec", program_name, ..] => {
            let start = words
                .iter()
                .position(|word| word == program_name)
                .unwrap_or_default();
            let name = program_name.rsplit('/').next().unwrap_or_default();
            program(invocation, name, &words[start + 1..])
        }
        [other, ..] => Err(format!("{other} is not known")),
    }
}

/// Where gems go: to Ruby's own folders, or where variables and options say.
fn gems(invocation: &Invocation<'_>) -> Effect {
    let maker = Origin::Platform("`bundle install`".to_owned());
    let named = ["--path", "--cache-path", "--target-rbconfig"]
        .iter()
        .filter_map(|option| invocation.option_value(option));
    let homes = [
        "BUNDLE_PATH",
        "GEM_HOME",
        "BUNDLE_APP_CONFIG",
        "BUNDLE_CACHE_PATH",
    ]
    .iter()
    .filter_map(|name| invocation.variables.get(name));
    let paths = named.chain(homes).map(|path| invocation.resolve(path));
    let own = ["vendor", "bundle", ".bundle", "node_modules"].map(|path| join(invocation.folder, path));
    let system = ["/usr", "/var", "/root/.gem", "/root/.bundle", "/root/.local"].map(ToOwned::to_owned);
    Effect {
        outputs: paths
            .chain(own)
            .chain(system)
            .map(|path| Output {
                path,
                origin: maker.clone(),
            })
            .collect(),
        ..Effect::default()
    }
}

fn program(invocation: &Invocation<'_>, name: &str, words: &[&str]) -> Result<Effect, String> {
    let operands: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    match name {
        "ruby" if words.iter().all(|word| matches!(*word, "-v" | "--version")) && !words.is_empty() => {
            Ok(Effect::nothing())
        }
        "bootsnap" => Ok(Effect::makes(
            join(invocation.folder, "tmp"),
            Origin::Platform("`bootsnap`".to_owned()),
        )),
        "rake" | "rails" => {
            let is_task = |word: &&&str| !word.contains('=');
            let unknown = operands
                .iter()
                .filter(is_task)
                .find(|task| !ASSET_TASKS.contains(task));
            if let Some(task) = unknown {
                return Err(format!("{task} runs code whose files are not known"));
            }
            Ok(assets(invocation))
        }
        "middleman" | "nanoc" | "bridgetown" if operands.contains(&"build") || name == "nanoc" => {
            Ok(Effect::makes(invocation.folder, Origin::Data).with_doubt("its helpers write pages only"))
        }
        _ => Err("runs a program whose files are not known".to_owned()),
    }
}

/// What browsers load; the caches beside it are for one platform.
fn assets(invocation: &Invocation<'_>) -> Effect {
    let here = |path: &str| join(invocation.folder, path);
    let foreign = Origin::Platform("`assets:precompile`".to_owned());
    let output = |path: &str, origin: Origin| Output {
        path: here(path),
        origin,
    };
    let effect = Effect {
        outputs: vec![
            output("public", Origin::Data),
            output("app/assets/builds", Origin::Data),
            output("tmp", foreign.clone()),
            output("node_modules", foreign),
        ],
        ..Effect::default()
    };
    effect.with_doubt("the assets hold nothing that was compiled for the machine")
}
