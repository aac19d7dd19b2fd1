use crate::{
    cli::{
        arguments::ExplainArguments,
        exit::Exit,
        output::{self, Failure},
    },
    recipes, rules,
};

/// Prints a page, or the names of all.
pub(super) fn run(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let Some(id) = &arguments.id else {
        let recipes = recipes::ALL.iter().map(|recipe| format!("recipe  {}", recipe.id));
        let rules = rules::ALL
            .iter()
            .map(|rule| format!("{:<7} {}", rule.code, rule.id));
        output::print(&format!(
            "{}\n",
            recipes.chain(rules).collect::<Vec<_>>().join("\n")
        ))?;
        return Ok(Exit::Clean);
    };
    let recipe = recipes::ALL
        .iter()
        .find(|recipe| recipe.id == id)
        .map(|recipe| recipe.documentation);
    let page = recipe
        .or_else(|| rules::find(id).map(|rule| rule.documentation))
        .ok_or_else(|| {
            Failure::new(format!("there is no page called {id}")).with_help("`xbuild explain` lists all")
        })?;
    output::print(page)?;
    Ok(Exit::Clean)
}
