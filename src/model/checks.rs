//! What BuildKit refuses only when it comes to a step, its variables known (dockerfile2llb/convert*.go).

use crate::{
    grammar::{
        mount::{Mount, is_bool},
        suggestion,
    },
    model::git_source::is_git,
};

/// EXPOSE: `[ip:[host:]]port[-end][/protocol]`.
pub(super) fn port(text: &str) -> Result<(), String> {
    let (ports, protocol) = text
        .rsplit_once('/')
        .map_or((text, "tcp"), |(ports, protocol)| (ports, protocol));
    if !matches!(protocol.to_lowercase().as_str(), "tcp" | "udp" | "sctp" | "") {
        return Err(format!("invalid proto: {protocol}"));
    }
    let container = ports.rsplit(':').next().unwrap_or_default();
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    let number = |text: &str| text.parse::<u16>().ok();
    let is_valid = match container.split_once('-') {
        Some((first, last)) => {
            matches!((number(first), number(last)), (Some(first), Some(last)) if first <= last)
        }
        None => number(container).is_some(),
    };
    if is_valid {
        Ok(())
    } else {
        Err(format!("invalid containerPort: {container}"))
    }
}

/// VOLUME after expansion.
pub(super) fn volume(path: &str) -> Result<(), String> {
    if path.is_empty() {
        Err("VOLUME specified can not be an empty string".to_owned())
    } else {
        Ok(())
    }
}

/// The keys of a mount.
const MOUNT_KEYS: [&str; 20] = [
    "type",
    "from",
    "source",
    "src",
    "target",
    "dst",
    "destination",
    "readonly",
    "ro",
    "readwrite",
    "rw",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "env",
    "",
];

/// `RUN --mount`: every field against the mount's type; a target is relative to the working directory `folder`.
pub(super) fn mount(mount: &Mount, folder: &str) -> Result<(), String> {
    let kind = mount.kind();
    if !matches!(kind.as_str(), "bind" | "cache" | "tmpfs" | "secret" | "ssh") {
        return Err(format!("unsupported mount type {kind:?}"));
    }
    for field in &mount.fields {
        let key = field.key.as_str();
        match &field.value {
            None if matches!(key, "readonly" | "ro" | "readwrite" | "rw") => {}
            None if key == "required" && matches!(kind.as_str(), "secret" | "ssh") => {}
            None if key == "required" => {
                return Err(format!("unexpected key '{key}' for mount type '{kind}'"));
            }
            None => return Err(format!("invalid field '{key}' must be a key=value pair")),
            Some(value) => mount_field(&kind, key, value)?,
        }
    }
    mount_whole(mount, &kind, folder)
}

fn mount_field(kind: &str, key: &str, value: &str) -> Result<(), String> {
    if !MOUNT_KEYS.contains(&key) || key.is_empty() {
        let known = MOUNT_KEYS.into_iter().filter(|known| !known.is_empty());
        return Err(format!(
            "unexpected key '{key}' in '{key}={value}'{}",
            suggestion(key, known)
        ));
    }
    let is_allowed = match key {
        "id" | "mode" | "uid" | "gid" => matches!(kind, "cache" | "secret" | "ssh"),
        "required" => matches!(kind, "secret" | "ssh"),
        "size" => kind == "tmpfs",
        _ => true,
    };
    if !is_allowed {
        return Err(match key {
            "required" | "size" => format!("unexpected key '{key}' for mount type '{kind}'"),
            _ => format!("{key} not allowed for {kind:?} type mounts"),
        });
    }
    let is_valid = match key {
        "readonly" | "ro" | "readwrite" | "rw" | "required" => is_bool(value),
        "uid" | "gid" => value.parse::<u32>().is_ok(),
        "mode" => u32::from_str_radix(value, 8).is_ok(),
        "size" => is_size(value),
        _ => true,
    };
    if !is_valid {
        return Err(match key {
            "mode" | "uid" | "gid" => format!("invalid value {value} for {key}"),
            _ => format!("invalid value for {key}: {value}"),
        });
    }
    if key == "sharing" && kind != "cache" {
        return Err(format!("invalid cache sharing set for {kind} mount"));
    }
    if key == "sharing" && !matches!(value.to_lowercase().as_str(), "shared" | "private" | "locked") {
        return Err(format!("unsupported sharing value {value:?}"));
    }
    Ok(())
}

