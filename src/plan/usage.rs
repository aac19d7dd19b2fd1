//! How the stages of a file use one another, read once, so that a question costs the same for any number of stages.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use crate::{
    grammar::{Instruction, Keyword},
    model::{Model, PLATFORM_ARGUMENTS, Source, View, reference},
    plan::paths,
    source::LineIndex,
};

pub(super) struct Usage<'a> {
    pub(super) lines: LineIndex<'a>,
    /// For each stage the last stage of its chain.
    pub(super) roots: Vec<usize>,
    /// The line of a `COPY --from` that counts stages instead of naming one.
    pub(super) counted_source: Option<usize>,
    /// What containers start.
    pub(super) started: Rc<[String]>,
    /// For each image that steps take files of the name of a stage that would bring it.
    pub(super) image_names: HashMap<String, String>,
    /// For each stage its direct users.
    users: Vec<Users>,
    /// For each stage whether its files are an image.
    exported: Vec<bool>,
    /// For each stage where its chain first declares an automatic argument.
    declared: Vec<BTreeMap<&'static str, usize>>,
    /// For each stage the stage that it stands on, for the first target.
    bases: Vec<Option<usize>>,
    /// For each stage the paths that others take from it, and from those that stand on it.
    taken: OnceCell<Vec<BTreeSet<String>>>,
}

/// Who uses a stage, for any target.
#[derive(Debug, Default)]
struct Users {
    consumers: Vec<Consumer>,
    /// The stages that stand on it.
    children: BTreeSet<usize>,
}

/// A place that takes files of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Consumer {
    /// The taking stage.
    pub(super) stage: usize,
    pub(super) line: usize,
    pub(super) paths: Vec<String>,
}

impl<'a> Usage<'a> {
    pub(super) fn new(model: &'a Model<'_>) -> Self {
        let users = users(model);
        Self {
            lines: LineIndex::new(model.file.text),
            roots: model.views[0].roots(),
            counted_source: counted_source(model),
            started: started(model),
            image_names: image_names(model),
            exported: exported(model, &users),
            declared: declared(&model.views[0]),
            bases: model.views[0]
                .stages
                .iter()
                .map(|stage| stage.base.stage())
                .collect(),
            taken: OnceCell::new(),
            users,
        }
    }

    /// Whether the stage, or one that stands on it, is an image: the target's, or in a file that is changed for good
    /// every stage that no other one uses.
    pub(super) fn is_exported(&self, stage: usize) -> bool {
        self.exported[stage]
    }

    /// Whether a name has its automatic value in front of a step, by an ARG above it in the stage's chain.
    pub(super) fn is_declared(&self, name: &str, stage: usize, step: usize) -> bool {
        self.declared[stage].get(name).is_some_and(|first| *first < step)
    }

    /// The stages that stand on the stage.
    pub(super) fn children(&self, stage: usize) -> &BTreeSet<usize> {
        &self.users[stage].children
    }

    /// Every place that takes files of the stage.
    pub(super) fn consumers(&self, stage: usize) -> &[Consumer] {
        &self.users[stage].consumers
    }

    /// Whether another stage takes the path from this one, or from a stage that stands on it.
    pub(super) fn leaves(&self, stage: usize, path: &str) -> bool {
        let taken = self.taken(stage);
        let inside = if path == "/" {
            path.to_owned()
        } else {
            format!("{path}/")
        };
        let mut around = path
            .match_indices('/')
            .map(|(slash, _)| &path[..slash.max(1)])
            .chain([path]);
        taken
            .range(inside.clone()..)
            .next()
            .is_some_and(|first| first.starts_with(&inside))
            || around.any(|folder| taken.contains(folder))
    }

    /// The paths that other stages take from this one, and from those that stand on it.
    pub(super) fn taken(&self, stage: usize) -> &BTreeSet<String> {
        &self.taken.get_or_init(|| self.all_taken())[stage]
    }

    fn all_taken(&self) -> Vec<BTreeSet<String>> {
        let paths_of = |users: &Users| {
            users
                .consumers
                .iter()
                .flat_map(|consumer| consumer.paths.clone())
                .collect()
        };
        let mut taken: Vec<BTreeSet<String>> = self.users.iter().map(paths_of).collect();
        for stage in (0..taken.len()).rev() {
            if let Some(base) = self.bases[stage] {
                let above = taken[stage].clone();
                taken[base].extend(above);
            }
        }
        taken
    }
}

/// Names that no stage of the file has, another one for each image.
fn image_names(model: &Model<'_>) -> HashMap<String, String> {
    let mut images: Vec<&str> = Vec::new();
    let mut known = HashSet::new();
    let mut named_alike: HashMap<&str, usize> = HashMap::new();
    let steps = model
        .views
        .iter()
        .flat_map(|view| &view.stages)
        .flat_map(|stage| &stage.steps);
    for source in steps.flat_map(|step| &step.sources) {
        if let Source::Image(image) = source
            && known.insert(image.as_str())
        {
            images.push(image);
            *named_alike.entry(reference::short_name(image)).or_default() += 1;
        }
    }
    let mut taken: HashSet<String> = model
        .stages
        .iter()
        .filter_map(|stage| stage.name.clone())
        .collect();
    let mut names = HashMap::new();
    for image in images {
        let own = stage_name(reference::short_name(image));
        // A tag tells apart what the name does not.
        let tag = reference::tag(image).unwrap_or_default();
        let tag: String = tag.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = (named_alike[reference::short_name(image)] == 1).then(|| format!("{own}-native"));
        let tagged = (!tag.is_empty()).then(|| format!("{own}-{}-native", tag.to_lowercase()));
        let mut numbered = (2..).map(|number| format!("{own}-native-{number}"));
        let mut found = plain.into_iter().chain(tagged).chain(&mut numbered);
        if let Some(name) = found.find(|name| taken.insert(name.clone())) {
            names.insert(image.to_owned(), name);
        }
    }
    names
}

