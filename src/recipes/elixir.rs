//! Elixir and Erlang: byte code is portable, a release with the runtime in it is not.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict, join};

pub(super) const RECIPE: Recipe = Recipe {
    id: "elixir",
    documentation: include_str!("elixir.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let effect = match invocation.name {
        "mix" => tasks(invocation).and_then(|tasks| {
            let mut all = Effect::nothing();
            for words in tasks {
                let effect = mix(invocation, &words)?;
                all.outputs.extend(effect.outputs);
                if let Some(doubt) = effect.doubt {
                    all = all.with_doubt(doubt);
                }
            }
            Ok(all)
        }),
        "rebar3" | "rebar" => rebar(invocation),
        _ => return None,
    };
    Some(match effect {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => invocation
            .toolchain(&["elixir", "erlang", "phoenix"], &["elixir", "erlang", "rebar"])
            .verdict(effect, invocation.name),
    })
}

/// `mix do a, b + c` is three tasks.
fn tasks<'i>(invocation: &'i Invocation<'_>) -> Result<Vec<Vec<&'i str>>, String> {
    let words: Option<Vec<&str>> = invocation.words.iter().map(Option::as_deref).collect();
    let words = words.ok_or("has a task that is not known before it runs")?;
    let Some(rest) = words.strip_prefix(&["do"]) else {
        return Ok(vec![words]);
    };
    let mut tasks = vec![Vec::new()];
    for word in rest {
        let (word, ends) = match word.strip_suffix(',') {
            Some(word) => (word, true),
            None => (*word, *word == "+"),
        };
        if let Some(task) = tasks.last_mut().filter(|_| !word.is_empty() && word != "+") {
            task.push(word);
        }
        if ends {
            tasks.push(Vec::new());
        }
    }
    Ok(tasks)
}

fn outputs<const N: usize>(paths: [String; N], origin: &Origin) -> Effect {
    Effect {
        outputs: paths
            .map(|path| Output {
                path,
                origin: origin.clone(),
            })
            .to_vec(),
        ..Effect::default()
    }
}

fn mix(invocation: &Invocation<'_>, words: &[&str]) -> Result<Effect, String> {
    let here = |path: &str| join(invocation.folder, path);
    let Some((task, options)) = words.split_first() else {
        return Ok(Effect::nothing());
    };
    let compiled = |maker: String| {
        let folders = ["_build", "deps", "priv", "native", "c_src"].map(here);
        outputs(folders, &Origin::Platform(maker))
            .with_doubt("no package compiles outside of _build, deps, priv, native and c_src")
    };
    Ok(match *task {
        "deps.get" | "deps.update" | "deps.unlock" | "deps.clean" | "deps" => {
            outputs([here("deps")], &Origin::Data)
        }
        "local.hex" | "local.rebar" | "archive.install" | "hex.info" | "hex.repo" | "hex.organization"
        | "hex.config" | "hex.audit" | "--version" | "-v" | "help" | "new" | "phx.new" | "format"
        | "clean" => Effect::nothing(),
        "compile" | "deps.compile" | "test" | "credo" | "dialyzer" | "sentry.package_source_code" => {
            compiled(format!("`mix {task}`"))
        }
        "release" | "distillery.release" => {
            let mut effect = compiled(format!("`mix {task}`"));
            let path = options
                .windows(2)
                .find(|pair| pair[0] == "--path")
                .map(|pair| pair[1]);
            effect.outputs.extend(path.map(|path| Output {
                path: invocation.resolve(path),
                origin: Origin::Platform(format!("`mix {task}`")),
            }));
            effect
        }
        "phx.digest" | "assets.deploy" | "assets.build" | "assets.setup" | "tailwind" | "esbuild"
        | "tailwind.install" | "esbuild.install" | "phoenix.digest" => {
            let mut effect = compiled(format!("`mix {task}`"));
            effect.outputs.push(Output {
                path: here("priv/static"),
                origin: Origin::Data,
            });
            effect.with_doubt("the project's assets are made by programs that leave nothing of themselves")
        }
        "docs" => {
            let mut effect = compiled("`mix docs`".to_owned());
            effect.outputs.push(Output {
                path: here("doc"),
                origin: Origin::Data,
            });
            effect
        }
        "escript.build" => {
            let mut effect = compiled("`mix escript.build`".to_owned());
            effect.outputs.push(Output {
                path: invocation.folder.to_owned(),
                origin: Origin::Data,
            });
            effect
        }
        other => return Err(format!("{other} runs code whose files are not known")),
    })
}

fn rebar(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let words: Vec<&str> = invocation.operands().collect();
    let (profile, words) = match words.as_slice() {
        ["as", profile, rest @ ..] => (*profile, rest),
        all => ("default", all),
    };
    let here = |path: &str| join(invocation.folder, path);
    let compiled = |task: &str| {
        outputs(
            ["_build", "deps", "priv", "c_src", "ebin"].map(here),
            &Origin::Platform(format!("`{} {task}`", invocation.name)),
        )
    };
    match words {
        [] if invocation.words.iter().all(Option::is_some) => Ok(Effect::nothing()),
        ["local" | "update" | "version" | "help" | "unlock", ..] => Ok(Effect::nothing()),
        [
            task @ ("get-deps" | "compile" | "release" | "tar" | "eunit" | "ct" | "deps"),
            ..,
        ] => Ok(compiled(task)),
        ["escriptize", ..] => {
            let mut effect = compiled("escriptize");
            effect.outputs.push(Output {
                path: here(&format!("_build/{profile}/bin")),
                origin: Origin::Data,
            });
            Ok(effect.with_doubt("no native function of a package is packed into the escript"))
        }
        _ => Err("runs a task that xbuild does not know".to_owned()),
    }
}
