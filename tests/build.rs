//! `xbuild build` and `xbuild verify` on a real Docker Engine: the same results as buildx's, and clear errors.

#![cfg(unix)]

mod program;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use program::{Folder, Run};
use rustix::process::{Pid, Signal, kill_process_group};

const NEEDED: &str =
    "needs a Docker Engine with buildx: run tests/engine.sh up, then eval \"$(tests/engine.sh env)\"";

/// Both platforms, of which at most one is the machine's own.
const BOTH: [&str; 2] = ["--platform", "linux/amd64,linux/arm64"];

/// A stage of data, and a final stage that runs something.
const DATA: &str = "\
FROM debian:trixie-slim AS data
WORKDIR /data
COPY page.txt .
RUN sed 's/old/new/' page.txt > page.html && mkdir -m 750 sub && cp page.html sub/ && chmod 600 sub/page.html
FROM debian:trixie-slim
COPY --from=data /data /srv
RUN cat /srv/page.html > /made
CMD [\"cat\", \"/made\"]
";

/// A context on a machine with an engine.
fn context(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(files);
    let mut docker = folder.command("docker");
    let found = docker.args(["buildx", "inspect"]).output();
    assert!(found.is_ok_and(|output| output.status.success()), "{NEEDED}");
    folder
}

fn registry() -> String {
    std::env::var("XBUILD_ENGINE_REGISTRY")
        .expect("XBUILD_ENGINE_REGISTRY has to name a registry that the engine may push to, as tests/engine.sh env does")
}

fn buildx(folder: &Folder, arguments: &[&str]) -> Run {
    folder.finish(
        folder.command("docker").args(["buildx", "build"]).args(arguments),
        b"",
    )
}

fn xbuild(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run(&[&["build"], arguments].concat())
}

#[track_caller]
fn succeeds(run: Run) -> Run {
    assert_eq!(run.code, Some(0), "{run}");
    run
}

#[track_caller]
fn fails(run: &Run, code: i32, parts: &[&str]) {
    assert_eq!(run.code, Some(code), "{run}");
    for part in parts {
        assert!(run.stderr.contains(part), "{part:?} is missing\n{run}");
    }
}

/// The names that BuildKit itself gives to the steps, of a build with `--progress=rawjson`.
fn steps(run: &Run) -> BTreeSet<String> {
    let messages = serde_json::Deserializer::from_str(&run.stderr[run.stderr.find('{').unwrap_or(0)..]);
    let mut names = BTreeSet::new();
    for message in messages.into_iter::<serde_json::Value>().map_while(Result::ok) {
        let vertexes = message["vertexes"].as_array().into_iter().flatten();
        names.extend(
            vertexes
                .filter_map(|vertex| vertex["name"].as_str())
                .map(str::to_owned),
        );
    }
    names
}

#[track_caller]
fn has_step(run: &Run, start: &str) {
    assert!(
        steps(run).iter().any(|name| name.starts_with(start)),
        "no step {start:?} in {:#?}",
        steps(run)
    );
}

/// Every file of a tar archive with its kind, mode and owner, and a digest of its content.
fn files(archive: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(fs::File::open(archive).expect("is there"));
    let mut files = BTreeMap::new();
    for entry in archive.entries().expect("is an archive") {
        let mut entry = entry.expect("is an entry");
        let header = entry.header();
        let (kind, mode) = (header.entry_type(), header.mode().expect("has one"));
        let (uid, gid) = (header.uid().expect("has one"), header.gid().expect("has one"));
        let path = entry.path().expect("has one").to_string_lossy().into_owned();
        let link = entry
            .link_name()
            .expect("can be read")
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut content = <sha2::Sha256 as sha2::Digest>::new();
        std::io::copy(&mut entry, &mut Hashing(&mut content)).expect("can be read");
        let digest = sha2::Digest::finalize(content);
        files.insert(path, format!("{kind:?} {mode:o} {uid}:{gid} {link} {digest:x?}"));
    }
    files
}

struct Hashing<'a>(&'a mut sha2::Sha256);

