//! Builds on a real Docker Engine with buildx and QEMU.

#![cfg(unix)]

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use xbuild::{
    engine::{
        BuildArguments, Builder, Call, Display, Event, Mode, Outcome, Scene, Step, TemporaryDockerfile,
        find_builder, run, timing,
    },
    plan::Place,
    verify::{Source, Verdict, verify},
};

const NEEDED: &str =
    "needs a Docker Engine with buildx: run tests/engine.sh up, then eval \"$(tests/engine.sh env)\"";

fn builder() -> Builder {
    match find_builder(None) {
        Ok(builder) => builder,
        Err(error) => panic!("{NEEDED}\n{error}\nhelp: {}", error.help()),
    }
}

/// A build context with one Dockerfile.
struct Context {
    folder: tempfile::TempDir,
    steps: Vec<Step>,
}

impl Context {
    fn new(dockerfile: &str) -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        fs::write(folder.path().join("Dockerfile"), dockerfile).expect("writes");
        Self {
            folder,
            steps: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Builds with the flags, as the program would: from a copy of the Dockerfile elsewhere.
    fn build(&self, flags: &[&str]) -> (Outcome, String) {
        let builder = builder();
        let mut tokens: Vec<OsString> = flags.iter().map(OsString::from).collect();
        tokens.push(self.folder.path().into());
        let arguments = BuildArguments::parse(tokens).expect("can be read");
        let original = self.path("Dockerfile");
        let text = fs::read_to_string(&original).expect("is there");
        let file = TemporaryDockerfile::write(&original, &text).expect("can be written");
        let scene = Scene {
            steps: self.steps.clone(),
            native: builder.native(),
            targets: arguments.platforms.clone(),
            has_colour: false,
        };
        let mut drawn = Vec::new();
        let mut display = Display::new(Mode::Plain, scene, &mut drawn);
        let call = Call::buildx_build(arguments.command(file.path(), "rawjson"));
        let outcome = run(call, &mut |event, record| display.event(event, record)).expect("runs");
        display.finish(&outcome);
        drop(display);
        (outcome, String::from_utf8_lossy(&drawn).into_owned())
    }
}

fn amd64_and_arm64() -> [&'static str; 2] {
    ["--platform", "linux/amd64,linux/arm64"]
}

#[test]
fn the_builder_is_found_with_its_platforms() {
    let builder = builder();
    let machine = match std::env::consts::ARCH {
        "x86_64" => "linux/amd64",
        "aarch64" => "linux/arm64",
        other => panic!("no platform for {other}"),
    };
    assert_eq!(builder.platform(), machine);
    assert!(builder.platforms().len() > 1, "{builder:?}");
    builder
        .check_platforms(&["linux/amd64".into(), "linux/arm64".into()])
        .expect("has both");
    let error = builder
        .check_platforms(&["linux/mips64le".into()])
        .expect_err("is not emulated");
    assert!(error.help().contains("binfmt"));
    assert!(
        find_builder(Some("no-such-builder"))
            .expect_err("is not there")
            .to_string()
            .contains("no-such-builder")
    );
}

#[test]
fn a_build_for_two_platforms_tells_where_each_command_ran() {
    let mut context = Context::new(
        "FROM --platform=$BUILDPLATFORM debian:trixie-slim AS build\n\
         RUN echo shared; sleep 1\n\
         ARG TARGETARCH\n\
         RUN echo for $TARGETARCH > /result; echo done $TARGETARCH\n\
         FROM debian:trixie-slim\n\
         COPY --from=build /result /result\n\
         RUN uname -m\n",
    );
    // BuildKit may announce the second platform's steps when this one is done already; only the plan knows before.
    let places = ["linux/amd64", "linux/arm64"].map(|target| (target.to_owned(), Place::Shared));
    context.steps.push(Step {
        stage: "build".into(),
        number: 2,
        line: 2,
        run: true,
        places: places.into(),
    });
    let (outcome, drawn) = context.build(
        &[
            &amd64_and_arm64()[..],
            &["--no-cache", "--output", "type=cacheonly"],
        ]
        .concat(),
    );
    assert_eq!(outcome.code, 0, "{drawn}");
    let native = builder().native();
    let targets = ["linux/amd64".to_owned(), "linux/arm64".to_owned()];
    let timing = timing(&outcome.record, &[], &native, &targets);
    let mut places: Vec<(usize, String, Option<Place>)> = timing
        .steps
        .iter()
        .map(|step| {
            (
                step.number,
                step.targets.iter().cloned().collect::<Vec<_>>().join("+"),
                step.place,
            )
        })
        .collect();
    places.sort();
    let of = |platform: &str| {
        if native.runs(platform) {
            Some(Place::Native)
        } else {
            Some(Place::Emulated)
        }
    };
    let mut expected = vec![
        (2, "linux/amd64+linux/arm64".to_owned(), Some(Place::Shared)),
        (3, "linux/amd64".to_owned(), Some(Place::Native)),
        (3, "linux/arm64".to_owned(), Some(Place::Native)),
        (3, "linux/amd64".to_owned(), of("linux/amd64")),
        (3, "linux/arm64".to_owned(), of("linux/arm64")),
    ];
    expected.sort();
    assert_eq!(places, expected, "{drawn}");
    assert!(
        timing.total.shared >= 1.0 && timing.total.emulated > 0.0,
        "{:?}",
        timing.total
    );
    for line in [
        "build 2/3 RUN echo shared; sleep 1 shared ",
        "linux/arm64 stage-1 3/3 RUN uname -m emulated",
        "| aarch64",
    ] {
        assert!(drawn.contains(line), "{line} is not in\n{drawn}");
    }
}

#[test]
fn a_failing_command_gives_its_log_and_exit_code_1() {
    let context = Context::new("FROM debian:trixie-slim AS build\nRUN echo one; echo two >&2; exit 7\n");
    let (outcome, drawn) = context.build(&["--no-cache"]);
    assert_eq!((outcome.code, outcome.is_cancelled), (1, false));
    let failed = outcome.record.failed().expect("has failed");
    assert_eq!(failed.label, "[2/2] RUN echo one; echo two >&2; exit 7");
    let mut log = failed.last_lines();
    log.sort_unstable();
    assert_eq!(log, ["one", "two"]);
    assert!(
        failed
            .error
            .as_ref()
            .is_some_and(|error| error.contains("exit code: 7"))
    );
    assert!(
        outcome.record.text.iter().any(|line| line.starts_with("ERROR:")),
        "{:?}",
        outcome.record.text
    );
    assert!(
        drawn.contains("failed: 2/2 RUN") && drawn.contains("  | two"),
        "{drawn}"
    );
}

#[test]
fn a_dockerfile_elsewhere_keeps_its_dockerignore() {
    let context = Context::new("FROM scratch\nCOPY . /\n");
    fs::write(context.path("kept"), "").expect("writes");
    fs::write(context.path("ignored"), "").expect("writes");
    fs::write(context.path("Dockerfile.dockerignore"), "ignored\nDockerfile*\n").expect("writes");
    let out = tempfile::tempdir().expect("makes a folder");
    let output = format!("type=local,dest={}", out.path().display());
    let (outcome, drawn) = context.build(&["--output", &output]);
    assert_eq!(outcome.code, 0, "{drawn}");
    let names: Vec<_> = fs::read_dir(out.path())
        .expect("is there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["kept"]);
}

/// The part of the next test that runs in a process of its own; does nothing otherwise.
#[test]
fn cancelled_build_of_another_process() {
    let Some(notes) = std::env::var_os("XBUILD_TEST_CANCELLED").map(PathBuf::from) else {
        return;
    };
    let original = notes.join("Dockerfile");
    let file = TemporaryDockerfile::write(
        &original,
        "FROM debian:trixie-slim\nRUN echo started; sleep 120\n",
    )
    .expect("writes");
    fs::write(
        notes.join("folder"),
        file.path()
            .parent()
            .expect("has one")
            .as_os_str()
            .as_encoded_bytes(),
    )
    .expect("writes");
    let arguments = [
        "--no-cache",
        "--progress=rawjson",
        "--output=type=cacheonly",
        "-f",
    ]
    .map(OsString::from);
    let arguments = arguments
        .into_iter()
        .chain([file.path().into(), notes.clone().into()])
        .collect();
    let outcome = run(Call::buildx_build(arguments), &mut |event, _| {
        if matches!(event, Event::Status { status, .. } if !status.logs.is_empty()) {
            fs::write(notes.join("started"), "").expect("writes");
        }
    });
    let outcome = outcome.expect("runs");
    drop(file);
    fs::write(
        notes.join("code"),
        format!("{} {}", outcome.code, outcome.is_cancelled),
    )
    .expect("writes");
}

#[test]
fn a_signal_cancels_the_build_in_order() {
    builder();
    for signal in ["-INT", "-TERM"] {
        let notes = tempfile::tempdir().expect("makes a folder");
        let mut child = Command::new(std::env::current_exe().expect("is known"))
            .args(["--exact", "cancelled_build_of_another_process"])
            .env("XBUILD_TEST_CANCELLED", notes.path())
            .spawn()
            .expect("starts");
        wait_for(&notes.path().join("started"));
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .expect("runs");
        assert!(sent.success());
        let begun = Instant::now();
        child.wait().expect("ends");
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "took {:?}",
            begun.elapsed()
        );
        let read = |name: &str| fs::read_to_string(notes.path().join(name)).expect("is there");
        assert_eq!(read("code"), "130 true", "{signal}");
        assert!(!Path::new(&read("folder")).exists());
    }
}

fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{} does not appear",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Files of two platforms; with `planted`, the arm64 image gets a program of amd64.
fn image(planted: bool) -> Context {
    let from = if planted { "--platform=linux/amd64 " } else { "" };
    Context::new(&format!(
        "FROM {from}debian:trixie-slim AS tools\n\
         FROM debian:trixie-slim\n\
         COPY --from=tools /bin/cat /usr/local/bin/cat\n"
    ))
}

#[test]
fn an_image_of_the_engine_is_checked_with_all_platforms() {
    let name = "xbuild-test-verify:right";
    let (outcome, drawn) = image(false).build(&[&amd64_and_arm64()[..], &["--tag", name, "--load"]].concat());
    assert_eq!(outcome.code, 0, "{drawn}");
    let report = verify(&Source::of(name)).expect("can be checked");
    let _ = Command::new("docker").args(["image", "rm", name]).output();
    let platforms: Vec<&str> = report
        .platforms
        .iter()
        .map(|platform| platform.platform.as_str())
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    assert!(report.is_clean(), "{:?}", report.wrong().collect::<Vec<_>>());
    assert!(
        report
            .platforms
            .iter()
            .all(|platform| platform.programs > 100 && platform.files > platform.programs)
    );
}

#[test]
fn a_planted_program_is_found_in_an_oci_archive() {
    for options in ["", ",compression=zstd,force-compression=true"] {
        let context = image(true);
        let archive = context.path("image.tar");
        let output = format!("type=oci,dest={}{options}", archive.display());
        let (outcome, drawn) = context.build(&[&amd64_and_arm64()[..], &["--output", &output]].concat());
        assert_eq!(outcome.code, 0, "{drawn}");
        let report = verify(&Source::of(&archive.display().to_string())).expect("can be checked");
        let verdicts: Vec<Verdict> = report.platforms.iter().map(|platform| platform.verdict).collect();
        assert_eq!(verdicts, [Verdict::Clean, Verdict::Wrong]);
        let wrong: Vec<&str> = report.wrong().map(|finding| finding.path.as_str()).collect();
        assert_eq!(wrong, ["/usr/local/bin/cat"]);
    }
}

#[test]
fn an_image_that_is_nowhere_is_told() {
    builder();
    let error = verify(&Source::of("xbuild-test/no-such-image:1")).expect_err("is not there");
    assert!(error.to_string().contains("no image of that name"), "{error}");
}
