//! .NET: the SDK makes programs for every platform that Microsoft's images are there for, when it is told which one.

use crate::{
    context::{DotnetProject, Setting},
    model::reference,
    plan::{Change, Effect, Invocation, Origin, Output, Recipe, Toolchain, UNKNOWN_PACKAGE, Verdict},
    platform::Platform,
    recipes::dotnet_call::{Asked, Call, Operand, Switch},
    source::Span,
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "dotnet",
    documentation: include_str!("dotnet.md"),
    read,
};

/// What `-a` is told; from SDK 7.0.300 on it takes Docker's names of architectures.
const TARGET: &str = "$TARGETARCH";

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if invocation.name != "dotnet" {
        return None;
    }
    let Some(first) = invocation.words.first() else {
        return Some(Verdict::Native(Effect::nothing()));
    };
    let verdict = match first.as_deref() {
        None => Err("has a subcommand that is not known before it runs".to_owned()),
        Some("restore" | "build" | "publish") => return Some(compiled(invocation).into()),
        Some(other) => run_here(invocation, other),
    };
    Some(match verdict {
        Ok(effect) => match invocation.toolchain(&["dotnet", "aspnetcore"], &["dotnet"]) {
            Toolchain::Known => Verdict::Native(effect),
            other => other.verdict(effect, "dotnet"),
        },
        Err(reason) => Verdict::Declines(reason),
    })
}

/// Commands that serve the stage itself, and must not be told of the target.
fn run_here(invocation: &Invocation<'_>, subcommand: &str) -> Result<Effect, String> {
    let makes = |path: String| {
        let folder = Output {
            path: invocation.folder.to_owned(),
            origin: Origin::Platform(format!("`dotnet {subcommand}`")),
        };
        let own = Output {
            path,
            ..folder.clone()
        };
        Ok(Effect {
            outputs: vec![folder, own],
            ..Effect::default()
        })
    };
    match subcommand {
        "--info" | "--version" | "--list-sdks" | "--list-runtimes" | "--help" | "-h" | "help" | "clean"
        | "nuget" | "sln" | "list" | "format" | "build-server" | "workload" | "dev-certs"
        | "user-secrets" => Ok(Effect::nothing()),
        "test" | "run" | "ef" | "watch" if has_word(invocation, "--no-build") => Err(format!(
            "{subcommand} --no-build uses what was built before, which is made for the target platform"
        )),
        "ef" if has_word(invocation, "bundle") => {
            Err("makes a program for the platform it runs on (ef migrations bundle)".to_owned())
        }
        "test" | "run" | "ef" | "pack" | "new" | "add" | "remove" | "tool" => {
            let named = ["-o", "--output", "--tool-path"]
                .iter()
                .find_map(|option| invocation.option_value(option));
            makes(match named {
                Some(path) => invocation.resolve(path),
                None if subcommand == "tool" => "/root/.dotnet".to_owned(),
                None => invocation.folder.to_owned(),
            })
        }
        "msbuild" | "vstest" | "store" => Err(format!("{subcommand} is not known")),
        other if other.starts_with('-') => Err(format!("has an option that xbuild does not know ({other})")),
        other => Err(format!("runs {other}, which xbuild does not know")),
    }
}

fn has_word(invocation: &Invocation<'_>, wanted: &str) -> bool {
    invocation.words.iter().flatten().any(|word| word == wanted)
}

/// The SDK that a stage has.
struct Sdk {
    major: u32,
    /// The 300 of 7.0.306; none for a tag that always names the newest.
    feature: Option<u32>,
    has_musl: bool,
    /// Why it is not certain to be what its name says.
    doubt: Option<String>,
}

impl Sdk {
    /// Whether `-a amd64` is understood.
    fn takes_target(&self) -> bool {
        self.major >= 8 || self.major == 7 && self.feature.is_none_or(|feature| feature >= 300)
    }
}

