//! Questions for the architecture of the machine, which a native step would answer for the build platform.

use crate::plan::recipe::Invocation;

/// The command's text, when it asks for the architecture of the machine (cross-compilation trap D5).
pub(super) fn platform_question(invocation: &Invocation<'_>, is_captured: bool) -> Option<String> {
    let asks = match invocation.name {
        "uname" => invocation.words.iter().flatten().any(|word| {
            word.starts_with("--machine")
                || word.starts_with("--processor")
                || word.starts_with("--all")
                || (!word.starts_with("--") && word.contains(['m', 'p', 'i', 'a']))
        }),
        "arch" | "lscpu" | "dpkg-architecture" => true,
        "dpkg" => {
            invocation.has_option("--print-architecture")
                || invocation.has_option("--print-foreign-architectures")
        }
        "apk" => invocation.has_option("--print-arch"),
        "getconf" => invocation.operands().any(|word| word == "LONG_BIT"),
        "rustc" => invocation.has_option("-vV"),
        "gcc" | "cc" | "clang" => invocation.has_option("-dumpmachine"),
        "go" => match invocation.word(0) {
            Some("env") => is_captured || invocation.operands().any(|word| word.contains("ARCH")),
            Some("version") => is_captured,
            _ => false,
        },
        "dotnet" => is_captured && invocation.has_option("--info"),
        "node" | "bun" => {
            let evaluates = ["-p", "-e", "--print", "--eval", "-pe"]
                .iter()
                .any(|option| invocation.has_option(option));
            evaluates
                && invocation
                    .words
                    .iter()
                    .flatten()
                    .any(|word| word.contains("arch") || word.contains("os"))
        }
        "rpm" => invocation
            .words
            .iter()
            .flatten()
            .any(|word| word.contains("_arch")),
        _ => false,
    };
    let words: Vec<&str> = invocation.words.iter().flatten().map(String::as_str).collect();
    let machine_files = [
        "/etc/apk/arch",
        "/proc/",
        "/lib/ld-",
        "/lib64/ld-",
        "ld-musl",
        "ld-linux",
    ];
    let asks = asks
        || words
            .iter()
            .any(|word| machine_files.iter().any(|file| word.contains(file)));
    asks.then(|| {
        format!("{} {}", invocation.name, words.join(" "))
            .trim()
            .to_owned()
    })
}
