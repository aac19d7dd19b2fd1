//! One instruction: keyword, flags, arguments, heredocs, each with its place in the file.

use std::ops::Range;

use crate::{
    grammar::{
        Cooked, Heredoc,
        json::{self, JsonForm},
        mount::{self, Mount},
        words,
    },
    source::Span,
};

/// The instructions that BuildKit knows (command/command.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the instruction of its name")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

impl Keyword {
    /// Every keyword with its name in upper case.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Add, "ADD"),
        (Self::Arg, "ARG"),
        (Self::Cmd, "CMD"),
        (Self::Copy, "COPY"),
        (Self::Entrypoint, "ENTRYPOINT"),
        (Self::Env, "ENV"),
        (Self::Expose, "EXPOSE"),
        (Self::From, "FROM"),
        (Self::Healthcheck, "HEALTHCHECK"),
        (Self::Label, "LABEL"),
        (Self::Maintainer, "MAINTAINER"),
        (Self::Onbuild, "ONBUILD"),
        (Self::Run, "RUN"),
        (Self::Shell, "SHELL"),
        (Self::Stopsignal, "STOPSIGNAL"),
        (Self::User, "USER"),
        (Self::Volume, "VOLUME"),
        (Self::Workdir, "WORKDIR"),
    ];

    /// The keyword that `name` spells in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(keyword, _)| *keyword)
    }

    /// The name in upper case.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(keyword, _)| *keyword == self)
            .map_or("", |(_, name)| name)
    }
}

/// A word of an instruction, quotes and escapes as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text; a continuation inside the word is gone.
    pub text: String,
    /// Where it stands in the file; covers a continuation inside the word.
    pub span: Span,
    /// Where it stands in the instruction's joined line.
    pub range: Range<usize>,
}

/// A leading `--name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The text without quotes and escapes, as BuildKit takes it.
    pub text: String,
    /// Where it stands in the file.
    pub span: Span,
}

impl Flag {
    /// The name between `--` and `=`.
    pub fn name(&self) -> &str {
        let text = self.text.trim_start_matches("--");
        text.split_once('=').map_or(text, |(name, _)| name)
    }

    /// What stands behind `=`.
    pub fn value(&self) -> Option<&str> {
        self.text.split_once('=').map(|(_, value)| value)
    }
}

/// `key=value` of ENV, LABEL and ARG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the `=`.
    pub key: Word,
    /// What stands behind it; ARG may have none.
    pub value: Option<Word>,
    /// `ENV key value`, without `=`.
    pub is_legacy: bool,
}

/// A string of the JSON form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonArgument {
    /// The decoded string.
    pub value: String,
    /// Where it stands in the file, quotes included.
    pub span: Span,
}

/// What stands behind the keyword and its flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Nothing.
    Empty,
    /// The JSON form.
    Json(Vec<JsonArgument>),
    /// The rest of the line as it is: the shell form, or the one value of WORKDIR, USER and the like.
    Text(Word),
    /// Words between blanks: FROM, EXPOSE, COPY, ADD, VOLUME.
    Words(Vec<Word>),
    /// ENV, LABEL and ARG.
    Pairs(Vec<Pair>),
    /// HEALTHCHECK: `NONE` or `CMD`, and the command in JSON or shell form.
    Health {
        /// The first word.
        kind: Word,
        /// What follows it.
        command: Box<Self>,
    },
    /// ONBUILD with its trigger.
    Trigger(Box<Instruction>),
}

/// An instruction with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it is; `None` for a name that BuildKit does not know.
    pub keyword: Option<Keyword>,
    /// The name as it is written.
    pub name: Word,
    /// The flags in front of the arguments.
    pub flags: Vec<Flag>,
    /// The arguments.
    pub arguments: Arguments,
    /// The bodies that follow the line.
    pub heredocs: Vec<Heredoc>,
    /// The joined line, from the keyword on.
    pub line: Cooked,
    /// From the keyword to the end of the last line, heredocs included, the line ending not.
    pub span: Span,
    /// The first and the last line, from 1.
    pub lines: (usize, usize),
    /// The comment lines right above, which BuildKit attaches to it.
    pub comments: Vec<Span>,
    /// Whether a blank line stands inside a continuation.
    pub has_empty_continuation: bool,
}

impl Instruction {
    /// The value of the last flag of that name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name() == name)
    }

    /// What its `--mount` flags say; one that cannot be read is left out.
    pub fn mounts(&self) -> impl Iterator<Item = Mount> {
        let flags = self.flags.iter().filter(|flag| flag.name() == "mount");
        flags.filter_map(|flag| mount::parse(flag.value()?).ok())
    }

    /// Whether the arguments are in the JSON form.
    pub fn is_json(&self) -> bool {
        matches!(self.arguments, Arguments::Json(_))
    }

    /// The plain arguments in order: the words, the strings of the JSON form, or the one text.
    pub fn values(&self) -> Vec<String> {
        match &self.arguments {
            Arguments::Json(strings) => strings.iter().map(|string| string.value.clone()).collect(),
            Arguments::Text(text) => vec![text.text.clone()],
            Arguments::Words(words) => words.iter().map(|word| word.text.clone()).collect(),
            Arguments::Empty | Arguments::Pairs(_) | Arguments::Health { .. } | Arguments::Trigger(_) => {
                Vec::new()
            }
        }
    }
}

fn word(line: &Cooked, range: Range<usize>) -> Word {
    Word {
        text: line.text()[range.clone()].to_owned(),
        span: line.span(range.clone()),
        range,
    }
}

