//! The command line of `dotnet restore`, `build` and `publish`, as far as the platform matters.

use crate::{
    plan::{Invocation, join},
    shell::{Part, Word},
};

/// What a command line asks for.
#[derive(Debug)]
pub(super) struct Call {
    /// What is to be built.
    pub(super) operand: Operand,
    /// The folder of the project, as far as it is known.
    pub(super) folder: String,
    /// The folder that the result goes to, when one is named.
    pub(super) output: Option<String>,
    /// The platform it is told of.
    pub(super) asked: Asked,
    /// Whether the program brings its runtime along, when that is said.
    pub(super) is_self_contained: Option<bool>,
    /// What else it says of itself.
    switches: Vec<Switch>,
}

/// What a command line says that has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    /// `UseAppHost=false`: the platform's own starter is left out.
    NoHost,
    /// `--no-restore`.
    NoRestore,
    /// `--no-build`.
    NoBuild,
    /// `--locked-mode`, or the property of that meaning.
    Locked,
}

/// What the command names to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// A project file.
    Project,
    /// A solution, which takes no runtime identifier (NETSDK1134).
    Solution,
    /// A folder with one of the two.
    Folder,
}

/// How a command names a platform; the numbers are those of words of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It does not.
    Nothing,
    /// `--use-current-runtime`.
    Current(usize, usize),
    /// One and the same for all targets.
    Written {
        first: usize,
        last: usize,
        option: String,
        value: String,
    },
    /// Each target's own.
    Target,
}

/// Options whose value is the next word, and which say nothing about the platform.
const VALUED: [&str; 16] = [
    "c",
    "configfile",
    "configuration",
    "f",
    "framework",
    "l",
    "lock-file-path",
    "logger",
    "manifest",
    "packages",
    "s",
    "source",
    "tl",
    "v",
    "verbosity",
    "version-suffix",
];

/// Options that stand alone, and which say nothing about the platform.
const FLAGS: [&str; 32] = [
    "bl",
    "binarylogger",
    "clp",
    "consoleloggerparameters",
    "disable-build-servers",
    "disable-parallel",
    "ds",
    "flp",
    "force",
    "force-evaluate",
    "graph",
    "graphbuild",
    "ignore-failed-sources",
    "interactive",
    "m",
    "maxcpucount",
    "no-cache",
    "no-dependencies",
    "no-http-cache",
    "no-incremental",
    "nodereuse",
    "nologo",
    "nowarn",
    "nr",
    "restore",
    "terminallogger",
    "use-lock-file",
    "warnaserror",
    "warnasmessage",
    "warnnotaserror",
    "wae",
    "noautoresponse",
];

impl Call {
    pub(super) fn says(&self, switch: Switch) -> bool {
        self.switches.contains(&switch)
    }

    /// Reads the words behind the subcommand.
    ///
    /// # Errors
    /// Why the command is not understood, or cannot be told of another platform.
    pub(super) fn read(invocation: &Invocation<'_>) -> Result<Self, String> {
        let mut call = Self {
            operand: Operand::Folder,
            folder: invocation.folder.to_owned(),
            output: None,
            asked: Asked::Nothing,
            is_self_contained: None,
            switches: Vec::new(),
        };
        let mut has_operand = false;
        let mut index = invocation.first + 2;
        while let Some(word) = invocation.command.words.get(index) {
            let text = invocation.value(word);
            let head = text.clone().unwrap_or_else(|| word.literal_start().to_owned());
            if text.as_deref() == Some("") {
                index += 1;
            } else if text
                .as_deref()
                .is_some_and(|text| text.contains(char::is_whitespace) && is_split(word))
            {
                return Err("has several words in one variable".to_owned());
            } else if is_option(&head) {
                index = call.option(invocation, index, &head, text.is_some())?;
            } else {
                if has_operand {
                    return Err("names more than one project".to_owned());
                }
                has_operand = true;
                call.name(invocation, text, word)?;
                index += 1;
            }
        }
        Ok(call)
    }

