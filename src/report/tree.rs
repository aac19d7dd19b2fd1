//! The tree of a Dockerfile as JSON, node for node what BuildKit's parser gives.

use serde::Serialize;

use crate::grammar::{Arguments, Dockerfile, Instruction, Step, SyntaxError};

/// One file's answer: its tree, or BuildKit's error.
#[derive(Debug, Serialize)]
pub struct FileTree {
    /// The path as it was given.
    pub f: String,
    /// Whether BuildKit takes the file.
    pub ok: bool,
    /// The instructions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ast: Option<Vec<Node>>,
    /// The step that fails: `parser` or `instructions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<&'static str>,
    /// BuildKit's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The lines that the error names, one list a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_lines: Option<Vec<Vec<usize>>>,
}

/// An instruction.
#[derive(Debug, Serialize)]
pub struct Node {
    /// The instruction's name in upper case.
    pub i: String,
    /// The flags, unquoted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The arguments; ENV and LABEL give key, value and separator each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// Whether they are in the JSON form.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub json: bool,
    /// Name, content, expand and chomp of each heredoc.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heredocs: Vec<(String, String, bool, bool)>,
    /// The trigger of ONBUILD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onbuild: Option<Box<Self>>,
    /// The first and the last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<(usize, usize)>,
}

/// The tree of one file.
pub fn file_tree(path: String, read: Result<&Dockerfile<'_>, &SyntaxError>) -> FileTree {
    match read {
        Ok(file) => FileTree {
            f: path,
            ok: true,
            ast: Some(
                file.instructions
                    .iter()
                    .map(|instruction| node(file, instruction))
                    .collect(),
            ),
            stage: None,
            error: None,
            error_lines: None,
        },
        Err(error) => FileTree {
            f: path,
            ok: false,
            ast: None,
            stage: Some(match error.step {
                Step::Parser => "parser",
                Step::Instructions => "instructions",
            }),
            error: Some(error.full_message()),
            error_lines: Some(vec![(error.lines.0..=error.lines.1).collect()]),
        },
    }
}

/// The tree for people: one line an instruction.
pub fn text(file: &FileTree) -> String {
    let mut lines = vec![file.f.clone()];
    lines.extend(file.error.iter().map(|error| format!("  {error}")));
    for node in file.ast.iter().flatten() {
        lines.push(format!("  {}", node_text(node)));
        lines.extend(
            node.heredocs
                .iter()
                .map(|(name, content, _, _)| format!("        <<{name}: {} lines", content.lines().count())),
        );
    }
    lines.join("\n")
}

fn node_text(node: &Node) -> String {
    let lines = node
        .lines
        .map(|(first, last)| format!("{first}-{last}"))
        .unwrap_or_default();
    let form = if node.json { " json" } else { "" };
    let flags = node.flags.iter().map(|flag| format!(" {flag}"));
    let arguments = node
        .args
        .iter()
        .flatten()
        .map(|argument| format!(" {argument:?}"));
    let trigger = node
        .onbuild
        .iter()
        .map(|trigger| format!(" {}", node_text(trigger).trim()));
    let rest: String = flags.chain(arguments).chain(trigger).collect();
    format!("{lines:>9} {}{form}{rest}", node.i)
}

fn node(file: &Dockerfile<'_>, instruction: &Instruction) -> Node {
    Node {
        lines: Some(instruction.lines),
        ..bare_node(file, instruction)
    }
}

fn bare_node(file: &Dockerfile<'_>, instruction: &Instruction) -> Node {
    let (args, json, onbuild) = match &instruction.arguments {
        Arguments::Trigger(trigger) => (Vec::new(), false, Some(Box::new(bare_node(file, trigger)))),
        Arguments::Health { kind, command } => {
            let (mut args, json) = command_arguments(command);
            args.insert(0, kind.text.clone());
            (args, json, None)
        }
        Arguments::Pairs(pairs) => {
            let is_declaration = instruction.keyword == Some(crate::grammar::Keyword::Arg);
            let args = pairs.iter().flat_map(|pair| {
                let value = pair.value.as_ref().map(|value| value.text.clone());
                let key = pair.key.text.clone();
                match (is_declaration, value) {
                    (true, Some(value)) => vec![format!("{key}={value}")],
                    (true, None) => vec![key],
                    (false, value) => {
                        let separator = if pair.is_legacy { "" } else { "=" };
                        vec![key, value.unwrap_or_default(), separator.to_owned()]
                    }
                }
            });
            (args.collect(), false, None)
        }
        // BuildKit keeps one empty node for a trigger that it does not know.
        Arguments::Empty if instruction.keyword.is_none() => (vec![String::new()], false, None),
        _ => (instruction.values(), instruction.is_json(), None),
    };
    let heredocs = instruction.heredocs.iter().map(|heredoc| {
        (
            heredoc.name.clone(),
            file.slice(heredoc.body).to_owned(),
            heredoc.expand,
            heredoc.chomp,
        )
    });
    Node {
        i: instruction.name.text.to_uppercase(),
        flags: instruction.flags.iter().map(|flag| flag.text.clone()).collect(),
        args: onbuild.is_none().then_some(args),
        json,
        heredocs: heredocs.collect(),
        onbuild,
        lines: None,
    }
}

fn command_arguments(command: &Arguments) -> (Vec<String>, bool) {
    match command {
        Arguments::Json(strings) => (strings.iter().map(|string| string.value.clone()).collect(), true),
        Arguments::Text(text) => (vec![text.text.clone()], false),
        _ => (Vec::new(), false),
    }
}
