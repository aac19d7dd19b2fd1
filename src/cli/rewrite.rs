use std::path::Path;

use crate::{
    cli::{
        arguments::RewriteArguments,
        exit::Exit,
        input::{self, Input},
        output::{self, Failure},
        plan::{decide, read_context, settings_for_all},
    },
    grammar,
    model::Model,
    plan::Options,
    report::{diff, plan_table},
    rewrite,
};

/// Shows or makes the changes of each file.
pub(super) fn run(arguments: &RewriteArguments) -> Result<Exit, Failure> {
    input::each(&arguments.files, |path| one(path, arguments))
}

fn one(path: &str, arguments: &RewriteArguments) -> Result<Exit, Failure> {
    let input = input::read(path)?;
    let after = rewritten(&input, arguments)?;
    let is_changed = after != input.text;
    if path == "-" && !arguments.diff && !arguments.check {
        output::print(&after)?;
    } else if arguments.check {
        if is_changed {
            output::print(&format!("{path}\n"))?;
        }
    } else if arguments.write {
        if is_changed {
            input::replace(path, &after)?;
        }
    } else {
        output::print(&diff::unified(
            &path_from_here(path),
            &input.text,
            &after,
            output::has_colour(),
        ))?;
    }
    let is_finding = is_changed && (arguments.diff || arguments.check);
    Ok(if is_finding { Exit::Findings } else { Exit::Clean })
}

/// The path in a diff: one below this folder is told from here, so that `git apply` finds the file.
fn path_from_here(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = Path::new(path).strip_prefix(here).ok();
    below.map_or_else(|| path.to_owned(), |below| below.to_string_lossy().into_owned())
}

fn rewritten(input: &Input, arguments: &RewriteArguments) -> Result<String, Failure> {
    let file = grammar::parse(&input.text).map_err(|error| input::unreadable(input, &error))?;
    let model = Model::build(&file, settings_for_all(&arguments.options))
        .map_err(|error| input::meaningless(input, &error))?;
    let context = read_context(input, &arguments.options)?;
    let plan = decide(
        input,
        &model,
        &context,
        Options {
            is_aggressive: arguments.options.aggressive,
            ..Options::default()
        },
    )?;
    if !arguments.check {
        for line in plan_table::decisions(&plan) {
            output::note(&line);
        }
    }
    rewrite::rewrite(&model, &plan)
        .map(|rewritten| rewritten.text)
        .map_err(|error| {
            Failure::new(format!("{}: {error}", input.path))
                .with_help("the file stays as it is; please report this file")
        })
}
