//! Rust: cargo compiles for any platform of which it has the standard library and a linker.

use crate::{
    context::{CargoConfiguration, CrateNeeds, NativeCrate},
    model::reference,
    plan::{Change, Effect, Invocation, Origin, Output, Recipe, UNKNOWN_PACKAGE, Verdict, join},
    platform::Names,
    recipes::{
        cross::{self, Column, end, is_set, value},
        libraries,
    },
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "rust",
    documentation: include_str!("rust.md"),
    read,
};

/// What cargo's `--target` is told: the name that the inserted step wrote down.
const TARGET: &str = "\"$(cat /etc/cross/rust)\"";

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let verdict = match invocation.name {
        "cargo" => cargo(invocation),
        "rustup" => Ok(Effect::nothing()),
        "rustc" if invocation.has_option("--version") || invocation.has_option("-V") => Ok(Effect::nothing()),
        "rustc" => Err("compiles for the platform it runs on; cargo is told the target".to_owned()),
        "trunk" | "wasm-pack" => Ok(Effect::makes(invocation.folder, Origin::Data)),
        "strip" => return strip(invocation),
        "rm" => return remove(invocation),
        _ => return None,
    };
    Some(verdict.into())
}

fn cargo(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let Some(at) = subcommand(invocation) else {
        return if invocation.words.iter().all(Option::is_some) {
            Ok(Effect::nothing())
        } else {
            Err("has a subcommand that is not known before it runs".to_owned())
        };
    };
    let platform = |maker: &str| Origin::Platform(format!("`cargo {maker}`"));
    match invocation.word(at).unwrap_or_default() {
        "build" | "b" | "rustc" => build(invocation, at),
        "auditable" if invocation.word(at + 1) == Some("build") => build(invocation, at + 1),
        "chef" => chef(invocation, at + 1),
        "install" => install(invocation, at),
        "binstall" => Ok(Effect::makes(bin_folder(invocation), platform("binstall"))),
        "clean" => clean(invocation, at),
        one @ ("test" | "t" | "run" | "r" | "bench" | "check" | "c" | "clippy" | "doc" | "nextest"
        | "llvm-cov") => Ok(Effect::makes(target_folder(invocation), platform(one))),
        "fetch" | "vendor" | "update" | "generate-lockfile" | "new" | "init" | "metadata" | "fmt"
        | "tree" | "version" | "search" | "login" | "add" | "remove" | "deny" | "audit"
        | "locate-project" | "sqlx" | "config" | "help" => Ok(Effect::makes(invocation.folder, Origin::Data)),
        other => Err(format!("{other} is not known")),
    }
}

/// The index of cargo's subcommand, behind `+toolchain` and options.
fn subcommand(invocation: &Invocation<'_>) -> Option<usize> {
    let valued = ["--color", "--config", "-Z", "-C"];
    let mut index = 0;
    loop {
        let word = invocation.word(index)?;
        if valued.contains(&word) {
            index += 2;
        } else if word.starts_with(['-', '+']) {
            index += 1;
        } else {
            return Some(index);
        }
    }
}

/// `cargo build`: the same with `--target`, and then its programs where they were without it.
fn build(invocation: &Invocation<'_>, at: usize) -> Result<Effect, String> {
    let mut effect = compile(invocation, at)?;
    let profile = profile(invocation)?;
    let folder = target_folder(invocation);
    let shown = if folder == join(invocation.folder, "target") {
        "target".to_owned()
    } else {
        folder.clone()
    };
    if invocation.is_piped {
        return Err("is part of a pipe, so nothing can be put behind it".to_owned());
    }
    effect.changes.push(Change::AppendCommand {
        at: end(invocation)?,
        script: format!(
            "mkdir -p {shown}/{profile} && find {shown}/{TARGET}/{profile} -maxdepth 1 -type f -exec cp -f {{}} {shown}/{profile}/ \\;"
        ),
    });
    let made = |path: String, origin: Origin| Output { path, origin };
    let host = Origin::Platform("`cargo build`".to_owned());
    effect.outputs = vec![
        made(format!("{folder}/{profile}"), Origin::Cross),
        made(format!("{folder}/{profile}/deps"), host.clone()),
        made(format!("{folder}/{profile}/build"), host.clone()),
        // Only the files beside these folders are put where they were.
        made(format!("{folder}/{profile}/examples"), host),
    ];
    Ok(effect)
}

