use crate::verify::machine::Kind;

/// Why an image may hold a file for another processor at this path, or none if nothing speaks for it.
///
/// Such files are found at run time by the name of the processor in their path, belong to a cross compiler, or are data.
/// A library folder such as `/usr/lib/x86_64-linux-gnu` is none of these: the loader looks into it on its own platform only.
pub(super) fn reason(path: &str, found: Kind) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let names_it = |part: &str| has_name(part, found);
    let pairs = || parts.windows(2);
    if parts.contains(&"testdata") {
        return Some("test data");
    }
    // Go's distribution brings objects of every platform and links the one whose name fits.
    if parts
        .last()
        .is_some_and(|name| name.strip_suffix(".syso").is_some())
    {
        return Some("object for Go's linker");
    }
    if pairs()
        .any(|pair| ["lib", "share"].contains(&pair[0]) && ["firmware", "qemu", "grub"].contains(&pair[1]))
    {
        return Some("firmware");
    }
    if parts.first() == Some(&"usr")
        && parts
            .get(1)
            .is_some_and(|part| is_triplet(part) && names_it(part))
    {
        return Some("libraries of a cross compiler");
    }
    if pairs().any(|pair| ["gcc-cross", "gcc"].contains(&pair[0]) && is_triplet(pair[1]) && names_it(pair[1]))
    {
        return Some("libraries of a cross compiler");
    }
    if pairs().any(|pair| pair[0] == "rustlib" && is_triplet(pair[1]) && names_it(pair[1])) {
        return Some("standard library for another target of Rust");
    }
    // npm's node-gyp-build and NuGet packages bring every platform and choose when the program starts.
    if pairs().any(|pair| ["prebuilds", "runtimes"].contains(&pair[0]) && names_it(pair[1])) {
        return Some("one of several platforms, chosen at run time");
    }
    None
}

fn is_triplet(part: &str) -> bool {
    part.matches('-').count() >= 2
}

fn has_name(part: &str, found: Kind) -> bool {
    let names = found.path_names();
    // Some of the names have the separator in them.
    names.iter().any(|name| {
        part == *name || part.starts_with(&format!("{name}-")) || part.ends_with(&format!("-{name}"))
    }) || part.split(['-', '+', '.']).any(|word| names.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::machine::of_platform;

    fn check(path: &str, platform: &str, expected: Option<&str>) {
        assert_eq!(
            reason(path, of_platform(platform).expect("is known")),
            expected,
            "{path}"
        );
    }

    #[test]
    fn only_paths_that_mean_another_processor_are_excused() {
        let cross = Some("libraries of a cross compiler");
        let chosen = Some("one of several platforms, chosen at run time");
        check("/usr/aarch64-linux-gnu/lib/libc.so.6", "linux/arm64", cross);
        check(
            "/usr/lib/gcc-cross/aarch64-linux-gnu/14/crtbegin.o",
            "linux/arm64",
            cross,
        );
        check("/usr/aarch64-linux-gnu/lib/libc.so.6", "linux/amd64", None);
        check("/usr/lib/x86_64-linux-gnu/libc.so.6", "linux/amd64", None);
        check(
            "/usr/lib/rustlib/aarch64-unknown-linux-gnu/lib/libstd.so",
            "linux/arm64",
            Some("standard library for another target of Rust"),
        );
        check(
            "/app/node_modules/x/prebuilds/linux-arm64/node.napi.node",
            "linux/arm64",
            chosen,
        );
        check(
            "/app/node_modules/x/prebuilds/linux-arm64/node.napi.node",
            "linux/amd64",
            None,
        );
        check("/app/runtimes/linux-musl-x64/native/e.so", "linux/amd64", chosen);
        check(
            "/app/node_modules/@img/sharp-linux-x64/lib/sharp.node",
            "linux/amd64",
            None,
        );
        check(
            "/usr/local/go/src/debug/elf/testdata/gcc-386-freebsd-exec",
            "linux/386",
            Some("test data"),
        );
        check(
            "/usr/local/go/src/runtime/race/race_linux_s390x.syso",
            "linux/s390x",
            Some("object for Go's linker"),
        );
        check("/usr/bin/x", "linux/amd64", None);
    }
}
