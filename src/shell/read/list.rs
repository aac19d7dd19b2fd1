//! Scripts, pipelines and the operators between them.

use crate::{
    shell::{
        Command, Item, Pipe, Pipeline, Script, Separator, SeparatorKind,
        read::{
            compound::command,
            heredoc,
            reader::{Reader, blanks, bounded, linebreak, newline, reserved_word},
        },
    },
    source::Span,
};

/// Reads a script up to `end`; what is not understood becomes one opaque command up to there.
pub(super) fn bounded_script(reader: &mut Reader<'_>, end: usize) -> Script {
    let span = Span::new(reader.at, end);
    let items = bounded(reader, end, |reader| {
        let mut items = Vec::new();
        loop {
            linebreak(reader);
            let start = reader.at;
            if start == reader.end {
                return items;
            }
            items.push(item(reader).unwrap_or_else(|| opaque_item(reader, start)));
        }
    });
    Script { span, items }
}

fn opaque_item(reader: &mut Reader<'_>, start: usize) -> Item {
    heredoc::give_up_heredocs(reader);
    reader.at = reader.end;
    let span = reader.span_from(start);
    let commands = vec![Command::Opaque(span)];
    Item {
        pipeline: Pipeline {
            span,
            negated: false,
            timed: false,
            commands,
            pipes: Vec::new(),
        },
        separator: None,
    }
}

/// Reads pipelines up to a closing parenthesis or a reserved word that the caller has to look for.
pub(super) fn script(reader: &mut Reader<'_>) -> Option<Script> {
    let start = reader.at;
    let mut items = Vec::new();
    linebreak(reader);
    while !is_at_closer(reader) {
        items.push(item(reader)?);
        linebreak(reader);
    }
    Some(Script {
        span: reader.span_from(start),
        items,
    })
}

/// Reads a script that must not be empty.
pub(super) fn body(reader: &mut Reader<'_>) -> Option<Script> {
    script(reader).filter(|script| !script.items.is_empty())
}

fn item(reader: &mut Reader<'_>) -> Option<Item> {
    let pipeline = pipeline(reader)?;
    blanks(reader);
    let separator = separator(reader);
    match separator.map(|separator| separator.kind) {
        None if !is_at_closer(reader) => return None,
        Some(SeparatorKind::And | SeparatorKind::Or) => {
            linebreak(reader);
            if is_at_closer(reader) {
                return None;
            }
        }
        _ => {}
    }
    Some(Item { pipeline, separator })
}

fn separator(reader: &mut Reader<'_>) -> Option<Separator> {
    let start = reader.at;
    let kind = match reader.peek()? {
        b'\n' => SeparatorKind::Newline,
        b'&' if reader.is_at("&&") => SeparatorKind::And,
        b'|' if reader.is_at("||") => SeparatorKind::Or,
        b';' if !reader.is_at(";;") && !reader.is_at(";&") => SeparatorKind::Semicolon,
        b'&' => SeparatorKind::Background,
        _ => return None,
    };
    let length = if matches!(kind, SeparatorKind::And | SeparatorKind::Or) {
        2
    } else {
        1
    };
    let span = Span::new(start, start + length);
    if kind == SeparatorKind::Newline {
        newline(reader);
    } else {
        reader.at = span.end;
    }
    Some(Separator { kind, span })
}

fn pipeline(reader: &mut Reader<'_>) -> Option<Pipeline> {
    let start = reader.at;
    let mut negated = false;
    let mut timed = false;
    loop {
        match reserved_word(reader) {
            Some("!") => negated = !negated,
            Some("time") if !timed && times_a_compound(reader) => timed = true,
            _ => break,
        }
        reader.at += reserved_word(reader)?.len();
        blanks(reader);
    }
    let mut commands = vec![command(reader)?];
    let mut pipes = Vec::new();
    let mut end = reader.at;
    blanks(reader);
    while let Some(pipe) = pipe(reader) {
        pipes.push(pipe);
        linebreak(reader);
        commands.push(command(reader)?);
        end = reader.at;
        blanks(reader);
    }
    Some(Pipeline {
        span: Span::new(start, end),
        negated,
        timed,
        commands,
        pipes,
    })
}

fn times_a_compound(reader: &Reader<'_>) -> bool {
    let Some(behind) = reader.rest().strip_prefix("time") else {
        return false;
    };
    let next = behind.trim_start_matches([' ', '\t']);
    let is_word = |word: &str| {
        next.strip_prefix(word)
            .is_some_and(|behind| behind.starts_with([' ', '\t', '\n', '(', ';']))
    };
    next.starts_with('(')
        || ["{", "if", "for", "while", "until", "case", "[[", "!"]
            .into_iter()
            .any(is_word)
}

fn pipe(reader: &mut Reader<'_>) -> Option<Pipe> {
    if reader.is_at("||") || !reader.is_at("|") {
        return None;
    }
    let start = reader.at;
    let with_errors = reader.eat("|&");
    if !with_errors {
        reader.expect("|")?;
    }
    Some(Pipe {
        span: reader.span_from(start),
        with_errors,
    })
}

/// Whether something comes next that ends the script around it. Callers check that it is the right one.
fn is_at_closer(reader: &Reader<'_>) -> bool {
    match reader.peek() {
        None | Some(b')') => true,
        Some(b';') => reader.is_at(";;") || reader.is_at(";&"),
        Some(_) => matches!(
            reserved_word(reader),
            Some("then" | "elif" | "else" | "fi" | "do" | "done" | "esac" | "}")
        ),
    }
}
