//! A script as rows of text that another reader's result can be brought to as well.

use xbuild::{
    shell::{AssignmentValue, Command, ForHead, Heredoc, Redirection, Script, SeparatorKind, Word},
    source::Span,
};

/// One row for each command, operator and redirection, in the order of the text.
pub(crate) fn rows(source: &str, script: &Script) -> Vec<String> {
    let mut rows = Vec::new();
    add_script(source, script, &mut rows);
    rows
}

/// The text without continued lines, which other readers drop early, and with one space for the blanks inside
/// substitutions, which others write anew.
pub(crate) fn joined(text: &str) -> String {
    let text = text.replace("\\\n", "");
    if text.contains("$(") {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text
    }
}

fn add_script(source: &str, script: &Script, rows: &mut Vec<String>) {
    for item in &script.items {
        if item.pipeline.timed {
            rows.push("time".to_owned());
        }
        if item.pipeline.negated {
            rows.push("!".to_owned());
        }
        for (number, command) in item.pipeline.commands.iter().enumerate() {
            if number > 0 {
                rows.push("|".to_owned());
            }
            add_command(source, command, rows);
            if item
                .pipeline
                .pipes
                .get(number)
                .is_some_and(|pipe| pipe.with_errors)
            {
                rows.push("2 DuplicateOutput 1".to_owned());
            }
        }
        match item.separator.map(|separator| separator.kind) {
            Some(SeparatorKind::And) => rows.push("&&".to_owned()),
            Some(SeparatorKind::Or) => rows.push("||".to_owned()),
            Some(SeparatorKind::Background) => rows.push("&".to_owned()),
            _ => {}
        }
    }
}

fn add_command(source: &str, command: &Command, rows: &mut Vec<String>) {
    match command {
        Command::Simple(simple) => {
            let assignments = simple
                .assignments
                .iter()
                .map(|assignment| match &assignment.value {
                    AssignmentValue::Word(_) => raw(source, assignment.span),
                    AssignmentValue::Array { span, elements } => {
                        let head = raw(source, Span::new(assignment.span.start, span.start));
                        format!("{head}({})", words(source, elements))
                    }
                });
            let words = simple.words.iter().map(|word| word_text(source, word));
            let row: Vec<String> = assignments.chain(words).collect();
            rows.push(format!("simple {}", row.join("\u{1}")));
            add_redirections(source, &simple.redirections, rows);
        }
        Command::Subshell(block) => {
            rows.push("(".to_owned());
            add_script(source, &block.body, rows);
            rows.push(")".to_owned());
            add_redirections(source, &block.redirections, rows);
        }
        Command::Group(block) => {
            rows.push("{".to_owned());
            add_script(source, &block.body, rows);
            rows.push("}".to_owned());
            add_redirections(source, &block.redirections, rows);
        }
        Command::If(clause) => {
            for branch in &clause.branches {
                rows.push("if".to_owned());
                add_script(source, &branch.condition, rows);
                rows.push("then".to_owned());
                add_script(source, &branch.body, rows);
            }
            if let Some(otherwise) = &clause.otherwise {
                rows.push("else".to_owned());
                add_script(source, otherwise, rows);
            }
            rows.push("fi".to_owned());
            add_redirections(source, &clause.redirections, rows);
        }
        Command::For(clause) => {
            rows.push(match &clause.head {
                ForHead::Words {
                    name, words: None, ..
                } => format!("for {name}"),
                ForHead::Words {
                    name,
                    words: Some(list),
                    ..
                } => format!("for {name} in {}", words(source, list)),
                ForHead::Arithmetic(_) => "for ((".to_owned(),
            });
            add_script(source, &clause.body, rows);
            rows.push("done".to_owned());
            add_redirections(source, &clause.redirections, rows);
        }
        Command::While(clause) => {
            rows.push(if clause.until { "until" } else { "while" }.to_owned());
            add_script(source, &clause.condition, rows);
            rows.push("do".to_owned());
            add_script(source, &clause.body, rows);
            rows.push("done".to_owned());
            add_redirections(source, &clause.redirections, rows);
        }
        Command::Case(clause) => {
            rows.push(format!("case {}", word_text(source, &clause.subject)));
            for arm in &clause.arms {
                rows.push(format!("arm {}", words(source, &arm.patterns)));
                add_script(source, &arm.body, rows);
            }
            rows.push("esac".to_owned());
            add_redirections(source, &clause.redirections, rows);
        }
        Command::Function(function) => {
            rows.push(format!("function {}", function.name));
            add_command(source, &function.body, rows);
        }
        Command::Test(test) => {
            rows.push("[[".to_owned());
            add_redirections(source, &test.redirections, rows);
        }
        Command::Arithmetic(arithmetic) => {
            rows.push("((".to_owned());
            add_redirections(source, &arithmetic.redirections, rows);
        }
        Command::Opaque(span) => rows.push(format!("opaque {}", span.of(source))),
    }
}

fn add_redirections(source: &str, redirections: &[Redirection], rows: &mut Vec<String>) {
    for redirection in redirections {
        let target = word_text(source, &redirection.target);
        let body = redirection
            .heredoc
            .as_ref()
            .and_then(Heredoc::body)
            .map(|body| body.span.of(source));
        let descriptor = redirection
            .descriptor
            .map(|number| number.to_string())
            .unwrap_or_default();
        let body = body.map(heredoc_text).unwrap_or_default();
        rows.push(format!("{descriptor} {:?} {target}{body}", redirection.operator));
    }
}

/// A here-document's lines without tabs in front, as some readers have stripped them.
pub(crate) fn heredoc_text(body: &str) -> String {
    body.split('\n')
        .map(|line| line.trim_start_matches('\t'))
        .collect::<Vec<_>>()
        .join("\n")
}

fn words(source: &str, words: &[Word]) -> String {
    words
        .iter()
        .map(|word| word_text(source, word))
        .collect::<Vec<_>>()
        .join("\u{1}")
}

fn word_text(source: &str, word: &Word) -> String {
    let text = raw(source, word.span);
    if text.starts_with("<(") || text.starts_with(">(") {
        format!("{}(", &text[..1])
    } else {
        text
    }
}

fn raw(source: &str, span: Span) -> String {
    joined(span.of(source))
}
