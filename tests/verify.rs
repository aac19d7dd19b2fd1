//! The check of finished images, on images made here with planted faults.

#![expect(clippy::format_collect, reason = "a few short lines")]

mod layouts;

use std::fs;

use layouts::{AMD64, ARM64, BPF, I386, Item, Layout, Packing, S390X};
use xbuild::verify::{Report, Source, Verdict, verify};

fn file(path: &str, content: &[u8]) -> Item {
    Item::File(path.into(), content.to_vec())
}

fn report(layout: &Layout) -> Report {
    let from_folder = verify(&Source::Layout(layout.path().to_owned())).expect("can be checked");
    let archive = layout.archive();
    let from_archive = verify(&Source::Archive(archive.path().to_owned())).expect("can be checked");
    assert_eq!(from_folder.platforms, from_archive.platforms);
    from_folder
}

/// Each platform as `platform verdict files/programs`, then its wrong files as `path@layer`, its notes, what was skipped.
fn check(layout: &Layout, expected: &[&str]) {
    let lines: Vec<String> = report(layout)
        .platforms
        .into_iter()
        .map(|platform| {
            let list = |mark: &str, findings: &[xbuild::verify::Finding]| {
                findings
                    .iter()
                    .map(|file| format!(" {mark}{}@{}", file.path, file.layer))
                    .collect::<String>()
            };
            let skipped: String = platform
                .skipped
                .iter()
                .map(|(kind, count)| format!(" skipped {count} {kind}"))
                .collect();
            format!(
                "{} {:?} {}/{}{}{}{}{}",
                platform.platform,
                platform.verdict,
                platform.files,
                platform.programs,
                list("!", &platform.wrong),
                list("~", &platform.notes),
                skipped,
                platform
                    .conflict
                    .map_or_else(String::new, |other| format!(" is {other}")),
            )
        })
        .collect();
    assert_eq!(lines, expected);
}

fn check_error(source: &Source, parts: &[&str]) {
    let error = verify(source).expect_err("is broken");
    let mut text = format!("{error}; {}", error.help());
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}; {inner}");
        cause = inner.source();
    }
    for part in parts {
        assert!(text.contains(part), "{text} lacks {part}");
    }
}

#[test]
fn every_program_belongs_to_its_platform() {
    let mut layout = Layout::new();
    for (platform, program) in [
        ("linux/amd64", AMD64),
        ("linux/arm64/v8", ARM64),
        ("linux/s390x", S390X),
    ] {
        let layer = [file("bin/x", &program.bytes()), file("etc/passwd", b"root")];
        layout.image(platform, &[(Packing::Plain, &layer)]);
    }
    check(
        &layout,
        &[
            "linux/amd64 Clean 2/1",
            "linux/arm64 Clean 2/1",
            "linux/s390x Clean 2/1",
        ],
    );
}

#[test]
fn a_planted_file_is_found_in_every_packing() {
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd, Packing::ZstdFrames] {
        let mut layout = Layout::new();
        let base = [file("usr/bin/a", &ARM64.bytes())];
        let planted = [
            file("usr/bin/b", &AMD64.bytes()),
            file("usr/lib/c.o", &AMD64.bytes()),
            file("d", b"text"),
        ];
        layout.image("linux/arm64", &[(Packing::Plain, &base), (packing, &planted)]);
        check(&layout, &["linux/arm64 Wrong 4/3 !/usr/bin/b@1 !/usr/lib/c.o@1"]);
        let report = report(&layout);
        let finding = report.wrong().next().expect("is wrong");
        assert_eq!(finding.found, "x86-64, 64-bit");
        assert_eq!(finding.expected, "AArch64, 64-bit, little-endian");
        assert!(finding.layer_digest.starts_with("sha256:"));
        assert!(!report.is_clean());
    }
}

