//! CMake: a toolchain file tells it of the target, and everything behind the configuration follows from that.

use crate::{
    context::CBuildKind,
    plan::{Effect, Invocation, Origin, Output, Prepared, Recipe, Verdict},
    recipes::{
        c_build,
        c_compiler::{self, Settings},
        cross,
    },
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "cmake",
    documentation: include_str!("cmake.md"),
    read,
};

const SETTINGS: Settings<'_> = Settings {
    columns: c_compiler::WITH_MACHINE,
    native: " : > /etc/cross/cmake;",
    foreign: &[
        "printf 'set(%s)\\n' \"CMAKE_SYSTEM_NAME Linux\" \"CMAKE_SYSTEM_PROCESSOR $machine\" \"CMAKE_C_COMPILER $gnu-gcc\" \"CMAKE_CXX_COMPILER $gnu-g++\" \"CMAKE_STRIP /usr/bin/$gnu-strip\" \"ENV{PKG_CONFIG_LIBDIR} /usr/lib/$folder/pkgconfig:/usr/share/pkgconfig\" > /etc/cross/toolchain.cmake",
        "echo \"-DCMAKE_TOOLCHAIN_FILE=/etc/cross/toolchain.cmake\" > /etc/cross/cmake",
    ],
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if invocation.name != "cmake" {
        return None;
    }
    let verdict = match invocation.word(0) {
        Some("-E" | "-P") => return None,
        Some("--version" | "--help") => Ok(Effect::nothing()),
        Some("--build") => build(invocation),
        Some("--install") => install(invocation),
        _ => configure(invocation),
    };
    Some(verdict.into())
}

fn configure(invocation: &Invocation<'_>) -> Result<Effect, String> {
    c_build::check_words(invocation)?;
    let places = places(invocation)?;
    let definitions = definitions(invocation);
    for (name, value) in &definitions {
        check_definition(name, value)?;
    }
    c_build::check_builds(invocation, CBuildKind::CMake, &places.source)?;
    let mut effect = c_compiler::with_compiler(invocation, Some(&SETTINGS))?;
    let name = c_compiler::written_name(invocation)?;
    let words = vec![name, "$(cat /etc/cross/cmake)".to_owned()];
    effect.changes.push(cross::replaced(invocation, 0, words)?);
    let prefix = definitions
        .iter()
        .rev()
        .find(|(name, _)| name == "CMAKE_INSTALL_PREFIX");
    let prefix = prefix
        .map(|(_, value)| value.as_str())
        .or_else(|| invocation.option_value("--install-prefix"));
    effect.prepared = Some(Prepared {
        is_apart: places.source != places.build,
        path: places.build.clone(),
        by: "cmake",
        prefix: prefix.unwrap_or("/usr/local").to_owned(),
    });
    effect.outputs.push(Output {
        path: places.build,
        origin: Origin::Cross,
    });
    Ok(effect.with_doubt(
        "the project finds everything that it needs for the target, and runs nothing that it builds",
    ))
}

struct Places {
    source: String,
    build: String,
}

/// The folders of a configuration; options may have their value in the same word or the next.
fn places(invocation: &Invocation<'_>) -> Result<Places, String> {
    let (mut source, mut build) = (None, None);
    let mut words = invocation.words.iter().flatten();
    while let Some(word) = words.next() {
        let mut value = |option: &str| match &word[option.len()..] {
            "" => words.next().cloned(),
            rest => Some(rest.to_owned()),
        };
        match word.as_str() {
            word if word.starts_with("-S") || word.starts_with("-H") => source = value("-S"),
            word if word.starts_with("-B") => build = value("-B"),
            word if ["-D", "-G", "-U", "-W", "-A"]
                .iter()
                .any(|option| word.starts_with(option)) =>
            {
                drop(value("-D"));
            }
            "--install-prefix" => drop(words.next()),
            word if word.starts_with("--install-prefix=")
                || word == "--fresh"
                || word.starts_with("--log-level") => {}
            word if word.starts_with('-') => {
                return Err(format!(
                    "is told {word}, of which xbuild does not know what it sets up"
                ));
            }
            word => source = Some(word.to_owned()),
        }
    }
    Ok(Places {
        source: invocation.resolve(source.as_deref().unwrap_or(".")),
        build: invocation.resolve(build.as_deref().unwrap_or(".")),
    })
}

