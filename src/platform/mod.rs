//! Platforms as BuildKit writes and compares them (containerd/platforms), and their names elsewhere.

mod names;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};

pub use names::{Names, names};

/// An operating system, an architecture and its variant, e.g. `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// The operating system, e.g. `linux`.
    pub os: String,
    /// The architecture as Go names it, e.g. `arm64`.
    pub architecture: String,
    /// The variant, e.g. `v7`; mostly empty.
    pub variant: String,
}

/// Why a text is no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// A part is empty or has a character that no platform has.
    #[error(
        "{part:?} is an invalid component of {text:?}: platform specifier component must match \"^[A-Za-z0-9_.-]+$\""
    )]
    Component {
        /// The part.
        part: String,
        /// The whole text.
        text: String,
    },
    /// One word that is neither a known operating system nor a known architecture.
    #[error("{0:?}: unknown operating system or architecture")]
    Unknown(String),
    /// More than three parts.
    #[error("{0:?}: cannot parse platform specifier")]
    TooManyParts(String),
}

const SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

const ARCHITECTURES: [&str; 29] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "aarch64",
    "armhf",
    "armel",
    "i386",
    "x86_64",
];

impl Platform {
    /// A platform of Linux without variant.
    pub fn linux(architecture: &str) -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: architecture.to_owned(),
            variant: String::new(),
        }
    }

    /// The platform of this program, as BuildKit would name it.
    pub fn host() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" => "ppc64le",
            "loongarch64" => "loong64",
            other => other,
        };
        Self::linux(architecture).normalized()
    }

    /// Reads a specifier the way `FROM --platform` is read; a single word is completed from `host`.
    ///
    /// # Errors
    /// When the text is no platform specifier.
    pub fn parse(text: &str, host: &Self) -> Result<Self, PlatformError> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() > 3 {
            return Err(PlatformError::TooManyParts(text.to_owned()));
        }
        for (index, part) in parts.iter().enumerate() {
            let is_plain = |part: &str| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|one| one.is_ascii_alphanumeric() || "_.-".contains(one))
            };
            // The operating system may carry a version: windows(10.0.17763).
            let bare = if index == 0 {
                part.split('(').next().unwrap_or_default()
            } else {
                part
            };
            if !is_plain(bare) {
                return Err(PlatformError::Component {
                    part: (*part).to_owned(),
                    text: text.to_owned(),
                });
            }
        }
        match parts.as_slice() {
            [word] => {
                let lower = word.split('(').next().unwrap_or_default().to_lowercase();
                let os = normal_os(&lower);
                if SYSTEMS.contains(&os.as_str()) {
                    return Ok(Self { os, ..host.clone() });
                }
                let (architecture, variant) = bare_architecture(&lower);
                if !ARCHITECTURES.contains(&architecture.as_str()) {
                    return Err(PlatformError::Unknown(text.to_owned()));
                }
                Ok(Self {
                    os: host.os.clone(),
                    architecture,
                    variant,
                })
            }
            [os, architecture] => {
                let (architecture, variant) = bare_architecture(architecture);
                Ok(Self {
                    os: normal_os(os.split('(').next().unwrap_or_default()),
                    architecture,
                    variant,
                })
            }
            [os, architecture, variant] => {
                let (architecture, variant) = normal_architecture(architecture, variant);
                let variant = if architecture == "arm64" && variant.is_empty() {
                    "v8".to_owned()
                } else {
                    variant
                };
                Ok(Self {
                    os: normal_os(os.split('(').next().unwrap_or_default()),
                    architecture,
                    variant,
                })
            }
            _ => Err(PlatformError::TooManyParts(text.to_owned())),
        }
    }

    /// The one spelling of a platform: `arm64/v8` is `arm64`, `arm` is `arm/v7`.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let (architecture, variant) = normal_architecture(&self.architecture, &self.variant);
        Self {
            os: normal_os(&self.os),
            architecture,
            variant,
        }
    }
}

/// An architecture that is written without its variant; that of arm goes without saying.
fn bare_architecture(architecture: &str) -> (String, String) {
    let (architecture, variant) = normal_architecture(architecture, "");
    let is_default = architecture == "arm" && variant == "v7";
    (architecture, if is_default { String::new() } else { variant })
}

fn normal_os(os: &str) -> String {
    let lower = os.to_lowercase();
    if lower == "macos" {
        "darwin".to_owned()
    } else {
        lower
    }
}

fn normal_architecture(architecture: &str, variant: &str) -> (String, String) {
    let architecture = architecture.to_lowercase();
    let variant = variant.to_lowercase();
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", other) => ("amd64", other),
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", other) => ("arm64", other),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        (other, variant) => (other, variant),
    };
    (architecture.to_owned(), variant.to_owned())
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        if self.variant.is_empty() {
            Ok(())
        } else {
            write!(formatter, "/{}", self.variant)
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        Self::parse(text, &Self::host()).map(|platform| platform.normalized())
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, parsed: Option<&str>, normalized: &str) {
        let platform = Platform::parse(text, &Platform::linux("amd64"));
        assert_eq!(platform.as_ref().ok().map(ToString::to_string).as_deref(), parsed);
        assert_eq!(
            platform.map_or(String::new(), |platform| platform.normalized().to_string()),
            normalized
        );
    }

    #[test]
    fn reads_specifiers_as_containerd_does() {
        check("linux", Some("linux/amd64"), "linux/amd64");
        check("aarch64", Some("linux/arm64"), "linux/arm64");
        check("linux/arm", Some("linux/arm"), "linux/arm/v7");
        check("linux/arm64/v8", Some("linux/arm64/v8"), "linux/arm64");
        check("Linux/AMD64", Some("linux/amd64"), "linux/amd64");
        check("armhf", Some("linux/arm"), "linux/arm/v7");
        check("armel", Some("linux/arm/v6"), "linux/arm/v6");
        check("linux/foo", Some("linux/foo"), "linux/foo");
        check("armv7l", None, "");
        check("linux/", None, "");
        check("a/b/c/d", None, "");
    }
}
