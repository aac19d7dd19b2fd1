//! The command line of `docker buildx build`: what xbuild must understand of it, and all the rest untouched.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use crate::engine::flags::{Takes, long_name, split_at_equals, takes, without_prefix};

/// A call of `docker buildx build`, read as buildx 0.29 to 0.36 reads it.
///
/// Every token is kept: [`BuildArguments::command`] gives the same call with only `--file` and `--progress` replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on buildx's command line"
)]
pub struct BuildArguments {
    /// `--file`: a path, a URL, or `-` for standard input; the last one counts.
    pub file: Option<OsString>,
    /// The build context: a folder, a git or http address, or `-` for standard input.
    pub context: Option<OsString>,
    /// `--platform`, split at commas, as written; without the flag, what `DOCKER_DEFAULT_PLATFORM` says.
    pub platforms: Vec<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`, in order; a name without a value has its value from the environment, or none if it is not set there.
    pub build_args: Vec<(String, Option<String>)>,
    /// `--build-context`, as name and address, in order.
    pub build_contexts: Vec<(String, String)>,
    /// `--builder`.
    pub builder: Option<String>,
    /// `--progress`.
    pub progress: Option<String>,
    /// `--call`, or `check` for `--check`; none for an ordinary build.
    pub call: Option<String>,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--no-cache-filter`, split at commas: names of stages.
    pub no_cache_filter: Vec<String>,
    /// `--network`.
    pub network: Option<String>,
    /// `--output`, in order.
    pub outputs: Vec<String>,
    /// `--tag`, in order.
    pub tags: Vec<String>,
    /// `--push`.
    pub push: bool,
    /// `--load`.
    pub load: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--help`: buildx prints its help and builds nothing.
    pub help: bool,
    rest: Vec<OsString>,
}

/// Why a command line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentsError {
    /// The last token is a flag whose value is missing.
    #[error("flag --{0} needs a value")]
    MissingValue(String),
    /// More than one token is neither a flag nor the value of one.
    #[error("one build context is wanted, but there are {}: {}", .0.len(), .0.join(", "))]
    SeveralContexts(Vec<String>),
    /// The name of a flag has bytes that are not UTF-8.
    #[error("flag {0} is not valid text")]
    NotText(String),
}

impl ArgumentsError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::MissingValue(_) => "give the value as the next word, or after an equals sign",
            Self::SeveralContexts(_) => {
                "name one folder or address; write the value of a flag that xbuild does not know as --flag=value"
            }
            Self::NotText(_) => "names of flags are plain letters; only values may hold other bytes",
        }
    }
}

impl BuildArguments {
    /// Reads the tokens that stand after `docker buildx build`, with values from this process's environment.
    ///
    /// A flag that is in no table passes through.
    /// If it has no `=` and a word follows, the word is its value, except when no other word could be the build
    /// context: of the words that follow unknown flags, the last one is the context then.
    ///
    /// # Errors
    /// When a value is missing, the name of a flag is not text, or more than one build context is named.
    pub fn parse(tokens: Vec<OsString>) -> Result<Self, ArgumentsError> {
        Self::parse_with(tokens, |name| std::env::var(name).ok())
    }

    /// The same with an environment of the caller's.
    ///
    /// # Errors
    /// As [`BuildArguments::parse`].
    pub fn parse_with(
        tokens: Vec<OsString>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ArgumentsError> {
        let mut arguments = Self::default();
        let mut words = Words::default();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            if token == "--" {
                arguments.rest.push(token);
                words
                    .certain
                    .extend(tokens.by_ref().inspect(|word| arguments.rest.push(word.clone())));
            } else if token == "-" || !starts_with_dash(&token) {
                arguments.rest.push(token.clone());
                words.certain.push(token);
            } else {
                let flags = read_flags(&token)?;
                for Flag { name, mut value } in flags {
                    let mut kept = vec![kept_token(&token, &name, value.as_deref())];
                    match takes(&name) {
                        Takes::Value if value.is_none() => {
                            let next = tokens
                                .next()
                                .ok_or_else(|| ArgumentsError::MissingValue(name.clone()))?;
                            kept.push(next.clone());
                            value = Some(next);
                        }
                        Takes::Unknown if value.is_none() => {
                            if let Some(next) = tokens.next_if(|next| !starts_with_dash(next)) {
                                kept.push(next.clone());
                                words.loose.push(next);
                            }
                        }
                        _ => {}
                    }
                    arguments.understand(&name, value, &environment);
                    if name != "file" && name != "progress" {
                        arguments.rest.append(&mut kept);
                    }
                }
            }
        }
        arguments.context = words.context()?;
        if arguments.platforms.is_empty() {
            arguments.platforms = split_list(&environment("DOCKER_DEFAULT_PLATFORM").unwrap_or_default());
        }
        Ok(arguments)
    }

    /// The value of `BUILDKIT_SYNTAX`, with which another frontend than the one built in reads the Dockerfile.
    pub fn syntax(&self) -> Option<&str> {
        self.build_args
            .iter()
            .rev()
            .find(|(name, _)| name == "BUILDKIT_SYNTAX")?
            .1
            .as_deref()
    }

    /// Every token but `--file` and `--progress` with their values, in order.
    pub fn rest(&self) -> &[OsString] {
        &self.rest
    }

    /// The tokens after `docker buildx build` for the same call with another Dockerfile and progress mode.
    ///
    /// With `--quiet` no mode is set, since buildx refuses the two together.
    pub fn command(&self, file: &Path, progress: &str) -> Vec<OsString> {
        let mut command = vec![OsString::from("--file"), file.into()];
        if !self.quiet {
            command.extend([OsString::from("--progress"), progress.into()]);
        }
        command.extend(self.rest.iter().cloned());
        command
    }

    fn understand(
        &mut self,
        name: &str,
        value: Option<OsString>,
        environment: &impl Fn(&str) -> Option<String>,
    ) {
        if name == "file" {
            self.file = value;
            return;
        }
        let text = value.as_ref().map(|value| value.to_string_lossy().into_owned());
        let is_on = || {
            text.as_deref()
                .is_none_or(|text| matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True"))
        };
        match name {
            "check" if is_on() => self.call = Some("check".to_owned()),
            "help" => self.help = is_on(),
            "load" => self.load = is_on(),
            "no-cache" => self.no_cache = is_on(),
            "push" => self.push = is_on(),
            "quiet" => self.quiet = is_on(),
            _ => {}
        }
        let Some(text) = text else { return };
        match name {
            "build-arg" => self.build_args.push(match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (text.clone(), environment(&text)),
            }),
            "build-context" => {
                let (name, address) = text.split_once('=').unwrap_or((&text, ""));
                self.build_contexts.push((name.to_owned(), address.to_owned()));
            }
            "builder" => self.builder = Some(text),
            "call" | "print" => self.call = Some(text).filter(|call| call != "build"),
            "network" => self.network = Some(text),
            "no-cache-filter" => self.no_cache_filter.extend(split_list(&text)),
            "output" => self.outputs.push(text),
            "platform" => self.platforms.extend(split_list(&text)),
            "progress" => self.progress = Some(text),
            "tag" => self.tags.push(text),
            "target" => self.target = Some(text),
            _ => {}
        }
    }
}

/// A flag of one token, by its long name; `-qf x` holds two.
struct Flag {
    name: String,
    value: Option<OsString>,
}

/// The words that are no flags: surely no values, or perhaps the value of an unknown flag.
#[derive(Default)]
struct Words {
    certain: Vec<OsString>,
    loose: Vec<OsString>,
}

impl Words {
    fn context(self) -> Result<Option<OsString>, ArgumentsError> {
        if self.certain.len() > 1 {
            let names = self
                .certain
                .iter()
                .map(|word| word.to_string_lossy().into_owned());
            return Err(ArgumentsError::SeveralContexts(names.collect()));
        }
        Ok(self
            .certain
            .into_iter()
            .next()
            .or_else(|| self.loose.into_iter().next_back()))
    }
}

fn starts_with_dash(token: &OsStr) -> bool {
    token.as_encoded_bytes().first() == Some(&b'-')
}

/// The flags of a token as pflag reads them: letters without a value may stand together.
fn read_flags(token: &OsStr) -> Result<Vec<Flag>, ArgumentsError> {
    let not_text = || ArgumentsError::NotText(token.to_string_lossy().into_owned());
    if token.as_encoded_bytes().starts_with(b"--") {
        let text = without_prefix(token, 2).ok_or_else(not_text)?;
        let (name, value) = split_at_equals(&text).ok_or_else(not_text)?;
        return Ok(vec![Flag { name, value }]);
    }
    let letters = token.to_string_lossy();
    let mut flags = Vec::new();
    for (at, letter) in letters.char_indices().skip(1) {
        let name = long_name(letter).map_or_else(|| letter.to_string(), str::to_owned);
        let behind = at + letter.len_utf8();
        let is_last = letters.len() == behind;
        if letters[behind..].starts_with('=') {
            flags.push(Flag {
                name,
                value: without_prefix(token, behind + 1),
            });
            return Ok(flags);
        }
        if takes(&name) == Takes::Value && !is_last {
            flags.push(Flag {
                name,
                value: without_prefix(token, behind),
            });
            return Ok(flags);
        }
        flags.push(Flag { name, value: None });
    }
    Ok(flags)
}

/// The token that keeps one flag: the token itself, or for letters that stand together, the flag alone.
fn kept_token(token: &OsStr, name: &str, value: Option<&OsStr>) -> OsString {
    let bytes = token.as_encoded_bytes();
    if bytes.starts_with(b"--") || bytes.len() == 2 {
        return token.to_owned();
    }
    let mut kept = OsString::from(if name.chars().count() == 1 { "-" } else { "--" });
    kept.push(name);
    if let Some(value) = value {
        kept.push("=");
        kept.push(value);
    }
    kept
}

fn split_list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
#[path = "arguments_tests.rs"]
mod tests;
