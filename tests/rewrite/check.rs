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
    let (plan, text) = plan_and_rewrite(before, &TARGETS, &Context::default(), Options::default());
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
    let aggressive = Options {
        is_aggressive: true,
        ..Options::default()
    };
    check_with(before, after, &Context::default(), aggressive);
}

/// With `--aggressive` the file becomes `after` and one step more, which installs a compiler for the target; by default
/// it stays as it is. The step is the result.
pub(crate) fn check_compiled(before: &str, after: &str, context: &Context) -> String {
    let (_, text) = plan_and_rewrite(before, &TARGETS, context, Options::default());
    assert_eq!(text, before, "it is not likely but certain");
    let aggressive = Options {
        is_aggressive: true,
        ..Options::default()
    };
    let (plan, text) = plan_and_rewrite(before, &TARGETS, context, aggressive);
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
    check_with(before, &text, context, aggressive);
    text[start..end].to_owned()
}

/// Even with `--aggressive` the file stays as it is, and the reason says `why`.
pub(crate) fn stays_always(before: &str, context: &Context, why: &str) {
    let aggressive = Options {
        is_aggressive: true,
        ..Options::default()
    };
    let (plan, text) = plan_and_rewrite(before, &TARGETS, context, aggressive);
    assert_eq!(text, before);
    let reasons: Vec<&str> = plan
        .stages
        .iter()
        .map(|stage| stage.reason.text.as_str())
        .collect();
    assert!(reasons.iter().any(|reason| reason.contains(why)), "{reasons:#?}");
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
