//! The place in the text, and the few things that every production needs.

use crate::{
    shell::read::heredoc::{self, PendingHeredoc},
    source::Span,
};

/// How deeply constructs may nest; text below that is opaque. Far above what people write, and low enough for the
/// stack of a thread in an unoptimised build.
const DEEPEST: usize = 40;

/// The place in the text.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// The next byte.
    pub(super) at: usize,
    /// Where the text with a known end that is being read ends.
    pub(super) end: usize,
    /// Here-documents whose bodies begin at the next end of a line.
    pub(super) heredocs: Vec<PendingHeredoc>,
    depth: usize,
    /// How many bytes may still be looked at ahead. It keeps the time linear whatever the text: at zero, what is left
    /// is opaque.
    lookahead: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let lookahead = text.len().saturating_mul(2 * DEEPEST).max(1);
        Self {
            text,
            at: 0,
            end: text.len(),
            heredocs: Vec::new(),
            depth: 0,
            lookahead,
        }
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    /// The byte `distance` bytes further on.
    pub(super) fn peek_at(&self, distance: usize) -> Option<u8> {
        self.rest().as_bytes().get(distance).copied()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    /// Whether `text` comes next.
    pub(super) fn is_at(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// Passes `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.is_at(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Passes `text`, without which the production is not understood.
    pub(super) fn expect(&mut self, text: &str) -> Option<()> {
        self.eat(text).then_some(())
    }

    /// From `start` up to here.
    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The text of a span.
    pub(super) fn text_of(&self, span: Span) -> &'a str {
        span.of(self.text)
    }

    /// Takes `bytes` from what may be looked at ahead.
    pub(super) fn spend(&mut self, bytes: usize) -> Option<()> {
        self.lookahead = self.lookahead.saturating_sub(bytes);
        (self.lookahead > 0).then_some(())
    }
}

/// Reads something that may hold itself again.
pub(super) fn nested<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Option<T> {
    if reader.depth >= DEEPEST || reader.lookahead == 0 {
        return None;
    }
    reader.depth += 1;
    let result = read(reader);
    reader.depth -= 1;
    result
}

/// Reads the text up to `end` as if nothing came after it, and goes on behind it.
pub(super) fn bounded<'a, T>(
    reader: &mut Reader<'a>,
    end: usize,
    read: impl FnOnce(&mut Reader<'a>) -> T,
) -> T {
    let outer_end = std::mem::replace(&mut reader.end, end);
    let outer_heredocs = std::mem::take(&mut reader.heredocs);
    let result = read(reader);
    heredoc::close_heredocs(reader);
    reader.heredocs = outer_heredocs;
    reader.at = end;
    reader.end = outer_end;
    result
}

/// Passes blanks, continued lines and a comment.
pub(super) fn blanks(reader: &mut Reader<'_>) {
    loop {
        match reader.peek() {
            Some(b' ' | b'\t') => reader.at += 1,
            Some(b'\\') if reader.is_at("\\\n") => reader.at += 2,
            Some(b'#') => comment(reader),
            _ => return,
        }
    }
}

fn comment(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    reader.at += rest.find('\n').unwrap_or(rest.len());
}

/// Passes an end of a line and the bodies of the here-documents that begin there.
pub(super) fn newline(reader: &mut Reader<'_>) -> bool {
    let found = reader.eat("\n");
    if found {
        heredoc::heredoc_bodies(reader);
    }
    found
}

/// Passes blanks, comments and ends of lines.
pub(super) fn linebreak(reader: &mut Reader<'_>) {
    blanks(reader);
    while newline(reader) {
        blanks(reader);
    }
}

/// Whether the byte ends an unquoted word.
pub(super) fn is_metacharacter(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
    )
}

/// Passes a name: a letter or underscore, then letters, digits and underscores.
pub(super) fn name<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    let rest = reader.rest();
    let first = *rest.as_bytes().first()?;
    if !(first.is_ascii_alphabetic() || first == b'_') {
        return None;
    }
    let length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    reader.at += length;
    Some(&rest[..length])
}

/// The unquoted word that comes next when it may be a reserved word; short, for none of them is long.
pub(super) fn reserved_word<'a>(reader: &Reader<'a>) -> Option<&'a str> {
    const LONGEST: usize = "function".len();
    let rest = reader.rest();
    let ends = |byte: &u8| is_metacharacter(*byte) || *byte == b'\\';
    let length = rest
        .bytes()
        .take(LONGEST + 1)
        .position(|byte| ends(&byte))
        .unwrap_or(rest.len());
    let behind = rest.get(length..)?.trim_start_matches("\\\n");
    let stands_alone = behind.bytes().next().is_none_or(is_metacharacter);
    rest.get(..length)
        .filter(|word| stands_alone && word.len() <= LONGEST)
}

/// Passes a reserved word, without which the production is not understood.
pub(super) fn expect_reserved(reader: &mut Reader<'_>, word: &str) -> Option<()> {
    if reserved_word(reader)? != word {
        return None;
    }
    reader.expect(word)
}