fn compiled(invocation: &Invocation<'_>) -> Result<Effect, String> {
    for name in ["RuntimeIdentifier", "PublishAot", "SelfContained", "Platform"] {
        if invocation.variables.is_set(name) {
            return Err(format!("reads {name} from its environment"));
        }
    }
    let compiles_ahead =
        |project: &&DotnetProject| matches!(project.publish_aot, Some(Setting::On | Setting::Other));
    if let Some(project) = invocation.context.dotnet_projects.iter().find(compiles_ahead) {
        return Err(format!(
            "compiles for the platform it runs on only (PublishAot in {})",
            project.file
        ));
    }
    let sdk = sdk(invocation)?;
    let call = Call::read(invocation)?;
    let mut effect = if serves_files_only(invocation) {
        for_browsers(invocation, &call)?
    } else if call.asked == Asked::Target {
        told(invocation, &call)?
    } else if sdk.takes_target() {
        for_target(invocation, &sdk, &call)?
    } else {
        portable(invocation, &sdk, &call)?
    };
    if let Some(doubt) = sdk.doubt {
        effect = effect.with_doubt(doubt);
    }
    Ok(effect)
}

/// Whether only files for browsers leave the stage: a published `wwwroot`.
fn serves_files_only(invocation: &Invocation<'_>) -> bool {
    let taken = &invocation.stage.taken;
    !taken.is_empty()
        && taken
            .iter()
            .all(|path| path.split('/').any(|part| part == "wwwroot"))
}

/// A site's `wwwroot` holds pages, styles and WebAssembly.
fn for_browsers(invocation: &Invocation<'_>, call: &Call) -> Result<Effect, String> {
    if call.asked != Asked::Nothing {
        return Err("is told a platform, though only files for browsers leave the stage".to_owned());
    }
    let mut effect = made_here(invocation, call);
    let output = call.output.clone().unwrap_or_else(|| call.folder.clone());
    let own = invocation
        .stage
        .taken
        .iter()
        .filter(|path| path.starts_with(&format!("{output}/")) && subcommand(invocation) != "restore");
    effect.outputs.extend(own.map(|path| Output {
        path: path.clone(),
        origin: Origin::Data,
    }));
    Ok(effect)
}

fn subcommand<'a>(invocation: &'a Invocation<'_>) -> &'a str {
    invocation.word(0).unwrap_or_default()
}

/// The outputs of a command that is not told of the target.
fn made_here(invocation: &Invocation<'_>, call: &Call) -> Effect {
    let origin = Origin::Platform(format!("`dotnet {}`", subcommand(invocation)));
    made(call, &origin, &origin)
}

/// The project's folders, and the one that the command is told to write to.
fn made(call: &Call, origin: &Origin, output: &Origin) -> Effect {
    let mut effect = Effect::makes(&call.folder, origin.clone());
    effect.outputs.extend(call.output.iter().map(|path| Output {
        path: path.clone(),
        origin: output.clone(),
    }));
    effect
}

/// A command that the file itself tells of each target.
fn told(invocation: &Invocation<'_>, call: &Call) -> Result<Effect, String> {
    no_compiler(invocation)?;
    Ok(made(call, &Origin::Cross, &Origin::Cross))
}

/// `-a $TARGETARCH`, as Microsoft's own samples have it.
fn for_target(invocation: &Invocation<'_>, sdk: &Sdk, call: &Call) -> Result<Effect, String> {
    no_compiler(invocation)?;
    let subcommand = subcommand(invocation);
    let mut doubts = Vec::new();
    doubts.extend(consumers(invocation, sdk, call)?);
    if invocation
        .stage
        .packages
        .iter()
        .any(|package| package == UNKNOWN_PACKAGE)
    {
        doubts.push("no C compiler, for NativeAOT, is among its packages".to_owned());
    }
    if call.says(Switch::Locked) {
        doubts.push("packages.lock.json names the target platforms".to_owned());
    }
    let mut effect = match (subcommand, call.operand) {
        ("build", _) if implies_self_contained(invocation, sdk) => built_here(invocation, call)?,
        ("build", Operand::Solution | Operand::Folder) if !matches!(call.asked, Asked::Written { .. }) => {
            built_here(invocation, call)?
        }
        ("publish", Operand::Solution) if !matches!(call.asked, Asked::Written { .. }) => {
            return Err("publishes a solution, which takes no platform; name the project".to_owned());
        }
        _ => {
            if subcommand == "publish" && call.operand == Operand::Folder && call.asked == Asked::Nothing {
                doubts.push(
                    "its folder holds a project and no solution; the project's name would settle it"
                        .to_owned(),
                );
            }
            if subcommand == "publish" && call.says(Switch::NoBuild) {
                doubts.push("the same project was built for the same platform before".to_owned());
            }
            retarget(invocation, sdk, call, &mut doubts)?
        }
    };
    if let Some(doubt) = doubts.into_iter().next() {
        effect = effect.with_doubt(doubt);
    }
    Ok(effect)
}

