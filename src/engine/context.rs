use std::{ffi::OsStr, path::Path};

/// Where the files of a build come from, by the rules of buildx's `IsRemoteURL` and `IsLocalDir`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextKind {
    /// A tar stream or a Dockerfile on standard input.
    Stdin,
    /// A folder of this machine.
    Folder,
    /// A git repository.
    Git,
    /// A file behind http or https: a tar archive or a Dockerfile.
    Http,
}

/// Tells what kind of build context `context` names; a folder that exists is one whatever its name looks like.
pub fn context_kind(context: &OsStr) -> ContextKind {
    let text = context.to_string_lossy();
    if text == "-" {
        return ContextKind::Stdin;
    }
    if Path::new(context).is_dir() {
        return ContextKind::Folder;
    }
    if ["git://", "ssh://", "git@", "github.com/"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
    {
        return ContextKind::Git;
    }
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return ContextKind::Folder;
    }
    let path = text.split(['#', '?']).next().unwrap_or_default();
    match path.strip_suffix(".git") {
        Some(_) => ContextKind::Git,
        None => ContextKind::Http,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_contexts_apart() {
        for (context, kind) in [
            ("-", ContextKind::Stdin),
            (".", ContextKind::Folder),
            ("no/such/folder", ContextKind::Folder),
            ("https://example.com/a/b.git#main:dir", ContextKind::Git),
            ("https://example.com/a/b.git?ref=main", ContextKind::Git),
            ("https://example.com/context.tar.gz", ContextKind::Http),
            ("git@example.com:a/b", ContextKind::Git),
            ("github.com/a/b", ContextKind::Git),
        ] {
            assert_eq!(context_kind(OsStr::new(context)), kind, "{context}");
        }
    }
}
