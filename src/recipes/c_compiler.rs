//! The C and C++ compiler of Debian and Ubuntu for another platform: the step that installs it, and where it can be used.

use crate::{
    model::reference,
    plan::{Change, Effect, Invocation, SHARED_PREFIX},
    recipes::{
        cross::{ARGUMENTS, Column, FOLDER, compiler, is_set, selection, unknown, value},
        libraries::libraries,
    },
    shell::Word,
};

const COLUMNS: [Column; 6] = [
    ("gnu", |names| names.triplet),
    ("debian", |names| names.debian),
    ("folder", |names| match names.triplet? {
        "i686-linux-gnu" => Some("i386-linux-gnu"),
        other => Some(other),
    }),
    ("machine", |names| Some(names.machine)),
    ("family", |names| match names.platform {
        "arm/v7" | "arm/v5" => Some("arm"),
        "386" => Some("x86"),
        "ppc64le" => Some("ppc64"),
        _ => Some(names.machine),
    }),
    ("endian", |names| match names.platform {
        "s390x" | "mips64" => Some("big"),
        _ => Some("little"),
    }),
];

/// What a tool needs to be told of the target, beside the compiler.
pub(super) struct Settings<'a> {
    /// How many of the target's names the shell text uses.
    pub(super) columns: usize,
    /// Shell text that writes what the tool is told where the target is the build platform itself.
    pub(super) native: &'a str,
    /// Shell text that writes what it is told of another target.
    pub(super) foreign: &'a [&'a str],
}

/// The names that every installation of a compiler uses: `gnu` and `debian`.
const PLAIN: Settings<'_> = Settings {
    columns: 2,
    native: "",
    foreign: &[],
};

/// With `folder` as well.
pub(super) const WITH_FOLDER: usize = 3;

/// With `machine`, `family` and `endian` as well.
pub(super) const WITH_MACHINE: usize = 6;

/// What a command needs that runs with a C compiler for the target: the step that installs one.
pub(super) fn with_compiler(
    invocation: &Invocation<'_>,
    settings: Option<&Settings<'_>>,
) -> Result<Effect, String> {
    check_stage(invocation)?;
    let change = Change::InsertRun {
        step: invocation.step,
        script: c_setup(invocation, settings.unwrap_or(&PLAIN))?,
    };
    Ok(Effect {
        changes: vec![change],
        arguments: ARGUMENTS.to_vec(),
        ..Effect::default()
    })
}

/// The step that installs a C compiler for the target on Debian and Ubuntu.
fn c_setup(invocation: &Invocation<'_>, settings: &Settings<'_>) -> Result<String, String> {
    let columns = &COLUMNS[..settings.columns];
    if let Some(platform) = unknown(&invocation.stage.asked, columns).first() {
        return Err(format!("has no cross compiler for {platform}"));
    }
    let selection = selection(&invocation.stage.targets, columns, "cross compiler");
    let libraries = c_libraries(invocation)?;
    let foreign: Vec<String> = settings.foreign.iter().map(|line| format!("{line};")).collect();
    let compiler = compiler(c_compiler(invocation)?, &libraries, &foreign);
    Ok(format!(
        "{selection}\nmkdir -p {FOLDER};{}\n{compiler}",
        settings.native
    ))
}

/// Where pkg-config finds the libraries of the target, as shell text; Debian's folder of i386 has another name than its tools.
pub(super) fn pkg_config_folders() -> String {
    format!("\"/usr/lib/$(sed s/i686/i386/ {FOLDER}/gnu)/pkgconfig:/usr/share/pkgconfig\"")
}

/// The command's name as it is written.
pub(super) fn written_name(invocation: &Invocation<'_>) -> Result<String, String> {
    let name = invocation.command.words[invocation.first].literal();
    name.ok_or_else(|| "has a name that is not written out".to_owned())
}

