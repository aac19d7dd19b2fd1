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
    /// Rust's target for glibc, when rustup has its standard library and Debian a linker.
    pub rust_gnu: Option<&'static str>,
    /// Rust's target for musl, when rustup has its standard library.
    pub rust_musl: Option<&'static str>,
}

const NAMES: [Names; 9] = [
    Names {
        platform: "amd64",
        machine: "x86_64",
        debian: Some("amd64"),
        triplet: Some("x86_64-linux-gnu"),
        alpine: Some("x86_64"),
        node: Some("x64"),
        rust_gnu: Some("x86_64-unknown-linux-gnu"),
        rust_musl: Some("x86_64-unknown-linux-musl"),
    },
    Names {
        platform: "arm64",
        machine: "aarch64",
        debian: Some("arm64"),
        triplet: Some("aarch64-linux-gnu"),
        alpine: Some("aarch64"),
        node: Some("arm64"),
        rust_gnu: Some("aarch64-unknown-linux-gnu"),
        rust_musl: Some("aarch64-unknown-linux-musl"),
    },
    Names {
        platform: "arm/v7",
        machine: "armv7l",
        debian: Some("armhf"),
        triplet: Some("arm-linux-gnueabihf"),
        alpine: Some("armv7"),
        node: Some("arm"),
        rust_gnu: Some("armv7-unknown-linux-gnueabihf"),
        rust_musl: Some("armv7-unknown-linux-musleabihf"),
    },
    Names {
        platform: "arm/v6",
        machine: "armv6l",
        debian: None,
        triplet: None,
        alpine: Some("armhf"),
        node: Some("arm"),
        rust_gnu: None,
        rust_musl: Some("arm-unknown-linux-musleabihf"),
    },
    Names {
        platform: "386",
        machine: "i686",
        debian: Some("i386"),
        triplet: Some("i686-linux-gnu"),
        alpine: Some("x86"),
        node: Some("ia32"),
        rust_gnu: Some("i686-unknown-linux-gnu"),
        rust_musl: Some("i686-unknown-linux-musl"),
    },
    Names {
        platform: "ppc64le",
        machine: "ppc64le",
        debian: Some("ppc64el"),
        triplet: Some("powerpc64le-linux-gnu"),
        alpine: Some("ppc64le"),
        node: Some("ppc64"),
        rust_gnu: Some("powerpc64le-unknown-linux-gnu"),
        rust_musl: Some("powerpc64le-unknown-linux-musl"),
    },
    Names {
        platform: "s390x",
        machine: "s390x",
        debian: Some("s390x"),
        triplet: Some("s390x-linux-gnu"),
        alpine: Some("s390x"),
        node: Some("s390x"),
        rust_gnu: Some("s390x-unknown-linux-gnu"),
        rust_musl: None,
    },
    Names {
        platform: "riscv64",
        machine: "riscv64",
        debian: Some("riscv64"),
        triplet: Some("riscv64-linux-gnu"),
        alpine: Some("riscv64"),
        node: None,
        rust_gnu: Some("riscv64gc-unknown-linux-gnu"),
        rust_musl: Some("riscv64gc-unknown-linux-musl"),
    },
    Names {
        platform: "loong64",
        machine: "loongarch64",
        debian: Some("loong64"),
        triplet: Some("loongarch64-linux-gnu"),
        alpine: Some("loongarch64"),
        node: None,
        rust_gnu: Some("loongarch64-unknown-linux-gnu"),
        rust_musl: Some("loongarch64-unknown-linux-musl"),
    },
];

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