impl std::io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        sha2::Digest::update(self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An image that is removed in the end.
struct Image<'a>(&'a Folder, &'static str);

impl Image<'_> {
    fn prints(&self, platform: &str) -> String {
        let mut docker = self.0.command("docker");
        let run = self
            .0
            .finish(docker.args(["run", "--rm", "--platform", platform, self.1]), b"");
        let run = succeeds(run);
        run.stdout + &run.stderr
    }
}

impl Drop for Image<'_> {
    fn drop(&mut self) {
        let _ = self
            .0
            .command("docker")
            .args(["image", "rm", "--force", self.1])
            .output();
    }
}

// ---- the main job

#[test]
fn a_go_program_is_compiled_natively_and_is_what_buildx_makes() {
    let folder = context(&[
        ("hello.go", "package main\n\nfunc main() { println(\"hello\") }\n"),
        (
            "Dockerfile",
            "FROM golang:1.24-trixie AS build\n\
             COPY hello.go .\n\
             RUN CGO_ENABLED=0 go build -trimpath -o /out/hello hello.go\n\
             FROM scratch\n\
             COPY --from=build /out/hello /hello\n\
             ENTRYPOINT [\"/hello\"]\n",
        ),
    ]);
    let image = Image(&folder, "xbuild-test-build:go");
    let native = succeeds(xbuild(
        &folder,
        &[&BOTH[..], &["--progress=rawjson", "--load", "-t", image.1, "."]].concat(),
    ));
    has_step(
        &native,
        "[linux/amd64->arm64 build 3/3] RUN CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build",
    );
    has_step(&native, "[linux/amd64 build 3/3] RUN");
    succeeds(xbuild(
        &folder,
        &[&BOTH[..], &["-q", "-o", "type=tar,dest=xbuild.tar", "."]].concat(),
    ));
    // Under QEMU this takes about 50 s when it is not cached.
    let plain = [
        &BOTH[..],
        &["--progress=rawjson", "-o", "type=tar,dest=buildx.tar", "."],
    ]
    .concat();
    has_step(&succeeds(buildx(&folder, &plain)), "[linux/arm64 build 3/3] RUN");
    let (with, without) = (
        files(&folder.path("xbuild.tar")),
        files(&folder.path("buildx.tar")),
    );
    assert_eq!(
        with.keys().collect::<Vec<_>>(),
        [
            "linux_amd64/",
            "linux_amd64/hello",
            "linux_arm64/",
            "linux_arm64/hello"
        ]
    );
    // Go's results do not depend on the machine that compiles.
    assert_eq!(with, without);
    for platform in ["linux/amd64", "linux/arm64"] {
        assert_eq!(image.prints(platform), "hello\n", "{platform}");
    }
    let verified = succeeds(folder.run(&["verify", image.1]));
    assert!(
        verified.stdout.contains("linux/amd64") && verified.stdout.contains("linux/arm64"),
        "{verified}"
    );
}

#[test]
fn what_compiles_in_the_image_itself_moves_on_demand() {
    let folder = context(&[
        (
            "hello.go",
            "package main\n\nimport \"os\"\n\nfunc main() {\n\tif _, err := os.Stat(\"/root/.cache/go-build\"); err == nil {\n\t\tprintln(\"a cache ships\")\n\t}\n\tprintln(\"hello\")\n}\n",
        ),
        (
            "Dockerfile",
            "FROM golang:1.24-trixie\n\
             WORKDIR /src\n\
             COPY hello.go .\n\
             RUN CGO_ENABLED=0 go build -trimpath -o /out/hello hello.go\n\
             CMD [\"/out/hello\"]\n",
        ),
    ]);
    let image = Image(&folder, "xbuild-test-build:split");
    let options = [
        "--platform=linux/arm64",
        "--aggressive",
        "--progress=rawjson",
        "--load",
        "-t",
        image.1,
        ".",
    ];
    let run = succeeds(xbuild(&folder, &options));
    has_step(
        &run,
        "[compile 4/4] RUN CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build",
    );
    let image_runs = |step: &String| step.starts_with("[stage-1") && step.contains("] RUN");
    assert!(!steps(&run).iter().any(image_runs), "{:#?}", steps(&run));
    assert_eq!(image.prints("linux/arm64"), "hello\n");
    succeeds(folder.run(&["verify", image.1]));
}

