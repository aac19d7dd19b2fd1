//! Names of architectures inside other text: addresses, tags, stage names.

use std::ops::Range;

/// What an architecture is called, and what Docker calls it; longer names stand before their beginnings.
const SPELLINGS: [(&str, &str); 25] = [
    ("x86_64", "amd64"),
    ("x86-64", "amd64"),
    ("amd64", "amd64"),
    ("x64", "amd64"),
    ("linux64", "amd64"),
    ("linux-64bit", "amd64"),
    ("linux-64", "amd64"),
    ("aarch64", "arm64"),
    ("arm64v8", "arm64"),
    ("arm64", "arm64"),
    ("arm32v7", "arm"),
    ("arm32v6", "arm"),
    ("arm32v5", "arm"),
    ("armhf", "arm"),
    ("armel", "arm"),
    ("armv7l", "arm"),
    ("armv7", "arm"),
    ("armv6l", "arm"),
    ("armv6", "arm"),
    ("i386", "386"),
    ("i686", "386"),
    ("ppc64le", "ppc64le"),
    ("ppc64el", "ppc64le"),
    ("s390x", "s390x"),
    ("riscv64", "riscv64"),
];

/// The name of an architecture in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// Where it is.
    pub(super) range: Range<usize>,
    /// What Docker calls it.
    pub(super) architecture: &'static str,
}

/// Every name of an architecture that stands as a word of its own, in order.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    let lower = text.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let mut mentions = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let is_start = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let found = SPELLINGS.iter().find(|(spelling, _)| {
            let end = at + spelling.len();
            is_start
                && bytes[at..].starts_with(spelling.as_bytes())
                && bytes.get(end).is_none_or(|next| !next.is_ascii_alphanumeric())
        });
        match found {
            Some((spelling, architecture)) => {
                mentions.push(Mention {
                    range: at..at + spelling.len(),
                    architecture,
                });
                at += spelling.len();
            }
            None => at += 1,
        }
    }
    mentions
}

/// Whether a variable of that name says which platform it is.
pub(super) fn is_platform_variable(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["arch", "platform", "machine", "cpu", "target", "uname"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a command says which platform the machine is.
pub(super) fn is_machine_question(name: &str, words: &[Option<String>]) -> bool {
    let has = |option: &str| words.iter().flatten().any(|word| word == option);
    match name.rsplit('/').next().unwrap_or_default() {
        "arch" | "dpkg-architecture" => true,
        "uname" => {
            words
                .iter()
                .flatten()
                .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('m'))
                || has("--machine")
        }
        "dpkg" => has("--print-architecture"),
        "apk" => has("--print-arch"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = mentions(text)
            .into_iter()
            .map(|mention| &text[mention.range])
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn finds_whole_words_only() {
        check("https://x/kubectl_linux_x86_64.tar.gz", &["x86_64"]);
        check("tool-Linux-AMD64.deb", &["AMD64"]);
        check("tool-arm64v8 armhf", &["arm64v8", "armhf"]);
        check("camd64 amd64x x644 index64", &[]);
    }
}