/// Reads `line` from byte `from` on as keyword, flags and arguments (BuildKit `newNodeFromLine`).
///
/// ONBUILD inside ONBUILD is read `depth` times at most, to bound the stack.
pub(super) fn read(line: Cooked, from: usize, escape: char, depth: usize) -> Result<Instruction, String> {
    let text = line.text();
    let start = from + (text[from..].len() - text[from..].trim_start().len());
    let trimmed = text[start..].trim_end();
    let (name, rest) = words::split_keyword(trimmed);
    let name = word(&line, start + name.start..start + name.end);
    let keyword = Keyword::named(&name.text);
    let rest_start = start + rest;
    let (raw_flags, after) = words::flags(&trimmed[rest..]);
    let flags = raw_flags
        .into_iter()
        .map(|flag| Flag {
            text: flag.text,
            span: line.span(rest_start + flag.range.start..rest_start + flag.range.end),
        })
        .collect();
    let arguments_start = rest_start + after;
    let arguments_text = text[arguments_start..start + trimmed.len()].trim();
    let offset =
        arguments_start + (text[arguments_start..].len() - text[arguments_start..].trim_start().len());
    let range = offset.min(start + trimmed.len())..offset.min(start + trimmed.len()) + arguments_text.len();
    let arguments = match keyword {
        Some(keyword) => read_arguments(keyword, &line, range, escape, depth)?,
        None => Arguments::Empty,
    };
    let span = line.span(start..start + trimmed.len());
    Ok(Instruction {
        keyword,
        name,
        flags,
        arguments,
        heredocs: Vec::new(),
        line,
        span,
        lines: (0, 0),
        comments: Vec::new(),
        has_empty_continuation: false,
    })
}

fn read_arguments(
    keyword: Keyword,
    line: &Cooked,
    range: Range<usize>,
    escape: char,
    depth: usize,
) -> Result<Arguments, String> {
    let text = &line.text()[range.clone()];
    if text.is_empty() {
        return Ok(Arguments::Empty);
    }
    let at = |part: Range<usize>| word(line, range.start + part.start..range.start + part.end);
    match keyword {
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
            maybe_json(line, range, Arguments::Text)
        }
        Keyword::Copy | Keyword::Add | Keyword::Volume => {
            let words = words::whitespace_words(text).into_iter().map(at).collect();
            maybe_json(line, range.clone(), |_| Arguments::Words(words))
        }
        Keyword::From | Keyword::Expose => Ok(Arguments::Words(
            words::whitespace_words(text).into_iter().map(at).collect(),
        )),
        Keyword::Workdir | Keyword::User | Keyword::Stopsignal | Keyword::Maintainer => {
            Ok(Arguments::Text(word(line, range)))
        }
        Keyword::Env | Keyword::Label => pairs(keyword, text, escape, &at).map(Arguments::Pairs),
        Keyword::Arg => Ok(Arguments::Pairs(
            words::quoted_words(text, escape)
                .into_iter()
                .map(|part| declaration(text, part, &at))
                .collect(),
        )),
        Keyword::Healthcheck => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            let next = range.start + end + (text[end..].len() - text[end..].trim_start().len());
            let command = if next == range.end {
                Arguments::Empty
            } else {
                maybe_json(line, next..range.end, Arguments::Text)?
            };
            Ok(Arguments::Health {
                kind: at(0..end),
                command: Box::new(command),
            })
        }
        Keyword::Onbuild => {
            let Some(depth) = depth.checked_sub(1) else {
                return Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned());
            };
            let trigger = read(line.slice(range.clone()), 0, escape, depth)?;
            Ok(Arguments::Trigger(Box::new(trigger)))
        }
    }
}

fn maybe_json(
    line: &Cooked,
    range: Range<usize>,
    otherwise: impl FnOnce(Word) -> Arguments,
) -> Result<Arguments, String> {
    match json::read_array(&line.text()[range.clone()]) {
        JsonForm::Strings(strings) => Ok(Arguments::Json(
            strings
                .into_iter()
                .map(|string| JsonArgument {
                    value: string.value,
                    span: line.span(range.start + string.range.start..range.start + string.range.end),
                })
                .collect(),
        )),
        JsonForm::OtherElements => {
            Err("when using JSON array syntax, arrays must be comprised of strings only".to_owned())
        }
        JsonForm::None => Ok(otherwise(word(line, range))),
    }
}

fn pairs(
    keyword: Keyword,
    text: &str,
    escape: char,
    at: &dyn Fn(Range<usize>) -> Word,
) -> Result<Vec<Pair>, String> {
    let parts = words::quoted_words(text, escape);
    if parts
        .first()
        .is_some_and(|first| !text[first.clone()].contains('='))
    {
        let (key, value) = words::split_keyword(text);
        if value == text.len() {
            return Err(format!("{} must have two arguments", keyword.name()));
        }
        return Ok(vec![Pair {
            key: at(key),
            value: Some(at(value..text.len())),
            is_legacy: true,
        }]);
    }
    parts
        .into_iter()
        .map(|part| {
            let pair = declaration(text, part.clone(), at);
            if pair.value.is_none() {
                let word = &text[part];
                return Err(format!(
                    "Syntax error - can't find = in {word:?}. Must be of the form: name=value"
                ));
            }
            Ok(pair)
        })
        .collect()
}

fn declaration(text: &str, part: Range<usize>, at: &dyn Fn(Range<usize>) -> Word) -> Pair {
    match text[part.clone()].find('=') {
        Some(equals) => Pair {
            key: at(part.start..part.start + equals),
            value: Some(at(part.start + equals + 1..part.end)),
            is_legacy: false,
        },
        None => Pair {
            key: at(part),
            value: None,
            is_legacy: false,
        },
    }
}
