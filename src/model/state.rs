use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    grammar::Keyword,
    model::{Environment, Source, Step},
    platform::Platform,
};

/// The state that steps of a stage build on.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) environment: Environment,
    /// The variables of the image configuration, which a child stage sets again.
    image_environment: HashMap<String, String>,
    /// Those of them that an ARG has another value for.
    hidden: Vec<String>,
    /// Stands for the files.
    pub(super) files: u64,
    pub(super) folder: String,
    user: String,
    shell: Vec<String>,
}

impl State {
    pub(super) fn of(base: &str, platform: &Platform) -> Self {
        Self {
            environment: Environment::default(),
            image_environment: HashMap::new(),
            hidden: Vec::new(),
            files: hash(&(base, platform.to_string())),
            folder: "/".to_owned(),
            user: String::new(),
            shell: Vec::new(),
        }
    }

    pub(super) fn for_child(mut self) -> Self {
        for name in std::mem::take(&mut self.hidden) {
            if let Some(value) = self.image_environment.get(&name) {
                self.environment.set(name, value.clone());
            }
        }
        self
    }

    pub(super) fn set_argument(&mut self, name: String, value: String) {
        if self.image_environment.contains_key(&name) {
            self.hidden.push(name.clone());
        }
        self.environment.set(name, value);
    }

    pub(super) fn set_environment(&mut self, name: String, value: String) {
        self.image_environment.insert(name.clone(), value.clone());
        self.environment.set(name, value);
    }

    pub(super) fn pass(
        &mut self,
        step: &mut Step<'_>,
        bodies: &[&str],
        platform: &Platform,
        target: &Platform,
        files: &[u64],
    ) {
        let sources: Vec<u64> = step
            .sources
            .iter()
            .map(|source| match source {
                Source::Stage(index) => files.get(*index).copied().unwrap_or_default(),
                Source::Image(name) | Source::Context(name) => hash(&(name, target.to_string())),
            })
            .collect();
        let text = (step.instruction.line.text(), bodies);
        let settings = hash(&(&self.folder, &self.user, &self.shell));
        match step.instruction.keyword {
            Some(Keyword::Run) => {
                let seen = (
                    self.files,
                    platform.to_string(),
                    text,
                    self.environment.hash(),
                    settings,
                    sources,
                );
                self.files = hash(&seen);
            }
            Some(Keyword::Copy | Keyword::Add) => {
                self.files = hash(&(self.files, &step.values, text, &self.folder, sources));
            }
            Some(Keyword::Workdir) => {
                let path = step.values.first().map_or("", String::as_str);
                self.folder = if path.starts_with('/') {
                    path.to_owned()
                } else {
                    format!("{}/{path}", self.folder)
                };
                // The folder is made, by the current user, unless it is the root.
                if self.folder != "/" {
                    self.files = hash(&(self.files, &self.folder, &self.user));
                }
            }
            Some(Keyword::User) => self.user = step.values.first().cloned().unwrap_or_default(),
            Some(Keyword::Shell) => self.shell = step.instruction.values(),
            _ => {}
        }
        step.key = self.files;
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
