//! Programs that run the program named in their arguments.

use crate::shell::{Part, SimpleCommand, Word};

/// The command behind wrappers such as `env` and `sudo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The index of the word that names it.
    pub first: usize,
    /// The wrappers in front of it, outermost first.
    pub wrappers: Vec<String>,
    /// The indices of the words `name=value` that `env` and `sudo` take.
    pub assignments: Vec<usize>,
}

/// How a wrapper reads its options.
struct Wrapper {
    name: &'static str,
    /// Short options that stand alone.
    flags: &'static str,
    /// Short options with a value, in the same word or the next.
    valued: &'static str,
    /// Long options; those with an equals sign want a value in the same word or the next.
    long: &'static [&'static str],
    /// Whether `name=value` may stand in front of the command.
    assigns: bool,
}

/// Options that change what the rest of the words means (`env -S`, `command -v`, `sudo -s`) are left out, so that
/// such a command is not understood. `exec` and `command` are builtins of the shell; the others are those of GNU
/// coreutils, GNU time, findutils, sudo and Busybox.
const WRAPPERS: [Wrapper; 8] = [
    Wrapper {
        name: "env",
        flags: "i0v",
        valued: "uC",
        long: &["ignore-environment", "null", "debug", "unset=", "chdir="],
        assigns: true,
    },
    Wrapper {
        name: "sudo",
        flags: "AbEHnPS",
        valued: "CghpRrTtuD",
        long: &[
            "preserve-env",
            "set-home",
            "non-interactive",
            "stdin",
            "user=",
            "group=",
            "chdir=",
            "prompt=",
            "host=",
        ],
        assigns: true,
    },
    Wrapper {
        name: "time",
        flags: "apqv",
        valued: "fo",
        long: &["append", "portability", "verbose", "quiet", "format=", "output="],
        assigns: false,
    },
    Wrapper {
        name: "exec",
        flags: "cl",
        valued: "a",
        long: &[],
        assigns: false,
    },
    Wrapper {
        name: "command",
        flags: "p",
        valued: "",
        long: &[],
        assigns: false,
    },
    Wrapper {
        name: "nice",
        flags: "0123456789",
        valued: "n",
        long: &["adjustment="],
        assigns: false,
    },
    Wrapper {
        name: "nohup",
        flags: "",
        valued: "",
        long: &[],
        assigns: false,
    },
    Wrapper {
        name: "xargs",
        flags: "0rtpxo",
        valued: "adEIinLlPs",
        long: &[
            "null",
            "no-run-if-empty",
            "verbose",
            "interactive",
            "exit",
            "open-tty",
            "arg-file=",
            "delimiter=",
            "max-args=",
            "max-lines=",
            "max-procs=",
            "max-chars=",
            "replace=",
        ],
        assigns: false,
    },
];

/// Finds the command that runs in the end; `None` when a word or an option in front of it is not understood, or
/// when there is none. Behind `xargs` the words are only the first of its arguments.
pub fn effective(command: &SimpleCommand) -> Option<Effective> {
    let mut effective = Effective {
        first: 0,
        wrappers: Vec::new(),
        assignments: Vec::new(),
    };
    loop {
        let name = command.words.get(effective.first)?.literal()?;
        let program = name.rsplit('/').next().unwrap_or(&name);
        let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == program) else {
            return Some(effective);
        };
        effective.wrappers.push(program.to_owned());
        effective.first = behind_options(wrapper, &command.words, effective.first + 1)?;
        while wrapper.assigns && is_assignment(command.words.get(effective.first)?) {
            effective.assignments.push(effective.first);
            effective.first += 1;
        }
    }
}

fn behind_options(wrapper: &Wrapper, words: &[Word], first: usize) -> Option<usize> {
    let mut at = first;
    loop {
        // A word that is not constant may be an option only if it starts as one.
        let Some(option) = words.get(at)?.literal() else {
            return starts_constant(words.get(at)?).then_some(at);
        };
        if option == "--" {
            return Some(at + 1);
        }
        if option == "-" && wrapper.name == "env" {
            at += 1;
        } else if let Some(long) = option.strip_prefix("--") {
            at += long_option(wrapper, long)?;
        } else if let Some(short) = option.strip_prefix('-').filter(|short| !short.is_empty()) {
            at += short_options(wrapper, short)?;
        } else {
            return Some(at);
        }
    }
}

/// How many words a long option takes.
fn long_option(wrapper: &Wrapper, option: &str) -> Option<usize> {
    let (name, value) = option
        .split_once('=')
        .map_or((option, None), |(name, value)| (name, Some(value)));
    let known = wrapper
        .long
        .iter()
        .find(|known| known.trim_end_matches('=') == name)?;
    // Only these take their value in the same word alone.
    let in_place = value.is_some() || matches!(name, "replace" | "max-lines");
    Some(if known.ends_with('=') && !in_place { 2 } else { 1 })
}

/// How many words a cluster of short options takes.
fn short_options(wrapper: &Wrapper, cluster: &str) -> Option<usize> {
    for (at, option) in cluster.char_indices() {
        if wrapper.valued.contains(option) {
            let has_value = at + option.len_utf8() < cluster.len();
            // GNU xargs reads these without a value too.
            let optional = wrapper.name == "xargs" && matches!(option, 'i' | 'l');
            return Some(if has_value || optional { 1 } else { 2 });
        }
        if !wrapper.flags.contains(option) {
            return None;
        }
    }
    Some(1)
}

fn starts_constant(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Part::Literal { text, .. }) if !text.starts_with('-'))
}

fn is_assignment(word: &Word) -> bool {
    match word.parts.first() {
        Some(Part::Literal { text, .. }) => text.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        }),
        _ => false,
    }
}