#[test]
fn files_of_data_are_what_buildx_makes() {
    let folder = context(&[("Dockerfile", DATA), ("page.txt", "an old page\n")]);
    let image = Image(&folder, "xbuild-test-build:data");
    let moved = succeeds(xbuild(
        &folder,
        &[&BOTH[..], &["--progress=rawjson", "--load", "-t", image.1, "."]].concat(),
    ));
    has_step(&moved, "[linux/amd64 data 4/4] RUN sed");
    has_step(&moved, "[linux/arm64 stage-1 3/3] RUN cat");
    assert!(
        !steps(&moved)
            .iter()
            .any(|name| name.starts_with("[linux/arm64 data")),
        "{:#?}",
        steps(&moved)
    );
    succeeds(xbuild(
        &folder,
        &[&BOTH[..], &["-q", "-o", "type=tar,dest=xbuild.tar", "."]].concat(),
    ));
    succeeds(buildx(
        &folder,
        &[&BOTH[..], &["-q", "-o", "type=tar,dest=buildx.tar", "."]].concat(),
    ));
    let (with, without) = (
        files(&folder.path("xbuild.tar")),
        files(&folder.path("buildx.tar")),
    );
    assert!(with.len() > 2000 && with.contains_key("linux_arm64/srv/sub/page.html"));
    let differing: Vec<_> = with
        .keys()
        .chain(without.keys())
        .filter(|path| with.get(*path) != without.get(*path))
        .map(|path| (path, with.get(path), without.get(path)))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
    for platform in ["linux/amd64", "linux/arm64"] {
        assert_eq!(image.prints(platform), "an new page\n", "{platform}");
    }
}

#[test]
fn verify_names_a_program_of_another_platform() {
    let dockerfile = "FROM --platform=linux/amd64 debian:trixie-slim AS tools\n\
                      FROM debian:trixie-slim\n\
                      COPY --from=tools /bin/cat /usr/local/bin/planted\n";
    let folder = context(&[("Dockerfile", dockerfile)]);
    succeeds(xbuild(
        &folder,
        &[&BOTH[..], &["-o", "type=oci,dest=image.tar", "."]].concat(),
    ));
    let run = folder.run(&["verify", "image.tar"]);
    assert_eq!(run.code, Some(1), "{run}");
    for part in ["linux/arm64", "/usr/local/bin/planted", "(layer 1, sha256:"] {
        assert!(run.stdout.contains(part), "{part:?} is missing\n{run}");
    }
}

// ---- where the result goes

#[test]
fn results_go_where_buildx_puts_them() {
    let folder = context(&[("Dockerfile", "FROM scratch\nCOPY a /\n"), ("a", "a\n")]);
    for (name, platform) in [("one", "linux/arm64"), ("both", BOTH[1])] {
        let flags = |to: &str| format!("type=local,dest={name}-{to}");
        succeeds(xbuild(
            &folder,
            &["--platform", platform, "-o", &flags("xbuild"), "."],
        ));
        succeeds(buildx(
            &folder,
            &["--platform", platform, "-o", &flags("buildx"), "."],
        ));
        assert_eq!(
            folder.names(&format!("{name}-xbuild")),
            folder.names(&format!("{name}-buildx"))
        );
    }
    assert_eq!(folder.read("one-xbuild/a"), "a\n");
    assert_eq!(folder.read("both-xbuild/linux_arm64/a"), "a\n");
    succeeds(xbuild(
        &folder,
        &[
            "--platform=linux/arm64",
            "-o",
            "type=oci,tar=false,dest=layout",
            ".",
        ],
    ));
    assert!(folder.path("layout/index.json").exists());
    succeeds(folder.run(&["verify", "layout"]));
}

