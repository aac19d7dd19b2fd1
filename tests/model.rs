//! What BuildKit would do with a file as it stands: which steps it runs where, which images it takes for which
//! platform, what it refuses. The facts are those of dockerfile2llb, for linux/arm64 on a builder of linux/amd64.

use xbuild::{
    grammar,
    model::{Model, Settings},
    platform::Platform,
    report::standing,
};

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::new(Platform::linux("amd64"), vec![Platform::linux("arm64")]);
    change(&mut settings);
    settings
}

/// One line a RUN, an image and another source; the architectures stand for the platforms.
fn stands(text: &str, settings: Settings) -> Result<Vec<String>, String> {
    let file = grammar::parse(text).map_err(|error| error.full_message())?;
    let model = Model::build(&file, settings).map_err(|error| error.message)?;
    let answer = standing::standing(String::new(), &model);
    let mut lines = Vec::new();
    for target in &answer.targets {
        let short = |platform: &str| platform.trim_start_matches("linux/").to_owned();
        for (line, platform) in &target.run {
            lines.push(format!("run {line} {}", short(platform)));
        }
        for (line, platform, image) in &target.from {
            let image = image.trim_start_matches("docker.io/library/");
            lines.push(format!("from {line} {} {image}", short(platform)));
        }
        lines.extend(target.sources.iter().cloned());
    }
    Ok(lines)
}

fn check_with(text: &str, change: impl FnOnce(&mut Settings), expected: &[&str]) {
    let found = stands(text, settings(change)).unwrap_or_else(|error| panic!("{text}\nis refused: {error}"));
    assert_eq!(found, expected, "{text}");
}

fn check(text: &str, expected: &[&str]) {
    check_with(text, |_| {}, expected);
}

fn check_refused(text: &str, message: &str) {
    assert_eq!(stands(text, settings(|_| {})), Err(message.to_owned()), "{text}");
}

#[test]
fn a_stage_runs_where_its_image_comes_from() {
    check("FROM a\nRUN x", &["run 2 arm64", "from 1 arm64 a:latest"]);
    check(
        "FROM --platform=$BUILDPLATFORM a\nRUN x",
        &["run 2 amd64", "from 1 amd64 a:latest"],
    );
    check(
        "FROM --platform=linux/ppc64le a\nRUN x",
        &["run 2 ppc64le", "from 1 ppc64le a:latest"],
    );
}

#[test]
fn the_flag_does_nothing_on_a_stage_and_on_scratch() {
    check(
        "FROM a AS base\nRUN x\nFROM --platform=$BUILDPLATFORM base\nRUN y",
        &["run 2 arm64", "run 4 arm64", "from 1 arm64 a:latest"],
    );
    check(
        "FROM --platform=$BUILDPLATFORM a AS base\nFROM base\nRUN y",
        &["run 3 amd64", "from 1 amd64 a:latest"],
    );
    check("FROM --platform=$BUILDPLATFORM scratch\nRUN x", &["run 2 arm64"]);
}

#[test]
fn images_of_copies_and_mounts_come_for_the_target() {
    check(
        "FROM --platform=$BUILDPLATFORM a\nCOPY --from=b /x /x\nRUN --mount=from=c,target=/c x",
        &[
            "run 3 amd64",
            "from 1 amd64 a:latest",
            "from 2 arm64 b:latest",
            "from 0 arm64 c:latest",
        ],
    );
    check("FROM a\nCOPY --from=scratch / /", &["from 1 arm64 a:latest"]);
}

#[test]
fn only_what_the_exported_stage_needs_is_reached() {
    let text = "FROM a AS one\nRUN x\nFROM b AS two\nRUN y\nFROM c\nCOPY --from=ONE / /";
    check(
        text,
        &["run 2 arm64", "from 1 arm64 a:latest", "from 5 arm64 c:latest"],
    );
    check_with(
        text,
        |settings| settings.target = Some("Two".to_owned()),
        &["run 4 arm64", "from 3 arm64 b:latest"],
    );
    let unknown = settings(|settings| settings.target = Some("0".to_owned()));
    let message = "target stage \"0\" could not be found";
    assert_eq!(stands("FROM a", unknown), Err(message.to_owned()));
    let close = settings(|settings| settings.target = Some("too".to_owned()));
    let message = "target stage \"too\" could not be found (did you mean two?)";
    assert_eq!(stands(text, close), Err(message.to_owned()));
}