    fn name(&mut self, invocation: &Invocation<'_>, text: Option<String>, word: &Word) -> Result<(), String> {
        let end = text.clone().unwrap_or_else(|| literal_end(word)).to_lowercase();
        if end.is_empty() || head_is_open(text.as_ref(), word) {
            return Err("names a project that is not known before it runs".to_owned());
        }
        let ends = |ends: &[&str]| ends.iter().any(|one| end.ends_with(one));
        self.operand = if ends(&[".csproj", ".fsproj", ".vbproj"]) {
            Operand::Project
        } else if ends(&[".sln", ".slnx", ".slnf"]) {
            Operand::Solution
        } else {
            Operand::Folder
        };
        if let Some(path) = text {
            let is_file = self.operand != Operand::Folder;
            let folder = match path.replace('\\', "/").rsplit_once('/') {
                _ if !is_file => path.clone(),
                Some((folder, _)) => format!("{folder}/"),
                None => ".".to_owned(),
            };
            self.folder = join(invocation.folder, &folder);
        }
        Ok(())
    }

    /// Takes an option in; the number of the word behind it and its value.
    fn option(
        &mut self,
        invocation: &Invocation<'_>,
        index: usize,
        head: &str,
        is_known: bool,
    ) -> Result<usize, String> {
        let (name, inline) = match head.split_once(['=', ':']) {
            Some((name, value)) => (name, Some(value)),
            None if is_known => (head, None),
            None => return Err("has options that are not known before it runs".to_owned()),
        };
        let option = name.trim_start_matches(['-', '/']).to_lowercase();
        let next = || invocation.value(invocation.command.words.get(index + 1)?);
        let last = if inline.is_some() { index } else { index + 1 };
        match option.as_str() {
            one if VALUED.contains(&one) => return Ok(last + 1),
            one if FLAGS.contains(&one) => return Ok(index + 1),
            "no-restore" => self.switches.push(Switch::NoRestore),
            "no-build" => self.switches.push(Switch::NoBuild),
            "locked-mode" => self.switches.push(Switch::Locked),
            "no-self-contained" => self.is_self_contained = Some(false),
            "sc" | "self-contained" | "ucr" | "use-current-runtime" => {
                let said = inline.map(str::to_owned).or_else(next);
                let said = said.and_then(|said| said.to_lowercase().parse().ok());
                let last = if said.is_some() { last } else { index };
                if option.ends_with('r') || option.ends_with("runtime") {
                    self.asked = Asked::Current(index, last);
                } else {
                    self.is_self_contained = Some(said.unwrap_or(true));
                }
                return Ok(last + 1);
            }
            "o" | "output" => {
                let path = inline.filter(|_| is_known).map(str::to_owned).or_else(next);
                let path = path.ok_or("writes to a folder that is not known before it runs")?;
                self.output = Some(join(invocation.folder, &path));
                return Ok(last + 1);
            }
            "r" | "runtime" | "a" | "arch" => {
                self.asked = asked(invocation, index, last, name)?;
                return Ok(last + 1);
            }
            "p" | "property" => {
                let word = &invocation.command.words.get(last);
                let word = word.ok_or("has a property without a name")?;
                let text = invocation.value(word);
                let pairs = match inline {
                    Some(pairs) => pairs.to_owned(),
                    None => text.clone().unwrap_or_else(|| word.literal_start().to_owned()),
                };
                self.properties(invocation, &pairs, text.is_some())?;
                return Ok(last + 1);
            }
            "artifacts-path" => {
                return Err("writes into folders that are named after the platform".to_owned());
            }
            _ => return Err(format!("has an option that xbuild does not know ({name})")),
        }
        Ok(index + 1)
    }

    fn properties(&mut self, invocation: &Invocation<'_>, pairs: &str, is_known: bool) -> Result<(), String> {
        for pair in pairs.split(';') {
            let (name, value) = pair
                .split_once('=')
                .ok_or("has a property that is not known before it runs")?;
            self.property(invocation, name, Some(value).filter(|_| is_known))?;
        }
        Ok(())
    }

