use std::path::{Path, PathBuf};

use crate::{
    cli::{
        arguments::{BuildOptions, Format, PlanArguments},
        exit::Exit,
        input::{self, Input},
        output::{self, Failure},
    },
    context::{self, Context},
    grammar,
    model::{Model, Settings},
    plan::{self, Options, Plan},
    recipes,
    report::{plan_table, standing},
};

/// The platforms that most multi-platform images have.
pub(super) const COMMON: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// Prints the plan of each file.
pub(super) fn run(arguments: &PlanArguments) -> Result<Exit, Failure> {
    input::each(&arguments.files, |path| one(path, arguments))
}

fn one(path: &str, arguments: &PlanArguments) -> Result<Exit, Failure> {
    if arguments.no_rewrite && arguments.format == Format::Json {
        return standing(path, arguments);
    }
    let input = input::read(path)?;
    let settings = arguments.options.settings(&COMMON);
    let file = grammar::parse(&input.text).map_err(|error| input::unreadable(&input, &error))?;
    let model = Model::build(&file, settings).map_err(|error| input::meaningless(&input, &error))?;
    let options = Options {
        is_aggressive: arguments.options.aggressive,
        leaves_file: arguments.no_rewrite,
        ..Options::default()
    };
    let plan = decide(
        &input,
        &model,
        &read_context(&input, &arguments.options)?,
        options,
    )?;
    output::print(&match arguments.format {
        Format::Text => plan_table::table(&plan),
        Format::Json => format!("{}\n", json(&plan)?),
    })?;
    Ok(Exit::Clean)
}

/// Prints where everything runs as the file stands; a file that BuildKit refuses is an answer, too.
fn standing(path: &str, arguments: &PlanArguments) -> Result<Exit, Failure> {
    let bytes = input::bytes(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let parsed = grammar::parse(&text);
    let answer = match &parsed {
        Err(error) => standing::refused(path.to_owned(), error.full_message()),
        Ok(file) => match Model::build(file, arguments.options.settings(&COMMON)) {
            Err(error) => standing::refused(path.to_owned(), error.message),
            Ok(model) => standing::standing(path.to_owned(), &model),
        },
    };
    let line = serde_json::to_string(&answer)
        .map_err(|error| Failure::new(format!("cannot print where {path} runs: {error}")))?;
    output::print(&format!("{line}\n"))?;
    Ok(if answer.ok { Exit::Clean } else { Exit::Findings })
}

fn json(plan: &Plan) -> Result<String, Failure> {
    serde_json::to_string(plan).map_err(|error| Failure::new(format!("cannot print the plan: {error}")))
}

/// The plan of a file, with all recipes.
pub(super) fn decide(
    input: &Input,
    model: &Model<'_>,
    context: &Context,
    options: Options,
) -> Result<Plan, Failure> {
    plan::decide(&input.path, model, context, recipes::ALL, options)
        .map_err(|error| input::meaningless(input, &error))
}

/// The build context: the folder that is named, or the one that the file lies in.
pub(super) fn read_context(input: &Input, options: &BuildOptions) -> Result<Context, Failure> {
    let folder = match (&options.context, input.path.as_str()) {
        (Some(folder), _) => folder.clone(),
        (None, "-") => return Ok(Context::default()),
        (None, path) => Path::new(path)
            .parent()
            .map_or_else(PathBuf::new, Path::to_path_buf),
    };
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    };
    let dockerfile = Path::new(&input.path);
    let dockerfile = (input.path != "-").then_some(dockerfile);
    context::read(&folder, dockerfile).map_err(|error| {
        Failure::new(format!(
            "cannot read the build context {}: {error}",
            folder.display()
        ))
    })
}

/// The settings for any platform, for a file that is rewritten for good.
pub(super) fn settings_for_all(options: &BuildOptions) -> Settings {
    options.settings(&[
        "linux/amd64",
        "linux/arm64",
        "linux/arm/v7",
        "linux/arm/v6",
        "linux/386",
        "linux/ppc64le",
        "linux/s390x",
        "linux/riscv64",
    ])
}
