//! Meson: a cross file tells it of the target.

use crate::{
    context::CBuildKind,
    plan::{Effect, Invocation, Origin, Output, Prepared, Recipe, Verdict, join},
    recipes::{
        c_build,
        c_compiler::{self, Settings},
        cross,
    },
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "meson",
    documentation: include_str!("meson.md"),
    read,
};

const SETTINGS: Settings<'_> = Settings {
    columns: c_compiler::WITH_MACHINE,
    native: " : > /etc/cross/meson;",
    foreign: &[
        "printf '%s\\n' '[binaries]' \"c = '$gnu-gcc'\" \"cpp = '$gnu-g++'\" \"ar = '$gnu-ar'\" \"strip = '$gnu-strip'\" \"pkg-config = 'pkg-config'\" '[properties]' \"pkg_config_libdir = '/usr/lib/$folder/pkgconfig:/usr/share/pkgconfig'\" '[host_machine]' \"system = 'linux'\" \"cpu_family = '$family'\" \"cpu = '$machine'\" \"endian = '$endian'\" > /etc/cross/meson.ini",
        "echo \"--cross-file /etc/cross/meson.ini\" > /etc/cross/meson",
    ],
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if invocation.name != "meson" {
        return None;
    }
    let verdict = match invocation.word(0) {
        Some("--version") => Ok(Effect::nothing()),
        Some("setup") => setup(invocation),
        Some("compile") => compile(invocation),
        Some("install") => install(invocation),
        Some("test") => Err("runs tests, which are made for the target platform".to_owned()),
        _ => Err("is told something that xbuild does not know; `meson setup` sets a folder up".to_owned()),
    };
    Some(verdict.into())
}

/// Options of `meson setup` whose value is the next word.
const VALUED: [&str; 8] = [
    "-D",
    "--prefix",
    "--buildtype",
    "--libdir",
    "--bindir",
    "--default-library",
    "--wrap-mode",
    "--backend",
];

fn setup(invocation: &Invocation<'_>) -> Result<Effect, String> {
    c_build::check_words(invocation)?;
    let mut folders = Vec::new();
    let mut words = invocation.words.iter().flatten().skip(1);
    while let Some(word) = words.next() {
        let takes_next = VALUED.contains(&word.as_str());
        let setting = if takes_next {
            words.next().map(String::as_str)
        } else {
            word.strip_prefix("-D")
        };
        check_option(word, setting.unwrap_or_default())?;
        if !word.starts_with('-') {
            folders.push(word.as_str());
        }
    }
    let Some(build) = folders.first() else {
        return Err("sets up a folder that is not known".to_owned());
    };
    let source = invocation.resolve(folders.get(1).copied().unwrap_or("."));
    let build = invocation.resolve(build);
    c_build::check_builds(invocation, CBuildKind::Meson, &source)?;
    let mut effect = c_compiler::with_compiler(invocation, Some(&SETTINGS))?;
    let words = vec!["setup".to_owned(), "$(cat /etc/cross/meson)".to_owned()];
    effect.changes.push(cross::replaced(invocation, 1, words)?);
    effect.prepared = Some(Prepared {
        is_apart: source != build,
        path: build.clone(),
        by: "meson",
        prefix: invocation
            .option_value("--prefix")
            .unwrap_or("/usr/local")
            .to_owned(),
    });
    effect.outputs.push(Output {
        path: build,
        origin: Origin::Cross,
    });
    Ok(effect.with_doubt(
        "the project finds everything that it needs for the target, and runs nothing that it builds",
    ))
}

fn check_option(word: &str, setting: &str) -> Result<(), String> {
    let refused = [
        "--cross-file",
        "--native-file",
        "--pkg-config-path",
        "--build.",
        "--cmake-prefix-path",
        "--wipe",
        "--reconfigure",
    ];
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    let is_place = value.starts_with('/')
        && !matches!(
            name,
            "prefix"
                | "bindir"
                | "libdir"
                | "datadir"
                | "sysconfdir"
                | "includedir"
                | "libexecdir"
                | "localstatedir"
                | "mandir"
        );
    let is_flags = name.ends_with("_args");
    if refused.iter().any(|option| word.starts_with(option)) || is_place || is_flags || name == "prefix" {
        return Err(
            format!("is told {word} {setting}, which may hold for one platform only").replace("  ", " "),
        );
    }
    Ok(())
}

/// The folder of `-C`, and what set it up.
fn configured<'i>(invocation: &'i Invocation<'_>) -> Result<(String, &'i Prepared), String> {
    c_build::check_words(invocation)?;
    let folder = invocation
        .option_value("-C")
        .map_or_else(|| join(invocation.folder, "."), |path| invocation.resolve(path));
    let prepared = invocation
        .prepared
        .set_up(&folder)
        .filter(|one| one.by == "meson");
    let prepared = prepared.ok_or("builds in a folder that no command before it is known to have set up")?;
    Ok((folder, prepared))
}

fn compile(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let (folder, _) = configured(invocation)?;
    c_build::check_targets(invocation.operands().skip(1))?;
    Ok(Effect::makes(folder, Origin::Cross).with_doubt("nothing that it builds runs while it builds"))
}

fn install(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let (folder, prepared) = configured(invocation)?;
    let staging = match invocation.option_value("--destdir") {
        Some(folder) => Some(folder.to_owned()),
        None => c_build::staging(invocation)?,
    };
    let mut effect = Effect::makes(folder, Origin::Cross);
    c_build::install(invocation, staging.as_deref(), &prepared.prefix, &mut effect)?;
    Ok(effect.with_doubt("nothing that it builds runs while it is installed"))
}
