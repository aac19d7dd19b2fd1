//! The command line as a user meets it: what is printed where, exit codes, and files that stay whole. Needs no engine.

mod program;

use std::{fs, io::Read, process::Stdio};

use insta::assert_snapshot;
use program::{Folder, Run};

const GO: &str = "\
FROM golang:1.24 AS build
COPY . .
RUN CGO_ENABLED=0 go build -o /app .
FROM scratch
COPY --from=build /app /app
";

const MOVED: &str = "\
FROM --platform=$BUILDPLATFORM golang:1.24 AS build
COPY . .
ARG TARGETOS TARGETARCH TARGETVARIANT
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} go build -o /app .
FROM scratch
COPY --from=build /app /app
";

const PLAIN: &str = "FROM scratch\nCOPY a /a\n";

fn run(files: &[(&str, &str)], arguments: &[&str]) -> Run {
    Folder::new(files).run(arguments)
}

fn check(run: &Run, code: i32, stdout: &str, stderr: &str) {
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (Some(code), stdout, stderr)
    );
}

// ---- rewrite

#[test]
fn rewrite_prints_a_diff_and_the_reasons() {
    assert_snapshot!(run(&[("Dockerfile", GO)], &["rewrite"]), @r#"
    exit code 0
    ---- output
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,5 +1,6 @@
    -FROM golang:1.24 AS build
    +FROM --platform=$BUILDPLATFORM golang:1.24 AS build
     COPY . .
    -RUN CGO_ENABLED=0 go build -o /app .
    +ARG TARGETOS TARGETARCH TARGETVARIANT
    +RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} go build -o /app .
     FROM scratch
     COPY --from=build /app /app
    ---- errors
    Dockerfile:1: build moved: what leaves it is made for the target platform, without running there
    "#);
}

#[test]
fn diff_and_check_tell_by_their_exit_code_that_a_file_would_change() {
    let folder = Folder::new(&[("Dockerfile", GO), ("plain.Dockerfile", PLAIN)]);
    let plain = folder.run(&["rewrite"]);
    let diff = folder.run(&["rewrite", "--diff"]);
    assert_eq!((plain.code, diff.code), (Some(0), Some(1)));
    assert_eq!((&plain.stdout, &plain.stderr), (&diff.stdout, &diff.stderr));
    check(
        &folder.run(&["rewrite", "--check", "Dockerfile", "plain.Dockerfile"]),
        1,
        "Dockerfile\n",
        "",
    );
    check(
        &folder.run(&["rewrite", "--check", "plain.Dockerfile"]),
        0,
        "",
        "",
    );
    check(&folder.run(&["rewrite", "--diff", "plain.Dockerfile"]), 0, "", "");
    assert_eq!(
        (folder.read("Dockerfile"), folder.read("plain.Dockerfile")),
        (GO.into(), PLAIN.into())
    );
}

#[test]
fn write_changes_the_file_once() {
    let folder = Folder::new(&[("Dockerfile", GO)]);
    check(
        &folder.run(&["rewrite", "--write"]),
        0,
        "",
        "Dockerfile:1: build moved: what leaves it is made for the target platform, without running there\n",
    );
    assert_eq!(folder.read("Dockerfile"), MOVED);
    check(&folder.run(&["rewrite", "--check"]), 0, "", "");
    assert_eq!(folder.run(&["rewrite", "-w"]).code, Some(0));
    assert_eq!(folder.read("Dockerfile"), MOVED);
    assert_eq!(folder.names(""), ["Dockerfile"]);
}

#[test]
fn standard_input_comes_out_rewritten() {
    let folder = Folder::new(&[]);
    let moved = folder.run_with_input(&["rewrite", "-"], GO);
    assert_eq!((moved.code, moved.stdout.as_str()), (Some(0), MOVED));
    assert!(moved.stderr.starts_with("-:1: build moved: "), "{moved}");
    check(&folder.run_with_input(&["rewrite", "-"], PLAIN), 0, PLAIN, "");
    check(
        &folder.run_with_input(&["rewrite", "--check", "-"], GO),
        1,
        "-\n",
        "",
    );
}

