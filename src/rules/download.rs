//! What a script fetches from elsewhere, and the architectures that it names there.

use std::collections::BTreeSet;

use crate::{
    rules::architecture::{is_platform_variable, mentions},
    shell::{AssignmentValue, Node, Part, Script, SimpleCommand, Word, effective, simple_commands},
    source::Span,
};

/// The name of an architecture in the source of a download; the span is that of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FixedArchitecture {
    /// Where the name is.
    pub(super) span: Span,
    /// The name as it is written.
    pub(super) written: String,
    /// What Docker calls it.
    pub(super) architecture: &'static str,
}

/// What a script fetches.
#[derive(Clone, Debug, Default)]
pub(super) struct Downloads {
    /// Architectures that are written out.
    pub(super) fixed: Vec<FixedArchitecture>,
    /// Variables that are a part of what is fetched.
    pub(super) variables: BTreeSet<String>,
}

/// Words of addresses that are for another operating system, or the same for every architecture.
const FOREIGN: [&str; 11] = [
    "windows", "win32", "win64", "darwin", "macos", "osx", ".exe", ".msi", "noarch", "_all.deb", "any.whl",
];

/// Reads the downloads of a script.
pub(super) fn read(script: &Script) -> Downloads {
    let mut downloads = Downloads::default();
    for visit in simple_commands(script) {
        for word in fetched_words(visit.command) {
            downloads.fixed.extend(fixed_in(word));
            downloads
                .variables
                .extend(Node::Word(word).descendants().filter_map(|node| match node {
                    Node::Part(Part::Variable(variable)) => Some(variable.name.clone()),
                    _ => None,
                }));
        }
        downloads
            .fixed
            .extend(visit.command.words.iter().filter_map(repository_architecture));
    }
    let assignments = Node::Script(script).descendants().filter_map(|node| match node {
        Node::Assignment(assignment) => match &assignment.value {
            AssignmentValue::Word(word) => Some((&assignment.name, word)),
            AssignmentValue::Array { .. } => None,
        },
        _ => None,
    });
    for (name, word) in assignments {
        if downloads.variables.contains(name) {
            downloads.fixed.extend(fixed_in(word));
        }
    }
    downloads
}

/// The words of a command that say what it fetches.
fn fetched_words(command: &SimpleCommand) -> Vec<&Word> {
    let Some(effective) = effective(command) else {
        return Vec::new();
    };
    let Some(name) = command.words.get(effective.first).and_then(Word::literal) else {
        return Vec::new();
    };
    let words = command.words.get(effective.first + 1..).unwrap_or_default();
    match name.rsplit('/').next().unwrap_or_default() {
        "curl" => without_outputs(words, 'o'),
        "wget" => without_outputs(words, 'O'),
        "aria2c" | "axel" | "pip" | "pip3" | "yum" | "dnf" | "microdnf" | "rpm" | "zypper" | "apt"
        | "apt-get" => words.iter().filter(|word| has_address(word)).collect(),
        "git" if words.iter().filter_map(Word::literal).any(|word| word == "clone") => words.iter().collect(),
        _ => Vec::new(),
    }
}

/// The words that are addresses, or made of variables, without the files that are written.
fn without_outputs(words: &[Word], output: char) -> Vec<&Word> {
    let mut fetched = Vec::new();
    let mut is_value = false;
    for word in words {
        let was_value = std::mem::take(&mut is_value);
        if let Some(option) = word.literal().filter(|text| text.starts_with('-')) {
            let is_short = !option.starts_with("--");
            is_value = is_short
                && (option.ends_with(output) || option.ends_with('H') || option.ends_with('P'))
                || matches!(
                    option.as_str(),
                    "--output" | "--output-document" | "--header" | "--directory-prefix"
                );
        } else if has_address(word) || (!was_value && starts_with_variable(word)) {
            fetched.push(word);
        }
    }
    fetched
}

fn has_address(word: &Word) -> bool {
    pieces(word).iter().any(|(_, text)| text.contains("://"))
}

fn starts_with_variable(word: &Word) -> bool {
    match word.parts.first() {
        Some(Part::Variable(_)) => true,
        Some(Part::DoubleQuoted { parts, .. }) => matches!(parts.first(), Some(Part::Variable(_))),
        _ => false,
    }
}

/// The constant pieces of a word, each with its place.
fn pieces(word: &Word) -> Vec<(Span, &str)> {
    fn collect<'w>(parts: &'w [Part], pieces: &mut Vec<(Span, &'w str)>) {
        for part in parts {
            match part {
                Part::Literal { span, text } if span.len() == text.len() => pieces.push((*span, text)),
                Part::SingleQuoted { span, text } if span.len() == text.len() + 2 => {
                    pieces.push((Span::new(span.start + 1, span.end - 1), text));
                }
                Part::DoubleQuoted { parts, .. } => collect(parts, pieces),
                _ => {}
            }
        }
    }
    let mut pieces = Vec::new();
    collect(&word.parts, &mut pieces);
    pieces
}

/// Whether an address is for another operating system, or for every architecture.
pub(super) fn is_foreign(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    FOREIGN.iter().any(|word| lower.contains(word))
}

/// The one architecture that a word names; none when it names several, or when a variable says which one it is.
fn fixed_in(word: &Word) -> Option<FixedArchitecture> {
    let pieces = pieces(word);
    let is_foreign = pieces.iter().any(|(_, text)| is_foreign(text));
    let is_chosen = Node::Word(word).descendants().any(|node| match node {
        Node::Part(Part::Variable(variable)) => is_platform_variable(&variable.name),
        Node::Part(Part::Command(substitution)) => {
            crate::rules::guard::asks(Node::Script(&substitution.script))
        }
        _ => false,
    });
    if is_foreign || is_chosen {
        return None;
    }
    let found: Vec<FixedArchitecture> = pieces
        .iter()
        .flat_map(|(span, text)| {
            mentions(text).into_iter().map(|mention| FixedArchitecture {
                span: Span::new(span.start + mention.range.start, span.start + mention.range.end),
                written: text[mention.range].to_owned(),
                architecture: mention.architecture,
            })
        })
        .collect();
    let last = found.last()?;
    found
        .iter()
        .all(|one| one.architecture == last.architecture)
        .then(|| last.clone())
}

/// `[arch=amd64]` in a line of Debian's sources.
fn repository_architecture(word: &Word) -> Option<FixedArchitecture> {
    let pieces = pieces(word);
    pieces.iter().find_map(|(span, text)| {
        let deb = text.find("deb")?;
        let at = deb + text[deb..].find("arch=")? + "arch=".len();
        let rest = &text[at..];
        let value = &rest[..rest.find([']', ' ']).unwrap_or(rest.len())];
        let mention = mentions(value)
            .pop()
            .filter(|mention| mention.range == (0..value.len()))?;
        Some(FixedArchitecture {
            span: Span::new(span.start + at, span.start + at + value.len()),
            written: value.to_owned(),
            architecture: mention.architecture,
        })
    })
}
