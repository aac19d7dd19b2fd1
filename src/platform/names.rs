use crate::platform::Platform;

/// What a platform is called elsewhere; `grammar/platforms.toml` is the written table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The platform without operating system: `arm64`, `arm/v7`.
    pub platform: &'static str,
    /// `uname -m`.
    pub machine: &'static str,
    /// Debian's architecture; `None` where Debian has none.
    pub debian: Option<&'static str>,
    /// Debian's GNU triplet.
    pub triplet: Option<&'static str>,
    /// Alpine's architecture.
    pub alpine: Option<&'static str>,
    /// Node's `process.arch`.
    pub node: Option<&'static str>,
}

const NAMES: [Names; 9] = [
    row(
        "amd64",
        "x86_64",
        Some(("amd64", "x86_64-linux-gnu")),
        Some("x86_64"),
        Some("x64"),
    ),
    row(
        "arm64",
        "aarch64",
        Some(("arm64", "aarch64-linux-gnu")),
        Some("aarch64"),
        Some("arm64"),
    ),
    row(
        "arm/v7",
        "armv7l",
        Some(("armhf", "arm-linux-gnueabihf")),
        Some("armv7"),
        Some("arm"),
    ),
    row("arm/v6", "armv6l", None, Some("armhf"), Some("arm")),
    row(
        "386",
        "i686",
        Some(("i386", "i686-linux-gnu")),
        Some("x86"),
        Some("ia32"),
    ),
    row(
        "ppc64le",
        "ppc64le",
        Some(("ppc64el", "powerpc64le-linux-gnu")),
        Some("ppc64le"),
        Some("ppc64"),
    ),
    row(
        "s390x",
        "s390x",
        Some(("s390x", "s390x-linux-gnu")),
        Some("s390x"),
        Some("s390x"),
    ),
    row(
        "riscv64",
        "riscv64",
        Some(("riscv64", "riscv64-linux-gnu")),
        Some("riscv64"),
        None,
    ),
    row(
        "loong64",
        "loongarch64",
        Some(("loong64", "loongarch64-linux-gnu")),
        Some("loongarch64"),
        None,
    ),
];

const fn row(
    platform: &'static str,
    machine: &'static str,
    debian: Option<(&'static str, &'static str)>,
    alpine: Option<&'static str>,
    node: Option<&'static str>,
) -> Names {
    let (debian, triplet) = match debian {
        Some((debian, triplet)) => (Some(debian), Some(triplet)),
        None => (None, None),
    };
    Names {
        platform,
        machine,
        debian,
        triplet,
        alpine,
        node,
    }
}

/// The names of a platform; `None` for one that xbuild does not know.
pub fn names(platform: &Platform) -> Option<&'static Names> {
    let wanted = platform.normalized();
    if wanted.os != "linux" {
        return None;
    }
    NAMES.iter().find(|names| match names.platform.split_once('/') {
        Some((architecture, variant)) => wanted.architecture == architecture && wanted.variant == variant,
        None => wanted.architecture == names.platform,
    })
}
