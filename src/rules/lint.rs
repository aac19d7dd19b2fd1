use crate::{
    context::Context,
    grammar,
    model::{Model, Settings, View},
    plan::{Options, decide},
    recipes,
    rules::{ALL, Diagnostic, Subject, subject, suppression, syntax_error},
};

/// What is wrong with the Dockerfile `text`, in the order of the places.
///
/// All target platforms of `settings` are looked at together, so what holds for several is found once. A text that
/// BuildKit would refuse has one finding, the error.
pub fn lint(text: &str, settings: Settings, context: &Context) -> Vec<Diagnostic> {
    let file = match grammar::parse(text) {
        Ok(file) => file,
        Err(error) => return vec![syntax_error::of_syntax(text, &error)],
    };
    let model = match Model::build(&file, settings) {
        Ok(model) => model,
        Err(error) => return vec![syntax_error::of_model(&file, &error)],
    };
    let plan = match decide("", &model, context, recipes::ALL, Options::default()) {
        Ok(plan) => plan,
        Err(error) => return vec![syntax_error::of_model(&file, &error)],
    };
    let runs = subject::runs(&model);
    let roots = model.views.first().map(View::roots).unwrap_or_default();
    let subject = Subject {
        model: &model,
        plan: &plan,
        runs: &runs,
        roots: &roots,
    };
    let mut found = Vec::new();
    for rule in ALL {
        (rule.check)(&subject, &mut found);
    }
    suppression::apply(&suppression::read(&file), &mut found);
    found.sort_by(|left, right| (left.span, left.code).cmp(&(right.span, right.code)));
    found.dedup();
    found
}
