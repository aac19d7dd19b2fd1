//! .NET: what projects and their shared settings say about the platform of what they make.

use super::files::folder_of;

/// A project of the context, or a file of settings that projects share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DotnetProject {
    /// The file: `*.csproj`, `*.fsproj`, `*.vbproj`, `Directory.Build.props`, `Directory.Build.targets`, `*.pubxml`.
    pub file: String,
    /// Whether it is a project, and not settings for those below its folder.
    pub is_project: bool,
    /// The SDK in its root element: `Microsoft.NET.Sdk.Web`.
    pub sdk: Option<String>,
    /// The frameworks it is built for: `net8.0`.
    pub frameworks: Vec<String>,
    /// `RuntimeIdentifier` and `RuntimeIdentifiers`.
    pub runtime_identifiers: Vec<String>,
    /// `OutputType` as it is written: `Exe`.
    pub output_type: Option<String>,
    /// `AssemblyName`.
    pub assembly_name: Option<String>,
    /// `PublishAot`; none when the file is silent, `Setting::Other` when it depends on a variable or condition.
    pub publish_aot: Option<Setting>,
    /// `SelfContained`.
    pub self_contained: Option<Setting>,
    /// `UseAppHost`.
    pub use_app_host: Option<Setting>,
    /// `PublishSingleFile`.
    pub publish_single_file: Option<Setting>,
    /// `PublishReadyToRun`.
    pub publish_ready_to_run: Option<Setting>,
    /// `PublishTrimmed`.
    pub publish_trimmed: Option<Setting>,
    /// The packages it references.
    pub packages: Vec<String>,
    /// Whether it runs commands of its own while it is built (`<Exec …>`).
    pub runs_commands: bool,
    /// Other files of settings that it names, which may say more.
    pub imports: Vec<String>,
}

/// What a file says of a property that is yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `true`.
    On,
    /// `false`.
    Off,
    /// It depends on a condition or a variable, or is told twice.
    Other,
}

/// A global.json of the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DotnetSdk {
    /// The file.
    pub file: String,
    /// The SDK that it asks for: `8.0.100`.
    pub version: Option<String>,
}

impl DotnetProject {
    /// The folder of the file; empty for the context itself.
    pub fn folder(&self) -> &str {
        folder_of(&self.file)
    }
}

/// Whether a file is one of these, by its name.
pub(super) fn is_project(name: &str) -> bool {
    [".csproj", ".fsproj", ".vbproj"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Whether a file holds settings that projects share, by its name.
pub(super) fn is_settings(name: &str) -> bool {
    name.eq_ignore_ascii_case("directory.build.props")
        || name.eq_ignore_ascii_case("directory.build.targets")
        || name.ends_with(".pubxml")
}

/// Reads a project, or settings.
pub(super) fn read(file: &str, text: &str) -> Option<DotnetProject> {
    let text = text.trim_start_matches('\u{feff}');
    let elements = elements(text)?;
    let values = |name: &str| {
        let found = elements
            .iter()
            .filter(|element| element.name.eq_ignore_ascii_case(name));
        found.collect::<Vec<_>>()
    };
    let list = |names: &[&str]| {
        let found = names.iter().flat_map(|name| values(name));
        let parts = found.flat_map(|element| element.text.split(';').map(|part| part.trim().to_owned()));
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
    };
    let setting = |name: &str| match values(name).as_slice() {
        [] => None,
        [one] if !one.is_conditional && one.text.eq_ignore_ascii_case("true") => Some(Setting::On),
        [one] if !one.is_conditional && one.text.eq_ignore_ascii_case("false") => Some(Setting::Off),
        _ => Some(Setting::Other),
    };
    let attributes = |element: &str, name: &str| {
        let found = values(element)
            .into_iter()
            .filter_map(|element| attribute(element.attributes, name));
        found.collect::<Vec<_>>()
    };
    let root = elements.first().filter(|root| root.name == "Project")?;
    let name = file.rsplit('/').next().unwrap_or_default();
    Some(DotnetProject {
        file: file.to_owned(),
        is_project: is_project(name),
        sdk: attribute(root.attributes, "Sdk").or_else(|| attributes("Sdk", "Name").into_iter().next()),
        frameworks: list(&["TargetFramework", "TargetFrameworks"]),
        runtime_identifiers: list(&["RuntimeIdentifier", "RuntimeIdentifiers"]),
        output_type: list(&["OutputType"]).into_iter().next(),
        assembly_name: list(&["AssemblyName"]).into_iter().next(),
        publish_aot: setting("PublishAot"),
        self_contained: setting("SelfContained"),
        use_app_host: setting("UseAppHost"),
        publish_single_file: setting("PublishSingleFile"),
        publish_ready_to_run: setting("PublishReadyToRun"),
        publish_trimmed: setting("PublishTrimmed"),
        packages: attributes("PackageReference", "Include"),
        runs_commands: !values("Exec").is_empty(),
        imports: attributes("Import", "Project"),
    })
}

/// Reads a global.json.
pub(super) fn read_sdk(file: &str, text: &str) -> Option<DotnetSdk> {
    let text = text.trim_start_matches('\u{feff}');
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let version = value.get("sdk").and_then(|sdk| sdk.get("version")?.as_str());
    Some(DotnetSdk {
        file: file.to_owned(),
        version: version.map(str::to_owned),
    })
}

struct Element<'a> {
    name: &'a str,
    attributes: &'a str,
    /// The text up to the next tag.
    text: &'a str,
    /// Whether it or an element around it has a condition.
    is_conditional: bool,
}

/// The elements of a document in order; none when the tags do not fit together.
fn elements(text: &str) -> Option<Vec<Element<'_>>> {
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut open: Vec<(&str, bool)> = Vec::new();
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        if let Some(data) = tag.strip_prefix("![CDATA[") {
            rest = data.split_once("]]>")?.1;
            continue;
        }
        let end = end_of_tag(tag)?;
        let (inside, behind) = (&tag[..end], &tag[end + 1..]);
        rest = behind;
        if inside.starts_with(['?', '!']) {
            continue;
        }
        if let Some(name) = inside.strip_prefix('/') {
            let (opened, _) = open.pop()?;
            if opened != name.trim() {
                return None;
            }
            continue;
        }
        let is_empty = inside.ends_with('/');
        let inside = inside.trim_end_matches('/');
        let (name, attributes) = inside
            .split_once(|one: char| one.is_whitespace())
            .unwrap_or((inside, ""));
        let is_conditional = open.last().is_some_and(|(_, is_conditional)| *is_conditional)
            || attribute(attributes, "Condition").is_some();
        let is_choice = matches!(name, "When" | "Otherwise" | "Target");
        let text = if is_empty {
            ""
        } else {
            behind.split('<').next().unwrap_or_default().trim()
        };
        elements.push(Element {
            name,
            attributes,
            text,
            is_conditional: is_conditional || is_choice,
        });
        if !is_empty {
            open.push((name, is_conditional || is_choice));
        }
    }
    open.is_empty().then_some(elements)
}

