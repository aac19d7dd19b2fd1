//! Front ends: what npm and its relatives bundle is text, the same on every platform; node_modules is not.

use crate::{
    context::{NativePackage, NodeLock},
    plan::{Effect, Invocation, Origin, Output, Recipe, Verdict},
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "node-bundle",
    documentation: include_str!("node_bundle.md"),
    read,
};

/// Programs that pack a Node program, or its native parts, for one platform.
const PACKERS: [&str; 12] = [
    "pkg",
    "nexe",
    "caxa",
    "node-gyp",
    "prebuildify",
    "electron-builder",
    "electron-forge",
    "napi",
    "neon",
    "tauri",
    "--compile",
    "--experimental-sea-config",
];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let effect = match invocation.name {
        "npm" | "yarn" | "pnpm" | "bun" | "cnpm" => manager(invocation),
        "npx" | "pnpx" | "bunx" | "node" | "vite" | "ng" | "tsc" | "nx" | "turbo" | "lerna" | "gulp"
        | "grunt" | "webpack" | "gatsby" | "ember" | "rollup" | "esbuild" | "parcel" | "astro" | "next"
        | "nuxt" => bundle(invocation),
        _ => return None,
    };
    Some(match effect {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => invocation
            .toolchain(&["node", "nodejs", "bun"], &["nodejs", "npm", "yarn"])
            .verdict(effect, "Node"),
    })
}

fn manager(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let subcommand = invocation.operands().next();
    match (invocation.name, subcommand) {
        (
            _,
            Some("config" | "cache" | "set" | "login" | "version" | "ping" | "audit" | "store" | "prune"),
        ) => Ok(Effect::nothing()),
        ("yarn", None)
        | (
            _,
            Some(
                "ci" | "install" | "i" | "add" | "update" | "upgrade" | "rebuild" | "link" | "fetch"
                | "global" | "dedupe" | "import",
            ),
        ) => modules(invocation),
        (_, Some("deploy")) => {
            let folder = invocation.operands().last().unwrap_or(".");
            Ok(Effect::makes(
                invocation.resolve(folder),
                Origin::Platform("node_modules".to_owned()),
            ))
        }
        ("yarn", Some("workspaces")) if invocation.operands().any(|word| word == "focus") => {
            modules(invocation)
        }
        (_, None) if invocation.words.is_empty() => Ok(Effect::nothing()),
        _ => bundle(invocation),
    }
}

/// The folder that a manager is sent to.
fn folder(invocation: &Invocation<'_>) -> String {
    let option = ["--prefix", "--cwd", "--dir", "-C"]
        .iter()
        .find_map(|option| invocation.option_value(option));
    option.map_or_else(|| invocation.folder.to_owned(), |path| invocation.resolve(path))
}

fn modules(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let homes = [
        "NPM_CONFIG_PREFIX",
        "npm_config_prefix",
        "PNPM_HOME",
        "BUN_INSTALL",
        "NODE_PATH",
    ];
    if let Some(home) = homes.iter().find(|home| invocation.variables.is_set(home)) {
        return Err(format!("installs modules where {home} says"));
    }
    let origin = if has_portable_modules(invocation) {
        Origin::Data
    } else {
        Origin::Platform(format!("`{} install`", invocation.name))
    };
    let is_global = invocation.has_option("-g")
        || invocation.has_option("--global")
        || invocation.operands().next() == Some("global");
    let path = if is_global {
        "/usr/local".to_owned()
    } else {
        crate::plan::join(&folder(invocation), "node_modules")
    };
    Ok(Effect::makes(path, origin))
}

/// Whether a command installs exactly what a lock file of the build context names, none of it made for one platform.
fn has_portable_modules(invocation: &Invocation<'_>) -> bool {
    let operands: Vec<&str> = invocation.operands().collect();
    let is_frozen = operands == ["ci"]
        || matches!(operands.as_slice(), [] | ["install" | "i"])
            && invocation.has_option("--frozen-lockfile");
    let omits_development = ["--omit=dev", "--production", "--prod", "-P"]
        .iter()
        .any(|option| invocation.has_option(option))
        || invocation.words.iter().flatten().any(|word| word == "--omit=dev");
    let runs_scripts = !invocation.has_option("--ignore-scripts");
    let context = invocation.context;
    let has_scripts = context
        .node_manifests
        .iter()
        .any(|manifest| manifest.install_script.is_some());
    is_frozen
        && !(runs_scripts && has_scripts)
        && context.node_bindings.is_empty()
        && lock(invocation).is_some_and(|lock| {
            let stays_out = |package: &NativePackage| omits_development && package.is_development;
            lock.is_complete && lock.native.iter().all(stays_out)
        })
}

/// The lock file of the build context that the command reads, when there is one only.
fn lock<'i>(invocation: &'i Invocation<'_>) -> Option<&'i NodeLock> {
    let names = [
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "bun.lock",
    ];
    let files = names.map(|name| crate::plan::join(&folder(invocation), name));
    let named: Vec<String> = files
        .iter()
        .flat_map(|file| invocation.copies.candidates(file))
        .collect();
    let mut locks = invocation
        .context
        .node_locks
        .iter()
        .filter(|lock| named.contains(&lock.file));
    locks.next().filter(|_| locks.next().is_none())
}

fn bundle(invocation: &Invocation<'_>) -> Result<Effect, String> {
    if let Some(packer) = invocation
        .words
        .iter()
        .flatten()
        .find(|word| PACKERS.contains(&word.as_str()))
    {
        return Err(format!("packs a program for one platform ({packer})"));
    }
    let folder = folder(invocation);
    // A server that is put together with its modules takes native ones along.
    let servers = [".next/standalone", ".output/server", "standalone"].map(|server| Output {
        path: crate::plan::join(&folder, server),
        origin: Origin::Platform("a server bundle with its node_modules".to_owned()),
    });
    let mut effect = Effect {
        outputs: servers.to_vec(),
        ..Effect::default()
    };
    effect.outputs.push(Output {
        path: folder,
        origin: Origin::Data,
    });
    let runs_elsewhere = invocation
        .stage
        .consumers
        .iter()
        .find(|image| !serves_files(image));
    let is_plain = lock(invocation)
        .is_some_and(|lock| lock.is_complete && lock.native.iter().all(|package| package.is_build_tool));
    Ok(match runs_elsewhere {
        None => effect,
        Some(_) if is_plain && invocation.context.node_bindings.is_empty() => effect,
        Some(image) => effect.with_doubt(format!(
            "what it bundles has no native parts, though {image} could run them"
        )),
    })
}

/// Images that hand files to browsers and run none of them.
fn serves_files(image: &str) -> bool {
    let path = image.split(['@', ':']).next().unwrap_or_default();
    path.split(['/', '-', '_']).any(|word| {
        matches!(
            word,
            "nginx"
                | "aspnet"
                | "aspnetcore"
                | "caddy"
                | "httpd"
                | "apache"
                | "openresty"
                | "lighttpd"
                | "tomcat"
                | "php"
                | "python"
                | "ruby"
        )
    })
}
