//! The flags of `docker buildx build`, and how a token of the command line names one of them.

use std::ffi::{OsStr, OsString};

/// Whether a flag is followed by a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// `--push`, or `--push=false`; the next token is never its value.
    Nothing,
    /// `--file x` or `--file=x`; the next token is its value, whatever it looks like.
    Value,
    /// A flag that is in no table; a value may follow.
    Unknown,
}

/// Flags with a value of buildx 0.11 to 0.36, those that `docker build` keeps for compatibility included.
#[rustfmt::skip]
const WITH_VALUE: &[&str] = &[
    "add-host", "allow", "annotation", "attest", "build-arg", "build-context", "builder", "cache-from",
    "cache-to", "call", "cgroup-parent", "cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus",
    "cpuset-mems", "file", "iidfile", "invoke", "isolation", "label", "memory", "memory-swap",
    "metadata-file", "network", "no-cache-filter", "output", "platform", "policy", "print", "progress",
    "provenance", "resource", "root", "sbom", "secret", "security-opt", "server-config", "shm-size", "ssh",
    "tag", "target", "ulimit",
];

/// Flags without a value of the same versions.
#[rustfmt::skip]
const WITHOUT_VALUE: &[&str] = &[
    "check", "compress", "debug", "detach", "disable-content-trust", "force-rm", "help", "load", "no-cache",
    "pull", "push", "quiet", "rm", "squash", "stream",
];

/// The one-letter names.
#[rustfmt::skip]
const SHORT: &[(char, &str)] = &[
    ('D', "debug"), ('c', "cpu-shares"), ('f', "file"), ('h', "help"), ('m', "memory"), ('o', "output"),
    ('q', "quiet"), ('t', "tag"),
];

/// What the flag of this long name takes.
pub(super) fn takes(name: &str) -> Takes {
    if WITH_VALUE.contains(&name) {
        Takes::Value
    } else if WITHOUT_VALUE.contains(&name) {
        Takes::Nothing
    } else {
        Takes::Unknown
    }
}

/// The long name of a one-letter flag.
pub(super) fn long_name(short: char) -> Option<&'static str> {
    SHORT
        .iter()
        .find(|(letter, _)| *letter == short)
        .map(|(_, name)| *name)
}

/// Splits `name=value` at the first `=`; the value keeps bytes that are not UTF-8 where the system has such.
///
/// A name that is not UTF-8 gives none.
pub(super) fn split_at_equals(text: &OsStr) -> Option<(String, Option<OsString>)> {
    if let Some(text) = text.to_str() {
        return Some(match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.into())),
            None => (text.to_owned(), None),
        });
    }
    split_foreign_bytes(text)
}

/// The part of a token behind its first `count` bytes, which are ASCII.
pub(super) fn without_prefix(token: &OsStr, count: usize) -> Option<OsString> {
    match token.to_str() {
        Some(text) => text.get(count..).map(OsString::from),
        None => foreign_bytes_from(token, count),
    }
}

#[cfg(unix)]
fn split_foreign_bytes(text: &OsStr) -> Option<(String, Option<OsString>)> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = text.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=')?;
    let name = std::str::from_utf8(&bytes[..at]).ok()?;
    Some((
        name.to_owned(),
        Some(OsStr::from_bytes(&bytes[at + 1..]).to_owned()),
    ))
}

#[cfg(not(unix))]
fn split_foreign_bytes(_: &OsStr) -> Option<(String, Option<OsString>)> {
    None
}

#[cfg(unix)]
fn foreign_bytes_from(token: &OsStr, count: usize) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    token
        .as_bytes()
        .get(count..)
        .map(|bytes| OsStr::from_bytes(bytes).to_owned())
}

#[cfg(not(unix))]
fn foreign_bytes_from(_: &OsStr, _: usize) -> Option<OsString> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_share_no_name() {
        assert!(WITH_VALUE.is_sorted() && WITHOUT_VALUE.is_sorted() && SHORT.is_sorted());
        assert!(WITH_VALUE.iter().all(|name| !WITHOUT_VALUE.contains(name)));
        assert!(SHORT.iter().all(|(_, name)| takes(name) != Takes::Unknown));
    }

    #[cfg(unix)]
    #[test]
    fn keeps_bytes_that_are_not_text() {
        use std::os::unix::ffi::OsStrExt;
        let token = OsStr::from_bytes(b"file=\xff");
        let (name, value) = split_at_equals(token).expect("has a name");
        assert_eq!(
            (name.as_str(), value.as_deref()),
            ("file", Some(OsStr::from_bytes(b"\xff")))
        );
    }
}
