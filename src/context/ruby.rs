//! Ruby: the gems of a Gemfile.lock.

/// A Gemfile.lock of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GemLock {
    /// The file.
    pub file: String,
    /// The platforms that it was resolved for: `ruby`, `x86_64-linux`.
    pub platforms: Vec<String>,
    /// The gems, in order, each once.
    pub gems: Vec<String>,
    /// Those that are known to have native code, or that are locked for a platform.
    pub native: Vec<String>,
    /// Whether some come from a repository or a folder, and not from a server of gems.
    pub has_sources: bool,
}

/// Gems with native code.
const NATIVE: [&str; 40] = [
    "argon2",
    "bcrypt",
    "bcrypt_pbkdf",
    "bigdecimal",
    "bindex",
    "bootsnap",
    "byebug",
    "charlock_holmes",
    "cbor",
    "date",
    "debug",
    "digest-crc",
    "ed25519",
    "eventmachine",
    "ffi",
    "google-protobuf",
    "grpc",
    "hiredis",
    "http_parser.rb",
    "io-console",
    "jaro_winkler",
    "json",
    "libv8",
    "mini_racer",
    "msgpack",
    "mysql2",
    "nio4r",
    "nokogiri",
    "oj",
    "openssl",
    "pg",
    "puma",
    "psych",
    "racc",
    "rbs",
    "redcarpet",
    "sassc",
    "sqlite3",
    "stringio",
    "unf_ext",
];

/// Reads a Gemfile.lock.
pub(super) fn read(file: &str, text: &str) -> Option<GemLock> {
    let mut lock = GemLock {
        file: file.to_owned(),
        ..GemLock::default()
    };
    let mut section = "";
    for line in text.lines() {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let content = line.trim();
        match (depth, section) {
            (0, _) => {
                section = content;
                lock.has_sources |= matches!(section, "GIT" | "PATH");
            }
            (2, "PLATFORMS") => lock.platforms.push(content.to_owned()),
            // The gems themselves; what they depend on stands deeper.
            (4, "GEM" | "GIT" | "PATH") => {
                let Some((name, version)) = content.split_once(" (") else {
                    continue;
                };
                if NATIVE.contains(&name) || version.trim_end_matches(')').contains('-') {
                    lock.native.push(name.to_owned());
                }
                lock.gems.push(name.to_owned());
            }
            _ => {}
        }
    }
    lock.gems.dedup();
    lock.native.dedup();
    (!lock.platforms.is_empty()).then_some(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_locks() {
        let text = "GEM\n  remote: https://example.org/\n  specs:\n    nokogiri (1.16.0-x86_64-linux)\n      racc (~> 1.4)\n    rack (3.0.0)\n    sass-embedded (1.7.0-x86_64-linux-gnu)\n\nPLATFORMS\n  x86_64-linux\n\nDEPENDENCIES\n  rack\n";
        let lock = read("Gemfile.lock", text).expect("a lock file");
        assert_eq!(lock.platforms, ["x86_64-linux"]);
        assert_eq!(lock.gems, ["nokogiri", "rack", "sass-embedded"]);
        assert_eq!(lock.native, ["nokogiri", "sass-embedded"]);
        assert!(!lock.has_sources);
        assert_eq!(read("Gemfile.lock", "x"), None);
    }
}
