//! The written grammar and tables under `grammar/` say what the code does.

use std::{fs, path::Path};

use xbuild::{
    grammar::{self, Arguments, Keyword, flag_names},
    platform::{Platform, names},
};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file of the project")
}

fn table(path: &str) -> toml::Table {
    read(path).parse().expect("a table")
}

/// What the grammar calls the reader of an instruction's arguments.
fn reader(keyword: Keyword) -> &'static str {
    let example = |arguments: &str| format!("FROM a\n{} {arguments}\n", keyword.name());
    let text = match keyword {
        Keyword::From => "FROM a b c\n".to_owned(),
        Keyword::Healthcheck => example("CMD [\"a\"]"),
        Keyword::Onbuild => example("RUN a"),
        Keyword::Env | Keyword::Label | Keyword::Arg => example("a=b"),
        Keyword::Workdir | Keyword::User | Keyword::Stopsignal | Keyword::Maintainer => example("[\"a\"]"),
        _ => example("[\"a\", \"b\"]"),
    };
    let file = grammar::read(&text).expect("an example");
    match file.instructions.last().map(|instruction| &instruction.arguments) {
        Some(Arguments::Json(_)) => "maybe_json",
        Some(Arguments::Words(_)) => "whitespace_words",
        Some(Arguments::Text(_)) => "text",
        Some(Arguments::Pairs(_)) if keyword == Keyword::Arg => "declarations",
        Some(Arguments::Pairs(_)) => "pairs",
        Some(Arguments::Health { .. }) => "health",
        Some(Arguments::Trigger(_)) => "trigger",
        _ => "nothing",
    }
}

fn takes_heredocs(keyword: Keyword) -> bool {
    let text = format!("FROM a\n{} <<E /b\nE\n", keyword.name());
    grammar::read(&text).is_ok_and(|file| {
        file.instructions
            .iter()
            .any(|instruction| !instruction.heredocs.is_empty())
    })
}

#[test]
fn the_table_of_instructions_holds() {
    let table = table("grammar/instructions.toml");
    assert_eq!(table.len(), Keyword::ALL.len());
    for (keyword, name) in Keyword::ALL {
        let row = table[name].as_table().expect("a row");
        assert_eq!(row["arguments"].as_str(), Some(reader(keyword)), "{name}");
        let flags = row.get("flags").map(|flags| {
            flags
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(toml::Value::as_str)
                .collect::<Vec<_>>()
        });
        assert_eq!(flags, flag_names(keyword), "{name}");
        let heredocs = row
            .get("heredocs")
            .is_some_and(|value| value.as_bool() == Some(true));
        assert_eq!(heredocs, takes_heredocs(keyword), "{name}");
    }
}

#[test]
fn the_table_of_platforms_holds() {
    let table = table("grammar/platforms.toml");
    for (platform, row) in &table {
        let known = names(
            &format!("linux/{platform}")
                .parse::<Platform>()
                .expect("a platform"),
        )
        .expect("its names");
        let written = |key: &str| row.get(key).and_then(toml::Value::as_str);
        assert_eq!(known.platform, platform);
        assert_eq!(Some(known.machine), written("machine"), "{platform}");
        assert_eq!(known.debian, written("debian"), "{platform}");
        assert_eq!(known.triplet, written("triplet"), "{platform}");
        assert_eq!(known.alpine, written("alpine"), "{platform}");
        assert_eq!(known.node, written("node"), "{platform}");
        assert_eq!(known.rust_gnu, written("rust_gnu"), "{platform}");
        assert_eq!(known.rust_musl, written("rust_musl"), "{platform}");
    }
    assert_eq!(table.len(), 9);
}

/// What a production stands for without a function of its own: characters, and sentences about them.
const TERMINALS: [&str; 22] = [
    "byte_order_mark",
    "comment_line",
    "blank_line",
    "line_piece",
    "blanks",
    "trailing_blanks",
    "escape",
    "newline",
    "space",
    "tab",
    "digit",
    "spaces",
    "text",
    "terminator",
    "instruction_lines",
    "legacy_pair",
    "declarations",
    "health",
    "trigger",
    "dockerfile",
    "directive",
    "field",
];

#[test]
fn productions_are_named_after_what_reads_them() {
    let mut code = String::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/grammar");
    for entry in fs::read_dir(folder).expect("the grammar's sources") {
        code.push_str(&fs::read_to_string(entry.expect("an entry").path()).expect("a source file"));
    }
    for file in ["lines", "instructions", "words"] {
        let grammar = read(&format!("grammar/{file}.ebnf"));
        let productions: Vec<&str> = grammar
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, _)| name)
            .filter(|name| !name.starts_with(' '))
            .collect();
        assert!(productions.len() > 8, "{file}: only {productions:?}");
        for name in productions {
            let is_declared = code.contains(&format!("fn {name}(")) || code.contains(&format!("fn {name}<"));
            assert!(
                is_declared || TERMINALS.contains(&name),
                "{file}: no function reads {name}"
            );
        }
    }
}
