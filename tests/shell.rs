//! The shell reader against others: brush-parser for structure and words, `bash -n` for acceptance, and the written
//! grammar for its names.
//!
//! The snippets in `fixtures/shell` are always compared. `XBUILD_SHELL_SCRIPTS` names a file of NUL-separated
//! scripts to compare besides; its counts and differences are printed.

#[path = "shell/brush.rs"]
mod brush;
#[path = "shell/rows.rs"]
mod rows;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use xbuild::shell::{Node, Part, Script, parse};

/// How the readers agree over a list of scripts.
#[derive(Debug, Default)]
struct Counts {
    scripts: usize,
    bytes: usize,
    fully_understood: usize,
    bash_accepts: usize,
    bash_accepts_understood: usize,
    bash_rejects_understood: usize,
    brush_accepts: usize,
    brush_equal: usize,
    substitutions: usize,
    substitutions_equal: usize,
    our_time: Duration,
    brush_time: Duration,
}

#[test]
fn snippets_read_as_brush_and_bash_read_them() {
    let mut differences = Vec::new();
    let counts = compare(&snippets(), &mut differences);
    assert!(counts.scripts >= 60, "only {} snippets", counts.scripts);
    for snippet in snippets() {
        assert!(parse(&snippet).is_fully_understood(), "in {snippet:?}");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "the counts over a foreign corpus are for whoever asked for them"
)]
fn scripts_from_elsewhere_are_compared_on_request() {
    let Some(path) = std::env::var_os("XBUILD_SHELL_SCRIPTS") else {
        return;
    };
    let text = fs::read_to_string(path).expect("the file named by XBUILD_SHELL_SCRIPTS");
    let scripts: Vec<String> = text.split('\0').map(str::to_owned).collect();
    let mut differences = Vec::new();
    let counts = compare(&scripts, &mut differences);
    eprintln!("{}\n{counts:#?}", differences.join("\n"));
}

#[test]
fn productions_are_named_after_what_reads_them() {
    let grammar = fs::read_to_string(root().join("grammar/shell.ebnf")).expect("the grammar");
    let mut code = String::new();
    append_sources(&root().join("src/shell"), &mut code);
    let productions: Vec<&str> = grammar.lines().filter_map(production).collect();
    assert!(productions.len() > 30, "only {productions:?}");
    for name in &productions {
        let is_declared = ["fn ", "struct ", "enum "].into_iter().any(|keyword| {
            ["(", "<", " "]
                .into_iter()
                .any(|end| code.contains(&format!("{keyword}{name}{end}")))
        });
        assert!(
            is_declared,
            "the production {name} is no function and no type in src/shell"
        );
    }
    for name in references(&grammar) {
        assert!(productions.contains(&name.as_str()), "{name} is no production");
    }
}

/// The name that a line of the grammar defines.
fn production(line: &str) -> Option<&str> {
    line.split_once(" = ")
        .map(|(name, _)| name)
        .filter(|name| is_name(name))
}

/// All names in the grammar outside of comments, quotes and sentences.
fn references(grammar: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut rest = grammar;
    while let Some(at) = rest.find(['"', '\'', '?', '(']) {
        plain.push_str(&rest[..at]);
        let closing = match &rest[at..] {
            comment if comment.starts_with("(*") => "*)",
            opening if opening.starts_with('(') => "(",
            quoted => &quoted[..1],
        };
        let behind = if closing == "(" {
            at + 1
        } else {
            at + closing.len()
        };
        let length = if closing == "(" {
            0
        } else {
            rest[behind..].find(closing).expect("an end") + closing.len()
        };
        plain.push(' ');
        rest = &rest[behind + length..];
    }
    plain.push_str(rest);
    plain
        .split(|character: char| !(character.is_ascii_lowercase() || character == '_'))
        .filter(|word| is_name(word))
        .map(str::to_owned)
        .collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn append_sources(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            append_sources(&path, code);
        } else {
            code.push_str(&fs::read_to_string(path).expect("a source file"));
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The checked-in snippets; a line `# ---` stands between two.
fn snippets() -> Vec<String> {
    let mut snippets = Vec::new();
    for entry in fs::read_dir(root().join("fixtures/shell")).expect("the fixtures") {
        let text = fs::read_to_string(entry.expect("a folder entry").path())
            .expect("a fixture")
            .replace("\r\n", "\n");
        snippets.extend(text.split("# ---\n").map(str::to_owned));
    }
    snippets
}

fn compare(scripts: &[String], differences: &mut Vec<String>) -> Counts {
    let mut counts = Counts {
        scripts: scripts.len(),
        ..Counts::default()
    };
    let has_bash = bash_accepts("true").is_some();
    for source in scripts {
        counts.bytes += source.len();
        let start = Instant::now();
        let script = parse(source);
        counts.our_time += start.elapsed();
        let understood = script.is_fully_understood();
        counts.fully_understood += usize::from(understood);
        if has_bash {
            compare_acceptance(source, understood, &mut counts, differences);
        }
        let start = Instant::now();
        let theirs = brush::rows(source);
        counts.brush_time += start.elapsed();
        if let Some(theirs) = theirs {
            counts.brush_accepts += 1;
            let equal = compare_rows(source, &rows::rows(source, &script), &theirs, differences);
            counts.brush_equal += usize::from(equal);
        }
        compare_substitutions(source, &script, &mut counts, differences);
    }
    counts
}

fn compare_acceptance(source: &str, understood: bool, counts: &mut Counts, differences: &mut Vec<String>) {
    let accepted = bash_accepts(source) == Some(true);
    counts.bash_accepts += usize::from(accepted);
    counts.bash_accepts_understood += usize::from(accepted && understood);
    counts.bash_rejects_understood += usize::from(!accepted && understood);
    if accepted != understood {
        let verdict = if accepted {
            "bash accepts, opaque here"
        } else {
            "bash rejects, understood here"
        };
        let opaque = Node::Script(&parse(source))
            .descendants()
            .find(|node| node.is_opaque())
            .map(|node| {
                let text = node.span().of(source);
                text.chars().take(200).collect::<String>()
            });
        differences.push(format!("== {verdict} {opaque:?}\n{source}"));
    }
}

fn compare_rows(source: &str, ours: &[String], theirs: &[String], differences: &mut Vec<String>) -> bool {
    if ours == theirs {
        return true;
    }
    let at = ours
        .iter()
        .zip(theirs)
        .take_while(|(ours, theirs)| ours == theirs)
        .count();
    differences.push(format!(
        "== brush\nours   {:?}\ntheirs {:?}\n{source}",
        ours.get(at),
        theirs.get(at)
    ));
    false
}

/// Brush keeps substitutions as text, so that each is compared as a script of its own.
fn compare_substitutions(source: &str, script: &Script, counts: &mut Counts, differences: &mut Vec<String>) {
    for node in Node::Script(script).descendants() {
        let Node::Part(Part::Command(substitution)) = node else {
            continue;
        };
        let inner = substitution.script.span.of(source);
        let Some(theirs) = brush::rows(inner) else {
            continue;
        };
        counts.substitutions += 1;
        let ours = rows::rows(source, &substitution.script);
        counts.substitutions_equal += usize::from(compare_rows(inner, &ours, &theirs, differences));
    }
}

/// Whether `bash -n` accepts; `None` where there is no bash.
fn bash_accepts(source: &str) -> Option<bool> {
    let mut bash = Command::new("bash");
    bash.args(["-n", "-c", source])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    bash.status().ok().map(|status| status.success())
}
