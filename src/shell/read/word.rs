//! Words, and the same pieces in other surroundings: between quotes, in `${…}`, in here-documents.

use crate::{
    shell::{
        Part, Word,
        read::{
            parameter::dollar,
            quoting::{double_quoted, single_quoted},
            reader::{Reader, nested},
            substitution::{backquoted, process_substitution},
        },
    },
    source::Span,
};

/// What is special around a piece of a word.
#[derive(Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one character whether it is special"
)]
pub(super) struct Surroundings {
    /// The bytes in front of which the pieces end.
    pub(super) stops: &'static [u8],
    /// What a backslash may protect; `None` is everything.
    pub(super) escapable: Option<&'static [u8]>,
    /// Whether `'` and `$'` quote.
    pub(super) single_quotes: bool,
    /// Whether `"` quotes.
    pub(super) double_quotes: bool,
    /// Whether the text is expanded as between double quotes.
    pub(super) quoted: bool,
    /// Whether `<(` and `>(` are substitutions.
    pub(super) processes: bool,
    /// Whether tabs at the start of a line are dropped.
    pub(super) strips_tabs: bool,
}

const WORD: Surroundings = Surroundings {
    stops: b" \t\n;&|<>()",
    escapable: None,
    single_quotes: true,
    double_quotes: true,
    quoted: false,
    processes: true,
    strips_tabs: false,
};

/// Between double quotes.
pub(super) const DOUBLE_QUOTES: Surroundings = Surroundings {
    stops: b"\"",
    escapable: Some(b"$`\"\\\n"),
    single_quotes: false,
    double_quotes: false,
    quoted: true,
    processes: false,
    strips_tabs: false,
};

/// In a here-document with an unquoted delimiter.
pub(super) const HEREDOC: Surroundings = Surroundings {
    stops: b"",
    escapable: Some(b"$`\\\n"),
    ..DOUBLE_QUOTES
};

/// The same behind `<<-`.
pub(super) const STRIPPED_HEREDOC: Surroundings = Surroundings {
    strips_tabs: true,
    ..HEREDOC
};

/// In an arithmetic expression.
pub(super) const EXPRESSION: Surroundings = Surroundings {
    stops: b"",
    escapable: Some(b"$`\"\\\n"),
    double_quotes: true,
    ..DOUBLE_QUOTES
};

/// In the index of an array.
pub(super) const SUBSCRIPT: Surroundings = Surroundings {
    stops: b"]",
    processes: false,
    ..WORD
};

/// Behind the operator of `${…}`.
pub(super) const ARGUMENT: Surroundings = Surroundings {
    stops: b"}",
    processes: false,
    ..WORD
};

/// The same between double quotes, where single quotes are characters like others.
pub(super) const QUOTED_ARGUMENT: Surroundings = Surroundings {
    escapable: Some(b"$`\"\\\n}"),
    single_quotes: false,
    quoted: true,
    ..ARGUMENT
};

/// Reads a word; it is empty where none begins.
pub(super) fn word(reader: &mut Reader<'_>) -> Option<Word> {
    word_in(reader, &WORD)
}

/// Reads pieces up to a stop as one word.
pub(super) fn word_in(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Option<Word> {
    let start = reader.at;
    let parts = pieces(reader, surroundings)?;
    Some(Word {
        span: reader.span_from(start),
        parts,
    })
}

/// Reads pieces up to a stop.
pub(super) fn pieces(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Option<Vec<Part>> {
    nested(reader, |reader| {
        let mut parts = Vec::new();
        let mut at_line_start = true;
        while let Some(byte) = reader.peek() {
            let part = if surroundings.strips_tabs && at_line_start && byte == b'\t' {
                stripped_tabs(reader)
            } else if surroundings.processes && (reader.is_at("<(") || reader.is_at(">(")) {
                process_substitution(reader)?
            } else if surroundings.stops.contains(&byte) {
                break;
            } else {
                piece(reader, byte, surroundings)?
            };
            at_line_start = matches!(&part, Part::Literal { text, .. } if text.ends_with('\n'));
            push(&mut parts, part);
        }
        Some(parts)
    })
}

/// Reads one piece that starts with `byte`.
pub(super) fn piece(reader: &mut Reader<'_>, byte: u8, surroundings: &Surroundings) -> Option<Part> {
    match byte {
        b'\\' => Some(escaped(reader, surroundings)),
        b'\'' if surroundings.single_quotes => single_quoted(reader),
        b'"' if surroundings.double_quotes => double_quoted(reader),
        b'$' => dollar(reader, surroundings),
        b'`' => backquoted(reader),
        _ => Some(literal(reader, surroundings)),
    }
}

fn literal(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Part {
    let rest = reader.rest();
    let is_end = |byte: u8| match byte {
        b'\\' | b'$' | b'`' => true,
        b'\'' if surroundings.single_quotes => true,
        b'"' if surroundings.double_quotes => true,
        _ => surroundings.stops.contains(&byte),
    };
    let mut length = rest.bytes().position(is_end).unwrap_or(rest.len());
    if surroundings.strips_tabs
        && let Some(line) = rest[..length].find('\n')
    {
        length = line + 1;
    }
    take_literal(reader, length)
}

/// Takes the next `length` bytes as they are.
pub(super) fn take_literal(reader: &mut Reader<'_>, length: usize) -> Part {
    let start = reader.at;
    reader.at += length;
    let span = reader.span_from(start);
    Part::Literal {
        span,
        text: reader.text_of(span).to_owned(),
    }
}

fn escaped(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Part {
    let Some(protected) = reader.rest().chars().nth(1) else {
        return take_literal(reader, 1);
    };
    let is_protected = surroundings
        .escapable
        .is_none_or(|escapable| u8::try_from(protected).is_ok_and(|byte| escapable.contains(&byte)));
    if !is_protected {
        // What follows may be special by itself.
        return take_literal(reader, 1);
    }
    let start = reader.at;
    reader.at += 1 + protected.len_utf8();
    let text = if protected == '\n' {
        String::new()
    } else {
        protected.to_string()
    };
    Part::Escaped {
        span: reader.span_from(start),
        text,
    }
}

fn stripped_tabs(reader: &mut Reader<'_>) -> Part {
    let start = reader.at;
    reader.at += reader.rest().bytes().take_while(|byte| *byte == b'\t').count();
    Part::Escaped {
        span: reader.span_from(start),
        text: String::new(),
    }
}

/// Adds a piece; characters that stand for themselves are kept together.
pub(super) fn push(parts: &mut Vec<Part>, part: Part) {
    if let (
        Some(Part::Literal { span, text }),
        Part::Literal {
            span: added,
            text: more,
        },
    ) = (parts.last_mut(), &part)
    {
        *span = Span::new(span.start, added.end);
        text.push_str(more);
        return;
    }
    parts.push(part);
}