    fn property(
        &mut self,
        invocation: &Invocation<'_>,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), String> {
        let lower = name.to_lowercase();
        let said = value.map(|value| value.trim_matches(['"', '\'']).to_lowercase());
        let is = |wanted: &str| said.as_deref() == Some(wanted);
        let truth = said.as_deref().and_then(|said| said.parse::<bool>().ok());
        match lower.as_str() {
            "useapphost" if is("false") => self.switches.push(Switch::NoHost),
            "publishaot" if is("false") => {}
            "platform" | "platformtarget" if is("anycpu") || is("any cpu") => {}
            "selfcontained" | "publishselfcontained" if truth.is_some() => self.is_self_contained = truth,
            "publishsinglefile" | "publishtrimmed" | "publishreadytorun" => {}
            "restorelockedmode" if truth == Some(false) => {}
            "restorelockedmode" => self.switches.push(Switch::Locked),
            "publishdir" => {
                let path = value.ok_or("writes to a folder that is not known before it runs")?;
                self.output = Some(join(&self.folder, path));
                if self.folder != invocation.folder && !path.starts_with('/') {
                    return Err("writes to a folder that is named from the project's".to_owned());
                }
            }
            _ if lower.contains("aot") || lower.contains("nativelib") || lower.starts_with("ilc") => {
                return Err(format!("compiles for the platform it runs on only ({name})"));
            }
            _ if decides_platform(&lower) => return Err(format!("is told {name}")),
            _ if said.as_deref().is_some_and(names_architecture) => {
                return Err(format!("is told {name}={}", value.unwrap_or_default()));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Properties that choose the platform, or the folders that are named after it.
fn decides_platform(name: &str) -> bool {
    let words = [
        "runtimeid",
        "currentruntime",
        "apphost",
        "selfcontained",
        "platform",
        "outputpath",
        "outdir",
        "artifacts",
        "intermediate",
        "publishprofile",
        "container",
        "sysroot",
        "crossgen",
    ];
    words.iter().any(|word| name.contains(word))
}

/// Whether a value speaks of one architecture.
fn names_architecture(value: &str) -> bool {
    ["x64", "amd64", "arm64", "x86", "aarch64", "linux-"]
        .iter()
        .any(|name| value.contains(name))
}

/// What `-r` or `-a` says.
fn asked(invocation: &Invocation<'_>, first: usize, last: usize, option: &str) -> Result<Asked, String> {
    let word = invocation
        .command
        .words
        .get(last)
        .ok_or("is told a platform that is not known before it runs")?;
    let strip = |text: String| match text.split_once(['=', ':']) {
        Some((_, value)) if first == last => value.to_owned(),
        _ => text,
    };
    let values: Option<Vec<String>> = invocation.variables.values(word).into_iter().collect();
    let values: Vec<String> = values
        .ok_or("is told a platform that is not known before it runs")?
        .into_iter()
        .map(strip)
        .collect();
    let mut pairs = values.iter().zip(&invocation.stage.targets);
    let is_own = pairs.all(|(value, target)| {
        let name = match value.rsplit_once('-') {
            Some(("linux" | "linux-musl", name)) => name,
            _ => value,
        };
        name == target.architecture || name == "x64" && target.architecture == "amd64"
    });
    if is_own {
        return Ok(Asked::Target);
    }
    match values.as_slice() {
        [value, rest @ ..] if rest.iter().all(|other| other == value) => Ok(Asked::Written {
            first,
            last,
            option: option.to_owned(),
            value: value.clone(),
        }),
        _ => Err("is told another platform than the target".to_owned()),
    }
}

/// Whether the shell may make several words of it.
fn is_split(word: &Word) -> bool {
    word.parts.iter().any(|part| matches!(part, Part::Variable(_)))
}

/// The characters behind the last variable.
fn literal_end(word: &Word) -> String {
    match word.parts.last() {
        Some(Part::Literal { text, .. }) => text.clone(),
        Some(Part::DoubleQuoted { parts, .. }) => match parts.last() {
            Some(Part::Literal { text, .. }) => text.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Whether a word that is not known may be options, or several words.
fn head_is_open(text: Option<&String>, word: &Word) -> bool {
    text.is_none() && (is_split(word) || word.literal_start().is_empty() && literal_end(word).is_empty())
}

/// Whether a word is an option of `dotnet`, or one of MSBuild, which may start with a slash.
fn is_option(head: &str) -> bool {
    if head.starts_with('-') {
        return head.len() > 1;
    }
    let Some(rest) = head.strip_prefix('/') else {
        return false;
    };
    let name = rest.split(':').next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|one| one.is_ascii_alphabetic());
    is_name && rest.contains(':') || FLAGS.contains(&rest.to_lowercase().as_str())
}