#[test]
fn a_stage_is_found_by_name_and_number() {
    check(
        "FROM a\nRUN x\nFROM b\nCOPY --from=0 / /",
        &["run 2 arm64", "from 1 arm64 a:latest", "from 3 arm64 b:latest"],
    );
    // The image that an earlier COPY names has the number behind the last stage.
    check(
        "FROM a\nCOPY --from=tool /x /x\nFROM b\nCOPY --from=2 /y /y",
        &["from 3 arm64 b:latest", "from 2 arm64 tool:latest"],
    );
    // FROM takes the nearest stage above it, COPY the last one of the name.
    check(
        "FROM a AS x\nRUN y\nFROM b AS x\nFROM x\nRUN z",
        &["run 5 arm64", "from 3 arm64 b:latest"],
    );
    let target = settings(|settings| settings.target = Some("x".to_owned()));
    assert_eq!(
        stands("FROM a AS x\nCOPY --from=y / /\nFROM b AS y", target),
        Err("cannot copy from stage \"y\", it needs to be defined before current stage \"x\"".to_owned()),
    );
    check_refused("FROM a\nCOPY --from=5 / /", "invalid stage index 5");
    check_refused(
        "FROM a AS Base\nFROM Base",
        "failed to parse stage name \"Base\": invalid reference format: repository name (library/Base) must be lowercase",
    );
}

#[test]
fn circles_are_refused() {
    for text in [
        "FROM a\nCOPY --from=0 / /",
        "FROM a\nCOPY --from=1 / /\nFROM b\nCOPY --from=0 / /",
    ] {
        check_refused(text, "circular dependency detected on stage: stage-0");
    }
}

#[test]
fn arguments_of_a_build_win() {
    let text = "ARG tag=1\nFROM a:$tag\nARG to=b\nRUN --mount=from=c,target=/$to x";
    check(
        text,
        &["run 4 arm64", "from 2 arm64 a:1", "from 0 arm64 c:latest"],
    );
    check_with(
        text,
        |settings| {
            settings.build_args.insert("tag".to_owned(), "2".to_owned());
        },
        &["run 4 arm64", "from 2 arm64 a:2", "from 0 arm64 c:latest"],
    );
    // The variable changes, the platform of the build does not.
    check_with(
        "FROM --platform=$BUILDPLATFORM a\nRUN x",
        |settings| {
            settings
                .build_args
                .insert("BUILDPLATFORM".to_owned(), "linux/s390x".to_owned());
        },
        &["run 2 s390x", "from 1 s390x a:latest"],
    );
}

#[test]
fn a_global_default_replaces_an_automatic_value() {
    check(
        "ARG TARGETARCH=x\nFROM a-$TARGETARCH",
        &["from 2 arm64 a-x:latest"],
    );
    check(
        "ARG TARGETARCH\nFROM a-$TARGETARCH",
        &["from 2 arm64 a-arm64:latest"],
    );
    check(
        "FROM a-${TARGETARCH}${TARGETVARIANT}",
        &["from 1 arm64 a-arm64:latest"],
    );
}

#[test]
fn triggers_fire_in_the_stage_that_stands_on_theirs() {
    check(
        "FROM a AS base\nONBUILD RUN x\nONBUILD COPY --from=tool /t /t\nFROM base AS child\nRUN y\nFROM child\nRUN z",
        &[
            "run 4 arm64",
            "run 5 arm64",
            "run 7 arm64",
            "from 1 arm64 a:latest",
            "from 4 arm64 tool:latest",
        ],
    );
}

