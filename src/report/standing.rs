//! Where everything of a file runs as it stands, as JSON: what BuildKit's own conversion would show.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    grammar::Keyword,
    model::{Base, Model, Source, View, reference},
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
    let mut run = Vec::new();
    let mut from: Vec<(usize, String, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut images = BTreeSet::new();
    let mut add = |line: usize, platform: String, image: &str| {
        // The same image for the same platform is one source to BuildKit.
        let name = reference::normalize(image).unwrap_or_else(|_| image.to_owned());
        if images.insert((platform.clone(), name.clone())) {
            from.push((line, platform, name));
        }
    };
    for (index, stage) in view
        .stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| stage.is_reached)
    {
        if let Base::Image(image) = &stage.base {
            add(
                model.stages[index].from.lines.0,
                stage.platform.to_string(),
                image,
            );
        }
        for step in &stage.steps {
            let is_run = step.instruction.keyword == Some(Keyword::Run);
            if is_run && seen.insert(step.key) {
                run.push((step.line, stage.platform.normalized().to_string()));
            }
            for source in &step.sources {
                if let Source::Image(image) = source {
                    add(if is_run { 0 } else { step.line }, view.target.to_string(), image);
                }
            }
        }
    }
    let target = view.target.to_string();
    Standing {
        platform: target.clone(),
        run,
        from,
        image: target,
    }
}
