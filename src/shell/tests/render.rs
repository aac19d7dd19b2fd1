//! A short written form of a script, so that a test is one line.

use crate::shell::{
    Assignment, AssignmentValue, Block, CaseArm, Command, ForHead, Item, Part, Redirection, Script,
    SeparatorKind, Variable, Word,
};

/// Words stand in brackets, assignments in braces, redirections in angle brackets, opaque text between `¿` and `?`.
pub(super) fn render(source: &str, script: &Script) -> String {
    script
        .items
        .iter()
        .map(|item| render_item(source, item))
        .collect::<Vec<_>>()
        .join(" ")
}

fn render_item(source: &str, item: &Item) -> String {
    let pipeline = &item.pipeline;
    let mut text = String::new();
    text.push_str(if pipeline.timed { "time " } else { "" });
    text.push_str(if pipeline.negated { "! " } else { "" });
    for (number, command) in pipeline.commands.iter().enumerate() {
        if number > 0 {
            text.push_str(if pipeline.pipes[number - 1].with_errors {
                " |& "
            } else {
                " | "
            });
        }
        text.push_str(&render_command(source, command));
    }
    text.push_str(match item.separator.map(|separator| separator.kind) {
        None => "",
        Some(SeparatorKind::And) => " &&",
        Some(SeparatorKind::Or) => " ||",
        Some(SeparatorKind::Semicolon) => ";",
        Some(SeparatorKind::Background) => " &",
        Some(SeparatorKind::Newline) => "⏎",
    });
    text
}

fn render_command(source: &str, command: &Command) -> String {
    let script = |script: &Script| render(source, script);
    let word = |word: &Word| render_word(source, word);
    let block = |name: &str, block: &Block| {
        format!(
            "{name}({}){}",
            script(&block.body),
            redirections(source, &block.redirections)
        )
    };
    match command {
        Command::Simple(simple) => {
            let mut text = String::new();
            text.extend(
                simple
                    .assignments
                    .iter()
                    .map(|assignment| render_assignment(source, assignment)),
            );
            text.extend(simple.words.iter().map(word));
            text + &redirections(source, &simple.redirections)
        }
        Command::Subshell(inner) => block("subshell", inner),
        Command::Group(inner) => block("group", inner),
        Command::If(clause) => {
            let branches = clause
                .branches
                .iter()
                .map(|branch| format!("{} then {}", script(&branch.condition), script(&branch.body)))
                .collect::<Vec<_>>()
                .join(" elif ");
            let otherwise = clause
                .otherwise
                .as_ref()
                .map(|body| format!(" else {}", script(body)));
            let otherwise = otherwise.unwrap_or_default();
            format!(
                "if({branches}{otherwise}){}",
                redirections(source, &clause.redirections)
            )
        }
        Command::For(clause) => {
            let head = match &clause.head {
                ForHead::Words {
                    name, words: None, ..
                } => name.clone(),
                ForHead::Words {
                    name,
                    words: Some(words),
                    ..
                } => {
                    format!("{name} in {}", words.iter().map(word).collect::<String>())
                }
                ForHead::Arithmetic(expression) => word(expression),
            };
            format!(
                "for({head} do {}){}",
                script(&clause.body),
                redirections(source, &clause.redirections)
            )
        }
        Command::While(clause) => {
            let name = if clause.until { "until" } else { "while" };
            let redirections = redirections(source, &clause.redirections);
            format!(
                "{name}({} do {}){redirections}",
                script(&clause.condition),
                script(&clause.body)
            )
        }
        Command::Case(clause) => {
            let arm = |arm: &CaseArm| {
                let patterns = arm.patterns.iter().map(word).collect::<String>();
                let terminator = arm.terminator.map_or("", |span| span.of(source));
                format!(" {patterns} do {}{terminator}", script(&arm.body))
            };
            let arms = clause.arms.iter().map(arm).collect::<String>();
            let redirections = redirections(source, &clause.redirections);
            format!("case({}{arms}){redirections}", word(&clause.subject))
        }
        Command::Function(function) => {
            format!(
                "function {} {}",
                function.name,
                render_command(source, &function.body)
            )
        }
        Command::Test(test) => {
            let words = test.words.iter().map(word).collect::<String>();
            format!("test({words}){}", redirections(source, &test.redirections))
        }
        Command::Arithmetic(arithmetic) => {
            format!(
                "arithmetic({}){}",
                word(&arithmetic.expression),
                redirections(source, &arithmetic.redirections)
            )
        }
        Command::Opaque(span) => format!("¿{}?", span.of(source)),
    }
}

fn render_assignment(source: &str, assignment: &Assignment) -> String {
    let subscript = assignment
        .subscript
        .as_ref()
        .map(|index| render_word(source, index))
        .unwrap_or_default();
    let operator = if assignment.append { "+=" } else { "=" };
    let value = match &assignment.value {
        AssignmentValue::Word(word) => render_word(source, word),
        AssignmentValue::Array { elements, .. } => {
            format!(
                "({})",
                elements
                    .iter()
                    .map(|word| render_word(source, word))
                    .collect::<String>()
            )
        }
    };
    format!("{{{}{subscript}{operator}{value}}}", assignment.name)
}

fn redirections(source: &str, redirections: &[Redirection]) -> String {
    let render = |redirection: &Redirection| {
        let descriptor = redirection
            .descriptor
            .map(|number| format!("{number} "))
            .unwrap_or_default();
        let target = render_word(source, &redirection.target);
        let body = redirection.heredoc.as_ref().and_then(|heredoc| heredoc.body());
        let body = body.map(|body| render_word(source, body)).unwrap_or_default();
        format!("<{descriptor}{:?} {target}{body}>", redirection.operator)
    };
    redirections.iter().map(render).collect()
}

fn render_word(source: &str, word: &Word) -> String {
    format!("[{}]", parts(source, &word.parts))
}

fn parts(source: &str, parts: &[Part]) -> String {
    parts.iter().map(|part| render_part(source, part)).collect()
}

fn render_part(source: &str, part: &Part) -> String {
    match part {
        Part::Literal { text, .. } => text.clone(),
        Part::Escaped { text, .. } => format!("\\{text}"),
        Part::SingleQuoted { text, .. } => format!("'{text}'"),
        Part::DoubleQuoted { parts: inner, .. } => format!("\"{}\"", parts(source, inner)),
        Part::Variable(variable) => render_variable(source, variable),
        Part::Command(substitution) if substitution.backquoted => {
            format!("`{}`", render(source, &substitution.script))
        }
        Part::Command(substitution) => format!("$({})", render(source, &substitution.script)),
        Part::Process { script, .. } => format!("<({})", render(source, script)),
        Part::Arithmetic { parts: inner, .. } => format!("$(({}))", parts(source, inner)),
        Part::Opaque(span) => format!("¿{}?", span.of(source)),
    }
}

fn render_variable(source: &str, variable: &Variable) -> String {
    let prefix = format!(
        "{}{}",
        if variable.length { "#" } else { "" },
        if variable.indirect { "!" } else { "" }
    );
    let subscript = variable
        .subscript
        .as_ref()
        .map(|index| render_word(source, index))
        .unwrap_or_default();
    let operation = variable.operation.as_ref().map(|operation| {
        let arguments = operation
            .arguments
            .iter()
            .map(|word| render_word(source, word))
            .collect::<String>();
        format!(" {:?} {arguments}", operation.operator)
    });
    format!(
        "${{{prefix}{}{subscript}{}}}",
        variable.name,
        operation.unwrap_or_default()
    )
}