/// `cargo chef`: the list of dependencies is data; cooking compiles them.
fn chef(invocation: &Invocation<'_>, at: usize) -> Result<Effect, String> {
    match invocation.word(at) {
        Some("prepare") => {
            let path = invocation.option_value("--recipe-path").unwrap_or("recipe.json");
            Ok(Effect::makes(invocation.resolve(path), Origin::Data))
        }
        Some("cook") => compile(invocation, at),
        _ => Err("chef has a subcommand that is not known".to_owned()),
    }
}

/// `cargo install`: of a tool for the stage itself, or of a program that leaves it.
fn install(invocation: &Invocation<'_>, at: usize) -> Result<Effect, String> {
    let folder = bin_folder(invocation);
    let taken: Vec<&String> = invocation
        .stage
        .taken
        .iter()
        .filter(|path| {
            path.rsplit_once('/').is_some_and(|(parent, _)| parent == folder)
                || folder.starts_with(path.as_str())
        })
        .collect();
    let is_own = invocation.has_option("--path");
    let crates: Vec<&str> = invocation.operands().skip(1).collect();
    let leaves = |path: &&&String| {
        is_own
            || crates
                .iter()
                .any(|one| path.ends_with(&format!("/{}", one.split('@').next().unwrap_or(one))))
    };
    let leaving: Vec<&&String> = taken.iter().filter(leaves).collect();
    if leaving.is_empty() && !is_own && taken.is_empty() || leaving.is_empty() && !is_own {
        return Ok(Effect::makes(
            folder,
            Origin::Platform("`cargo install` of a tool".to_owned()),
        ));
    }
    let mut effect = compile(invocation, at)?;
    let whole = taken.iter().any(|path| folder.starts_with(path.as_str()));
    let paths: Vec<String> = if whole || leaving.is_empty() {
        vec![folder]
    } else {
        leaving.into_iter().map(|path| (*path).clone()).collect()
    };
    effect.outputs = paths
        .into_iter()
        .map(|path| Output {
            path,
            origin: Origin::Cross,
        })
        .collect();
    Ok(effect)
}

/// `cargo clean` of one package: dummies of a dependency build go, and they lie in the target's folder now.
fn clean(invocation: &Invocation<'_>, at: usize) -> Result<Effect, String> {
    let mut effect = Effect::nothing();
    if !invocation.has_option("-p") && !invocation.has_option("--package") {
        return Ok(effect);
    }
    effect.changes.push(with_target(invocation, at)?);
    Ok(effect)
}

/// What every command that compiles for the target needs: the toolchain, and `--target`.
fn compile(invocation: &Invocation<'_>, at: usize) -> Result<Effect, String> {
    let library = c_library(invocation)?;
    check_words(invocation)?;
    check_variables(invocation)?;
    if invocation.stage.has_other_user() {
        return Err("runs as another user than root, so no toolchain can be installed".to_owned());
    }
    let mut effect = Effect {
        arguments: cross::ARGUMENTS.to_vec(),
        ..Effect::default()
    };
    effect.changes.push(Change::InsertRun {
        step: invocation.step,
        script: toolchain(invocation, library)?,
    });
    effect.changes.push(with_target(invocation, at)?);
    check_configurations(invocation)?;
    Ok(match doubt(invocation, library) {
        None => effect,
        Some(doubt) => effect.with_doubt(doubt),
    })
}

/// Settings of the project that choose for one platform.
fn check_configurations(invocation: &Invocation<'_>) -> Result<(), String> {
    let chooses = |configuration: &&CargoConfiguration| {
        configuration.sets_flags
            || configuration.target_folder.is_some()
            || !configuration.targets.is_empty()
            || !configuration.linkers.is_empty()
    };
    match invocation.context.cargo_configurations.iter().find(chooses) {
        Some(configuration) => Err(format!(
            "reads {}, which chooses targets, flags or linkers",
            configuration.file
        )),
        None => Ok(()),
    }
}