#[test]
fn named_contexts_stand_in_the_place_of_images() {
    let with = |name: &str, address: &str| {
        let (name, address) = (name.to_owned(), address.to_owned());
        move |settings: &mut Settings| {
            settings.named_contexts.insert(name, address);
        }
    };
    for text in [
        "FROM a\nRUN x",
        "FROM a:latest\nRUN x",
        "FROM docker.io/library/a\nRUN x",
    ] {
        check_with(
            text,
            with("a", "docker-image://b:1"),
            &["run 2 arm64", "from 0 arm64 b:1"],
        );
    }
    check_with("FROM a:3", with("a", "docker-image://b:1"), &["from 1 arm64 a:3"]);
    check_with(
        "FROM --platform=$BUILDPLATFORM a",
        with("a::linux/amd64", "docker-image://native"),
        &["from 0 amd64 native:latest"],
    );
    check_with(
        "FROM a\nCOPY --from=files /x /x",
        with("files", "folder"),
        &["from 1 arm64 a:latest", "local://folder"],
    );
    check_with("FROM scratch", with("scratch", "docker-image://b"), &[]);
}

#[test]
fn named_contexts_stand_in_the_place_of_stages() {
    let change = |settings: &mut Settings| {
        settings
            .named_contexts
            .insert("one".to_owned(), "docker-image://b:1".to_owned());
    };
    check_with(
        "FROM --platform=$BUILDPLATFORM a AS one\nRUN x\nFROM one\nRUN y",
        change,
        &["run 4 amd64", "from 0 amd64 b:1"],
    );
}

#[test]
fn what_is_fetched_besides_images() {
    check("FROM a\nCOPY x /x", &["from 1 arm64 a:latest", "local://context"]);
    check("FROM a\nCOPY <<E /x\nE", &["from 1 arm64 a:latest"]);
    check(
        "FROM a\nRUN --mount=target=/src x",
        &["run 2 arm64", "from 1 arm64 a:latest", "local://context"],
    );
    check(
        "FROM a\nADD https://example.org/x git@example.org:a/b.git#v1 /x/",
        &[
            "from 1 arm64 a:latest",
            "git://example.org/a/b.git#v1",
            "https://example.org/x",
        ],
    );
}

#[test]
fn the_same_step_of_the_same_files_runs_once() {
    check(
        "FROM a AS one\nRUN x\nFROM a AS two\nRUN x\nFROM b\nCOPY --from=one / /\nCOPY --from=two / /",
        &["run 2 arm64", "from 1 arm64 a:latest", "from 5 arm64 b:latest"],
    );
}

#[test]
fn what_is_wrong_in_a_step_counts_only_when_it_is_reached() {
    check(
        "FROM a AS one\nRUN --mount=type=wrong x\nFROM b",
        &["from 3 arm64 b:latest"],
    );
    check_refused(
        "FROM a\nRUN --mount=type=wrong x",
        "unsupported mount type \"wrong\"",
    );
    check_refused(
        "FROM a\nRUN --mount=target=/x,size=1 x",
        "unexpected key 'size' for mount type 'bind'",
    );
    check_refused(
        "FROM a\nRUN --mount=type=cache,target=/x,form=b x",
        "unexpected key 'form' in 'form=b' (did you mean from?)",
    );
    check_refused("FROM a\nRUN []", "arguments are required");
    check_refused("FROM $none", "base name ($none) should not be blank");
}

#[test]
fn the_date_of_the_source_is_a_number() {
    let with = |date: &str| {
        let date = date.to_owned();
        settings(move |settings| {
            settings.build_args.insert("SOURCE_DATE_EPOCH".to_owned(), date);
        })
    };
    assert!(stands("FROM a", with("1700000000")).is_ok());
    let message = "invalid SOURCE_DATE_EPOCH: yesterday";
    assert_eq!(stands("FROM a", with("yesterday")), Err(message.to_owned()));
}

#[test]
fn every_target_has_its_own_platforms() {
    let text = "FROM --platform=$BUILDPLATFORM a AS tool\nRUN x\nFROM b\nRUN y\nCOPY --from=tool / /";
    check_with(
        text,
        |settings| {
            settings.target_platforms = vec![
                Platform::linux("amd64"),
                "linux/arm/v7".parse().expect("a platform"),
            ];
        },
        &[
            "run 2 amd64",
            "run 4 amd64",
            "from 1 amd64 a:latest",
            "from 3 amd64 b:latest",
            "run 2 amd64",
            "run 4 arm/v7",
            "from 1 amd64 a:latest",
            "from 3 arm/v7 b:latest",
        ],
    );
}
