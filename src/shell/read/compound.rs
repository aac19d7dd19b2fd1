//! Commands that hold other commands.

use crate::{
    shell::{
        ArithmeticCommand, Block, Branch, Case, CaseArm, Command, For, ForHead, Function, If, Redirection,
        While, Word,
        read::{
            list::{body, script},
            reader::{Reader, blanks, expect_reserved, linebreak, name, nested, newline, reserved_word},
            redirection::redirections,
            simple::simple_command,
            substitution::{arithmetic_end, expression},
            test::test_command,
            word::word,
        },
    },
    source::Span,
};

/// Reads one command of a pipeline.
pub(super) fn command(reader: &mut Reader<'_>) -> Option<Command> {
    nested(reader, |reader| match reserved_word(reader) {
        Some("{") => group(reader),
        Some("if") => if_clause(reader),
        Some("for" | "select") => for_clause(reader),
        Some("while" | "until") => while_clause(reader),
        Some("case") => case_clause(reader),
        Some("function") => function_keyword(reader),
        Some("[[") => test_command(reader),
        // A coprocess may be a compound command with or without a name; sh knows the word as a program's name.
        Some("coproc" | "then" | "elif" | "else" | "fi" | "do" | "done" | "esac" | "}" | "]]" | "!") => None,
        _ if reader.is_at("((") => arithmetic_or_subshell(reader),
        _ if reader.is_at("(") => subshell(reader),
        _ => simple_command(reader),
    })
}

fn arithmetic_or_subshell(reader: &mut Reader<'_>) -> Option<Command> {
    match arithmetic_end(reader, reader.at + "((".len()) {
        Some(end) => arithmetic_command(reader, end),
        None => subshell(reader),
    }
}

fn arithmetic_command(reader: &mut Reader<'_>, end: usize) -> Option<Command> {
    let start = reader.at;
    let expression = double_parenthesis(reader, end)?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::Arithmetic(ArithmeticCommand {
        span,
        expression,
        redirections,
    }))
}

fn double_parenthesis(reader: &mut Reader<'_>, end: usize) -> Option<Word> {
    reader.expect("((")?;
    let start = reader.at;
    let parts = expression(reader, end);
    let word = Word {
        span: reader.span_from(start),
        parts,
    };
    reader.expect("))")?;
    Some(word)
}

fn subshell(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    reader.expect("(")?;
    let body = body(reader)?;
    reader.expect(")")?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::Subshell(Block {
        span,
        body,
        redirections,
    }))
}

fn group(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    expect_reserved(reader, "{")?;
    let body = body(reader)?;
    expect_reserved(reader, "}")?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::Group(Block {
        span,
        body,
        redirections,
    }))
}

fn if_clause(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    expect_reserved(reader, "if")?;
    let mut branches = vec![branch(reader)?];
    while reserved_word(reader) == Some("elif") {
        expect_reserved(reader, "elif")?;
        branches.push(branch(reader)?);
    }
    let mut otherwise = None;
    if reserved_word(reader) == Some("else") {
        expect_reserved(reader, "else")?;
        otherwise = Some(body(reader)?);
    }
    expect_reserved(reader, "fi")?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::If(If {
        span,
        branches,
        otherwise,
        redirections,
    }))
}

fn branch(reader: &mut Reader<'_>) -> Option<Branch> {
    let condition = body(reader)?;
    expect_reserved(reader, "then")?;
    Some(Branch {
        condition,
        body: body(reader)?,
    })
}

fn for_clause(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    reader.at += reserved_word(reader)?.len();
    blanks(reader);
    let head = if reader.is_at("((") {
        for_arithmetic(reader)?
    } else {
        for_words(reader)?
    };
    linebreak(reader);
    let braced = reserved_word(reader) == Some("{");
    expect_reserved(reader, if braced { "{" } else { "do" })?;
    let body = body(reader)?;
    expect_reserved(reader, if braced { "}" } else { "done" })?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::For(For {
        span,
        head,
        body,
        redirections,
    }))
}