/// `dotnet build` of what may be a solution: the program is built once more when it is published.
fn built_here(invocation: &Invocation<'_>, call: &Call) -> Result<Effect, String> {
    if let Asked::Current(..) = call.asked {
        return Err("builds for the platform it runs on".to_owned());
    }
    Ok(made_here(invocation, call))
}

fn retarget(
    invocation: &Invocation<'_>,
    sdk: &Sdk,
    call: &Call,
    doubts: &mut Vec<String>,
) -> Result<Effect, String> {
    let subcommand = subcommand(invocation);
    if call.is_self_contained == Some(true)
        && call.says(Switch::NoRestore)
        && !matches!(call.asked, Asked::Written { .. })
    {
        // dotnet/sdk#36334: a restore with -a does not fetch the runtime that a program brings along.
        return Err("makes a self-contained program without restoring it".to_owned());
    }
    if subcommand == "publish" && call.output.is_none() {
        return Err(
            "publishes into a folder that is named after the platform; -o would settle it".to_owned(),
        );
    }
    let mut words = vec!["-a".to_owned(), TARGET.to_owned()];
    let span = match &call.asked {
        Asked::Written {
            first,
            last,
            option,
            value,
        } => {
            doubts.push(format!(
                "each platform is to get a program of its own, though {value} is written for all"
            ));
            words = rewritten(option, value, first == last)?;
            span_of(invocation, *first, *last)?
        }
        Asked::Current(first, last) => span_of(invocation, *first, *last)?,
        Asked::Nothing | Asked::Target => {
            words.insert(0, subcommand.to_owned());
            span_of(invocation, invocation.first + 1, invocation.first + 1)?
        }
    };
    let is_open = subcommand == "publish" && call.is_self_contained.is_none();
    if is_open && implies_self_contained(invocation, sdk) {
        words.extend(["--self-contained".to_owned(), "false".to_owned()]);
        doubts.push("the program is not self-contained".to_owned());
    }
    let here = Origin::Platform(format!(
        "`dotnet {subcommand}` in a folder of the platform's name"
    ));
    let mut effect = made(call, &here, &Origin::Cross);
    effect.changes.push(Change::ReplaceWords { span, words });
    effect.arguments.push("TARGETARCH");
    Ok(effect)
}

fn span_of(invocation: &Invocation<'_>, first: usize, last: usize) -> Result<Span, String> {
    let words = &invocation.command.words;
    let span = Span::new(words[first].span.start, words[last].span.end);
    (invocation.locate)(span).ok_or_else(|| "is broken over a line inside of what has to change".to_owned())
}

/// `-r linux-x64` for each target; from SDK 7.0.300 on, linux-amd64 is the same as linux-x64.
fn rewritten(option: &str, value: &str, is_one_word: bool) -> Result<Vec<String>, String> {
    let text = match value.rsplit_once('-') {
        Some((system @ ("linux" | "linux-musl"), "x64" | "amd64" | "arm64" | "arm")) => {
            format!("{system}-{TARGET}")
        }
        None if matches!(value, "x64" | "amd64" | "arm64" | "arm") => TARGET.to_owned(),
        _ => return Err(format!("is told {option} {value}")),
    };
    Ok(if is_one_word {
        vec![format!("{option}={text}")]
    } else {
        vec![option.to_owned(), text]
    })
}

/// Whether a platform makes the program self-contained when nothing else is said: before .NET 8.
fn implies_self_contained(invocation: &Invocation<'_>, sdk: &Sdk) -> bool {
    let is_old = |image: &String| is_dotnet(image) && release(image).is_some_and(|(major, _)| major < 8);
    sdk.major < 8 || invocation.stage.consumers.iter().any(is_old)
}

