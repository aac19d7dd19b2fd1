//! Where everything of a file runs as it stands, as JSON: what BuildKit's own conversion would show.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    grammar::{Instruction, Keyword},
    model::{Base, Model, Source, Step, View, fetched, fetched_context, reference},
};

/// One file, or why BuildKit would refuse it.
#[derive(Debug, Serialize)]
pub struct FileStanding {
    /// The path as it was given.
    pub f: String,
    /// Whether BuildKit takes the file.
    pub ok: bool,
    /// BuildKit's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// One entry a target platform.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Standing>,
}

/// The build for one target platform.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// The target platform.
    pub platform: String,
    /// The RUN steps that the target needs, each result once: line and platform.
    pub run: Vec<(usize, String)>,
    /// The images that it needs, each once: line (0 for a mount), platform and full name.
    pub from: Vec<(usize, String, String)>,
    /// What it fetches besides images: the build context, files of the web, repositories.
    pub sources: BTreeSet<String>,
    /// The platform of the result.
    pub image: String,
}

/// A file that BuildKit takes.
pub fn standing(path: String, model: &Model<'_>) -> FileStanding {
    let targets = model.views.iter().map(|view| of_view(model, view)).collect();
    FileStanding {
        f: path,
        ok: true,
        error: None,
        targets,
    }
}

/// A file that BuildKit refuses.
pub fn refused(path: String, error: String) -> FileStanding {
    FileStanding {
        f: path,
        ok: false,
        error: Some(error),
        targets: Vec::new(),
    }
}

fn of_view(model: &Model<'_>, view: &View<'_>) -> Standing {
    let target = view.target.to_string();
    let mut standing = Standing {
        platform: target.clone(),
        run: Vec::new(),
        from: Vec::new(),
        sources: BTreeSet::new(),
        image: target.clone(),
    };
    let mut seen = BTreeSet::new();
    let stages = view.stages.iter().enumerate();
    for (index, stage) in stages.filter(|(_, stage)| stage.is_reached) {
        let platform = stage.platform.to_string();
        match &stage.base {
            Base::Image(image) => standing.add_image(model.stages[index].from.lines.0, &platform, image),
            Base::Context { address, .. } => standing.add_context(&platform, address),
            Base::Scratch | Base::Stage(_) => {}
        }
        for step in &stage.steps {
            let is_run = step.instruction.keyword == Some(Keyword::Run);
            if is_run && seen.insert(step.key) {
                let platform = stage.platform.normalized().to_string();
                standing.run.push((step.line, platform));
            }
            for source in &step.sources {
                match source {
                    Source::Image(image) => {
                        let line = if is_run {
                            0
                        } else {
                            naming_line(model, step, image)
                        };
                        standing.add_image(line, &target, image);
                    }
                    Source::Context(address) => standing.add_context(&target, address),
                    Source::Stage(_) => {}
                }
            }
            standing.sources.extend(fetched(step));
        }
    }
    standing
}

/// The line that names the image a step takes files from: another one when the step takes it by its number.
fn naming_line(model: &Model<'_>, step: &Step<'_>, image: &str) -> usize {
    let names_it =
        |instruction: &Instruction| instruction.flag("from").and_then(|flag| flag.value()) == Some(image);
    if names_it(step.instruction) {
        return step.line;
    }
    let mut instructions = model.stages.iter().flat_map(|stage| stage.instructions);
    instructions
        .find(|instruction| names_it(instruction))
        .map_or(0, |instruction| instruction.lines.0)
}

impl Standing {
    /// The same image for the same platform is one source to BuildKit.
    fn add_image(&mut self, line: usize, platform: &str, image: &str) {
        if image == "scratch" {
            return;
        }
        let name = reference::normalize(image).unwrap_or_else(|_| image.to_owned());
        let is_same = |(_, other, image): &(usize, String, String)| other == platform && *image == name;
        if !self.from.iter().any(is_same) {
            self.from.push((line, platform.to_owned(), name));
        }
    }

    fn add_context(&mut self, platform: &str, address: &str) {
        match address.strip_prefix("docker-image://") {
            Some(image) => self.add_image(0, platform, image),
            None => self.sources.extend(fetched_context(address)),
        }
    }
}
