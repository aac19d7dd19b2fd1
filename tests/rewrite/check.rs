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
