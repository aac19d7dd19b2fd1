use super::*;
use crate::engine::Reader;

const STREAM: &str = r#"{"vertexes":[
  {"digest":"i","name":"[internal] load build context","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:00.1Z"},
  {"digest":"s","name":"[linux/amd64 build 2/4] RUN shared","started":"2026-01-01T00:00:00Z"},
  {"digest":"n","name":"[linux/amd64->arm64 build 3/4] RUN go build","inputs":["s"]},
  {"digest":"a","name":"[linux/amd64 build 3/4] RUN go build","inputs":["s"]},
  {"digest":"c","name":"[linux/arm64 stage-1 1/2] COPY a b","inputs":["n"]},
  {"digest":"e","name":"[linux/arm64 stage-1 2/2] RUN apt-get   install","inputs":["c"]}]}
{"logs":[{"vertex":"s","data":"aGVsbG8="}]}
{"logs":[{"vertex":"s","data":"IHlvdQo="}]}
{"vertexes":[
  {"digest":"s","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z"},
  {"digest":"n","started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:04.2Z"},
  {"digest":"c","started":"2026-01-01T00:00:05Z","completed":"2026-01-01T00:00:05Z","cached":true}]}
{"logs":[{"vertex":"e","data":"RTogbm90IGZvdW5k"}]}
{"vertexes":[{"digest":"e","started":"2026-01-01T00:00:05Z","completed":"2026-01-01T00:00:07Z","error":"exit code: 7"}]}
ERROR: failed
"#;

fn scene() -> Scene {
    Scene {
        steps: Vec::new(),
        native: Native::new("linux/amd64", &[]),
        targets: vec!["linux/amd64".into(), "linux/arm64".into()],
        has_colour: false,
    }
}

fn play(display: &mut Display<'_>) {
    let mut outcome = Outcome {
        code: 1,
        ..Outcome::default()
    };
    for event in Reader::default().push(STREAM.as_bytes()) {
        outcome.record.take(&event);
        display.event(&event, &outcome.record);
    }
    display.finish(&outcome);
}

fn check(mode: Mode, expected: &str) {
    let mut written = Vec::new();
    play(&mut Display::new(mode, scene(), &mut written));
    assert_eq!(String::from_utf8_lossy(&written), expected);
}

#[test]
fn plain_lines_name_platform_step_place_and_time() {
    check(
        Mode::Plain,
        "build 2/4 | hello you\n\
         build 2/4 RUN shared shared 1.0s\n\
         linux/arm64 build 3/4 RUN go build native 3.2s\n\
         linux/arm64 stage-1 1/2 COPY a b cached\n\
         linux/arm64 stage-1 2/2 | E: not found\n\
         linux/arm64 stage-1 2/2 RUN apt-get install emulated failed after 2.0s\n\
         ERROR: failed\n\
         failed: linux/arm64 stage-1 2/2 RUN apt-get   install (emulated)\n  | E: not found\n",
    );
}

#[test]
fn a_step_that_ends_before_other_platforms_are_announced_is_shared_by_the_plan() {
    let message = r#"{"vertexes":[{"digest":"s","name":"[linux/amd64 build 2/4] RUN x","started":"2026-01-01T00:00:00Z",
        "completed":"2026-01-01T00:00:01Z"}]}
"#;
    let mut record = Record::default();
    let mut planned = scene();
    planned.steps.push(Step {
        stage: "build".into(),
        number: 2,
        line: 2,
        run: true,
        places: [("linux/amd64".to_owned(), Place::Shared)].into(),
    });
    for (scene, expected) in [
        (planned, "build 2/4 RUN x shared 1.0s\n"),
        (scene(), "linux/amd64 build 2/4 RUN x native 1.0s\n"),
    ] {
        let mut written = Vec::new();
        let mut display = Display::new(Mode::Plain, scene, &mut written);
        for event in Reader::default().push(message.as_bytes()) {
            record.take(&event);
            display.event(&event, &record);
        }
        drop(display);
        assert_eq!(String::from_utf8_lossy(&written), expected);
    }
}

#[test]
fn quiet_speaks_only_of_failure() {
    check(
        Mode::Quiet,
        "failed: linux/arm64 stage-1 2/2 RUN apt-get   install (emulated)\n  | E: not found\nERROR: failed\n",
    );
}

#[test]
fn rawjson_is_passed_on() {
    check(Mode::RawJson, STREAM);
}

#[test]
fn modes_are_chosen_as_buildx_does() {
    assert_eq!(Mode::choose(None, true), Mode::Live);
    assert_eq!(Mode::choose(Some("auto"), false), Mode::Plain);
    assert_eq!(Mode::choose(Some("plain"), true), Mode::Plain);
    assert_eq!(Mode::choose(Some("none"), true), Mode::Quiet);
    assert_eq!(Mode::choose(Some("tty"), false), Mode::Plain);
}

#[test]
fn long_names_become_short() {
    assert_eq!(shorten("RUN  a\n b", 20), "RUN a b");
    assert_eq!(shorten("é23456", 5), "é234…");
}
