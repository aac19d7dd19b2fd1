//! The rows of brush-parser's result.

use std::io::Cursor;

use brush_parser::{
    Parser, ParserOptions,
    ast::{
        AndOr, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem, CompoundCommand,
        CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline, PipelineTimed,
        RedirectList, SeparatorOperator, SimpleCommand, Word,
    },
};

use crate::rows::{heredoc_text, joined};

/// The rows, or `None` where brush does not accept the text.
pub(crate) fn rows(source: &str) -> Option<Vec<String>> {
    let options = ParserOptions {
        enable_extended_globbing: false,
        ..ParserOptions::default()
    };
    let program = Parser::new(Cursor::new(source), &options).parse_program().ok()?;
    let mut rows = Vec::new();
    for list in &program.complete_commands {
        add_list(list, &mut rows);
    }
    Some(rows)
}

fn add_list(list: &CompoundList, rows: &mut Vec<String>) {
    for item in &list.0 {
        add_pipeline(&item.0.first, rows);
        for additional in &item.0.additional {
            let (operator, pipeline) = match additional {
                AndOr::And(pipeline) => ("&&", pipeline),
                AndOr::Or(pipeline) => ("||", pipeline),
            };
            rows.push(operator.to_owned());
            add_pipeline(pipeline, rows);
        }
        if matches!(item.1, SeparatorOperator::Async) {
            rows.push("&".to_owned());
        }
    }
}

fn add_pipeline(pipeline: &Pipeline, rows: &mut Vec<String>) {
    let simple = matches!(pipeline.seq.first(), Some(Command::Simple(_)));
    if pipeline.timed.is_some() && !simple {
        rows.push("time".to_owned());
    }
    if pipeline.bang {
        rows.push("!".to_owned());
    }
    for (number, command) in pipeline.seq.iter().enumerate() {
        if number > 0 {
            rows.push("|".to_owned());
        }
        let row = rows.len();
        add_command(command, rows);
        if number == 0 && simple {
            let prefix = match &pipeline.timed {
                None => "simple ",
                Some(PipelineTimed::Timed(_)) => "simple time\u{1}",
                Some(PipelineTimed::TimedWithPosixOutput(_)) => "simple time\u{1}-p\u{1}",
            };
            rows[row] = rows[row].replacen("simple ", prefix, 1);
        }
    }
}

fn add_command(command: &Command, rows: &mut Vec<String>) {
    match command {
        Command::Simple(simple) => add_simple(simple, rows),
        Command::Compound(compound, redirections) => {
            add_compound(compound, rows);
            add_redirections(redirections.as_ref(), rows);
        }
        Command::Function(function) => {
            rows.push(format!("function {}", function.fname.value));
            add_compound(&function.body.0, rows);
            add_redirections(function.body.1.as_ref(), rows);
        }
        Command::ExtendedTest(_, redirections) => {
            rows.push("[[".to_owned());
            add_redirections(redirections.as_ref(), rows);
        }
    }
}

fn add_simple(simple: &SimpleCommand, rows: &mut Vec<String>) {
    let mut row = Vec::new();
    let mut redirections = Vec::new();
    let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
    let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
    for item in prefix {
        add_item(item, false, &mut row, &mut redirections);
    }
    row.extend(simple.word_or_name.iter().map(text));
    for item in suffix {
        add_item(item, true, &mut row, &mut redirections);
    }
    rows.push(format!("simple {}", row.join("\u{1}")));
    rows.append(&mut redirections);
}

fn add_item(
    item: &CommandPrefixOrSuffixItem,
    is_argument: bool,
    row: &mut Vec<String>,
    redirections: &mut Vec<String>,
) {
    match item {
        CommandPrefixOrSuffixItem::IoRedirect(redirection) => add_redirection(redirection, redirections),
        CommandPrefixOrSuffixItem::Word(word) => row.push(text(word)),
        CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
            let AssignmentValue::Array(elements) = &assignment.value else {
                return row.push(text(word));
            };
            if is_argument {
                return row.push(text(word));
            }
            let name = match &assignment.name {
                AssignmentName::VariableName(name) => name.clone(),
                AssignmentName::ArrayElementName(name, index) => format!("{name}[{index}]"),
            };
            let elements: Vec<String> = elements
                .iter()
                .map(|(key, value)| match key {
                    Some(key) => format!("[{}]={}", text(key), text(value)),
                    None => text(value),
                })
                .collect();
            let operator = if assignment.append { "+=" } else { "=" };
            row.push(format!("{name}{operator}({})", elements.join("\u{1}")));
        }
        CommandPrefixOrSuffixItem::ProcessSubstitution(kind, _) => row.push(format!("{kind}(")),
    }
}

