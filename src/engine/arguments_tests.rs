use super::*;

fn parse(line: &str) -> Result<BuildArguments, ArgumentsError> {
    let environment = |name: &str| match name {
        "SET" => Some("value".to_owned()),
        "DOCKER_DEFAULT_PLATFORM" => Some("linux/s390x".to_owned()),
        _ => None,
    };
    BuildArguments::parse_with(line.split_whitespace().map(OsString::from).collect(), environment)
}

fn check(line: &str, context: Option<&str>, rest: &str) -> BuildArguments {
    let arguments = parse(line).expect(line);
    assert_eq!(
        arguments.context.as_deref(),
        context.map(OsStr::new),
        "context of {line}"
    );
    let kept: Vec<_> = arguments
        .rest()
        .iter()
        .map(|token| token.to_string_lossy())
        .collect();
    assert_eq!(kept.join(" "), rest, "rest of {line}");
    arguments
}

fn check_file(line: &str, file: &str) {
    let arguments = parse(line).expect(line);
    assert_eq!(
        arguments.file.as_deref(),
        Some(OsStr::new(file)),
        "file of {line}"
    );
    assert_eq!(
        arguments.context.as_deref(),
        Some(OsStr::new(".")),
        "context of {line}"
    );
}

#[test]
fn reads_a_file_in_every_form() {
    for line in [
        "-f x .",
        "-fx .",
        "-f=x .",
        "--file x .",
        "--file=x .",
        ". -f x",
        "-f y --file x .",
    ] {
        check_file(line, "x");
    }
    check_file("-f - .", "-");
    check_file("-f -- .", "--");
    check_file("-qf x .", "x");
    check_file("-Dqfx .", "x");
}

#[test]
fn only_file_and_progress_leave_the_rest() {
    check("-f x --progress plain -t a:b .", Some("."), "-t a:b .");
    check(
        "--progress=tty --file=x --push . -o type=oci",
        Some("."),
        "--push . -o type=oci",
    );
    check("-qf x .", Some("."), "--quiet .");
    check("-Dqtname .", Some("."), "--debug --quiet --tag=name .");
    check(
        "--secret id=a --label -x -- -odd",
        Some("-odd"),
        "--secret id=a --label -x -- -odd",
    );
    check("-t x -", Some("-"), "-t x -");
}

#[test]
fn understands_what_the_plan_needs() {
    let arguments = check(
        "--platform linux/amd64,linux/arm64 --platform=linux/arm/v7 --target t --build-arg A=1=2 \
         --build-arg SET --build-arg UNSET --build-context base=docker-image://x --builder b --no-cache \
         --no-cache-filter s,t --push=false --load .",
        Some("."),
        "--platform linux/amd64,linux/arm64 --platform=linux/arm/v7 --target t --build-arg A=1=2 \
         --build-arg SET --build-arg UNSET --build-context base=docker-image://x --builder b --no-cache \
         --no-cache-filter s,t --push=false --load .",
    );
    assert_eq!(
        arguments.platforms,
        ["linux/amd64", "linux/arm64", "linux/arm/v7"]
    );
    assert_eq!(arguments.target.as_deref(), Some("t"));
    let value = |text: &str| Some(text.to_owned());
    let expected = [
        ("A".into(), value("1=2")),
        ("SET".into(), value("value")),
        ("UNSET".into(), None),
    ];
    assert_eq!(arguments.build_args, expected);
    assert_eq!(
        arguments.build_contexts,
        [("base".to_owned(), "docker-image://x".to_owned())]
    );
    assert_eq!(arguments.builder.as_deref(), Some("b"));
    assert_eq!(arguments.no_cache_filter, ["s", "t"]);
    assert!(arguments.no_cache && arguments.load && !arguments.push);
}

#[test]
fn reads_calls_syntax_and_the_default_platform() {
    assert_eq!(parse("--check .").expect("reads").call.as_deref(), Some("check"));
    assert_eq!(parse("--call build .").expect("reads").call, None);
    assert_eq!(parse("--check=false .").expect("reads").call, None);
    assert_eq!(
        parse("--call=outline,format=json .")
            .expect("reads")
            .call
            .as_deref(),
        Some("outline,format=json")
    );
    assert_eq!(
        parse("--build-arg BUILDKIT_SYNTAX=a/b .")
            .expect("reads")
            .syntax(),
        Some("a/b")
    );
    assert_eq!(parse(".").expect("reads").platforms, ["linux/s390x"]);
}

#[test]
fn guesses_whether_an_unknown_flag_has_a_value() {
    check("--new value .", Some("."), "--new value .");
    check(". --new value", Some("."), ". --new value");
    check("--new .", Some("."), "--new .");
    check("--new --other .", Some("."), "--new --other .");
    check("--new=value .", Some("."), "--new=value .");
    check("--new value --other .", Some("."), "--new value --other .");
    check("--new -t name .", Some("."), "--new -t name .");
    check("-z value .", Some("."), "-z value .");
    // Nothing tells this from the line above: a bare flag before the context wants the context to be last.
    check("--bare . --new value", Some("value"), "--bare . --new value");
}

#[test]
fn says_what_is_wrong() {
    assert_eq!(parse(". -f"), Err(ArgumentsError::MissingValue("file".into())));
    assert_eq!(
        parse("a b"),
        Err(ArgumentsError::SeveralContexts(vec!["a".into(), "b".into()]))
    );
    assert_eq!(parse("--help").expect("reads").context, None);
}

#[test]
fn the_same_call_with_another_file() {
    let command = |line| {
        parse(line)
            .expect("reads")
            .command(Path::new("/t/D"), "rawjson")
            .join(OsStr::new(" "))
    };
    assert_eq!(
        command("-f D --progress=plain -t n -- ."),
        "--file /t/D --progress rawjson -t n -- ."
    );
    assert_eq!(command("-q ."), "--file /t/D -q .");
}