/// What a lock file, or its lack, leaves open: whether every crate is served by what the toolchain brings.
fn doubt(invocation: &Invocation<'_>, library: Library) -> Option<String> {
    let context = invocation.context;
    let has_cxx = !reference::tag(&invocation.stage.image)
        .unwrap_or_default()
        .contains("slim");
    let is_served = |native: &&NativeCrate| match native.needs {
        CrateNeeds::Nothing => true,
        CrateNeeds::C => library == Library::Gnu,
        CrateNeeds::Cpp => library == Library::Gnu && has_cxx,
        CrateNeeds::Cmake
        | CrateNeeds::SystemLibrary
        | CrateNeeds::SystemLibraryOrC
        | CrateNeeds::Libclang
        | CrateNeeds::Unknown => false,
    };
    let mut natives = context.cargo_locks.iter().flat_map(|lock| &lock.native);
    if let Some(native) = natives.find(|native| !is_served(native)) {
        return Some(format!("{} finds what it needs for the target", native.name));
    }
    let scripts = &mut context.cargo_manifests.iter();
    if let Some(manifest) = scripts.find(|manifest| manifest.has_build_script) {
        let name = manifest.package.as_deref().unwrap_or("the project");
        return Some(format!(
            "the build script of {name} makes nothing for the machine that it runs on"
        ));
    }
    let installs_project = invocation.operands().next() != Some("install") || invocation.has_option("--path");
    let is_known = installs_project && !context.cargo_locks.is_empty();
    (!is_known).then(|| {
        "none of its crates needs a C library of the target that the stage does not install".to_owned()
    })
}

fn with_target(invocation: &Invocation<'_>, at: usize) -> Result<Change, String> {
    let name = invocation.word(at).unwrap_or_default().to_owned();
    let words = vec![name, "--target".to_owned(), TARGET.to_owned()];
    cross::replaced(invocation, 1 + at, words)
}

/// The C library that the programs of a stage are linked with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    /// On Debian: with the cross linker of the distribution.
    Gnu,
    /// On Alpine: with the linker that comes with Rust, and Rust's own copy of musl.
    Musl,
}

/// The C library, from the official image, or one that stands on it.
fn c_library(invocation: &Invocation<'_>) -> Result<Library, String> {
    let image = &invocation.stage.image;
    let tag = reference::tag(image).unwrap_or_default();
    let name = reference::normalize(image).unwrap_or_default();
    let path = name.split(['@', ':']).next().unwrap_or_default();
    let official = ["library/rust", "rustlang/rust", "lukemathwalker/cargo-chef"];
    let is_official = official.iter().any(|name| path.ends_with(name));
    if !is_official || image.contains('@') && tag.is_empty() {
        return Err(format!(
            "comes with {image}, of which xbuild does not know what it links with"
        ));
    }
    if !tag.contains("alpine") && is_archived(tag) {
        return Err(format!(
            "comes with {image}, whose Debian is archived, so that no compiler can be installed"
        ));
    }
    Ok(if tag.contains("alpine") {
        Library::Musl
    } else {
        Library::Gnu
    })
}

/// Whether the image stands on a Debian whose packages are no longer served where it looks for them: before bullseye.
fn is_archived(tag: &str) -> bool {
    if ["buster", "stretch", "jessie"]
        .iter()
        .any(|suite| tag.contains(suite))
    {
        return true;
    }
    let minor = tag
        .strip_prefix("1.")
        .or_else(|| tag.rsplit_once("rust-1.").map(|(_, minor)| minor));
    let minor = minor.and_then(|minor| minor.split(|one: char| !one.is_ascii_digit()).next());
    let is_old = minor
        .and_then(|minor| minor.parse().ok())
        .is_some_and(|minor: u32| minor < 55);
    is_old && !tag.contains("bullseye")
}

fn check_words(invocation: &Invocation<'_>) -> Result<(), String> {
    if invocation.words.iter().any(Option::is_none) {
        return Err("has options that are not known before it runs".to_owned());
    }
    if let Some(target) = invocation.option_value("--target") {
        return Err(format!(
            "is told --target {target}, so every platform gets that one"
        ));
    }
    for option in ["--config", "-Z", "--artifact-dir", "--out-dir"] {
        if invocation.has_option(option) {
            return Err(format!("is told {option}, which may choose the target"));
        }
    }
    Ok(())
}

/// Variables that choose compilers, linkers or libraries for one platform.
const DECIDING: [&str; 16] = [
    "AR",
    "CARGO_BUILD_TARGET",
    "CC",
    "CFLAGS",
    "CXX",
    "CXXFLAGS",
    "LDFLAGS",
    "LIBCLANG_PATH",
    "OPENSSL_DIR",
    "OPENSSL_LIB_DIR",
    "PKG_CONFIG_PATH",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_SYSROOT_DIR",
    "RUSTC",
    "RUSTC_WRAPPER",
    "TARGET_CC",
];