/// Why the images that get the program may not run what is made for them.
fn consumers(invocation: &Invocation<'_>, sdk: &Sdk, call: &Call) -> Result<Option<String>, String> {
    let is_known = |target: &&Platform| match target.architecture.as_str() {
        "amd64" | "arm64" => true,
        "arm" => matches!(target.variant.as_str(), "v7" | ""),
        _ => false,
    };
    if let Some(target) = invocation.stage.asked.iter().find(|target| !is_known(target)) {
        return Err(format!("makes no programs for {target}"));
    }
    let mut doubt = None;
    for image in &invocation.stage.consumers {
        let lower = image.to_lowercase();
        if let Some(reason) = single_platform(&lower) {
            return Err(format!("makes a program for {image}, {reason}"));
        }
        let has_musl = lower.contains("alpine") || lower.contains("musl");
        let is_known = is_dotnet(image) || has_musl || has_glibc(&lower);
        if matches!(call.asked, Asked::Written { .. }) {
            continue;
        }
        if is_known && has_musl != sdk.has_musl {
            let (own, other) = if sdk.has_musl {
                ("musl", "glibc")
            } else {
                ("glibc", "musl")
            };
            return Err(format!("would make a program for {own}, and {image} has {other}"));
        }
        if !is_known {
            doubt = Some(format!("{image} has the same C library as the SDK's image"));
        }
        if implies_self_contained(invocation, sdk) && !is_dotnet(image) && call.is_self_contained.is_none() {
            return Err("makes a self-contained program before .NET 8 when it is told a platform".to_owned());
        }
    }
    Ok(doubt)
}

/// Programs that old SDKs make: they are told nothing, and are the same everywhere but for a starter.
fn portable(invocation: &Invocation<'_>, sdk: &Sdk, call: &Call) -> Result<Effect, String> {
    match &call.asked {
        Asked::Written { value, .. } => {
            return Err(format!("is told {value}, so every platform gets that one"));
        }
        Asked::Current(..) => return Err("makes a program for the platform it runs on".to_owned()),
        Asked::Nothing | Asked::Target => {}
    }
    if call.is_self_contained == Some(true) {
        return Err("makes a self-contained program, and this SDK takes no name of a target".to_owned());
    }
    let data = || made(call, &Origin::Data, &Origin::Data);
    match (subcommand(invocation), sdk.major) {
        (_, 0 | 1) => Err("of this old release chooses a platform by itself".to_owned()),
        ("restore", _) | (_, 2) => Ok(data()),
        ("build", _) => Ok(made_here(invocation, call)),
        (_, 3..=5) if call.says(Switch::NoHost) => Ok(data()),
        _ if call.says(Switch::NoHost) => Ok(data()
            .with_doubt("the project asks for nothing that depends on the platform, such as ReadyToRun")),
        _ => without_host(invocation, data()),
    }
}

/// A program whose starter, which is for the platform it was made on, is left out.
fn without_host(invocation: &Invocation<'_>, mut effect: Effect) -> Result<Effect, String> {
    let needs_none = |start: &String| {
        let mut words = start.split(|one: char| one.is_whitespace() || "\"';&".contains(one));
        words.any(|word| word.rsplit('/').next() == Some("dotnet") || word.contains(".sh"))
    };
    if let Some(start) = invocation.stage.started.iter().find(|start| !needs_none(start)) {
        return Err(format!(
            "puts a starter for the platform it runs on beside the program, which `{start}` may need; SDK 8 would settle it"
        ));
    }
    effect.changes.push(Change::ReplaceWords {
        span: span_of(invocation, invocation.first + 1, invocation.first + 1)?,
        words: vec![
            subcommand(invocation).to_owned(),
            "-p:UseAppHost=false".to_owned(),
        ],
    });
    Ok(effect.with_doubt("the image starts the program with `dotnet`, not with the starter beside it"))
}

/// NativeAOT needs a C compiler, which no image of the SDK has of its own.
fn no_compiler(invocation: &Invocation<'_>) -> Result<(), String> {
    let starts = [
        "gcc",
        "g++",
        "clang",
        "llvm",
        "lld",
        "build-base",
        "build-essential",
        "alpine-sdk",
        "zlib1g-dev",
        "zlib-dev",
    ];
    let compiler = invocation
        .stage
        .packages
        .iter()
        .find(|package| starts.iter().any(|start| package.starts_with(start)));
    match compiler {
        Some(package) => Err(format!(
            "may compile for the platform it runs on only (NativeAOT), as {package} is installed"
        )),
        None => Ok(()),
    }
}

