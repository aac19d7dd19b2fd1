//! PHP: the packages of a composer.lock.

use serde_json::Value;

/// A composer.lock of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposerLock {
    /// The file.
    pub file: String,
    /// The packages, those for development included.
    pub packages: Vec<String>,
    /// Those of the type `composer-plugin`: they run while Composer installs, and may download programs.
    pub plugins: Vec<String>,
}

/// Reads a composer.lock.
pub(super) fn read(file: &str, text: &str) -> Option<ComposerLock> {
    let value: Value = serde_json::from_str(text).ok()?;
    let mut lock = ComposerLock {
        file: file.to_owned(),
        ..ComposerLock::default()
    };
    value.get("packages")?.as_array()?;
    for list in ["packages", "packages-dev"] {
        for package in value.get(list).and_then(Value::as_array).into_iter().flatten() {
            let name = package.get("name")?.as_str()?.to_owned();
            if matches!(
                package.get("type").and_then(Value::as_str),
                Some("composer-plugin" | "composer-installer")
            ) {
                lock.plugins.push(name.clone());
            }
            lock.packages.push(name);
        }
    }
    Some(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_locks() {
        let text = r#"{"packages": [{"name": "a/b", "type": "library"}, {"name": "a/c", "type": "composer-plugin"}], "packages-dev": []}"#;
        let lock = read("composer.lock", text).expect("a lock file");
        assert_eq!(lock.packages, ["a/b", "a/c"]);
        assert_eq!(lock.plugins, ["a/c"]);
        assert_eq!(read("composer.lock", "{}"), None);
    }
}
