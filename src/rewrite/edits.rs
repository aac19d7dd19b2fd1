//! How each change becomes bytes in the file's own style.

use std::collections::BTreeMap;

use crate::{
    grammar::{Dockerfile, Instruction},
    model::{Model, Stage},
    plan::Change,
    rewrite::{LineMap, RewriteError},
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
        Change::SplitStage {
            stage,
            name,
            last,
            changes,
        } => split(model, &model.stages[*stage], name, *last, changes)?,
        Change::ReplaceRun { step, name, paths } => replace_run(file, *step, name, paths)?,
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
    let edits = vec![match base {
        Some(base) => rebase(stage, base)?,
        None => pin(stage),
    }];
    let (whole, edits) = copy(stage, name, end, edits);
    let copy = source::apply(file.slice(whole), &edits)?;
    let newline = file.line_ending();
    Ok(Edit::insert(end, format!("{newline}{newline}{copy}")))
}

/// A changed copy of a stage up to a step, above the stage.
fn split(
    model: &Model<'_>,
    stage: &Stage<'_>,
    name: &str,
    last: usize,
    changes: &[Change],
) -> Result<Edit, RewriteError> {
    let file = model.file;
    let (whole, edits) = split_edits(model, stage, name, last, changes)?;
    let copy = source::apply(file.slice(whole), &edits)?;
    let newline = file.line_ending();
    Ok(Edit::insert(
        above(file, stage),
        format!("{copy}{newline}{newline}"),
    ))
}

/// For each line of the copy that a change makes of a stage above it, the line that it is a copy of.
pub(super) fn copied_lines(model: &Model<'_>, change: &Change) -> Result<Option<Vec<usize>>, RewriteError> {
    let Change::SplitStage {
        stage,
        name,
        last,
        changes,
    } = change
    else {
        return Ok(None);
    };
    let stage = &model.stages[*stage];
    let (whole, edits) = split_edits(model, stage, name, *last, changes)?;
    let copy = source::apply(model.file.slice(whole), &edits)?;
    let map = LineMap::new(model.file.slice(whole), &edits, &BTreeMap::new());
    let first = stage.from.lines.0;
    let lines = (1..=copy.matches('\n').count() + 1).map(|line| first + map.original(line) - 1);
    Ok(Some(lines.collect()))
}

/// What is copied, and the edits in terms of that.
fn split_edits(
    model: &Model<'_>,
    stage: &Stage<'_>,
    name: &str,
    last: usize,
    changes: &[Change],
) -> Result<(Span, Vec<Edit>), RewriteError> {
    let end = find(model.file, last).ok_or(RewriteError::Place(last))?.span.end;
    let mut edits = vec![pin(stage)];
    for change in changes {
        edits.push(edit(model, change)?);
    }
    Ok(copy(stage, name, end, edits))
}

/// COPYs in the place of a RUN; without any the RUN goes with its comments.
fn replace_run(
    file: &Dockerfile<'_>,
    step: usize,
    name: &str,
    paths: &[String],
) -> Result<Edit, RewriteError> {
    let run = find(file, step).ok_or(RewriteError::Place(step))?;
    let line_start = file.text[..step].rfind('\n').map_or(0, |newline| newline + 1);
    if paths.is_empty() {
        let start = above_comments(file.text, line_start);
        let rest = &file.text[run.span.end..];
        let mut end = run.span.end + rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        // Of the blank lines around it one is enough.
        let blank = &file.text[end..][..file.text[end..].find('\n').map_or(0, |newline| newline + 1)];
        if file.text[..start].ends_with("\n\n") || file.text[..start].ends_with("\n\r\n") {
            end += if blank.trim().is_empty() { blank.len() } else { 0 };
        }
        return Ok(Edit::replace(Span::new(start, end), ""));
    }
    let is_small = run.name.text.chars().all(char::is_lowercase);
    let keyword = if is_small { "copy" } else { "COPY" };
    let indentation = &file.text[line_start..step];
    let copies: Vec<String> = paths
        .iter()
        .map(|path| format!("{keyword} --from={name} {path} {path}"))
        .collect();
    let between = format!("{}{indentation}", file.line_ending());
    Ok(Edit::replace(run.span, copies.join(&between)))
}

/// The stage up to the byte `end`, and the edits for another name and those that are given, in terms of it.
fn copy(stage: &Stage<'_>, name: &str, end: usize, mut edits: Vec<Edit>) -> (Span, Vec<Edit>) {
    let whole = Span::new(stage.from.span.start, end);
    match stage.name_word() {
        Some(word) => edits.push(Edit::replace(word.span, name)),
        None => edits.push(Edit::insert(stage.from.span.end, format!(" AS {name}"))),
    }
    for edit in &mut edits {
        edit.span = Span::new(edit.span.start - whole.start, edit.span.end - whole.start);
    }
    edits.sort_by_key(|edit| edit.span);
    (whole, edits)
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
    let at = above(file, stage);
    let is_small = from.name.text.chars().all(char::is_lowercase);
    let (keyword, alias) = if is_small { ("from", "as") } else { ("FROM", "AS") };
    let newline = file.line_ending();
    Edit::insert(
        at,
        format!("{keyword} {PIN} {image} {alias} {name}{newline}{newline}"),
    )
}

/// Where a stage begins, with the comments above it.
fn above(file: &Dockerfile<'_>, stage: &Stage<'_>) -> usize {
    let start = stage.from.span.start;
    let line_start = file.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let above = above_comments(file.text, line_start);
    // Comments at the very top may be directives.
    if above == 0 { line_start } else { above }
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