fn sdk(invocation: &Invocation<'_>) -> Result<Sdk, String> {
    let image = &invocation.stage.image;
    let last = reference::short_name(image);
    let tag = reference::tag(image).unwrap_or_default();
    if let Some(reason) = single_platform(&image.to_lowercase()) {
        return Err(format!("comes from {image}, {reason}"));
    }
    if tag.split('-').any(|part| part == "aot") {
        return Err("compiles for the platform it runs on only (NativeAOT)".to_owned());
    }
    let has_musl = tag.contains("alpine");
    let unknown = || format!("is of a release that {image} does not tell");
    if is_dotnet(image) && (last == "sdk" || tag.contains("sdk")) || last == "aspnetcore-build" {
        let (major, feature) = release(image).ok_or_else(unknown)?;
        return Ok(Sdk {
            major,
            feature,
            has_musl,
            doubt: None,
        });
    }
    if last.contains("dotnet-sdk") {
        let (major, feature) = release(image).ok_or_else(unknown)?;
        let doubt = format!("{image} has the SDK as Microsoft builds it");
        return Ok(Sdk {
            major,
            feature,
            has_musl,
            doubt: Some(doubt),
        });
    }
    let packaged = invocation.stage.packages.iter().find_map(|package| {
        let version = package.strip_prefix("dotnet-sdk-")?;
        version.split('.').next()?.parse().ok()
    });
    let major = packaged.ok_or("comes neither from an image of the SDK nor from a package")?;
    Ok(Sdk {
        major,
        feature: None,
        has_musl: image.contains("alpine"),
        doubt: Some("the package has the SDK as Microsoft builds it".to_owned()),
    })
}

/// The path of an image's name, without tag and digest.
fn path(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => path,
        _ => name,
    }
}

/// Microsoft's images, and mirrors of them: `dotnet/sdk`, `dotnet/nightly/aspnet`, `dotnet/core/runtime`.
fn is_dotnet(image: &str) -> bool {
    let mut parts = path(image).rsplit('/');
    match parts.next() {
        Some("sdk" | "aspnet" | "runtime" | "runtime-deps" | "monitor") => parts.any(|part| part == "dotnet"),
        Some("dotnet") => parts.next() == Some("microsoft"),
        Some("aspnetcore" | "aspnetcore-build") => true,
        _ => false,
    }
}

/// The 8 of `8.0.204-alpine`, and the 204 when it is there; the newest is later than 8.
fn release(image: &str) -> Option<(u32, Option<u32>)> {
    let Some(tag) = reference::tag(image).filter(|tag| *tag != "latest") else {
        let is_newest = path(image).rsplit('/').nth(1) == Some("dotnet") && !image.contains('@');
        return is_newest.then_some((8, None));
    };
    if tag == "sdk" || tag == "sdk-alpine" {
        return Some((2, None));
    }
    let version = tag.split(['-', '_']).next()?;
    let mut numbers = version.split('.').map(str::parse);
    let major = numbers.next()?.ok()?;
    Some((major, numbers.nth(1).and_then(Result::ok)))
}

/// Why an image is there for one platform only, as its name says.
fn single_platform(image: &str) -> Option<&'static str> {
    let words = [
        "amd64", "arm64v8", "arm64", "arm32v7", "arm32", "x64", "x86", "x86_64", "aarch64", "armhf",
    ];
    if image
        .split(['/', ':', '-', '.'])
        .any(|word| words.contains(&word))
    {
        return Some("which is for one platform only");
    }
    ["windows", "nanoserver", "servercore"]
        .iter()
        .any(|word| image.contains(word))
        .then_some("which is for Windows")
}

/// Distributions with glibc.
fn has_glibc(image: &str) -> bool {
    let names = [
        "debian",
        "ubuntu",
        "fedora",
        "centos",
        "rockylinux",
        "almalinux",
        "amazonlinux",
        "ubi8",
        "ubi9",
        "distroless",
    ];
    path(image).split(['/', '-']).any(|word| names.contains(&word))
}
