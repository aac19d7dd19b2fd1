//! Reads what buildx prints on standard error with `--progress=rawjson`: JSON values between lines of plain text.
//!
//! buildx 0.29 writes one value a line, buildx 0.13 indented values one after another; both print errors and some
//! warnings as plain text.

use serde_json::{Deserializer, error::Category};

use crate::engine::Status;

/// What one piece of buildx's standard error says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message of BuildKit's.
    Status {
        /// The message.
        status: Box<Status>,
        /// The same as buildx wrote it.
        raw: String,
    },
    /// A line that is no message, without its line ending.
    Text(String),
}

/// Collects pieces of the stream until they are whole values or lines.
///
/// It is total: whatever the bytes are, each ends up in an event.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    behind_value: bool,
}

impl Reader {
    /// Takes the next bytes and gives every event that is whole by now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.buffer.extend_from_slice(bytes);
        // Values and lines both end with a line ending, so that without one nothing new can be whole.
        if bytes.contains(&b'\n') {
            self.read(false)
        } else {
            Vec::new()
        }
    }

    /// Gives what is left when the stream ends.
    pub fn finish(&mut self) -> Vec<Event> {
        self.read(true)
    }

    fn read(&mut self, is_end: bool) -> Vec<Event> {
        let mut events = Vec::new();
        let mut at = 0;
        loop {
            if self.behind_value {
                let Some(start) = end_of_value_line(&self.buffer[at..]) else {
                    at = self.buffer.len();
                    break;
                };
                at += start;
                self.behind_value = false;
            }
            match next_event(&self.buffer[at..], is_end) {
                Some((event, length)) => {
                    self.behind_value = matches!(event, Event::Status { .. });
                    events.push(event);
                    at += length;
                }
                None => break,
            }
        }
        self.buffer.drain(..at);
        events
    }
}

/// Where to go on behind a value: after the end of its line, or at the next thing on the same line; none if neither is in sight.
fn end_of_value_line(rest: &[u8]) -> Option<usize> {
    let at = rest
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))?;
    Some(if rest[at] == b'\n' { at + 1 } else { at })
}

fn next_event(rest: &[u8], is_end: bool) -> Option<(Event, usize)> {
    if rest.is_empty() {
        return None;
    }
    let first = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    if first == Some(&b'{') {
        match next_status(rest) {
            Value::Status(status, length) => {
                let raw = String::from_utf8_lossy(&rest[..length]).trim().to_owned();
                return Some((Event::Status { status, raw }, length));
            }
            Value::Incomplete if !is_end => return None,
            Value::Incomplete | Value::Other => {}
        }
    }
    let end = rest.iter().position(|byte| *byte == b'\n');
    let length = match end {
        Some(end) => end + 1,
        None if is_end => rest.len(),
        None => return None,
    };
    let line = &rest[..end.unwrap_or(length)];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some((Event::Text(String::from_utf8_lossy(line).into_owned()), length))
}

enum Value {
    Status(Box<Status>, usize),
    Incomplete,
    Other,
}

fn next_status(rest: &[u8]) -> Value {
    let mut values = Deserializer::from_slice(rest).into_iter::<Status>();
    match values.next() {
        Some(Ok(status)) if !status.is_empty() => Value::Status(Box::new(status), values.byte_offset()),
        Some(Err(error)) if error.classify() == Category::Eof => Value::Incomplete,
        _ => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Events in short: the digests of a message, or the text in quotes.
    fn brief(events: &[Event]) -> String {
        let brief = events.iter().map(|event| match event {
            Event::Status { status, .. } => {
                let digests: Vec<&str> = status
                    .vertexes
                    .iter()
                    .map(|vertex| vertex.digest.as_str())
                    .collect();
                format!("{}:{}", digests.join("+"), status.logs.len())
            }
            Event::Text(text) => format!("{text:?}"),
        });
        brief.collect::<Vec<_>>().join(" ")
    }

    fn read_in_pieces(stream: &[u8], size: usize) -> Vec<Event> {
        let mut reader = Reader::default();
        let mut events: Vec<_> = stream.chunks(size).flat_map(|piece| reader.push(piece)).collect();
        events.extend(reader.finish());
        events
    }

    fn check(stream: &str, expected: &str) {
        for size in [1, 2, 7, 4096] {
            assert_eq!(
                brief(&read_in_pieces(stream.as_bytes(), size)),
                expected,
                "in pieces of {size}: {stream}"
            );
        }
    }

    #[test]
    fn reads_one_value_a_line() {
        check(
            "{\"vertexes\":[{\"digest\":\"a\"},{\"digest\":\"b\",\"inputs\":null}]}\n{\"logs\":[{\"vertex\":\"a\",\"data\":\"YQ==\"}]}\n",
            "a+b:0 :1",
        );
    }

    #[test]
    fn reads_indented_values_between_text() {
        check(
            "WARNING: x\n{\n  \"vertexes\": [\n    {\n      \"digest\": \"a\"\n    }\n  ]\n}\n{\n  \"vertexes\": [{\"digest\": \"b\"}]\n}\n\
             ERROR: y\n   2 | >>> RUN {\n\nend",
            "\"WARNING: x\" a:0 b:0 \"ERROR: y\" \"   2 | >>> RUN {\" \"\" \"end\"",
        );
    }

    #[test]
    fn keeps_what_only_looks_like_a_message() {
        check(
            "{ echo; }\n{\"other\":1}\n{\"vertexes\":3}\nx\n",
            r#""{ echo; }" "{\"other\":1}" "{\"vertexes\":3}" "x""#,
        );
        check("{\"vertexes\":[", r#""{\"vertexes\":[""#);
        check("{\"vertexes\":[{\"digest\":\"a\"}]} tail\r\n", "a:0 \"tail\"");
    }

    #[test]
    fn decodes_logs_and_times() {
        let stream = b"{\"vertexes\":[{\"digest\":\"a\",\"started\":\"1970-01-01T00:00:01.5Z\"}],\"logs\":[{\"data\":\"aGkK\"}]}\n";
        let events = read_in_pieces(stream, 4096);
        let [Event::Status { status, raw }] = events.as_slice() else {
            unreachable!("{events:?}")
        };
        assert_eq!(
            status.vertexes[0].started,
            Some(std::time::Duration::from_millis(1500))
        );
        assert_eq!(status.logs[0].data, b"hi\n");
        assert!(raw.ends_with("]}"));
    }

    proptest! {
        #[test]
        fn any_stream_is_read_the_same_in_any_pieces(stream in r#"([{}\[\]":,\n a1]|"vertexes"|\{"logs":\[\{\}\]\}\n?|é){0,40}"#, size in 1_usize..9) {
            prop_assert_eq!(read_in_pieces(stream.as_bytes(), size), read_in_pieces(stream.as_bytes(), 4096));
        }
    }
}
