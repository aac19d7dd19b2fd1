//! What a build fetches besides images, by BuildKit's names of sources.

use crate::{
    grammar::{Instruction, Keyword},
    model::{Step, checks, git_source, is_image_address},
};

/// The build context as a source.
const CONTEXT: &str = "local://context";

/// The sources other than images and stages that a step reads: the build context, files of the web, repositories.
pub fn fetched(step: &Step<'_>) -> Vec<String> {
    let instruction = step.instruction;
    match instruction.keyword {
        Some(Keyword::Copy) if instruction.flag("from").is_none() => {
            paths(step).map(|_| CONTEXT.to_owned()).collect()
        }
        Some(Keyword::Add) => paths(step).map(fetched_source).collect(),
        Some(Keyword::Run) if mounts_context(instruction) => vec![CONTEXT.to_owned()],
        _ => Vec::new(),
    }
}

/// BuildKit's name of a named context that is no image.
pub fn fetched_context(address: &str) -> Option<String> {
    if is_image_address(address) {
        return None;
    }
    let source = fetched_source(address);
    Some(if source == CONTEXT {
        format!("local://{}", address.trim_start_matches("local:"))
    } else {
        source
    })
}

fn fetched_source(source: &str) -> String {
    match git_source::parse(source) {
        Ok(Some(git)) => git.identifier(),
        _ if checks::is_http(source) => source.to_owned(),
        _ => CONTEXT.to_owned(),
    }
}

/// The sources of a COPY or ADD without its heredocs.
fn paths<'s>(step: &'s Step<'_>) -> impl Iterator<Item = &'s str> {
    let sources = &step.values[..step.values.len().saturating_sub(1)];
    let has_heredocs = !step.instruction.heredocs.is_empty();
    sources
        .iter()
        .map(String::as_str)
        .filter(move |source| !has_heredocs || !source.starts_with("<<"))
}

fn mounts_context(run: &Instruction) -> bool {
    run.mounts()
        .any(|mount| mount.kind() == "bind" && mount.from().is_none())
}