/// The names and values of `-D`, without types.
fn definitions(invocation: &Invocation<'_>) -> Vec<(String, String)> {
    let mut definitions = Vec::new();
    let mut words = invocation.words.iter().flatten();
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix("-D") else {
            continue;
        };
        let rest = if rest.is_empty() {
            words.next().cloned().unwrap_or_default()
        } else {
            rest.to_owned()
        };
        let (name, value) = rest.split_once('=').unwrap_or((&rest, ""));
        let name = name.split(':').next().unwrap_or_default();
        definitions.push((name.to_owned(), value.to_owned()));
    }
    definitions
}

fn check_definition(name: &str, value: &str) -> Result<(), String> {
    if name.ends_with("_FLAGS") || name.contains("_FLAGS_") {
        return c_compiler::check_flags(value);
    }
    let starts = [
        "CMAKE_TOOLCHAIN",
        "CMAKE_SYSTEM",
        "CMAKE_C_COMPILER",
        "CMAKE_CXX_COMPILER",
        "CMAKE_CROSS",
        "CMAKE_SYSROOT",
        "CMAKE_AR",
        "CMAKE_LINKER",
        "CMAKE_STRIP",
        "CMAKE_FIND_ROOT",
        "CMAKE_PROJECT_INCLUDE",
        "CMAKE_PROJECT_TOP",
        "CMAKE_OSX",
    ];
    let names_platform = ["NATIVE", "ARCH", "MARCH", "AVX", "SSE", "CPU", "TRIPLET"]
        .iter()
        .any(|word| name.split('_').any(|part| part.starts_with(word)))
        && !matches!(value.to_ascii_uppercase().as_str(), "OFF" | "0" | "FALSE" | "NO");
    let is_place =
        value.contains("/usr/lib") || value.starts_with('/') && !name.starts_with("CMAKE_INSTALL_");
    if starts.iter().any(|start| name.starts_with(start)) || names_platform || is_place {
        return Err(format!(
            "is told {name}={value}, which may hold for one platform only"
        ));
    }
    Ok(())
}

/// The folder of `--build` and `--install`, and what set it up.
fn configured<'i>(invocation: &'i Invocation<'_>) -> Result<(String, &'i Prepared), String> {
    c_build::check_words(invocation)?;
    let folder = invocation.resolve(
        invocation
            .word(1)
            .ok_or("has a folder that is not known before it runs")?,
    );
    let prepared = invocation
        .prepared
        .set_up(&folder)
        .filter(|one| one.by == "cmake");
    let prepared = prepared.ok_or("builds in a folder that no command before it is known to have set up")?;
    Ok((folder, prepared))
}

fn build(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let (folder, prepared) = configured(invocation)?;
    let targets: Vec<&str> = invocation
        .operands()
        .skip(1)
        .filter(|word| !word.contains('='))
        .collect();
    c_build::check_targets(targets.iter().copied())?;
    let mut effect = Effect::makes(folder, Origin::Cross);
    if targets.iter().any(|target| target.contains("install")) {
        add_installation(invocation, &prepared.prefix, &mut effect)?;
    }
    Ok(effect.with_doubt("nothing that it builds runs while it builds"))
}

fn install(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let (_, prepared) = configured(invocation)?;
    let mut effect = Effect::default();
    let prefix = invocation.option_value("--prefix").unwrap_or(&prepared.prefix);
    add_installation(invocation, prefix, &mut effect)?;
    Ok(effect.with_doubt("nothing that it builds runs while it is installed"))
}

fn add_installation(invocation: &Invocation<'_>, prefix: &str, effect: &mut Effect) -> Result<(), String> {
    let staging = c_build::staging(invocation)?;
    c_build::install(invocation, staging.as_deref(), prefix, effect)
}
