//! Elixir: what a mix.exs says of releases, and the dependencies with native code.

/// A mix.exs of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MixProject {
    /// The file.
    pub file: String,
    /// What `include_erts:` says, as it is written; releases bring the runtime of the build otherwise.
    pub includes_runtime: Option<String>,
    /// The dependencies, by name.
    pub dependencies: Vec<String>,
    /// Those that are known to have native code.
    pub native: Vec<String>,
    /// Whether it compiles native code itself (`elixir_make`, Rustler).
    pub compiles_native: bool,
}

/// Packages with native code.
const NATIVE: [&str; 24] = [
    "argon2_elixir",
    "bcrypt_elixir",
    "brotli",
    "cmark",
    "cozodb",
    "ezstd",
    "evision",
    "ex_secp256k1",
    "exla",
    "explorer",
    "exqlite",
    "ecto_sqlite3",
    "fast_html",
    "fast_xml",
    "fast_yaml",
    "html5ever",
    "image",
    "jiffy",
    "mdex",
    "pbkdf2_elixir_nif",
    "picosat_elixir",
    "rustler",
    "snappyer",
    "vix",
];

/// Reads a mix.exs.
pub(super) fn read(file: &str, text: &str) -> Option<MixProject> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    if !code.contains("defmodule") {
        return None;
    }
    let runtime = code.split_once("include_erts:").map(|(_, value)| {
        let end = value.find([',', '\n', ']']).unwrap_or(value.len());
        value[..end].trim().to_owned()
    });
    let dependencies: Vec<String> = code.split("{:").skip(1).filter_map(dependency).collect();
    let native = dependencies.iter().filter(|name| NATIVE.contains(&name.as_str()));
    Some(MixProject {
        file: file.to_owned(),
        includes_runtime: runtime,
        native: native.cloned().collect(),
        compiles_native: code.contains(":elixir_make") || code.contains(":rustler"),
        dependencies,
    })
}

/// The name in `{:name, …}`, from behind the colon.
fn dependency(text: &str) -> Option<String> {
    let end = text.find(|one: char| !one.is_ascii_alphanumeric() && one != '_')?;
    text[end..]
        .trim_start()
        .starts_with(',')
        .then(|| text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_projects() {
        let text = "defmodule A.MixProject do\n  defp deps, do: [{:phoenix, \"~> 1.7\"}, {:bcrypt_elixir, \"~> 3.0\"}]\n  # {:jiffy, \"1\"}\n  def releases, do: [a: [include_erts: false, strip: true]]\nend\n";
        let project = read("mix.exs", text).expect("a project");
        assert_eq!(project.includes_runtime.as_deref(), Some("false"));
        assert_eq!(project.dependencies, ["phoenix", "bcrypt_elixir"]);
        assert_eq!(project.native, ["bcrypt_elixir"]);
        assert!(!project.compiles_native);
        assert_eq!(read("mix.exs", ""), None);
    }
}
