use std::collections::{BTreeMap, BTreeSet};

use crate::{model::Environment, platform::Platform, shell::Word};

/// The variables that a command sees, for every target at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// What instructions set, for each target; programs see all of it.
    environments: Vec<Environment>,
    /// ARG without a value: a build argument may give it one.
    open: BTreeSet<String>,
    /// What the script itself assigned.
    shell: BTreeMap<String, Assigned>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Assigned {
    /// The value for each target, as far as it is known.
    values: Vec<Option<String>>,
    /// Whether programs see it.
    is_exported: bool,
}

/// What a program finds in a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Unset,
    /// For each target a value, as far as it is known.
    Set(Vec<Option<String>>),
}

impl Variables {
    /// Variables for `targets` targets, none set.
    pub(super) fn new(targets: usize) -> Self {
        Self {
            environments: vec![Environment::default(); targets],
            ..Self::default()
        }
    }

    /// Sets what an instruction assigns for one target.
    pub(super) fn set(&mut self, target: usize, name: &str, value: &str) {
        self.environments[target].set(name.to_owned(), value.to_owned());
        self.open.remove(name);
    }

    /// An ARG that has no value here.
    pub(super) fn declare(&mut self, name: &str) {
        if self
            .environments
            .iter()
            .all(|environment| environment.get(name).is_none())
        {
            self.open.insert(name.to_owned());
        }
    }

    /// Sets what a script assigns; no values mean that they are not known.
    pub(super) fn assign(&mut self, name: &str, values: Option<Vec<Option<String>>>, exports: bool) {
        let was_exported = self.shell.get(name).is_some_and(|assigned| assigned.is_exported)
            || self
                .environments
                .iter()
                .any(|environment| environment.get(name).is_some());
        let values = values.unwrap_or_else(|| vec![None; self.environments.len()]);
        self.shell.insert(
            name.to_owned(),
            Assigned {
                values,
                is_exported: exports || was_exported,
            },
        );
    }

    /// `export NAME`.
    pub(super) fn export(&mut self, name: &str) {
        if let Some(assigned) = self.shell.get_mut(name) {
            assigned.is_exported = true;
        }
    }

    /// Forgets what a script assigned: the next RUN is a new shell.
    pub(super) fn end_script(&mut self) {
        self.shell.clear();
    }

    /// The value in the script, when it is known and the same for every target.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = (0..self.environments.len()).map(|target| self.of(target, name));
        let first = values.next()??;
        values.all(|value| value == Some(first)).then_some(first)
    }

    fn of(&self, target: usize, name: &str) -> Option<&str> {
        match self.shell.get(name) {
            Some(assigned) => assigned.values.get(target)?.as_deref(),
            None => self.environments[target].get(name),
        }
    }

    /// Whether the variable has any value in the script, known or not.
    pub fn is_set(&self, name: &str) -> bool {
        self.shell.contains_key(name)
            || self
                .environments
                .iter()
                .any(|environment| environment.get(name).is_some())
    }

    /// A word of the script for each target, as far as it is known.
    pub fn values(&self, word: &Word) -> Vec<Option<String>> {
        (0..self.environments.len())
            .map(|target| word.expand(&|name| self.of(target, name).map(str::to_owned)))
            .collect()
    }

    /// A word of the script, when it is known and the same for all targets.
    pub fn common(&self, word: &Word) -> Option<String> {
        let mut values = self.values(word).into_iter();
        let first = values.next()??;
        values
            .all(|value| value.as_deref() == Some(&first))
            .then_some(first)
    }

    /// What a program that the script starts finds in the variable.
    pub fn seen(&self, name: &str) -> Seen {
        match self.shell.get(name) {
            Some(assigned) if assigned.is_exported => return Seen::Set(assigned.values.clone()),
            _ => {}
        }
        if self.open.contains(name) {
            return Seen::Set(vec![None; self.environments.len()]);
        }
        let values: Vec<Option<String>> = self
            .environments
            .iter()
            .map(|environment| environment.get(name).map(str::to_owned))
            .collect();
        if values.iter().all(Option::is_none) {
            Seen::Unset
        } else {
            Seen::Set(values)
        }
    }

    /// Whether the automatic argument has the builder's own value for each target, not one that the file gives it.
    pub fn is_automatic(&self, name: &str, targets: &[Platform]) -> bool {
        let part = |target: &Platform| match name {
            "TARGETOS" => target.os.clone(),
            "TARGETARCH" => target.architecture.clone(),
            "TARGETVARIANT" => target.variant.clone(),
            _ => target.to_string(),
        };
        !self.shell.contains_key(name)
            && self
                .environments
                .iter()
                .zip(targets)
                .all(|(environment, target)| environment.get(name) == Some(part(target).as_str()))
    }
}