#[test]
fn metadata_and_identity_are_written_as_buildx_writes_them() {
    let folder = context(&[("Dockerfile", DATA), ("page.txt", "an old page\n")]);
    let repository = format!("{}/xbuild-test/build", registry());
    let write = |by: &str, build: &dyn Fn(&[&str]) -> Run| {
        let (image, metadata, identity) = (
            format!("{repository}:{by}"),
            format!("{by}.json"),
            format!("{by}.id"),
        );
        let files = ["--metadata-file", &metadata, "--iidfile", &identity];
        succeeds(build(
            &[&BOTH[..], &files, &["--push", "-t", &image, "."]].concat(),
        ));
        let metadata: serde_json::Value = serde_json::from_str(&folder.read(&metadata)).expect("is JSON");
        assert_eq!(metadata["containerimage.digest"], folder.read(&identity));
        assert_eq!(metadata["image.name"], image.as_str());
        let mut docker = folder.command("docker");
        let index = folder.finish(
            docker.args(["buildx", "imagetools", "inspect", "--raw", &image]),
            b"",
        );
        let index: serde_json::Value = serde_json::from_str(&succeeds(index).stdout).expect("is JSON");
        let platforms: Vec<_> = index["manifests"]
            .as_array()
            .expect("is an index")
            .iter()
            .map(|manifest| manifest["platform"]["architecture"].clone())
            .collect();
        let keys: Vec<String> = metadata
            .as_object()
            .expect("is an object")
            .keys()
            .cloned()
            .collect();
        (keys, platforms)
    };
    let with = write("xbuild", &|arguments| xbuild(&folder, arguments));
    let without = write("buildx", &|arguments| buildx(&folder, arguments));
    assert_eq!(with, without);
}

