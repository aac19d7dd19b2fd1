use crate::{
    cli::{
        arguments::{Format, ParseArguments},
        exit::Exit,
        input,
        output::{self, Failure},
    },
    grammar,
    report::tree,
};

/// Prints the tree of each file.
pub(super) fn run(arguments: &ParseArguments) -> Result<Exit, Failure> {
    input::each(&arguments.files, |path| one(path, arguments.format))
}

fn one(path: &str, format: Format) -> Result<Exit, Failure> {
    let bytes = input::bytes(path)?;
    // BuildKit reads bytes; what is no text shows as replacement characters, as in its own answers.
    let text = String::from_utf8_lossy(&bytes);
    let read = grammar::parse(&text);
    let file = tree::file_tree(path.to_owned(), read.as_ref());
    let shown = match format {
        Format::Json => serde_json::to_string(&file)
            .map_err(|error| Failure::new(format!("cannot print {path}: {error}")))?,
        Format::Text => tree::text(&file),
    };
    output::print(&format!("{shown}\n"))?;
    Ok(if read.is_ok() { Exit::Clean } else { Exit::Findings })
}
