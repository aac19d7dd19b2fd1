//! Python: the packages that a project asks for.

use std::path::Path;

/// A list of packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonRequirements {
    /// The file: `requirements*.txt`, `pyproject.toml`, `poetry.lock`, `uv.lock`.
    pub file: String,
    /// The packages, in small letters and with hyphens, as they compare.
    pub packages: Vec<String>,
    /// Whether there is more: another file, an address, or an option that changes what is installed.
    pub is_open: bool,
    /// Whether each package comes from one file, the same on every platform: it has one version and one hash.
    pub has_one_file_each: bool,
}

/// Whether a file is a list of packages, by its name.
pub(super) fn is_list(name: &str) -> bool {
    matches!(name, "pyproject.toml" | "poetry.lock" | "uv.lock")
        || name.starts_with("requirements") && is_text(name)
}

fn is_text(file: &str) -> bool {
    Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "txt")
}

/// Reads a list of packages, by its name.
pub(super) fn read(file: &str, text: &str) -> Option<PythonRequirements> {
    let mut requirements = PythonRequirements {
        file: file.to_owned(),
        ..PythonRequirements::default()
    };
    if is_text(file) {
        read_requirements(text, &mut requirements);
    } else {
        read_toml(text, &mut requirements)?;
    }
    requirements.packages.sort();
    requirements.packages.dedup();
    Some(requirements)
}

fn read_requirements(text: &str, requirements: &mut PythonRequirements) {
    let mut is_settled = true;
    for line in text.replace("\\\n", " ").lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("--hash") {
            continue;
        }
        match name(line).filter(|_| !line.starts_with('-') && !line.contains(" @ ") && !line.contains("://"))
        {
            Some(name) => {
                is_settled &=
                    line.contains("==") && !line.contains(';') && line.matches("--hash=").count() == 1;
                requirements.packages.push(name);
            }
            None => requirements.is_open = true,
        }
    }
    requirements.has_one_file_each = is_settled && !requirements.is_open && !requirements.packages.is_empty();
}

fn read_toml(text: &str, requirements: &mut PythonRequirements) -> Option<()> {
    let table: toml::Table = text.parse().ok()?;
    let locked = table
        .get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten();
    let locked = locked.filter_map(|package| package.get("name")?.as_str());
    let project = table
        .get("project")
        .and_then(|project| project.get("dependencies")?.as_array());
    let project = project.into_iter().flatten().filter_map(toml::Value::as_str);
    let poetry = table
        .get("tool")
        .and_then(|tool| tool.get("poetry")?.get("dependencies")?.as_table());
    let poetry = poetry.into_iter().flat_map(toml::Table::keys).map(String::as_str);
    let poetry = poetry.filter(|name| *name != "python");
    requirements.packages = locked.chain(project).chain(poetry).filter_map(name).collect();
    Some(())
}

/// The name in front of extras, versions and markers, as names compare.
fn name(requirement: &str) -> Option<String> {
    let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.');
    let end = requirement.find(|one| !is_part(one)).unwrap_or(requirement.len());
    (end > 0).then(|| requirement[..end].to_ascii_lowercase().replace(['_', '.'], "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists() {
        let found = read(
            "requirements.txt",
            "# x\nDjango[argon2]==5.0 ; python_version > '3' # y\nruamel.yaml\n",
        )
        .expect("a list");
        assert!(!found.has_one_file_each);
        let locked = "six==1.16.0 \\\n    --hash=sha256:8abb\n";
        let one_file = |text: &str| read("requirements.txt", text).is_some_and(|list| list.has_one_file_each);
        assert!(one_file(locked));
        assert!(!one_file(&locked.replace("8abb", "8abb --hash=sha256:9abb")));
        assert!(!one_file(&format!("{locked}-r other.txt\n")));
        assert_eq!(
            (found.packages, found.is_open),
            (vec!["django".to_owned(), "ruamel-yaml".to_owned()], false)
        );
        assert!(
            read("requirements.txt", "-r other.txt\n")
                .expect("a list")
                .is_open
        );
        let found = read("pyproject.toml", "[project]\ndependencies = [\"Flask>=3\"]\n[tool.poetry.dependencies]\npython = \"^3.12\"\nnumpy = \"*\"\n").expect("a list");
        assert_eq!(found.packages, ["flask", "numpy"]);
        assert_eq!(
            read("uv.lock", "[[package]]\nname = \"x\"\n")
                .expect("a list")
                .packages,
            ["x"]
        );
        assert_eq!(read("uv.lock", "["), None);
    }
}
