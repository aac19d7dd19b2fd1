//! Image references as Docker normalises them (distribution/reference).

/// The full form of an image name: `alpine` is `docker.io/library/alpine:latest`.
///
/// # Errors
/// When `name` is no image reference.
pub fn normalize(name: &str) -> Result<String, String> {
    if name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(format!(
            "invalid repository name ({name}), cannot specify 64-byte hexadecimal strings"
        ));
    }
    let (domain, remainder) = split_domain(name);
    let remainder = if domain == "docker.io" && !remainder.contains('/') {
        format!("library/{remainder}")
    } else {
        remainder.to_owned()
    };
    let repository = remainder.split(':').next().unwrap_or_default();
    if repository.to_lowercase() != repository {
        return Err(format!(
            "invalid reference format: repository name ({repository}) must be lowercase"
        ));
    }
    let (path, tag, digest) = split_tag(&remainder);
    let is_valid = is_domain(domain)
        && path.split('/').all(is_path_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest);
    if !is_valid {
        return Err("invalid reference format".to_owned());
    }
    if domain.len() + 1 + path.len() > 255 {
        return Err("repository name must not be more than 255 characters".to_owned());
    }
    let tag = tag
        .map(|tag| format!(":{tag}"))
        .or_else(|| digest.is_none().then(|| ":latest".to_owned()));
    let digest = digest.map(|digest| format!("@{digest}"));
    Ok(format!(
        "{domain}/{path}{}{}",
        tag.unwrap_or_default(),
        digest.unwrap_or_default()
    ))
}

/// The last part of an image's path without tag and digest: `golang` of `docker.io/library/golang:1.24`.
pub fn short_name(name: &str) -> &str {
    let (path, _, _) = split_tag(split_domain(name).1);
    path.rsplit('/').next().unwrap_or(path)
}

/// The tag of an image name, if it has one.
pub fn tag(name: &str) -> Option<&str> {
    split_tag(split_domain(name).1).1
}

fn split_domain(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first =>
        {
            (
                if first == "index.docker.io" {
                    "docker.io"
                } else {
                    first
                },
                rest,
            )
        }
        _ => ("docker.io", name),
    }
}

fn split_tag(remainder: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = match remainder.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (remainder, None),
    };
    match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag), digest),
        None => (rest, None, digest),
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (domain, None),
    };
    let is_component = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = address.map_or_else(
        || host.split('.').all(is_component),
        |address| {
            address
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b':')
        },
    );
    is_host && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Lower-case letters and digits, with `.`, `_`, `__` or dashes between them.
fn is_path_component(part: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_well = bytes.first().is_some_and(|byte| is_alphanumeric(*byte))
        && bytes.last().is_some_and(|byte| is_alphanumeric(*byte));
    let mut separators = bytes
        .split(|byte| is_alphanumeric(*byte))
        .filter(|separator| !separator.is_empty());
    ends_well
        && separators.all(|separator| {
            matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(is_word)
        && tag
            .bytes()
            .all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    let is_part = |part: &str| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(is_part)
        && hex.len() >= 32
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(normalize(name).ok().as_deref(), expected, "{name}");
    }

    #[test]
    fn completes_short_names() {
        check("alpine", Some("docker.io/library/alpine:latest"));
        check("a/b:1", Some("docker.io/a/b:1"));
        check("localhost/b", Some("localhost/b:latest"));
        check("host:5000/a/b", Some("host:5000/a/b:latest"));
        let digest = format!("a@sha256:{}", "0".repeat(64));
        check(&digest, Some(&format!("docker.io/library/{digest}")));
    }

    #[test]
    fn refuses_what_is_no_reference() {
        for name in [
            "",
            "Alpine",
            "a:",
            "a b",
            "a--b/",
            "a..b",
            "-a",
            "a@sha256:12",
            "%%X%%",
        ] {
            check(name, None);
        }
        check("a--b__c.d", Some("docker.io/library/a--b__c.d:latest"));
    }
}