#[test]
fn git_applies_the_diff_with_every_ending_of_lines() {
    let crlf = GO.replace('\n', "\r\n");
    let texts = [
        GO.to_owned(),
        crlf.clone(),
        format!("\u{feff}{GO}"),
        GO.trim_end().to_owned(),
        crlf.trim_end().to_owned(),
        GO.replace("COPY . .", "# a comment with a bare\rreturn\nCOPY . ."),
    ];
    for text in texts {
        let folder = Folder::new(&[]);
        for name in ["Dockerfile", "a b/my Dockerfile"] {
            folder.write(name, &text);
            let absolute = folder.word(name);
            for path in [name, &format!("./{name}"), &absolute] {
                let diff = folder.run(&["rewrite", "--diff", path]);
                assert_eq!(diff.code, Some(1), "{diff}");
                folder.write("expected", folder.run_with_input(&["rewrite", "-"], &text).stdout);
                // An empty GIT_DIR: no repository above the folder has a say.
                let mut git = folder.command("git");
                git.args(["apply", "--whitespace=nowarn", "-"])
                    .env("GIT_DIR", folder.path("none"));
                let applied = folder.finish(&mut git, diff.stdout.as_bytes());
                assert_eq!(
                    applied.code,
                    Some(0),
                    "{path} {text:?}\n{}\n{applied}",
                    diff.stdout
                );
                assert_eq!(folder.read(name), folder.read("expected"), "{path}");
                folder.write(name, &text);
            }
        }
    }
}

#[test]
fn everything_untouched_keeps_its_bytes() {
    let crlf = (GO.replace('\n', "\r\n"), MOVED.replace('\n', "\r\n"));
    let mark = (format!("\u{feff}{GO}"), format!("\u{feff}{MOVED}"));
    let unfinished = (GO.trim_end().to_owned(), MOVED.trim_end().to_owned());
    let unchanged = (PLAIN.replace('\n', " \t\r\n"), PLAIN.replace('\n', " \t\r\n"));
    for (before, after) in [crlf, mark, unfinished, unchanged] {
        let folder = Folder::new(&[("Dockerfile", &before)]);
        let run = folder.run(&["rewrite", "--write"]);
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(folder.read("Dockerfile"), after);
    }
}

#[cfg(unix)]
#[test]
fn write_keeps_permissions_owner_and_links() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    let folder = Folder::new(&[("real/Dockerfile", GO)]);
    let real = folder.path("real/Dockerfile");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("changes");
    // Only root may give a file away; for anybody else the owner is the same anyhow.
    let _ = chown(&real, Some(65534), Some(65534));
    let before = fs::metadata(&real).expect("is there");
    symlink("real/Dockerfile", folder.path("Dockerfile")).expect("links");
    let run = folder.run(&["rewrite", "--write"]);
    assert_eq!(run.code, Some(0), "{run}");
    let after = fs::metadata(&real).expect("is there");
    assert_eq!(
        (after.mode(), after.uid(), after.gid()),
        (before.mode(), before.uid(), before.gid())
    );
    assert_eq!(
        fs::read_link(folder.path("Dockerfile"))
            .expect("is a link")
            .to_str(),
        Some("real/Dockerfile")
    );
    assert_eq!(folder.read("real/Dockerfile"), MOVED);
    assert_eq!(folder.names("real"), ["Dockerfile"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_leaves_the_file_whole() {
    use std::os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    };
    let folder = Folder::new(&[("locked/Dockerfile", GO)]);
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(folder.path(path), fs::Permissions::from_mode(mode)).expect("changes");
    };
    mode("", 0o755);
    mode("locked", 0o555);
    let mut xbuild = folder.xbuild(&["rewrite", "--write", "locked/Dockerfile"]);
    // Nothing is locked for root, who therefore becomes somebody else, and takes the program along.
    if fs::metadata(folder.path("")).expect("is there").uid() == 0 {
        fs::copy(env!("CARGO_BIN_EXE_xbuild"), folder.path("xbuild")).expect("copies");
        xbuild = folder.command(folder.path("xbuild"));
        xbuild
            .args(["rewrite", "--write", "locked/Dockerfile"])
            .uid(65534)
            .gid(65534);
    }
    let run = folder.finish(&mut xbuild, b"");
    mode("locked", 0o755);
    assert_eq!(run.code, Some(2), "{run}");
    let lines: Vec<&str> = run.stderr.lines().skip(1).collect();
    assert!(
        lines[0].starts_with("error: cannot write locked/Dockerfile: Permission denied"),
        "{run}"
    );
    assert_eq!(
        lines[1],
        "help: the file is as it was; check that its folder can be written to"
    );
    assert_eq!(folder.read("locked/Dockerfile"), GO);
    assert_eq!(folder.names("locked"), ["Dockerfile"]);
}