#[test]
fn only_the_final_image_counts() {
    let mut layout = Layout::new();
    let base = [
        file("a/wrong", &AMD64.bytes()),
        file("b/wrong", &AMD64.bytes()),
        file("c", &AMD64.bytes()),
    ];
    let above = [
        file("a/.wh.wrong", b""),
        file("b/.wh..wh..opq", b""),
        file("c", &ARM64.bytes()),
    ];
    layout.image("linux/arm64", &[(Packing::Gzip, &base), (Packing::Gzip, &above)]);
    check(&layout, &["linux/arm64 Clean 1/1"]);
}

#[test]
fn a_hard_link_is_a_file_too() {
    let mut layout = Layout::new();
    let base = [
        file("bin/a", &AMD64.bytes()),
        Item::HardLink("bin/b".into(), "bin/a".into()),
    ];
    let above = [
        Item::HardLink("bin/c".into(), "/bin/a".into()),
        Item::Link("bin/d".into(), "a".into()),
    ];
    layout.image(
        "linux/arm64",
        &[(Packing::Plain, &base), (Packing::Plain, &above)],
    );
    check(&layout, &["linux/arm64 Wrong 3/3 !/bin/a@0 !/bin/b@0 !/bin/c@1"]);
}

#[test]
fn what_is_no_fault_is_told_apart() {
    let mut layout = Layout::new();
    let items = [
        file("lib/i386.so", &I386.bytes()),
        file("opt/probe.o", &BPF.bytes()),
        file("broken", &AMD64.bytes()[..10]),
        file("usr/aarch64-linux-gnu/lib/libc.so", &ARM64.bytes()),
        file("../../escape", &ARM64.bytes()),
    ];
    layout.image("linux/amd64", &[(Packing::Plain, &items)]);
    check(
        &layout,
        &[
            "linux/amd64 Wrong 5/4 !/escape@0 ~/lib/i386.so@0 ~/usr/aarch64-linux-gnu/lib/libc.so@0 skipped 1 broken header skipped 1 eBPF",
        ],
    );
}

#[test]
fn nested_indexes_are_walked_and_attestations_left_out() {
    let mut layout = Layout::new();
    layout.image("linux/arm64", &[(Packing::Gzip, &[file("x", &ARM64.bytes())])]);
    layout.attestation();
    layout.nest();
    layout.nest();
    check(&layout, &["linux/arm64 Clean 1/1"]);
}

#[test]
fn docker_media_types_are_read() {
    let mut layout = Layout::new();
    layout.docker_types = true;
    layout.image("linux/arm64", &[(Packing::Gzip, &[file("x", &AMD64.bytes())])]);
    layout.nest();
    check(&layout, &["linux/arm64 Wrong 1/1 !/x@0"]);
}

#[test]
fn index_and_configuration_must_agree() {
    let mut layout = Layout::new();
    layout.image_with_configuration("linux/arm64", "linux/amd64", &[(Packing::Plain, &[])]);
    layout.image_with_configuration("linux/arm/v6", "linux/arm", &[(Packing::Plain, &[])]);
    layout.image_with_configuration("linux/arm/v6", "linux/arm/v7", &[(Packing::Plain, &[])]);
    check(
        &layout,
        &[
            "linux/arm64 Wrong 0/0 is linux/amd64",
            "linux/arm/v6 Clean 0/0",
            "linux/arm/v6 Wrong 0/0 is linux/arm/v7",
        ],
    );
}

#[test]
fn a_platform_without_elf_is_not_judged() {
    let mut layout = Layout::new();
    layout.image("windows/amd64", &[(Packing::Plain, &[file("x", &ARM64.bytes())])]);
    check(&layout, &["windows/amd64 Unchecked 1/1"]);
    assert_eq!(report(&layout).platforms[0].verdict, Verdict::Unchecked);
}

