//! What a recipe is: knowledge of some commands, as a value.

use std::{collections::BTreeSet, ops::Bound, rc::Rc};

use crate::{
    context::Context,
    model::reference,
    plan::{Change, Confidence, Copies, Prepared, PreparedPlaces, paths, variables::Variables},
    platform::Platform,
    shell::{SimpleCommand, Word},
    source::Span,
};

/// Where files come from, as far as the platform matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The same bytes on every platform.
    Data,
    /// Compiled for the target platform, wherever the step runs.
    Cross,
    /// Made for the platform that the step runs on; the text says by what.
    Platform(String),
    /// Whatever the files at the other path are.
    CopyOf(String),
}

/// Files that a command makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The file, or the folder they lie in; absolute.
    pub path: String,
    /// What they are.
    pub origin: Origin,
}

/// What a command does in a stage that runs on the build platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The files it makes.
    pub outputs: Vec<Output>,
    /// What has to change for the outputs to be right.
    pub changes: Vec<Change>,
    /// The automatic arguments that the changes need, in the order of their declaration.
    pub arguments: Vec<&'static str>,
    /// How sure this is.
    pub confidence: Confidence,
    /// Why it is not certain.
    pub doubt: Option<String>,
    /// What later commands build on.
    pub prepared: Option<Prepared>,
}

impl Default for Effect {
    fn default() -> Self {
        Self {
            outputs: Vec::new(),
            changes: Vec::new(),
            arguments: Vec::new(),
            confidence: Confidence::Certain,
            doubt: None,
            prepared: None,
        }
    }
}

impl Effect {
    /// A command that leaves nothing behind that could leave the stage.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Asks for an automatic argument, once.
    pub fn ask(&mut self, argument: &'static str) {
        if !self.arguments.contains(&argument) {
            self.arguments.push(argument);
        }
    }

    /// A command that makes files of one origin.
    pub fn makes(path: impl Into<String>, origin: Origin) -> Self {
        Self {
            outputs: vec![Output {
                path: path.into(),
                origin,
            }],
            ..Self::default()
        }
    }

    /// The same, but no longer certain.
    #[must_use]
    pub fn with_doubt(mut self, doubt: impl Into<String>) -> Self {
        self.confidence = Confidence::Likely;
        self.doubt = Some(join_doubts(self.doubt.take(), &doubt.into()));
        self
    }
}

/// As many doubts are named, so that a reason stays one that people read.
const NAMED_DOUBTS: usize = 3;

/// Doubts as one clause, each named once.
pub(super) fn join_doubts(known: Option<String>, doubt: &str) -> String {
    const AND: &str = ", and that ";
    match known {
        None => doubt.to_owned(),
        Some(known) if known.contains(doubt) || known.matches(AND).count() + 1 == NAMED_DOUBTS => known,
        Some(known) => format!("{known}{AND}{doubt}"),
    }
}

/// What a recipe says to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The command may run on the build platform, with this effect.
    Native(Effect),
    /// It must not, for this reason: one clause that follows the command's name.
    Declines(String),
}

/// A command as a recipe sees it, with everything that is known where it runs.
pub struct Invocation<'a> {
    /// The program's name without its folder.
    pub name: &'a str,
    /// The words behind the name, expanded where all variables are known.
    pub words: Vec<Option<String>>,
    /// The programs in front of the name that run it: `env`, `nice`, outermost first.
    pub wrappers: Vec<String>,
    /// Whether one of the words is another for each target, or is not known.
    pub may_name_target: bool,
    /// Whether its output goes to another command, so that nothing can be put behind it.
    pub is_piped: bool,
    /// Whether files of the target, or files that may be, lie in the stage already.
    pub has_target_files: bool,
    /// Where the step's instruction starts.
    pub step: usize,
    /// The command; its spans are those of the script.
    pub command: &'a SimpleCommand,
    /// The index of the name among the command's words.
    pub first: usize,
    /// The script's spans in terms of the file; `None` where a continuation interrupts one.
    pub locate: &'a dyn Fn(Span) -> Option<Span>,
    /// The variables it sees.
    pub variables: &'a Variables,
    /// The folder it runs in.
    pub folder: &'a str,
    /// What earlier commands of the stage set up for the target.
    pub prepared: &'a PreparedPlaces,
    /// What the stage copied from the build context.
    pub copies: &'a Copies,
    /// Circumstances of the stage.
    pub stage: &'a StageFacts,
    /// The build context.
    pub context: &'a Context,
}

impl From<Result<Effect, String>> for Verdict {
    fn from(result: Result<Effect, String>) -> Self {
        match result {
            Ok(effect) => Self::Native(effect),
            Err(reason) => Self::Declines(reason),
        }
    }
}