fn add_compound(compound: &CompoundCommand, rows: &mut Vec<String>) {
    match compound {
        CompoundCommand::Arithmetic(_) => rows.push("((".to_owned()),
        CompoundCommand::ArithmeticForClause(clause) => {
            rows.push("for ((".to_owned());
            add_list(&clause.body.list, rows);
            rows.push("done".to_owned());
        }
        CompoundCommand::BraceGroup(group) => {
            rows.push("{".to_owned());
            add_list(&group.list, rows);
            rows.push("}".to_owned());
        }
        CompoundCommand::Subshell(subshell) => {
            rows.push("(".to_owned());
            add_list(&subshell.list, rows);
            rows.push(")".to_owned());
        }
        CompoundCommand::ForClause(clause) => {
            let name = &clause.variable_name;
            rows.push(match &clause.values {
                None => format!("for {name}"),
                Some(values) => format!("for {name} in {}", texts(values)),
            });
            add_list(&clause.body.list, rows);
            rows.push("done".to_owned());
        }
        CompoundCommand::CaseClause(clause) => {
            rows.push(format!("case {}", text(&clause.value)));
            for case in &clause.cases {
                rows.push(format!("arm {}", texts(&case.patterns)));
                if let Some(list) = &case.cmd {
                    add_list(list, rows);
                }
            }
            rows.push("esac".to_owned());
        }
        CompoundCommand::IfClause(clause) => {
            rows.push("if".to_owned());
            add_list(&clause.condition, rows);
            rows.push("then".to_owned());
            add_list(&clause.then, rows);
            for branch in clause.elses.iter().flatten() {
                match &branch.condition {
                    Some(condition) => {
                        rows.push("if".to_owned());
                        add_list(condition, rows);
                        rows.push("then".to_owned());
                    }
                    None => rows.push("else".to_owned()),
                }
                add_list(&branch.body, rows);
            }
            rows.push("fi".to_owned());
        }
        CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
            let until = matches!(compound, CompoundCommand::UntilClause(_));
            rows.push(if until { "until" } else { "while" }.to_owned());
            add_list(&clause.0, rows);
            rows.push("do".to_owned());
            add_list(&clause.1.list, rows);
            rows.push("done".to_owned());
        }
        CompoundCommand::Coprocess(_) => rows.push("coproc".to_owned()),
    }
}

fn add_redirections(redirections: Option<&RedirectList>, rows: &mut Vec<String>) {
    for redirection in redirections.iter().flat_map(|list| &list.0) {
        add_redirection(redirection, rows);
    }
}

fn add_redirection(redirection: &IoRedirect, rows: &mut Vec<String>) {
    let number = |descriptor: &Option<i32>| descriptor.map(|number| number.to_string()).unwrap_or_default();
    rows.push(match redirection {
        IoRedirect::File(descriptor, kind, target) => {
            let operator = match kind {
                IoFileRedirectKind::Read => "Read",
                IoFileRedirectKind::Write => "Write",
                IoFileRedirectKind::Append => "Append",
                IoFileRedirectKind::ReadAndWrite => "ReadWrite",
                IoFileRedirectKind::Clobber => "Clobber",
                IoFileRedirectKind::DuplicateInput => "DuplicateInput",
                IoFileRedirectKind::DuplicateOutput => "DuplicateOutput",
            };
            let target = match target {
                IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word) => text(word),
                IoFileRedirectTarget::Fd(number) => number.to_string(),
                IoFileRedirectTarget::ProcessSubstitution(kind, _) => format!("{kind}("),
            };
            format!("{} {operator} {target}", number(descriptor))
        }
        IoRedirect::HereDocument(descriptor, document) => {
            let operator = if document.remove_tabs {
                "HeredocStripped"
            } else {
                "Heredoc"
            };
            let body = heredoc_text(&document.doc.value);
            format!(
                "{} {operator} {}{body}",
                number(descriptor),
                text(&document.here_end)
            )
        }
        IoRedirect::HereString(descriptor, word) => {
            format!("{} HereString {}", number(descriptor), text(word))
        }
        IoRedirect::OutputAndError(word, append) => {
            format!(
                " {} {}",
                if *append { "AppendBoth" } else { "WriteBoth" },
                text(word)
            )
        }
    });
}

fn texts(words: &[Word]) -> String {
    words.iter().map(text).collect::<Vec<_>>().join("\u{1}")
}

fn text(word: &Word) -> String {
    joined(&word.value)
}
