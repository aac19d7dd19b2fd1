use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The variables that a step sees: ARG and ENV in one table, as in BuildKit's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    values: BTreeMap<String, String>,
    hash: u64,
}

impl Environment {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Sets a variable.
    pub fn set(&mut self, name: String, value: String) {
        // The table's hash is the exclusive or of its entries, so that a change costs the same for any size.
        self.hash ^= entry_hash(&name, &value);
        if let Some(old) = self.values.get(&name) {
            self.hash ^= entry_hash(&name, old);
        }
        self.values.insert(name, value);
    }

    /// Every variable in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }
}

fn entry_hash(name: &str, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (name, value).hash(&mut hasher);
    hasher.finish()
}