/// Flags of rustc that mean the same on every platform.
const PLAIN_FLAGS: [&str; 9] = [
    "opt-level",
    "lto",
    "codegen-units",
    "debuginfo",
    "strip",
    "panic",
    "embed-bitcode",
    "target-feature=-crt-static",
    "target-feature=+crt-static",
];

fn check_variables(invocation: &Invocation<'_>) -> Result<(), String> {
    if let Some(name) = DECIDING.iter().find(|name| is_set(invocation, name)) {
        return Err(format!("is told {name}, which holds for one platform"));
    }
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"] {
        let Some(flags) = value(invocation, name) else {
            if is_set(invocation, name) {
                return Err(format!("has flags in {name} that are not known before it runs"));
            }
            continue;
        };
        let flags = flags.replace("-C ", "-C");
        let is_plain = |flag: &str| {
            let setting = flag.trim_start_matches("-C");
            PLAIN_FLAGS.iter().any(|plain| setting.starts_with(plain))
                || flag.starts_with("--cfg")
                || flag.starts_with("-D")
                || flag.starts_with("-A")
        };
        if let Some(flag) = flags.split_whitespace().find(|flag| !is_plain(flag)) {
            return Err(format!(
                "has {flag} in {name}, which may hold for one platform only"
            ));
        }
    }
    Ok(())
}

fn profile(invocation: &Invocation<'_>) -> Result<String, String> {
    if invocation.has_option("--release") || invocation.has_option("-r") {
        return Ok("release".to_owned());
    }
    match invocation.option_value("--profile") {
        None | Some("dev" | "test") => Ok("debug".to_owned()),
        Some("bench") => Ok("release".to_owned()),
        Some(profile)
            if profile
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) =>
        {
            Ok(profile.to_owned())
        }
        Some(profile) => Err(format!("is told a profile {profile} that is no plain word")),
    }
}

fn target_folder(invocation: &Invocation<'_>) -> String {
    let named = invocation.option_value("--target-dir").map(str::to_owned);
    if let Some(folder) = named.or_else(|| value(invocation, "CARGO_TARGET_DIR")) {
        return invocation.resolve(&folder);
    }
    match invocation
        .option_value("--manifest-path")
        .and_then(|path| path.rsplit_once('/'))
    {
        Some((folder, _)) => join(&invocation.resolve(folder), "target"),
        None => join(invocation.folder, "target"),
    }
}

/// Where `cargo install` puts programs.
fn bin_folder(invocation: &Invocation<'_>) -> String {
    let root = invocation.option_value("--root").map(str::to_owned);
    let root = root
        .or_else(|| value(invocation, "CARGO_INSTALL_ROOT"))
        .or_else(|| value(invocation, "CARGO_HOME"))
        .unwrap_or_else(|| "/usr/local/cargo".to_owned());
    join(&invocation.resolve(&root), "bin")
}

const GNU_COLUMNS: [Column; 3] = [
    ("rust", |names: &Names| names.rust_gnu),
    ("gnu", |names: &Names| names.triplet),
    ("debian", |names: &Names| names.debian),
];

const MUSL_COLUMNS: [Column; 1] = [("rust", |names: &Names| names.rust_musl)];

/// The step that installs the standard library, and on Debian the linker, for the target.
fn toolchain(invocation: &Invocation<'_>, library: Library) -> Result<String, String> {
    let columns: &[Column] = match library {
        Library::Gnu => &GNU_COLUMNS,
        Library::Musl => &MUSL_COLUMNS,
    };
    if let Some(platform) = cross::unknown(&invocation.stage.asked, columns).first() {
        return Err(format!("has no toolchain for {platform}"));
    }
    let selection = cross::selection(&invocation.stage.targets, columns, "Rust toolchain");
    let toolchain = invocation
        .word(0)
        .and_then(|word| word.strip_prefix('+'))
        .map_or_else(String::new, |name| format!("--toolchain {name} "));
    let start = format!(
        "{selection}\nrustup target add {toolchain}\"$rust\";\nmkdir -p {folder} /.cargo; echo \"$rust\" > {folder}/rust;",
        folder = cross::FOLDER
    );
    match library {
        Library::Musl => {
            no_libraries(invocation)?;
            Ok(format!(
                "{start}\nif [ \"$TARGETARCH\" != \"$BUILDARCH\" ]; then\nprintf '[target.%s]\\nlinker = \"rust-lld\"\\n' \"$rust\" > /.cargo/config.toml;\nfi"
            ))
        }
        Library::Gnu => {
            let libraries = libraries::libraries(invocation)?;
            Ok(format!("{start}\n{}", gnu_linker(invocation, &libraries)))
        }
    }
}