#[test]
fn archives_of_older_dockers_are_read() {
    let archive = layouts::docker_archive(
        "linux/arm64",
        &[&[file("a", &ARM64.bytes())], &[file("b", &AMD64.bytes())]],
    );
    let report = verify(&Source::Archive(archive.path().to_owned())).expect("can be checked");
    let [platform] = report.platforms.as_slice() else {
        unreachable!("one platform: {report:?}")
    };
    assert_eq!(
        (platform.platform.as_str(), platform.name.as_deref()),
        ("linux/arm64", Some("test:latest"))
    );
    assert_eq!(
        (platform.wrong[0].path.as_str(), platform.wrong[0].layer),
        ("/b", 1)
    );
}

#[test]
fn a_missing_part_is_named_with_its_platform() {
    let mut layout = Layout::new();
    let digests = layout.image("linux/arm64", &[(Packing::Plain, &[file("x", &ARM64.bytes())])]);
    layout.write();
    for digest in digests {
        let path = layout
            .path()
            .join("blobs/sha256")
            .join(&digest["sha256:".len()..]);
        let content = fs::read(&path).expect("is there");
        fs::remove_file(&path).expect("can be removed");
        check_error(
            &Source::Layout(layout.path().to_owned()),
            &[
                "a part for linux/arm64",
                &digest,
                "docker pull --platform linux/arm64",
            ],
        );
        fs::write(&path, content).expect("can be written");
    }
}

#[test]
fn damage_is_named_with_its_blob() {
    let mut layout = Layout::new();
    let digests = layout.image("linux/arm64", &[(Packing::Gzip, &[file("x", &ARM64.bytes())])]);
    layout.write();
    for digest in digests {
        let path = layout
            .path()
            .join("blobs/sha256")
            .join(&digest["sha256:".len()..]);
        let content = fs::read(&path).expect("is there");
        for damaged in [&content[..content.len() / 2], &content[1..], b"".as_slice()] {
            fs::write(&path, damaged).expect("can be written");
            check_error(
                &Source::Layout(layout.path().to_owned()),
                &[&digest, "is damaged"],
            );
        }
        fs::write(&path, content).expect("can be written");
    }
}

#[test]
fn what_is_no_image_is_told() {
    let folder = tempfile::tempdir().expect("makes a folder");
    check_error(
        &Source::Layout(folder.path().to_owned()),
        &["holds no image", "type=oci"],
    );
    let check_bytes = |bytes: &[u8], parts: &[&str]| {
        let path = folder.path().join("image.tar");
        fs::write(&path, bytes).expect("can be written");
        check_error(&Source::of(&path.display().to_string()), parts);
    };
    check_bytes(b"", &["no tar archive", "is empty"]);
    check_bytes(b"\x1f\x8b\x08\0", &["is compressed", "gunzip"]);
    check_bytes(&[b'x'; 2000], &["no tar archive"]);
    check_bytes(&[0; 1024], &["holds no image"]);
    fs::write(folder.path().join("index.json"), "{").expect("can be written");
    check_error(
        &Source::Layout(folder.path().to_owned()),
        &["index.json", "cannot be understood"],
    );
    let sly = r#"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:../../../etc/passwd","size":1}]}"#;
    fs::write(folder.path().join("index.json"), sly).expect("can be written");
    check_error(&Source::Layout(folder.path().to_owned()), &["index.json"]);
}

#[test]
fn no_damage_makes_it_panic() {
    let mut layout = Layout::new();
    layout.image(
        "linux/arm64",
        &[(Packing::ZstdFrames, &[file("x", &ARM64.bytes())])],
    );
    let archive = layout.archive();
    let content = fs::read(archive.path()).expect("is there");
    let step = content.len() / 400;
    for at in (0..content.len()).step_by(step.max(1)) {
        let mut damaged = content.clone();
        damaged[at] ^= 0x55;
        fs::write(archive.path(), &damaged).expect("can be written");
        // Padding between the members may be damaged without harm, so that either answer is right.
        let _ = verify(&Source::Archive(archive.path().to_owned()));
        fs::write(archive.path(), &content[..at]).expect("can be written");
        let _ = verify(&Source::Archive(archive.path().to_owned()));
    }
}