fn for_arithmetic(reader: &mut Reader<'_>) -> Option<ForHead> {
    let end = arithmetic_end(reader, reader.at + "((".len())?;
    let head = ForHead::Arithmetic(double_parenthesis(reader, end)?);
    blanks(reader);
    reader.eat(";");
    Some(head)
}

fn for_words(reader: &mut Reader<'_>) -> Option<ForHead> {
    let start = reader.at;
    let name = name(reader)?.to_owned();
    let name_span = reader.span_from(start);
    blanks(reader);
    if reader.eat(";") {
        return Some(ForHead::Words {
            name,
            name_span,
            words: None,
        });
    }
    linebreak(reader);
    if reserved_word(reader) != Some("in") {
        return Some(ForHead::Words {
            name,
            name_span,
            words: None,
        });
    }
    expect_reserved(reader, "in")?;
    let words = Some(words(reader)?);
    if !newline(reader) {
        reader.expect(";")?;
    }
    Some(ForHead::Words {
        name,
        name_span,
        words,
    })
}

fn words(reader: &mut Reader<'_>) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    loop {
        blanks(reader);
        match word(reader)? {
            word if word.span.is_empty() => return Some(words),
            word => words.push(word),
        }
    }
}

fn while_clause(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    let until = reader.eat("until");
    if !until {
        reader.expect("while")?;
    }
    let condition = body(reader)?;
    expect_reserved(reader, "do")?;
    let body = body(reader)?;
    expect_reserved(reader, "done")?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::While(While {
        span,
        until,
        condition,
        body,
        redirections,
    }))
}

fn case_clause(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    expect_reserved(reader, "case")?;
    blanks(reader);
    let subject = word(reader).filter(|word| !word.span.is_empty())?;
    linebreak(reader);
    expect_reserved(reader, "in")?;
    linebreak(reader);
    let mut arms: Vec<CaseArm> = Vec::new();
    while reserved_word(reader) != Some("esac") {
        if arms.last().is_some_and(|arm| arm.terminator.is_none()) {
            return None;
        }
        arms.push(case_arm(reader)?);
        linebreak(reader);
    }
    expect_reserved(reader, "esac")?;
    let (span, redirections) = compound_end(reader, start)?;
    Some(Command::Case(Case {
        span,
        subject,
        arms,
        redirections,
    }))
}

fn case_arm(reader: &mut Reader<'_>) -> Option<CaseArm> {
    let start = reader.at;
    reader.eat("(");
    let mut patterns = Vec::new();
    loop {
        blanks(reader);
        patterns.push(word(reader).filter(|word| !word.span.is_empty())?);
        blanks(reader);
        if !reader.eat("|") {
            break;
        }
    }
    reader.expect(")")?;
    let body = script(reader)?;
    let terminator_start = reader.at;
    let terminated = reader.eat(";;&") || reader.eat(";;") || reader.eat(";&");
    let terminator = terminated.then(|| reader.span_from(terminator_start));
    Some(CaseArm {
        span: reader.span_from(start),
        patterns,
        body,
        terminator,
    })
}

fn function_keyword(reader: &mut Reader<'_>) -> Option<Command> {
    let start = reader.at;
    expect_reserved(reader, "function")?;
    blanks(reader);
    let name = word(reader)?.literal().filter(|name| !name.is_empty())?;
    blanks(reader);
    if reader.eat("(") {
        blanks(reader);
        reader.expect(")")?;
    }
    function_body(reader, start, name)
}

/// Reads the compound command behind a function's name and parentheses.
pub(super) fn function_body(reader: &mut Reader<'_>, start: usize, name: String) -> Option<Command> {
    linebreak(reader);
    let body = command(reader).filter(|body| !matches!(body, Command::Simple(_) | Command::Function(_)))?;
    Some(Command::Function(Function {
        span: reader.span_from(start),
        name,
        body: Box::new(body),
    }))
}

/// Reads the redirections behind a compound command, and gives the span of both.
pub(super) fn compound_end(reader: &mut Reader<'_>, start: usize) -> Option<(Span, Vec<Redirection>)> {
    let mut span = reader.span_from(start);
    let redirections = redirections(reader)?;
    if let Some(last) = redirections.last() {
        span = span.cover(last.span);
    }
    Some((span, redirections))
}