#[test]
fn quiet_prints_the_identity_only() {
    let folder = context(&[("Dockerfile", DATA), ("page.txt", "an old page\n")]);
    for quiet in ["-q", "--progress=quiet"] {
        let run = succeeds(xbuild(&folder, &[quiet, "-o", "type=image", "."]));
        assert!(
            run.stdout.starts_with("sha256:") && run.stdout.lines().count() == 1,
            "{run}"
        );
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn plain_progress_ends_with_a_table() {
    let folder = context(&[("Dockerfile", DATA), ("page.txt", "an old page\n")]);
    // Steps behind a result that another test left in the cache are not told by BuildKit.
    let fresh = ["--no-cache", "--progress=plain", "-o", "type=cacheonly", "."];
    let run = succeeds(xbuild(&folder, &[&BOTH[..], &fresh].concat()));
    assert_eq!(run.stdout, "");
    for part in [
        "Dockerfile:1: data moved: what leaves it is the same on every platform",
        "data 4/4 RUN sed",
        "linux/arm64 stage-1 3/3 RUN cat /srv/page.html > /made emulated",
        "RUN seconds          native     shared   emulated",
    ] {
        assert!(run.stderr.contains(part), "{part:?} is missing\n{run}");
    }
}

#[test]
fn a_terminal_shows_what_runs_and_what_is_done() {
    let folder = context(&[(
        "Dockerfile",
        "FROM debian:trixie-slim\nRUN sleep 1; echo $((6 * 7))\n",
    )]);
    let build = format!(
        "{} build --no-cache -o type=cacheonly .",
        env!("CARGO_BIN_EXE_xbuild")
    );
    // `script` gives it a terminal; `timeout` ends it should it wait for itself.
    let mut script = folder.command("timeout");
    script
        .args([
            "60",
            "script",
            "--quiet",
            "--return",
            "--command",
            &build,
            "/dev/null",
        ])
        .env("TERM", "xterm");
    let run = succeeds(folder.finish(&mut script, b""));
    for part in [
        "> linux/amd64 2/2 RUN sleep 1",
        "2/2 RUN sleep 1; echo $((6 * 7)) \x1b[32mnative\x1b[0m 1.",
        "RUN seconds",
    ] {
        assert!(run.stdout.contains(part), "{part:?} is missing\n{run}");
    }
}

// ---- what is built

#[test]
fn the_dockerfile_is_found_as_buildx_finds_it() {
    let builds = |folder: &Folder, arguments: &[&str], input: &str, expected: &[&str]| {
        let arguments = [&["build", "-o", "type=local,dest=out"], arguments].concat();
        succeeds(folder.run_with_input(&arguments, input));
        assert_eq!(folder.names("out"), expected, "{arguments:?}");
        fs::remove_dir_all(folder.path("out")).expect("removes");
    };
    let copy_all = "FROM scratch\nCOPY . /\n";
    let folder = context(&[
        ("context/a", ""),
        ("context/b", ""),
        ("context/.dockerignore", "b\n*ockerfile\n*ignore\n"),
        ("context/dockerfile", copy_all),
        ("other.Dockerfile", copy_all),
        ("Dockerfile", "BROKEN\n"),
        ("Dockerfile.dockerignore", "a\n"),
    ]);
    builds(&folder, &["context"], "", &["a"]);
    builds(&folder, &["-f", "context/Dockerfile", "context"], "", &["a"]);
    builds(&folder, &["-f", "other.Dockerfile", "context"], "", &["a"]);
    // Nothing stands beside standard input, whatever this folder holds.
    builds(&folder, &["-f", "-", "context"], copy_all, &["a"]);
    folder.write("other.Dockerfile.dockerignore", "a\n*ockerfile\n.*\n");
    builds(&folder, &["-f", "other.Dockerfile", "context"], "", &["b"]);
    let absolute = folder.word("other.Dockerfile");
    builds(&folder, &["-f", &absolute, "context"], "", &["b"]);
}

#[test]
fn what_xbuild_does_not_read_is_left_to_buildx() {
    let folder = context(&[("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")]);
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    let text = b"FROM scratch\nCOPY Dockerfile /from-archive\n";
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, "Dockerfile", &text[..])
        .expect("appends");
    let archive = archive.into_inner().expect("ends");
    let run = succeeds(folder.run_with_input(&["build", "-o", "type=local,dest=out", "-"], archive));
    assert!(
        run.stderr
            .starts_with("xbuild: this call is left to buildx as it is"),
        "{run}"
    );
    assert_eq!(folder.names("out"), ["from-archive"]);
    let run = succeeds(xbuild(&folder, &["--check", "."]));
    assert!(run.stdout.contains("Check complete"), "{run}");
    let run = succeeds(xbuild(&folder, &["--call=targets", "."]));
    assert!(run.stdout.contains("TARGET"), "{run}");
    // BuildKit minds other bytes in instructions only.
    folder.write("Dockerfile", b"FROM scratch\n# caf\xe9\nCOPY Dockerfile /latin\n");
    let run = succeeds(xbuild(&folder, &["-o", "type=local,dest=latin", "."]));
    assert!(
        run.stderr
            .starts_with("xbuild: this call is left to buildx as it is"),
        "{run}"
    );
    assert_eq!(folder.names("latin"), ["latin"]);
    let left = "xbuild: this call is left to buildx as it is";
    folder.write("Dockerfile", "# syntax=127.0.0.1:1/no/frontend\nANYTHING\n");
    fails(&xbuild(&folder, &["."]), 1, &[left, "127.0.0.1:1"]);
    let input = b"FROM scratch\n# caf\xe9\n";
    fails(
        &folder.run_with_input(&["build", "-f", "-", "."], input),
        2,
        &["error: ", "help: write it into a file"],
    );
    let run = xbuild(&folder, &["--no-such-flag", "."]);
    assert_eq!(
        (run.code, run.stderr.matches("no-such-flag").count()),
        (buildx(&folder, &["--no-such-flag", "."]).code, 1),
        "{run}"
    );
}

#[test]
fn targets_and_arguments_choose_what_is_built() {
    let dockerfile = "ARG NAME=none\n\
                      FROM debian:trixie-slim AS first\n\
                      ARG NAME\n\
                      RUN mkdir /out && echo \"$NAME\" > /out/name\n\
                      FROM scratch AS wanted\n\
                      COPY --from=first /out /\n\
                      FROM scratch\n\
                      COPY no-such-file /\n";
    let folder = context(&[("Dockerfile", dockerfile)]);
    let flags = [
        "--target=wanted",
        "--progress=rawjson",
        "-o",
        "type=local,dest=out",
    ];
    let run = xbuild(
        &folder,
        &[&BOTH[..], &flags, &["--build-arg", "NAME=given", "."]].concat(),
    );
    has_step(&succeeds(run), "[linux/amd64 first 2/2] RUN mkdir");
    assert_eq!(folder.read("out/linux_arm64/name"), "given\n");
    let mut from_environment = folder.xbuild(&[
        "build",
        "--target",
        "wanted",
        "--build-arg",
        "NAME",
        "-o",
        "out",
        ".",
    ]);
    succeeds(folder.finish(from_environment.env("NAME", "exported"), b""));
    assert_eq!(folder.read("out/name"), "exported\n");
    fails(
        &xbuild(&folder, &["--target=nobody", "."]),
        1,
        &["error: Dockerfile:", "nobody"],
    );
}

#[test]
fn a_likely_move_is_made_on_demand_only() {
    let dockerfile = "FROM debian:trixie-slim AS site\n\
                      COPY hugo /usr/local/bin/hugo\n\
                      WORKDIR /site\n\
                      RUN chmod +x /usr/local/bin/hugo && hugo\n\
                      FROM scratch\n\
                      COPY --from=site /site /\n";
    let folder = context(&[
        ("Dockerfile", dockerfile),
        (
            "asked.Dockerfile",
            &format!("# the generator is a script\n# xbuild: native\n{dockerfile}"),
        ),
        ("hugo", "#!/bin/sh\nuname -m > index.html\n"),
    ]);
    for (flags, is_moved) in [
        (&[][..], false),
        (&["--aggressive"], true),
        (&["--aggressive", "--no-rewrite"], false),
        (&["-f", "asked.Dockerfile"], true),
        (&["-f", "asked.Dockerfile", "--no-rewrite"], false),
    ] {
        let output = [
            "--platform=linux/amd64,linux/arm64",
            "--progress=rawjson",
            "-o",
            "type=local,dest=out",
            ".",
        ];
        let run = succeeds(xbuild(&folder, &[flags, &output].concat()));
        let emulated = steps(&run)
            .iter()
            .any(|name| name.starts_with("[linux/arm64 site"));
        assert_eq!(emulated, !is_moved, "{flags:?}\n{:#?}", steps(&run));
    }
}

// ---- errors

#[test]
fn a_failing_command_is_told_with_the_line_of_the_users_own_file() {
    let dockerfile = "FROM golang:1.24-trixie AS build\n\
                      COPY Dockerfile .\n\
                      RUN CGO_ENABLED=0 go build -o /hello no-such.go\n\
                      FROM scratch\n\
                      COPY --from=build /hello /hello\n";
    let folder = context(&[("Dockerfile", dockerfile)]);
    for progress in ["plain", "quiet"] {
        let progress = ["--progress", progress, "-o", "type=cacheonly"];
        let run = xbuild(&folder, &[&BOTH[..], &progress, &["."]].concat());
        // Quiet is quiet about what commands print, too.
        assert_eq!(
            run.stderr.contains("no required module"),
            progress[1] == "plain",
            "{run}"
        );
        fails(&run, 1, &["\nerror: Dockerfile:3: ", "\nhelp: "]);
        // The ARG above it moved it down in the rewritten file.
        fails(&run, 1, &["   4 | >>> RUN CGO_ENABLED=0 GOOS=$TARGETOS"]);
    }
    fails(
        &xbuild(&folder, &[&BOTH[..], &["-q", "."]].concat()),
        1,
        &["\nerror: Dockerfile:3: "],
    );
    folder.write("Dockerfile", "FROM debian:trixie-slim\n\nCOPY no-such-file /\n");
    fails(
        &xbuild(&folder, &["."]),
        1,
        &["error: Dockerfile:3: ", "\"/no-such-file\": not found"],
    );
    folder.write("Dockerfile", "\n\nFROM debian:no-such-tag\nRUN true\n");
    fails(
        &xbuild(&folder, &["."]),
        1,
        &["error: Dockerfile:3: ", "debian:no-such-tag: not found"],
    );
    let sub = "FROM debian:trixie-slim AS a\nRUN true\nRUN \\\n  exit 7\nFROM a\nRUN true\n";
    folder.write("sub/Dockerfile", sub);
    fails(
        &xbuild(&folder, &["sub"]),
        1,
        &["error: sub/Dockerfile:3: process", "exit code: 7"],
    );
}

#[test]
fn what_cannot_be_built_is_told_before_it_begins() {
    let folder = context(&[
        ("broken/Dockerfile", "FROM scratch\nCOPI a /\n"),
        ("cycle/Dockerfile", "FROM scratch\nCOPY --from=nowhere /a /a\n"),
        ("empty/a", ""),
        ("good/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n"),
    ]);
    fails(
        &xbuild(&folder, &["broken"]),
        1,
        &["error: broken/Dockerfile:2:1: unknown instruction: COPI"],
    );
    fails(
        &xbuild(&folder, &["empty"]),
        1,
        &[
            "error: cannot read empty/Dockerfile: no such file",
            "help: name the Dockerfile with -f",
        ],
    );
    fails(
        &xbuild(&folder, &["-f", "no", "empty"]),
        1,
        &["error: cannot read no: no such file"],
    );
    fails(
        &xbuild(&folder, &["no-such-folder"]),
        1,
        &["error: there is no build context no-such-folder", "help: "],
    );
    fails(
        &xbuild(&folder, &[]),
        1,
        &["error: there is no build context", "help: "],
    );
    fails(
        &xbuild(&folder, &["good", "broken"]),
        2,
        &["one build context is wanted", "help: "],
    );
    fails(
        &xbuild(&folder, &["--platform=linux/", "good"]),
        2,
        &["error: --platform: ", "linux/arm64"],
    );
    fails(
        &xbuild(&folder, &["--builder", "nobody", "good"]),
        2,
        &["no builder \"nobody\" found", "help: see `docker buildx ls`"],
    );
    let no_engine = format!("unix://{}", folder.word("none.sock"));
    let mut xbuild = folder.xbuild(&["build", "good"]);
    fails(
        &folder.finish(xbuild.env("DOCKER_HOST", no_engine), b""),
        2,
        &["cannot be reached", "help: start the Docker Engine"],
    );
    for arguments in [["build", "good"], ["build", "-"]] {
        let mut xbuild = folder.xbuild(&arguments);
        fails(
            &folder.finish(xbuild.env("PATH", folder.path("empty")), b""),
            2,
            &["docker", "help: install the docker client"],
        );
    }
}

#[test]
fn a_platform_without_emulator_builds_as_long_as_nothing_runs_on_it() {
    let data = "FROM debian:trixie-slim AS data\nRUN mkdir /out && echo a > /out/a\nFROM scratch\nCOPY --from=data /out /\n";
    let folder = context(&[
        ("Dockerfile", data),
        ("run.Dockerfile", &format!("{data}RUN [\"/a\"]\n")),
    ]);
    let flags = ["--platform=linux/mips64le", "-o", "type=local,dest=out"];
    succeeds(xbuild(&folder, &[&flags[..], &["."]].concat()));
    assert_eq!(folder.read("out/a"), "a\n");
    let run = xbuild(&folder, &[&flags[..], &["-f", "run.Dockerfile", "."]].concat());
    fails(
        &run,
        2,
        &[
            "error: run.Dockerfile:5: builder ",
            "cannot run linux/mips64le; it has linux/amd64",
            "--install mips64le",
        ],
    );
}

#[test]
fn ctrl_c_ends_the_build_and_leaves_nothing() {
    let folder = context(&[(
        "Dockerfile",
        "FROM debian:trixie-slim\nRUN echo begun; sleep 100\n",
    )]);
    fs::create_dir(folder.path("temporary")).expect("makes a folder");
    let errors = fs::File::create(folder.path("errors")).expect("creates");
    let mut xbuild = folder.xbuild(&[
        "build",
        "--no-cache",
        "--progress=plain",
        "-o",
        "type=cacheonly",
        ".",
    ]);
    xbuild
        .env("TMPDIR", folder.path("temporary"))
        .stdin(Stdio::null())
        .stderr(errors)
        .process_group(0);
    let mut child = xbuild.spawn().expect("starts");
    let until = Instant::now() + Duration::from_secs(60);
    while !folder.read("errors").contains("| begun") {
        assert!(
            Instant::now() < until,
            "does not begin: {}",
            folder.read("errors")
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(folder.names("temporary").len(), 1);
    let group = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("is a process");
    kill_process_group(group, Signal::INT).expect("is sent");
    let begun = Instant::now();
    let status = child.wait().expect("ends");
    assert_eq!(status.code(), Some(130), "{}", folder.read("errors"));
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "took {:?}",
        begun.elapsed()
    );
    assert!(
        folder
            .read("errors")
            .ends_with("xbuild: the build was cancelled\n"),
        "{}",
        folder.read("errors")
    );
    assert_eq!(folder.names("temporary"), Vec::<String>::new());
    let processes = fs::read_dir("/proc").expect("is there").flatten();
    let left: Vec<_> = processes
        .filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok())
        .filter(|line| line.contains(&folder.word("temporary")))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