#[test]
fn one_broken_file_does_not_stop_the_others() {
    let files = [("1", GO), ("2", "FROM a\nBOGUS\n"), ("4", GO)];
    let folder = Folder::new(&files);
    let run = folder.run(&["rewrite", "--write", "1", "2", "3", "4"]);
    assert_snapshot!(run, @r#"
    exit code 2
    ---- output
    ---- errors
    1:1: build moved: what leaves it is made for the target platform, without running there
    error: 2:2:1: unknown instruction: BOGUS
    help: BuildKit refuses the file for the same reason
    error: cannot read 3: No such file or directory (os error 2)
    help: name the Dockerfile, or - for standard input
    4:1: build moved: what leaves it is made for the target platform, without running there
    "#);
    assert_eq!((folder.read("1"), folder.read("4")), (MOVED.into(), MOVED.into()));
    let run = folder.run(&["plan", "--format", "json", "2", "4"]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(1), 1), "{run}");
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let folder = Folder::new(&[]);
    folder.write("Dockerfile", b"FROM a\n# caf\xe9\n");
    assert_snapshot!(folder.run(&["rewrite", "--write"]), @r#"
    exit code 1
    ---- output
    ---- errors
    error: Dockerfile:2: the file is not UTF-8
    help: save it as UTF-8; BuildKit takes other bytes in comments only
    "#);
}

// ---- plan

#[test]
fn plan_shows_every_step_with_its_place() {
    assert_snapshot!(run(&[("Dockerfile", GO)], &["plan", "--build-platform", "linux/amd64"]), @r#"
    exit code 0
    ---- output
    Dockerfile for linux/amd64, linux/arm64 on linux/amd64

    build moves to the build platform and cross-compiles, certain [go]
        what leaves it is made for the target platform, without running there (line 1)
         3  RUN CGO_ENABLED=0 go build -o /app .                  native (was: linux/amd64 native, linux/arm64 emulated)

    stage-1 stays on the target platform
        its files are the image, so it runs on the target platform (line 4)

    emulated RUN steps: 1 as the file stands, 0 with this plan
    ---- errors
    "#);
}

#[test]
fn plan_as_json_reads_back() {
    let folder = Folder::new(&[("Dockerfile", GO)]);
    let platforms = [
        "--build-platform",
        "linux/arm64",
        "--platform",
        "linux/amd64,linux/arm/v7",
    ];
    let run = folder.run(&[&["plan", "--format", "json"][..], &platforms].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.lines().count(), 1);
    let plan: xbuild::plan::Plan = serde_json::from_str(&run.stdout).expect("reads back");
    assert_eq!((plan.version, plan.file.as_str()), (1, "Dockerfile"));
    assert_eq!(plan.build_platform.to_string(), "linux/arm64");
    let targets: Vec<String> = plan.target_platforms.iter().map(ToString::to_string).collect();
    assert_eq!(targets, ["linux/amd64", "linux/arm/v7"]);
    assert!(plan.stages[0].decision.is_moved() && !plan.stages[1].decision.is_moved());
    assert_eq!(
        serde_json::to_string(&plan).expect("can be written") + "\n",
        run.stdout
    );
}

#[test]
fn a_platform_that_is_none_is_an_argument_error() {
    let run = run(&[("Dockerfile", GO)], &["plan", "--platform", "linux/"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run}");
    assert!(run.stderr.contains("--platform"), "{run}");
}

// ---- parse, explain, completions

#[test]
fn parse_prints_a_line_of_json_for_each_file() {
    let files = [
        ("1", "FROM a AS b\nRUN [\"x\", \"y\"]\n"),
        ("2", "FROM a\n\nBOGUS\n"),
        ("3", ""),
    ];
    assert_snapshot!(run(&files, &["parse", "--format", "json", "1", "2", "3", "4"]), @r#"
    exit code 2
    ---- output
    {"f":"1","ok":true,"ast":[{"i":"FROM","args":["a","AS","b"],"lines":[1,1]},{"i":"RUN","args":["x","y"],"json":true,"lines":[2,2]}]}
    {"f":"2","ok":false,"stage":"instructions","error":"dockerfile parse error on line 3: unknown instruction: BOGUS","error_lines":[[3]]}
    {"f":"3","ok":false,"stage":"parser","error":"the Dockerfile cannot be empty","error_lines":[[0]]}
    ---- errors
    error: cannot read 4: No such file or directory (os error 2)
    help: name the Dockerfile, or - for standard input
    "#);
}

#[test]
fn parse_reads_standard_input_and_bytes_that_are_no_text() {
    let folder = Folder::new(&[]);
    let run = folder.run_with_input(&["parse", "--format=json", "-"], b"FROM a\nRUN caf\xe9\n");
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("caf\u{fffd}"), "{run}");
}

#[test]
fn explain_lists_pages_and_prints_one() {
    let folder = Folder::new(&[]);
    let list = folder.run(&["explain"]);
    assert_eq!(list.code, Some(0), "{list}");
    for line in list.stdout.lines() {
        let (_, id) = line.rsplit_once(' ').expect("a kind and a name");
        let page = folder.run(&["explain", id]);
        assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
        assert!(page.stdout.starts_with(&format!("# {id}\n")), "{page}");
    }
    check(
        &folder.run(&["explain", "nothing"]),
        2,
        "",
        "error: there is no page called nothing\nhelp: `xbuild explain` lists all\n",
    );
}

#[test]
fn completions_are_a_script_that_bash_reads() {
    let folder = Folder::new(&[]);
    let script = folder.run(&["completions", "bash"]);
    assert_eq!((script.code, script.stderr.as_str()), (Some(0), ""));
    assert!(
        script.stdout.contains("rewrite") && script.stdout.contains("complete -F _xbuild"),
        "{script}"
    );
    let checked = folder.finish(folder.command("bash").args(["-n"]), script.stdout.as_bytes());
    check(&checked, 0, "", "");
}

// ---- errors

#[test]
fn a_missing_file_is_named_with_what_to_do() {
    assert_snapshot!(run(&[], &["rewrite", "no/Dockerfile"]), @r#"
    exit code 2
    ---- output
    ---- errors
    error: cannot read no/Dockerfile: No such file or directory (os error 2)
    help: name the Dockerfile, or - for standard input
    "#);
    assert_snapshot!(run(&[], &["plan"]), @r#"
    exit code 3
    ---- output
    ---- errors
    error: there is no Dockerfile in this folder
    help: name one, or - for standard input
    "#);
    assert_eq!(
        run(&[("dockerfile", PLAIN)], &["rewrite", "--check"]).code,
        Some(0)
    );
}

#[test]
fn a_broken_file_is_told_as_path_line_and_column() {
    for (text, message) in [
        (
            "FROM a\n\n  BOGUS x\n",
            "d/Dockerfile:3:3: unknown instruction: BOGUS",
        ),
        (
            "FROM a\nRUN --bogus x\n",
            "d/Dockerfile:2:1: unknown flag: --bogus",
        ),
        ("RUN x\n", "d/Dockerfile:1:1: no build stage in current context"),
        ("", "d/Dockerfile:1:1: the Dockerfile cannot be empty"),
    ] {
        let folder = Folder::new(&[("d/Dockerfile", text)]);
        let help = "help: BuildKit refuses the file for the same reason";
        for command in ["rewrite", "plan"] {
            check(
                &folder.run(&[command, "d/Dockerfile"]),
                1,
                "",
                &format!("error: {message}\n{help}\n"),
            );
        }
    }
}

#[test]
fn wrong_arguments_end_with_2() {
    for arguments in [
        &["rewrite", "--bogus"][..],
        &["bogus"],
        &[],
        &["rewrite", "--check", "--write"],
        &["rewrite", "--diff", "--check"],
        &["completions", "tcl"],
        &["verify"],
    ] {
        let run = run(&[("Dockerfile", GO)], arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}\n{run}"
        );
        assert!(
            run.stderr.contains("Usage") || run.stderr.contains("--help"),
            "{run}"
        );
    }
    let version = run(&[], &["--version"]);
    check(
        &version,
        0,
        concat!("xbuild ", env!("CARGO_PKG_VERSION"), "\n"),
        "",
    );
    assert_eq!(run(&[], &["--help"]).code, Some(0));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    // More than a pipe holds, so that writing cannot end before the reader is gone.
    let long: String = std::iter::once("FROM a\n".to_owned())
        .chain((0..9000).map(|at| format!("RUN echo {at}\n")))
        .collect();
    let folder = Folder::new(&[("Dockerfile", &long)]);
    for arguments in [
        &["parse", "--format=json"][..],
        &["parse"],
        &["plan"],
        &["completions", "zsh"],
        &["explain", "go"],
    ] {
        let mut xbuild = folder.xbuild(arguments);
        let mut child = xbuild
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut first = [0];
        let mut pipe = child.stdout.take().expect("is piped");
        pipe.read_exact(&mut first).expect("prints something");
        drop(pipe);
        let output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn the_file_as_it_stands_is_told_in_one_line() {
    let folder = Folder::new(&[(
        "Dockerfile",
        "FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build\nFROM debian\nRUN --mount=from=busybox,target=/b true\n",
    )]);
    let run = folder.run(&[
        "plan",
        "--no-rewrite",
        "--format=json",
        "--platform=linux/arm64",
        "--build-platform=linux/amd64",
    ]);
    // The build stage is not needed, so that nothing of it is shown.
    let expected = concat!(
        r#"{"f":"Dockerfile","ok":true,"targets":[{"platform":"linux/arm64","run":[[4,"linux/arm64"]],"#,
        r#""from":[[3,"linux/arm64","docker.io/library/debian:latest"],[0,"linux/arm64","docker.io/library/busybox:latest"]],"#,
        r#""sources":[],"#,
        r#""image":"linux/arm64"}]}"#,
        "\n"
    );
    check(&run, 0, expected, "");
}
