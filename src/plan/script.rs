//! The shell text of a RUN, with its way back to the file.

use crate::{
    grammar::{Arguments, Cooked, Dockerfile, Instruction},
    shell::{self, Script},
    source::Span,
};

/// What the shell of a RUN reads.
#[derive(Clone, Debug)]
pub struct RunScript {
    text: Cooked,
    /// The commands; their spans are those of the text.
    pub script: Script,
}

impl RunScript {
    /// The span in the file; `None` when a continuation interrupts it.
    pub fn locate(&self, span: Span) -> Option<Span> {
        self.text.contiguous_span(span.range())
    }

    /// The span in the file, continuations included.
    pub fn cover(&self, span: Span) -> Span {
        self.text.span(span.range())
    }

    /// The text that the shell reads.
    pub fn text(&self) -> &str {
        self.text.text()
    }
}

/// Reads the script of a RUN.
///
/// # Errors
/// Why its commands are not known: the JSON form, another interpreter, a heredoc that is some command's input.
pub fn read(file: &Dockerfile<'_>, run: &Instruction) -> Result<RunScript, String> {
    let text = match (&run.arguments, run.heredocs.as_slice()) {
        (Arguments::Json(_), _) => {
            return Err("it is written in the JSON form, which has no shell".to_owned());
        }
        (Arguments::Text(command), []) => run.line.slice(command.range.clone()),
        (Arguments::Text(command), [heredoc]) if is_one_heredoc(&command.text) => {
            let body = heredoc.body.of(file.text);
            if body.starts_with("#!") && !body.starts_with("#!/bin/sh") && !body.starts_with("#!/bin/bash") {
                return Err("its heredoc is not a shell script".to_owned());
            }
            body_text(file.text, heredoc.body, heredoc.chomp)
        }
        (Arguments::Text(_), [_, ..]) => {
            return Err("a heredoc is the input of one of its commands".to_owned());
        }
        _ => Cooked::default(),
    };
    let script = shell::parse(text.text());
    Ok(RunScript { text, script })
}

fn is_one_heredoc(command: &str) -> bool {
    let rest = command.trim_start_matches(|one: char| one.is_ascii_digit());
    rest.starts_with("<<") && !rest.contains(char::is_whitespace)
}

fn body_text(text: &str, body: Span, chomp: bool) -> Cooked {
    let mut cooked = Cooked::default();
    let mut start = body.start;
    for line in body.of(text).split_inclusive('\n') {
        let tabs = if chomp {
            line.len() - line.trim_start_matches('\t').len()
        } else {
            0
        };
        cooked.push(text, Span::new(start + tabs, start + line.len()));
        start += line.len();
    }
    cooked
}
