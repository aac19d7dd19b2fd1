//! What tests of recipes and of rewriting share: a file before and after.

use std::fmt::Write;

use xbuild::{
    context::Context,
    grammar,
    model::{Model, Settings},
    plan::{Options, Plan, decide},
    platform::Platform,
    recipes, rewrite,
};

/// The plan and the rewritten text for targets, on a builder of linux/amd64.
pub(crate) fn plan_and_rewrite(
    before: &str,
    targets: &[&str],
    context: &Context,
    options: Options,
) -> (Plan, String) {
    let file = grammar::parse(before).expect("a Dockerfile");
    let targets = targets
        .iter()
        .map(|target| target.parse().expect("a platform"))
        .collect();
    let model = Model::build(&file, Settings::new(Platform::linux("amd64"), targets)).expect("it builds");
    let plan = decide("Dockerfile", &model, context, recipes::ALL, options).expect("a plan");
    let text = rewrite::rewrite(&model, &plan)
        .expect("it can be carried out")
        .text;
    (plan, text)
}

/// `--aggressive`.
pub(crate) const AGGRESSIVE: Options = Options {
    is_aggressive: true,
    leaves_file: false,
    is_for_one_build: false,
};

/// The targets of most checks.
pub(crate) const TARGETS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// The file becomes `after` by default, and stays so.
pub(crate) fn check(before: &str, after: &str) {
    check_with(before, after, &Context::default(), Options::default());
}

/// The same with a build context and other options.
pub(crate) fn check_with(before: &str, after: &str, context: &Context, options: Options) {
    let (plan, text) = plan_and_rewrite(before, &TARGETS, context, options);
    let reasons = plan.stages.iter().fold(String::new(), |mut all, stage| {
        let _ = writeln!(all, "{}: {}", stage.name, stage.reason.text);
        all
    });
    assert_eq!(text, after, "\n{reasons}");
    let again = plan_and_rewrite(&text, &TARGETS, context, options).1;
    assert_eq!(again, text, "a second rewrite changes something");
}

/// The file stays as it is, and the reason says `why`.
pub(crate) fn stays(before: &str, why: &str) {
    stays_with(before, &Context::default(), Options::default(), why);
}

/// With these options the file stays as it is, and the reason says `why`.
fn stays_with(before: &str, context: &Context, options: Options, why: &str) {
    let (plan, text) = plan_and_rewrite(before, &TARGETS, context, options);
    assert_eq!(text, before);
    let reasons: Vec<&str> = plan
        .stages
        .iter()
        .map(|stage| stage.reason.text.as_str())
        .collect();
    assert!(reasons.iter().any(|reason| reason.contains(why)), "{reasons:#?}");
}

/// With `--aggressive` the file becomes `after`; by default it stays as it is.
pub(crate) fn check_likely(before: &str, after: &str) {
    let (_, text) = plan_and_rewrite(before, &TARGETS, &Context::default(), Options::default());
    assert_eq!(text, before, "it is not likely but certain");
    check_with(before, after, &Context::default(), AGGRESSIVE);
}

/// With `--aggressive` the file becomes `after` and one step more, which installs a compiler for the target; by default
/// it stays as it is. The step is the result.
pub(crate) fn check_compiled(before: &str, after: &str, context: &Context) -> String {
    let (_, text) = plan_and_rewrite(before, &TARGETS, context, Options::default());
    assert_eq!(text, before, "it is not likely but certain");
    let (plan, text) = plan_and_rewrite(before, &TARGETS, context, AGGRESSIVE);
    let start = text.find("RUN set -eu; case").unwrap_or(text.len());
    let end = text[start..]
        .find("\n    fi\n")
        .map_or(start, |end| start + end + "\n    fi\n".len());
    let rest = format!("{}{}", &text[..start], &text[end..]);
    let reasons: Vec<&str> = plan
        .stages
        .iter()
        .map(|stage| stage.reason.text.as_str())
        .collect();
    assert_eq!(rest, after, "\n{reasons:#?}");
    check_with(before, &text, context, AGGRESSIVE);
    text[start..end].to_owned()
}

/// A stage on Debian that installs `packages`, and gives `taken` away.
pub(crate) fn on_debian(pin: &str, packages: &str, instructions: &str, taken: &str) -> String {
    format!(
        "FROM{pin} debian:trixie AS build\nRUN apt-get update && apt-get install -y {packages}\nWORKDIR /src\nCOPY . .\n{instructions}\
         FROM debian:trixie-slim\nCOPY --from=build {taken} /app\n"
    )
}

/// The arguments of the step that installs a compiler.
pub(crate) const ARGUMENTS: &str = "ARG BUILDARCH TARGETARCH TARGETVARIANT\n";

/// [`check_compiled`] of such a stage, with the arguments of the step that installs a compiler.
pub(crate) fn check_on_debian(
    packages: &str,
    before: &str,
    after: &str,
    taken: &str,
    context: &Context,
) -> String {
    check_compiled(
        &on_debian("", packages, before, taken),
        &on_debian(
            " --platform=$BUILDPLATFORM",
            packages,
            &format!("{ARGUMENTS}{after}"),
            taken,
        ),
        context,
    )
}

/// Even with `--aggressive` the file stays as it is, and the reason says `why`.
pub(crate) fn stays_always(before: &str, context: &Context, why: &str) {
    stays_with(before, context, AGGRESSIVE, why);
}

/// A build context of these files.
pub(crate) fn context_of(files: &[(&str, &str)]) -> Context {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    xbuild::context::read(folder.path(), None).expect("a context")
}
