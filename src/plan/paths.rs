//! Absolute paths inside an image, as text.

/// `path` seen from `folder`, without `.`, `..` and doubled slashes.
pub fn join(folder: &str, path: &str) -> String {
    let joined = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether `path` is `folder` or lies in it.
pub(super) fn is_within(path: &str, folder: &str) -> bool {
    folder == "/"
        || path == folder
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The part of a path in front of the first wildcard, cut at a slash.
pub fn without_wildcards(path: &str) -> &str {
    match path.find(['*', '?', '[']) {
        Some(wildcard) => path[..wildcard]
            .rfind('/')
            .map_or("", |slash| &path[..slash.max(1)]),
        None => path,
    }
}

/// Folders in which base images keep files of their own, so that a copy of the folder takes those along.
const SYSTEM_FOLDERS: [&str; 24] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/go",
    "/home",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib64",
    "/usr/local",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/share",
    "/var",
];

/// Folders that belong to packages and languages with everything in them.
const OWNED_FOLDERS: [&str; 6] = [
    "/lib",
    "/usr/lib",
    "/usr/libexec",
    "/usr/local/lib",
    "/usr/local/go",
    "/var/lib",
];

/// Whether a base image or a package is expected to have files of its own in this folder.
pub(super) fn is_system_folder(path: &str) -> bool {
    SYSTEM_FOLDERS.contains(&path)
        || OWNED_FOLDERS.iter().any(|folder| is_within(path, folder))
        || path.split('/').any(|part| {
            matches!(
                part,
                "site-packages" | "dist-packages" | "node_modules" | ".local"
            )
        })
}

/// Files of a distribution that are the same on every platform.
const PORTABLE: [&str; 12] = [
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/shadow",
    "/etc/ssl",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
];

/// Whether a distribution's file is the same on every platform: certificates, time zones, accounts.
pub(super) fn is_portable(path: &str) -> bool {
    PORTABLE.iter().any(|portable| is_within(path, portable))
        || path == "/usr/local/go/lib/time/zoneinfo.zip"
        || path == "/usr/share/zoneinfo.zip"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_compares() {
        assert_eq!(join("/app", "./a/../b/"), "/app/b");
        assert_eq!(join("/app", "/x//y"), "/x/y");
        assert_eq!(join("/", ".."), "/");
        assert!(is_within("/app/b", "/app") && !is_within("/apple", "/app"));
        assert_eq!(without_wildcards("/app/target/*.jar"), "/app/target");
        assert_eq!(without_wildcards("/*.jar"), "/");
    }
}
