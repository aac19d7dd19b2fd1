//! Commands and expressions inside a word.

use crate::{
    shell::{
        CommandSubstitution, Part, Script,
        read::{
            list::{bounded_script, script},
            reader::{Reader, bounded, nested},
            word::{EXPRESSION, pieces},
        },
    },
    source::Span,
};

/// Reads `$(…)`.
pub(super) fn command_substitution(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    reader.expect("$(")?;
    let script = inner_script(reader)?;
    Some(Part::Command(CommandSubstitution {
        span: reader.span_from(start),
        backquoted: false,
        script,
    }))
}

/// Reads `<(…)` or `>(…)`.
pub(super) fn process_substitution(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    reader.at += "<(".len();
    let script = inner_script(reader)?;
    Some(Part::Process {
        span: reader.span_from(start),
        script,
    })
}

/// Reads a script and the parenthesis behind it. Its here-documents are its own, and must end inside.
fn inner_script(reader: &mut Reader<'_>) -> Option<Script> {
    let outer = std::mem::take(&mut reader.heredocs);
    let script = nested(reader, script);
    let inner = std::mem::replace(&mut reader.heredocs, outer);
    if !inner.is_empty() {
        return None;
    }
    reader.expect(")")?;
    script
}

/// Reads a script between backquotes. A backslash in front of `` ` ``, `$` or `\` is taken away before the script
/// is read, and then no span fits: such a script is opaque.
pub(super) fn backquoted(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    reader.expect("`")?;
    let (length, unescapes) = backquoted_length(reader.rest())?;
    let end = reader.at + length;
    if unescapes {
        reader.at = end + 1;
        return Some(Part::Opaque(reader.span_from(start)));
    }
    let script = nested(reader, |reader| Some(bounded_script(reader, end)))?;
    reader.expect("`")?;
    Some(Part::Command(CommandSubstitution {
        span: reader.span_from(start),
        backquoted: true,
        script,
    }))
}

fn backquoted_length(content: &str) -> Option<(usize, bool)> {
    let mut unescapes = false;
    let mut bytes = content.bytes().enumerate();
    loop {
        match bytes.next()? {
            (at, b'`') => return Some((at, unescapes)),
            (_, b'\\') => unescapes |= matches!(bytes.next()?.1, b'`' | b'$' | b'\\'),
            _ => {}
        }
    }
}

/// Reads `$((…))` if its parentheses say that it is an expression, otherwise a substitution with a subshell.
pub(super) fn arithmetic_or_command(reader: &mut Reader<'_>) -> Option<Part> {
    let start = reader.at;
    let Some(end) = arithmetic_end(reader, start + "$((".len()) else {
        return command_substitution(reader);
    };
    reader.at += "$((".len();
    let parts = expression(reader, end);
    reader.expect("))")?;
    Some(Part::Arithmetic {
        span: reader.span_from(start),
        parts,
    })
}

/// Reads an expression up to `end`, in which only substitutions are told apart.
pub(super) fn expression(reader: &mut Reader<'_>, end: usize) -> Vec<Part> {
    let span = Span::new(reader.at, end);
    bounded(reader, end, |reader| pieces(reader, &EXPRESSION)).unwrap_or_else(|| vec![Part::Opaque(span)])
}

/// Where the `))` is that closes the two parentheses in front of `from`; `None` when they close apart, as those of
/// two subshells do.
pub(super) fn arithmetic_end(reader: &mut Reader<'_>, from: usize) -> Option<usize> {
    let text = &reader.rest().as_bytes()[from - reader.at..];
    let mut depth = 2_usize;
    let mut at = 0;
    let mut quote = None;
    while let Some(byte) = text.get(at) {
        reader.spend(1)?;
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => at += 1,
            (b'"' | b'\'', None) => quote = Some(*byte),
            (b'"' | b'\'', Some(open)) if open == *byte => quote = None,
            (b'(', None) => depth += 1,
            (b')', None) if depth == 2 => return (text.get(at + 1) == Some(&b')')).then_some(from + at),
            (b')', None) => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}