/// Installs the cross compiler of Debian, and libraries for the target; cargo finds the settings above every project.
fn gnu_linker(invocation: &Invocation<'_>, libraries: &[&str]) -> String {
    let tag = reference::tag(&invocation.stage.image).unwrap_or_default();
    // The slim image has no C++ compiler, so nothing that is built on it can need one.
    let compiler = if tag.contains("slim") { "gcc" } else { "g++" };
    let mut settings = vec![
        "printf '[target.%s]\\nlinker = \"%s-gcc\"\\n' \"$rust\" \"$gnu\" > /.cargo/config.toml;".to_owned(),
    ];
    if !libraries.is_empty() {
        settings.push(
            "printf '[env]\\nPKG_CONFIG_ALLOW_CROSS = \"1\"\\nPKG_CONFIG_LIBDIR = \"/usr/lib/%s/pkgconfig:/usr/share/pkgconfig\"\\n' \"$gnu\" >> /.cargo/config.toml;"
                .to_owned(),
        );
    }
    cross::compiler(compiler, libraries, &settings)
}

/// On Alpine there is no place for libraries of another architecture.
fn no_libraries(invocation: &Invocation<'_>) -> Result<(), String> {
    let compiles_c = |package: &&String| {
        let is_tool = libraries::TOOL_LIBRARIES.contains(&package.as_str());
        let is_compiler =
            ["gcc", "g++", "build-base", "clang", "cmake", "make", "alpine-sdk"].contains(&package.as_str());
        !is_tool && (package.contains("-dev") || package.ends_with("-static") || is_compiler)
            || *package == UNKNOWN_PACKAGE
    };
    match invocation.stage.packages.iter().find(compiles_c) {
        Some(package) => Err(format!(
            "may compile C with {package}, for which Alpine has no cross compiler"
        )),
        None => Ok(()),
    }
}

/// `strip` of a program of the target: the tool of the target's own name knows its format.
fn strip(invocation: &Invocation<'_>) -> Option<Verdict> {
    let is_ours = |word: &str| is_below_profile(word);
    if !invocation.words.iter().flatten().any(|word| is_ours(word)) {
        return None;
    }
    if c_library(invocation) != Ok(Library::Gnu) {
        return Some(Verdict::Declines(
            "knows programs of its own platform only".to_owned(),
        ));
    }
    let span = (invocation.locate)(invocation.command.words[invocation.first].span)?;
    let words = vec![format!("\"$(cat {}/gnu)-strip\"", cross::FOLDER)];
    Some(Verdict::Native(Effect {
        changes: vec![Change::ReplaceWords { span, words }],
        ..Effect::default()
    }))
}

/// `rm` of what an earlier build left, so that cargo compiles it again: it lies in the target's folder now.
fn remove(invocation: &Invocation<'_>) -> Option<Verdict> {
    let mut effect = Effect::nothing();
    for (index, word) in invocation.words.iter().enumerate() {
        let Some((folder, rest)) = word.as_deref().and_then(split_profile) else {
            continue;
        };
        let written = &invocation.command.words[invocation.first + 1 + index];
        let span = (invocation.locate)(written.span)?;
        if written.literal().as_deref() != word.as_deref() {
            return Some(Verdict::Declines(
                "removes files of cargo whose names are not written out".to_owned(),
            ));
        }
        effect.changes.push(Change::ReplaceWords {
            span,
            words: vec![format!("{folder}{TARGET}/{rest}")],
        });
    }
    (!effect.changes.is_empty()).then_some(Verdict::Native(effect))
}

fn is_below_profile(path: &str) -> bool {
    split_profile(path).is_some()
}

/// `target/` and `release/deps/x` of `target/release/deps/x`.
fn split_profile(path: &str) -> Option<(&str, &str)> {
    let start = if path.starts_with("target/") {
        0
    } else {
        path.find("/target/")? + 1
    };
    let (folder, rest) = path.split_at(start + "target/".len());
    (rest.starts_with("release/") || rest.starts_with("debug/")).then_some((folder, rest))
}