/// Where the `>` of a tag stands; one in an attribute's text does not end it.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.char_indices().find_map(|(at, one)| {
        match (quote, one) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(one),
            (Some(opened), one) if opened == one => quote = None,
            _ => {}
        }
        None
    })
}

/// The text of an attribute.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some((key, behind)) = rest.split_once('=') {
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|one| matches!(one, '"' | '\''))?;
        let (value, behind) = behind[1..].split_once(quote)?;
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_projects() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n<!-- <PublishAot>true</PublishAot> -->\n<PropertyGroup>\n<TargetFrameworks>net8.0; net9.0</TargetFrameworks>\n<UseAppHost>False</UseAppHost>\n<RuntimeIdentifiers>linux-x64;linux-arm64</RuntimeIdentifiers>\n</PropertyGroup>\n<PropertyGroup Condition=\"'$(Configuration)' == 'Release' And 2 > 1\">\n<SelfContained>true</SelfContained>\n</PropertyGroup>\n<ItemGroup><PackageReference Include=\"SkiaSharp\" Version=\"2\" /></ItemGroup>\n<Target Name=\"x\"><Exec Command=\"npm ci\"/></Target>\n</Project>";
        let project = read("src/a.csproj", text).expect("a project");
        assert!(project.is_project && project.runs_commands);
        assert_eq!(project.folder(), "src");
        assert_eq!(project.sdk.as_deref(), Some("Microsoft.NET.Sdk.Web"));
        assert_eq!(project.frameworks, ["net8.0", "net9.0"]);
        assert_eq!(project.runtime_identifiers, ["linux-x64", "linux-arm64"]);
        assert_eq!(project.publish_aot, None);
        assert_eq!(project.use_app_host, Some(Setting::Off));
        assert_eq!(project.self_contained, Some(Setting::Other));
        assert_eq!(project.packages, ["SkiaSharp"]);
    }

    #[test]
    fn what_is_no_project_proves_nothing() {
        for text in ["", "<Project>", "<a></a>", "<Project></Other>", "<Project a=\">"] {
            assert_eq!(read("a.csproj", text), None, "{text}");
        }
        assert_eq!(read_sdk("global.json", "{"), None);
        let sdk = read_sdk("global.json", "{\"sdk\":{\"version\":\"8.0.100\"}}").expect("a global.json");
        assert_eq!(sdk.version.as_deref(), Some("8.0.100"));
    }
}
