//! How each change becomes bytes in the file's own style.

use crate::{
    grammar::{Dockerfile, Instruction},
    model::{Model, Stage},
    plan::Change,
    rewrite::RewriteError,
    source::{self, Edit, Span},
};

const PIN: &str = "--platform=$BUILDPLATFORM";

/// The edit that carries a change out.
///
/// # Errors
/// When the change speaks of a place that the file does not have.
pub fn edit(model: &Model<'_>, change: &Change) -> Result<Edit, RewriteError> {
    let file = model.file;
    Ok(match change {
        Change::PinStage { stage } => pin(&model.stages[*stage]),
        Change::RebaseStage { stage, base } => rebase(&model.stages[*stage], base)?,
        Change::CloneStage { stage, name, base } => {
            clone(file, &model.stages[*stage], name, base.as_deref())?
        }
        Change::DeclareArguments { step, names } => declare(file, *step, names)?,
        Change::SetVariables { at, variables } => {
            let text = variables.iter().map(|(name, value)| format!("{name}={value} "));
            Edit::insert(*at, text.collect::<String>())
        }
        Change::KeyCache { flag, id } => set_field(file, *flag, "id", id),
        Change::PinImage { stage, image, name } => pin_image(file, &model.stages[*stage], image, name),
        Change::RetargetSource { flag, name, .. } => set_field(file, *flag, "from", name),
        Change::InsertRun { step, script } => insert_run(file, *step, script)?,
        Change::AppendCommand { at, script } => Edit::insert(*at, format!(" && {script}")),
        Change::ReplaceWords { span, words } => Edit::replace(*span, words.join(" ")),
    })
}

fn pin(stage: &Stage<'_>) -> Edit {
    match stage.from.flag("platform") {
        Some(flag) => Edit::replace(flag.span, PIN),
        None => Edit::insert(stage.from.name.span.end, format!(" {PIN}")),
    }
}

fn rebase(stage: &Stage<'_>, base: &str) -> Result<Edit, RewriteError> {
    let word = stage.base().ok_or(RewriteError::Place(stage.from.span.start))?;
    Ok(Edit::replace(word.span, base))
}

/// A copy of the stage's instructions under another name, a blank line behind the stage.
fn clone(
    file: &Dockerfile<'_>,
    stage: &Stage<'_>,
    name: &str,
    base: Option<&str>,
) -> Result<Edit, RewriteError> {
    let end = stage.instructions.last().unwrap_or(stage.from).span.end;
    let whole = Span::new(stage.from.span.start, end);
    let mut edits = vec![match base {
        Some(base) => rebase(stage, base)?,
        None => pin(stage),
    }];
    match stage.name_word() {
        Some(word) => edits.push(Edit::replace(word.span, name)),
        None => edits.push(Edit::insert(stage.from.span.end, format!(" AS {name}"))),
    }
    for edit in &mut edits {
        edit.span = Span::new(edit.span.start - whole.start, edit.span.end - whole.start);
    }
    let copy = source::apply(file.slice(whole), &edits)?;
    let newline = file.line_ending();
    Ok(Edit::insert(end, format!("{newline}{newline}{copy}")))
}

/// A field of a flag, replaced or put behind the others.
fn set_field(file: &Dockerfile<'_>, flag: Span, key: &str, value: &str) -> Edit {
    let field_start = format!("{key}=");
    let mut at = flag.start;
    for field in file.slice(flag).split(',') {
        let end = at + field.len();
        let start = field
            .find(&field_start)
            .filter(|start| matches!(field.as_bytes()[..*start].last(), None | Some(b'=' | b'-')));
        if let Some(start) = start {
            return Edit::replace(Span::new(at + start, end), format!("{field_start}{value}"));
        }
        at = end + 1;
    }
    Edit::insert(flag.end, format!(",{field_start}{value}"))
}

/// A stage of one FROM above another one, and below the directives and arguments of the file.
fn pin_image(file: &Dockerfile<'_>, stage: &Stage<'_>, image: &str, name: &str) -> Edit {
    let from = stage.from;
    let line_start = file.text[..from.span.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let above = above_comments(file.text, line_start);
    // Comments at the very top may be directives.
    let at = if above == 0 { line_start } else { above };
    let is_small = from.name.text.chars().all(char::is_lowercase);
    let (keyword, alias) = if is_small { ("from", "as") } else { ("FROM", "AS") };
    let newline = file.line_ending();
    Edit::insert(
        at,
        format!("{keyword} {PIN} {image} {alias} {name}{newline}{newline}"),
    )
}

fn declare(file: &Dockerfile<'_>, step: usize, names: &[String]) -> Result<Edit, RewriteError> {
    insert_above(file, step, "ARG", &names.join(" "))
}

fn insert_run(file: &Dockerfile<'_>, step: usize, script: &str) -> Result<Edit, RewriteError> {
    let continuation = format!(" {}{}    ", file.escape, file.line_ending());
    insert_above(file, step, "RUN", &script.replace('\n', &continuation))
}

/// An instruction above the step, and above the comments that belong to the step.
fn insert_above(
    file: &Dockerfile<'_>,
    step: usize,
    keyword: &str,
    arguments: &str,
) -> Result<Edit, RewriteError> {
    let instruction = find(file, step).ok_or(RewriteError::Place(step))?;
    let line_start = file.text[..step].rfind('\n').map_or(0, |newline| newline + 1);
    let indentation = &file.text[line_start..step];
    let is_small = instruction.name.text.chars().all(char::is_lowercase);
    let keyword = if is_small {
        keyword.to_lowercase()
    } else {
        keyword.to_owned()
    };
    let text = format!("{indentation}{keyword} {arguments}{}", file.line_ending());
    Ok(Edit::insert(above_comments(file.text, line_start), text))
}

/// The start of the comment lines that end right above `line_start`.
fn above_comments(text: &str, line_start: usize) -> usize {
    let mut start = line_start;
    while let Some(before) = text[..start].strip_suffix('\n') {
        let previous = before.rfind('\n').map_or(0, |newline| newline + 1);
        if !text[previous..start].trim_start().starts_with('#') {
            break;
        }
        start = previous;
    }
    start
}

fn find<'f>(file: &'f Dockerfile<'_>, start: usize) -> Option<&'f Instruction> {
    let place = file
        .instructions
        .binary_search_by_key(&start, |instruction| instruction.span.start);
    Some(&file.instructions[place.ok()?])
}