/// The C compiler of the distribution that the stage has.
fn c_compiler(invocation: &Invocation<'_>) -> Result<&'static str, String> {
    let packages = &invocation.stage.packages;
    let has = |name: &str| packages.contains(name);
    if is_golang(invocation) || has("g++") || has("build-essential") {
        return Ok("g++");
    }
    if has("gcc") {
        return Ok("gcc");
    }
    Err("needs a compiler, and the stage installs none of the distribution's".to_owned())
}

/// Whether that compiler is one of C++ too.
pub(super) fn has_cxx(invocation: &Invocation<'_>) -> bool {
    c_compiler(invocation) == Ok("g++")
}

/// Whether the stage stands on the official image of Go, on Debian.
pub(super) fn is_golang(invocation: &Invocation<'_>) -> bool {
    let image = reference::normalize(&invocation.stage.image).unwrap_or_default();
    image.starts_with("docker.io/library/golang:")
        && !reference::tag(&invocation.stage.image)
            .unwrap_or_default()
            .contains("alpine")
}

fn check_stage(invocation: &Invocation<'_>) -> Result<(), String> {
    let image = reference::short_name(&invocation.stage.image);
    if !stands_on_debian(invocation) && !is_golang(invocation) {
        let tag = reference::tag(&invocation.stage.image).unwrap_or_default();
        let who = if image == "alpine" || tag.contains("alpine") {
            "Alpine"
        } else {
            &invocation.stage.image
        };
        return Err(format!(
            "stays on the target platform: {who} has no compiler for others that xbuild knows"
        ));
    }
    if invocation
        .wrappers
        .iter()
        .any(|wrapper| wrapper == "env" || wrapper == "sudo")
        && invocation.name != "go"
    {
        return Err("runs through another command, which may choose a compiler".to_owned());
    }
    let mut front = invocation.command.words[..invocation.first]
        .iter()
        .filter_map(Word::literal);
    let decides = |word: &String| DECIDING.iter().any(|name| word.split('=').next() == Some(name));
    if let Some(word) = front.find(decides) {
        return Err(format!("is told {word}, which holds for one platform"));
    }
    if invocation.stage.has_other_user() {
        return Err("runs as another user than root, so no compiler can be installed".to_owned());
    }
    if invocation.prepared.around(SHARED_PREFIX).is_some() {
        return Err(format!(
            "may need what was installed into {SHARED_PREFIX}, where a compiler for the target does not look"
        ));
    }
    if let Some(name) = DECIDING.iter().find(|name| is_set(invocation, name)) {
        return Err(format!("is told {name}, which holds for one platform"));
    }
    for name in FLAGS.iter().filter(|name| is_set(invocation, name)) {
        let flags =
            value(invocation, name).ok_or_else(|| format!("has flags in {name} that are not known"))?;
        check_flags(&flags)?;
    }
    Ok(())
}

/// Variables that choose a compiler, a tool, or libraries of one platform.
const DECIDING: [&str; 24] = [
    "AR",
    "AS",
    "CC",
    "CMAKE_PREFIX_PATH",
    "CMAKE_TOOLCHAIN_FILE",
    "CONFIG_SITE",
    "CPATH",
    "CPP",
    "CROSS_COMPILE",
    "CXX",
    "C_INCLUDE_PATH",
    "GCC_EXEC_PREFIX",
    "LD",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LD_RUN_PATH",
    "LIBRARY_PATH",
    "MAKEFLAGS",
    "NM",
    "PKG_CONFIG",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_PATH",
    "RANLIB",
    "STRIP",
];

/// Variables with flags for a compiler or a linker.
const FLAGS: [&str; 8] = [
    "CFLAGS",
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_LDFLAGS",
    "CPPFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
];

/// Whether flags of a compiler mean the same on every platform.
pub(super) fn check_flags(flags: &str) -> Result<(), String> {
    let is_plain = |flag: &&str| {
        let starts = [
            "-O",
            "-g",
            "-W",
            "-D",
            "-U",
            "-f",
            "-std=",
            "-static",
            "-pthread",
            "-pipe",
            "-shared",
            "-I",
            "-l",
            "-pedantic",
            "-ansi",
            "-rdynamic",
        ];
        let is_switch = matches!(
            *flag,
            "-s" | "-c" | "-w" | "-pie" | "-no-pie" | "-x" | "-o" | "-v"
        );
        let has_plugin = flag.starts_with("-fplugin")
            || flag.starts_with("-fuse-ld")
            || flag.starts_with("-Wl,--dynamic-linker");
        let names_platform =
            flag.contains("linux-gnu") || flag.contains("x86_64") || flag.contains("aarch64");
        (is_switch || starts.iter().any(|start| flag.starts_with(start))) && !has_plugin && !names_platform
    };
    match flags.split_whitespace().find(|flag| !is_plain(flag)) {
        Some(flag) => Err(format!(
            "has the flag {flag}, which may hold for one platform only"
        )),
        None => Ok(()),
    }
}

/// How the names of packages with compilers start that a build may choose instead of the plain one.
const OTHER_COMPILERS: [&str; 12] = [
    "ccache",
    "clang",
    "crossbuild-essential-",
    "distcc",
    "g++-",
    "gcc-",
    "gdc",
    "gfortran",
    "gnat",
    "icecc",
    "musl-tools",
    "tcc",
];

/// The libraries for the target, where none of the stage's packages stands in the way.
fn c_libraries<'i>(invocation: &'i Invocation<'_>) -> Result<Vec<&'i str>, String> {
    let stage = invocation.stage;
    let mut others = OTHER_COMPILERS.iter().filter_map(|start| stage.package(start));
    if let Some(package) = others.next() {
        return Err(format!(
            "may compile with {package}, which is for the build platform"
        ));
    }
    // Qt comes with tools and libraries under names of their own.
    if let Some(package) = stage.package("qt") {
        return Err(format!("may need {package} for the target platform"));
    }
    let libraries = libraries(invocation)?;
    // The archive of Ubuntu has the machines of servers; the others are somewhere else.
    if !libraries.is_empty() && reference::short_name(&invocation.stage.image) == "ubuntu" {
        return Err(format!(
            "needs {} for the target platform, which another server of Ubuntu has",
            libraries[0]
        ));
    }
    Ok(libraries)
}

pub(super) fn stands_on_debian(invocation: &Invocation<'_>) -> bool {
    matches!(
        reference::short_name(&invocation.stage.image),
        "debian" | "ubuntu"
    )
}