/// What a recipe may ask of the stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageFacts {
    /// The base image at the root of the stage's chain.
    pub image: String,
    /// The base images of the stages that take files from this one and stay on the target.
    pub consumers: Vec<String>,
    /// The packages that the chain installs.
    pub packages: BTreeSet<String>,
    /// Those of them whose names end in `-dev`.
    pub development: BTreeSet<String>,
    /// The first of them that brings headers of a C library.
    pub headers: Option<String>,
    /// The paths that other stages take from this one, and from those that stand on it.
    pub taken: Vec<String>,
    /// What containers of the file's images start, as ENTRYPOINT and CMD say.
    pub started: Rc<[String]>,
    /// The user that commands run as, when USER says so.
    pub user: Option<String>,
    /// The target platforms, those included that the decision is held for though nobody asked for them.
    pub targets: Vec<Platform>,
    /// The target platforms that were asked for by name.
    pub asked: Vec<Platform>,
}

impl StageFacts {
    /// Whether commands run as another user than root, who cannot install anything.
    pub fn has_other_user(&self) -> bool {
        self.user
            .as_deref()
            .is_some_and(|user| !matches!(user, "root" | "0"))
    }

    /// A package that is installed and whose name starts so.
    pub fn package(&self, start: &str) -> Option<&str> {
        let mut behind = self
            .packages
            .range::<str, _>((Bound::Included(start), Bound::Unbounded));
        behind
            .next()
            .map(String::as_str)
            .filter(|package| package.starts_with(start))
    }
}

impl Invocation<'_> {
    /// A span of the command in terms of the file.
    ///
    /// # Errors
    /// Why nothing can be changed there.
    pub fn placed(&self, span: Span) -> Result<Span, String> {
        (self.locate)(span).ok_or_else(|| "is broken over a line inside of one of its words".to_owned())
    }

    /// The word's text, when it is the same for all targets.
    pub fn value(&self, word: &Word) -> Option<String> {
        self.variables.common(word)
    }

    /// The word at `index` behind the name, when it is known.
    pub fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index)?.as_deref()
    }

    /// The known words that are no options.
    pub fn operands(&self) -> impl Iterator<Item = &str> {
        self.words
            .iter()
            .flatten()
            .map(String::as_str)
            .filter(|word| !word.starts_with('-'))
    }

    /// Whether one of the words is exactly `option`, or starts with it and `=`.
    pub fn has_option(&self, option: &str) -> bool {
        self.option_value(option).is_some() || self.words.iter().flatten().any(|word| word == option)
    }

    /// The value of `--option value` or `--option=value`.
    pub fn option_value(&self, option: &str) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(index, word)| {
            let word = word.as_deref()?;
            if word == option {
                return self.word(index + 1);
            }
            word.strip_prefix(option)?.strip_prefix('=')
        })
    }

    /// Where a toolchain comes from, so that it is one for the platform the stage runs on.
    ///
    /// `images` are words in the names of images that bring it, `packages` the names that package managers give it.
    pub fn toolchain(&self, images: &[&str], packages: &[&str]) -> Toolchain {
        let image = reference::short_name(&self.stage.image);
        let path = self.stage.image.split(['@', ':']).next().unwrap_or_default();
        if path
            .split(['/', '-', '_', '.'])
            .any(|word| images.contains(&word))
        {
            return Toolchain::Known;
        }
        if packages.iter().any(|known| self.stage.package(known).is_some()) {
            return Toolchain::Known;
        }
        if BARE_IMAGES.contains(&image) {
            Toolchain::Foreign
        } else {
            Toolchain::Unknown
        }
    }

    /// `path` as an absolute path, seen from the folder the command runs in.
    pub fn resolve(&self, path: &str) -> String {
        paths::join(self.folder, path)
    }
}

/// Images of distributions, which bring no toolchain of their own.
const BARE_IMAGES: [&str; 12] = [
    "alpine",
    "almalinux",
    "amazonlinux",
    "archlinux",
    "busybox",
    "centos",
    "debian",
    "fedora",
    "rockylinux",
    "ubi8",
    "ubi9",
    "ubuntu",
];

/// Where a toolchain comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// From the base image or a package manager: it is for the platform that the stage runs on.
    Known,
    /// Perhaps from the base image, which xbuild does not know.
    Unknown,
    /// From somewhere else, perhaps for the target platform.
    Foreign,
}

impl Toolchain {
    /// The verdict on a command of this toolchain, of which `name` is what people call it.
    pub fn verdict(self, effect: Effect, name: &str) -> Verdict {
        match self {
            Self::Known => Verdict::Native(effect),
            Self::Unknown => Verdict::Native(
                effect.with_doubt(format!("the base image brings {name} for its own platform")),
            ),
            Self::Foreign => Verdict::Declines(
                "comes neither from the base image nor from a package, so its platform is not known"
                    .to_owned(),
            ),
        }
    }
}

/// Knowledge of some commands: a `.rs` and a `.md` of the same name, and one line in the registry.
#[derive(Debug)]
pub struct Recipe {
    /// The name in plans and in `xbuild explain`.
    pub id: &'static str,
    /// The page beside the code.
    pub documentation: &'static str,
    /// Reads a command; `None` when it is none of the recipe's business.
    pub read: fn(&Invocation<'_>) -> Option<Verdict>,
}