fn mount_whole(mount: &Mount, kind: &str, folder: &str) -> Result<(), String> {
    let source = mount.get(&["source", "src"]).filter(|source| !source.is_empty());
    let id = mount.get(&["id"]).filter(|id| !id.is_empty());
    match kind {
        "secret" if mount.get(&["from"]).is_some_and(|from| !from.is_empty()) => {
            Err("secret mount should not have a from".to_owned())
        }
        "secret" if source.is_some() && id.is_some() => Err("both source and id can't be set".to_owned()),
        "secret" if source.is_none() && id.is_none() && mount.target().is_none() => {
            Err("invalid secret mount. one of source, target required".to_owned())
        }
        "ssh" if source.is_some() => Err("ssh does not support source".to_owned()),
        "bind" | "cache" | "tmpfs" if is_root(mount.target().unwrap_or_default(), folder) => {
            Err("invalid mount target \"/\"".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether a path is the root, seen from the working directory.
fn is_root(path: &str, folder: &str) -> bool {
    let is_empty = |path: &str| path.split('/').all(|part| matches!(part, "" | "."));
    is_empty(path) && (path.starts_with('/') || is_empty(folder))
}

/// A size as docker writes it: a number and a unit of 1024.
fn is_size(text: &str) -> bool {
    let digits = text
        .find(|one: char| !one.is_ascii_digit() && one != '.')
        .unwrap_or(text.len());
    let unit = text[digits..].trim().to_lowercase();
    text[..digits].parse::<f64>().is_ok()
        && matches!(
            unit.trim_end_matches('b').trim_end_matches('i'),
            "" | "k" | "m" | "g" | "t" | "p"
        )
}

/// `--chmod`: octal up to 07777; other texts are symbolic modes.
pub(super) fn mode(text: &str) -> Result<(), String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || u32::from_str_radix(text, 8).is_ok_and(|mode| mode <= 0o7777) {
        return Ok(());
    }
    Err(format!(
        "invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
    ))
}

/// The sources of COPY, which are local.
pub(super) fn copied(source: &str) -> Result<(), String> {
    if is_git(source) {
        Err("source can't be a git ref for COPY".to_owned())
    } else if is_http(source) {
        Err("source can't be a URL for COPY".to_owned())
    } else {
        Ok(())
    }
}

/// `ADD --checksum`.
pub(super) fn checksum(text: &str, sources: &[String]) -> Result<(), String> {
    let [source] = sources else {
        return Err("checksum can't be specified for multiple sources".to_owned());
    };
    if !is_git(source) && !is_http(source) {
        return Err("checksum requires HTTP(S) or Git sources".to_owned());
    }
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_digest = text
        .split_once(':')
        .is_some_and(|(_, hex)| !hex.is_empty() && is_hex(hex));
    // A git source may name its commit.
    let is_commit = is_git(source) && is_hex(text) && !text.is_empty();
    if is_digest || is_commit {
        Ok(())
    } else {
        Err("invalid checksum digest format".to_owned())
    }
}

/// Whether a source is an address of the web.
pub(super) fn is_http(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports() {
        for good in ["80", "80/tcp", "8000-8010/UDP", "127.0.0.1:80:8080", "0"] {
            assert_eq!(port(good), Ok(()), "{good}");
        }
        assert_eq!(port("65536"), Err("invalid containerPort: 65536".to_owned()));
        assert_eq!(port("#For"), Err("invalid containerPort: #For".to_owned()));
        assert!(port("9-8").is_err() && port("80/icmp").is_err());
    }

    #[test]
    fn mounts() {
        let check = |text: &str, folder: &str| {
            crate::grammar::mount::parse(text).and_then(|read| mount(&read, folder))
        };
        for good in [
            "src=src",
            "type=cache,target=a",
            "type=tmpfs,target=/t,size=10mb",
            "type=secret,id=a",
            "target=/x,ro",
        ] {
            assert_eq!(check(good, "/src"), Ok(()), "{good}");
        }
        assert_eq!(
            check("type=bind", "/"),
            Err("invalid mount target \"/\"".to_owned())
        );
        assert_eq!(
            check("target=/", "/src"),
            Err("invalid mount target \"/\"".to_owned())
        );
        for bad in [
            "target=/x,readonly=maybe",
            "type=tmpfs,target=/t,size=x",
            "type=secret",
            "type=secret,src=a,id=b",
            "type=ssh,source=x",
            "type=cache,target=/x,mode=9",
            "type=cache,target=/x,sharing=never",
            "type=wrong,target=/x",
            "source:/x,target=/x",
        ] {
            assert!(check(bad, "/src").is_err(), "{bad}");
        }
    }

    #[test]
    fn copies() {
        assert!(copied("https://example.org/a").is_err() && copied("git@example.org:a/b.git").is_err());
        assert_eq!(copied("a/b"), Ok(()));
        assert!(mode("0999").is_err() && mode("17777").is_err());
        assert!(mode("755").is_ok() && mode("u+x").is_ok());
        let source = ["https://example.org/a".to_owned()];
        assert!(checksum("zz", &source).is_err() && checksum("sha256:abc", &["a".to_owned()]).is_err());
        assert_eq!(checksum(&format!("sha256:{}", "0".repeat(64)), &source), Ok(()));
    }
}
