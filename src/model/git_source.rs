//! Git repositories as sources of ADD (BuildKit `dfgitutil.ParseGitRef`, `gitutil.ParseURL`).

/// A repository, and what is taken of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitSource {
    /// The host and the path, without scheme and user.
    repository: String,
    reference: String,
    folder: String,
}

impl GitSource {
    /// BuildKit's name of the source: `git://host/path#reference:folder`.
    pub(super) fn identifier(&self) -> String {
        let mut name = format!("git://{}", self.repository);
        if !self.reference.is_empty() || !self.folder.is_empty() {
            name.push('#');
            name.push_str(&self.reference);
        }
        if !self.folder.is_empty() {
            name.push(':');
            name.push_str(&self.folder);
        }
        name
    }

    fn set_reference(&mut self, reference: String) -> Result<(), String> {
        if !self.reference.is_empty() && self.reference != reference {
            return Err(format!("ref conflicts: {:?} vs {reference:?}", self.reference));
        }
        self.reference = reference;
        Ok(())
    }
}

/// Whether a source names a repository: an address with the scheme `git` or `ssh`, one of the web that ends in `.git`, or `user@host:path`.
pub(super) fn is_git(source: &str) -> bool {
    split(source).is_some()
}

/// Reads a source; nothing when it is no repository.
///
/// # Errors
/// When its query asks for something that there is not, or for two things.
pub(super) fn parse(source: &str) -> Result<Option<GitSource>, String> {
    let Some((repository, query, fragment)) = split(source) else {
        return Ok(None);
    };
    let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
    let mut git = GitSource {
        repository,
        reference: reference.to_owned(),
        folder: folder.to_owned(),
    };
    let parts: Vec<(&str, &str)> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .collect();
    for (index, (key, value)) in parts.iter().enumerate() {
        if parts[..index].iter().any(|(earlier, _)| earlier == key) {
            return Err(format!("query {key:?} has multiple values"));
        }
        read_query(&mut git, key, value)?;
    }
    let has = |name: &str| parts.iter().any(|(key, _)| *key == name);
    if has("tag") && has("branch") {
        return Err("branch conflicts with tag".to_owned());
    }
    Ok(Some(git))
}

fn read_query(git: &mut GitSource, key: &str, value: &str) -> Result<(), String> {
    let is_flag = matches!(key, "keep-git-dir" | "submodules" | "fetch-by-commit");
    if !is_flag
        && !matches!(
            key,
            "ref" | "tag" | "branch" | "subdir" | "checksum" | "commit" | "mtime"
        )
    {
        return Err(format!("unexpected query {key:?}"));
    }
    if value.is_empty() {
        return if is_flag {
            Ok(())
        } else {
            Err(format!("query {key:?} has no value"))
        };
    }
    let below = |folder: &str| {
        if value.starts_with(folder) {
            value.to_owned()
        } else {
            format!("{folder}{value}")
        }
    };
    match key {
        "ref" => git.set_reference(value.to_owned()),
        "tag" => git.set_reference(below("refs/tags/")),
        "branch" => git.set_reference(below("refs/heads/")),
        "subdir" if !git.folder.is_empty() && git.folder != value => {
            Err(format!("subdir conflicts: {:?} vs {value:?}", git.folder))
        }
        "subdir" => {
            value.clone_into(&mut git.folder);
            Ok(())
        }
        _ if is_flag && !crate::grammar::mount::is_bool(value) => {
            Err(format!("invalid {key} value: {value:?}"))
        }
        _ => Ok(()),
    }
}

/// The repository, the query and the fragment of a source that names a repository.
fn split(source: &str) -> Option<(String, &str, &str)> {
    let (rest, fragment) = source.split_once('#').unwrap_or((source, ""));
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    if let Some((scheme, place)) = address.split_once("://") {
        let is_repository = match scheme.to_ascii_lowercase().as_str() {
            "git" | "ssh" => true,
            "http" | "https" => place.contains('/') && place.strip_suffix(".git").is_some(),
            _ => false,
        };
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let host = host.rsplit('@').next().unwrap_or(host);
        return is_repository.then(|| (format!("{host}/{path}"), query, fragment));
    }
    let (user, place) = address.split_once('@')?;
    let (host, path) = place.split_once(':')?;
    let is_name = |text: &str, others: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || others.contains(one))
    };
    (is_name(user, "-_") && is_name(host, "-.")).then(|| {
        (
            format!("{host}/{}", path.trim_start_matches('/')),
            query,
            fragment,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: Result<Option<&str>, &str>) {
        let identifier = parse(source).map(|git| git.map(|git| git.identifier()));
        let expected = expected
            .map(|name| name.map(str::to_owned))
            .map_err(str::to_owned);
        assert_eq!(identifier, expected, "{source}");
    }

    #[test]
    fn repositories() {
        check("https://example.org/a.git", Ok(Some("git://example.org/a.git")));
        check(
            "https://me:word@example.org/a.git#v1",
            Ok(Some("git://example.org/a.git#v1")),
        );
        check(
            "https://example.org/a.git#v1:docs",
            Ok(Some("git://example.org/a.git#v1:docs")),
        );
        check(
            "https://example.org/a.git#:docs",
            Ok(Some("git://example.org/a.git#:docs")),
        );
        check(
            "git@example.org:a/b.git#v1",
            Ok(Some("git://example.org/a/b.git#v1")),
        );
        check(
            "ssh://git@example.org:22/a/b",
            Ok(Some("git://example.org:22/a/b")),
        );
        check("git://example.org/a", Ok(Some("git://example.org/a")));
    }

    #[test]
    fn other_sources() {
        for source in [
            "https://example.org/a",
            "https://example.org/a.git/",
            "https://example.org/a.tar?ref=",
            "example.org/a.git",
            "./a.git",
            "a@b/c:d.git",
        ] {
            check(source, Ok(None));
        }
    }

    #[test]
    fn queries() {
        let of = |query: &str| format!("https://example.org/a.git?{query}");
        check(
            &of("ref=v1&subdir=docs"),
            Ok(Some("git://example.org/a.git#v1:docs")),
        );
        check(&of("tag=v1"), Ok(Some("git://example.org/a.git#refs/tags/v1")));
        check(
            &of("branch=b&keep-git-dir"),
            Ok(Some("git://example.org/a.git#refs/heads/b")),
        );
        check(&of("commit=012345"), Ok(Some("git://example.org/a.git")));
        check(&of("ref="), Err("query \"ref\" has no value"));
        check(&of("what=1"), Err("unexpected query \"what\""));
        check(&of("ref=a&ref=b"), Err("query \"ref\" has multiple values"));
        check(&of("ref=a#b"), Err("ref conflicts: \"b\" vs \"a\""));
        check(
            &of("tag=a&branch=refs/tags/a"),
            Err("ref conflicts: \"refs/tags/a\" vs \"refs/heads/refs/tags/a\""),
        );
        check(
            &of("submodules=maybe"),
            Err("invalid submodules value: \"maybe\""),
        );
    }
}