/// The start of a stage's name after an image.
fn stage_name(short: &str) -> String {
    let to_name = |one: char| {
        if one.is_ascii_alphanumeric() {
            one.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = short.chars().map(to_name).collect();
    if name.starts_with(|one: char| one.is_ascii_alphabetic()) {
        name
    } else {
        format!("image-{name}")
    }
}

fn users(model: &Model<'_>) -> Vec<Users> {
    let mut users: Vec<Users> = Vec::new();
    users.resize_with(model.stages.len(), Users::default);
    let mut known = HashSet::new();
    for view in &model.views {
        for (user, taking) in view.stages.iter().enumerate() {
            if let Some(base) = taking.base.stage() {
                users[base].children.insert(user);
            }
            for step in &taking.steps {
                for source in &step.sources {
                    let Source::Stage(stage) = source else { continue };
                    let paths = match step.instruction.keyword {
                        Some(Keyword::Copy) => {
                            let count = step.values.len().saturating_sub(1);
                            let paths = step.values[..count].iter();
                            paths.map(|path| paths::join("/", path)).collect()
                        }
                        _ => mounted_paths(step.instruction, model.stages[*stage].name.as_deref()),
                    };
                    let consumer = Consumer {
                        stage: user,
                        line: step.line,
                        paths,
                    };
                    if known.insert((*stage, consumer.clone())) {
                        users[*stage].consumers.push(consumer);
                    }
                }
            }
        }
    }
    users
}

/// Whether each stage, or one that stands on it, is an image: the target's, or in a file that is changed for good every
/// stage that no other one uses.
fn exported(model: &Model<'_>, users: &[Users]) -> Vec<bool> {
    let mut exported = vec![false; users.len()];
    for view in &model.views {
        let is_image = |stage: usize| {
            let is_used = !users[stage].consumers.is_empty() || !users[stage].children.is_empty();
            stage == view.exported || model.settings.reaches_all && !is_used
        };
        let mut of_view = vec![false; users.len()];
        for stage in (0..users.len()).rev() {
            of_view[stage] |= is_image(stage);
            if let Some(base) = view.stages[stage].base.stage() {
                of_view[base] |= of_view[stage];
            }
            exported[stage] |= of_view[stage];
        }
    }
    exported
}

fn declared(view: &View<'_>) -> Vec<BTreeMap<&'static str, usize>> {
    let mut all: Vec<BTreeMap<&'static str, usize>> = Vec::with_capacity(view.stages.len());
    for stage in &view.stages {
        let mut own = stage
            .base
            .stage()
            .map_or_else(BTreeMap::new, |base| all[base].clone());
        let declarations = stage
            .steps
            .iter()
            .filter(|step| step.instruction.keyword == Some(Keyword::Arg));
        for step in declarations {
            for (name, _) in &step.assignments {
                if let Some(name) = PLATFORM_ARGUMENTS.iter().find(|known| *known == name) {
                    let start = step.instruction.span.start;
                    own.entry(*name)
                        .and_modify(|first| *first = start.min(*first))
                        .or_insert(start);
                }
            }
        }
        all.push(own);
    }
    all
}

/// The folders that a RUN mounts of the stage called `name`.
fn mounted_paths(run: &Instruction, name: Option<&str>) -> Vec<String> {
    run.mounts()
        .filter(|mount| mount.from().map(str::to_lowercase).as_deref() == name)
        .map(|mount| paths::join("/", mount.get(&["source", "src"]).unwrap_or("/")))
        .collect()
}

/// The line of a `COPY --from` that counts stages instead of naming one.
fn counted_source(model: &Model<'_>) -> Option<usize> {
    let mut instructions = model.stages.iter().flat_map(|stage| stage.instructions);
    let counts = |instruction: &&Instruction| {
        let from = instruction
            .flag("from")
            .and_then(|flag| flag.value())
            .unwrap_or_default();
        !from.is_empty() && from.bytes().all(|byte| byte.is_ascii_digit())
    };
    instructions.find(counts).map(|instruction| instruction.lines.0)
}

/// What ENTRYPOINT says in any stage, or CMD where no stage has one.
fn started(model: &Model<'_>) -> Rc<[String]> {
    let say = |keyword: Keyword| -> Vec<String> {
        let instructions = model.stages.iter().flat_map(|stage| stage.instructions);
        instructions
            .filter(|instruction| instruction.keyword == Some(keyword))
            .map(|instruction| instruction.values().join(" "))
            .collect()
    };
    let entries = say(Keyword::Entrypoint);
    if entries.is_empty() {
        say(Keyword::Cmd)
    } else {
        entries
    }
    .into()
}
