use crate::{
    grammar::{
        Arguments, Directive, Instruction, Keyword, SyntaxError, directive,
        heredoc::{openings, read_body},
        instruction,
        lines::{Lines, is_comment, join, without_ending, without_indentation},
        syntax_error::{NO_STAGE, Step},
        validate::validate,
    },
    source::Span,
};

/// A Dockerfile as BuildKit reads it, every part with its place in the text.
#[derive(Clone, Debug)]
pub struct Dockerfile<'a> {
    /// The text, untouched.
    pub text: &'a str,
    /// The escape character: `\`, or a backtick by directive.
    pub escape: char,
    /// The parser directives at the top.
    pub directives: Vec<Directive>,
    /// The instructions in order.
    pub instructions: Vec<Instruction>,
}

impl<'a> Dockerfile<'a> {
    /// The line ending of the file: that of its first line.
    pub fn line_ending(&self) -> &'static str {
        let first = self.text.find('\n');
        if first.is_some_and(|newline| self.text[..newline].ends_with('\r')) {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// The value of a parser directive.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives
            .iter()
            .find(|directive| directive.name == name)
            .map(|directive| directive.value.as_str())
    }

    /// The image of a frontend that is not Docker's own, by the `# syntax=` directive: it may read the file in its
    /// own way.
    pub fn foreign_frontend(&self) -> Option<&str> {
        let image = self.directive("syntax")?.split_whitespace().next()?;
        let name = image.split(['@', ':']).next()?.trim_start_matches("docker.io/");
        (!matches!(name, "docker/dockerfile" | "docker/dockerfile-upstream")).then_some(image)
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }
}

/// Reads a Dockerfile and checks every instruction, as BuildKit's parser and instruction steps do.
///
/// # Errors
/// The first error that BuildKit would report.
pub fn parse(text: &str) -> Result<Dockerfile<'_>, SyntaxError> {
    let file = read(text)?;
    let mut has_stage = false;
    for instruction in &file.instructions {
        let refused = |message: String| SyntaxError {
            message,
            step: Step::Instructions,
            lines: instruction.lines,
            span: Some(instruction.span),
        };
        validate(instruction).map_err(refused)?;
        has_stage |= instruction.keyword == Some(Keyword::From);
        if !has_stage && instruction.keyword != Some(Keyword::Arg) {
            return Err(refused(NO_STAGE.to_owned()));
        }
    }
    Ok(file)
}

/// Reads a Dockerfile without checking what its instructions mean (BuildKit `parser.Parse`).
///
/// # Errors
/// The error of BuildKit's parser: a bad directive, heredoc or JSON array, an over-long line, an empty file.
pub fn read(text: &str) -> Result<Dockerfile<'_>, SyntaxError> {
    if text.is_empty() {
        return Err(SyntaxError::parser(
            "the Dockerfile cannot be empty".to_owned(),
            0,
        ));
    }
    let mut file = Dockerfile {
        text,
        escape: '\\',
        directives: Vec::new(),
        instructions: Vec::new(),
    };
    let mut lines = Lines::new(text);
    let mut directives_ended = false;
    let mut comments = Vec::new();
    while let Some(line) = lines.next_line() {
        let content = without_indentation(text, without_ending(text, line));
        if !directives_ended {
            match directive::read(content.of(text), content.start) {
                Some(directive) => {
                    add_directive(&mut file, directive, lines.number)?;
                    continue;
                }
                None => directives_ended = true,
            }
        }
        if is_comment(text, line) {
            if line.of(text).get(1..).is_some_and(|rest| rest.trim().is_empty()) {
                comments.clear();
            } else {
                comments.push(content);
            }
            continue;
        }
        if content.is_empty() {
            continue;
        }
        let instruction = read_instruction(&file, &mut lines, content, std::mem::take(&mut comments))?;
        file.instructions.push(instruction);
    }
    if file.instructions.is_empty() {
        return Err(SyntaxError::parser(
            "file with no instructions".to_owned(),
            lines.number,
        ));
    }
    lines.error().map_or(Ok(file), Err)
}

fn add_directive(file: &mut Dockerfile<'_>, directive: Directive, line: usize) -> Result<(), SyntaxError> {
    // BuildKit counts these lines from 0.
    let refused = |message| Err(SyntaxError::parser(message, line - 1));
    if file.directive(&directive.name).is_some() {
        return refused(format!(
            "only one {} parser directive can be used",
            directive.name
        ));
    }
    if directive.name == "escape" {
        file.escape = match directive.value.as_str() {
            "\\" => '\\',
            "`" => '`',
            other => return refused(format!("invalid escape token '{other}' does not match ` or \\")),
        };
    }
    file.directives.push(directive);
    Ok(())
}

fn read_instruction(
    file: &Dockerfile<'_>,
    lines: &mut Lines<'_>,
    first: Span,
    comments: Vec<Span>,
) -> Result<Instruction, SyntaxError> {
    let line = join(file.text, lines, first, file.escape);
    let last_line = lines.number;
    let refused = |message| SyntaxError {
        message,
        step: Step::Parser,
        lines: (line.first_line, last_line),
        span: Some(line.span),
    };
    // One trigger inside ONBUILD is legal; a second level is read so that it can be refused by name.
    let mut instruction = instruction::read(line.cooked, 0, file.escape, 2).map_err(refused)?;
    let mut span = line.span;
    if takes_heredocs(&instruction) {
        for opening in openings(instruction.line.text()).map_err(refused)? {
            let heredoc = read_body(file.text, lines, opening, line.first_line)?;
            span = span.cover(heredoc.terminator);
            instruction.heredocs.push(heredoc);
        }
    }
    if let (Arguments::Trigger(trigger), heredocs) = (&mut instruction.arguments, &instruction.heredocs) {
        trigger.heredocs.clone_from(heredocs);
    }
    instruction.span = span;
    instruction.lines = (line.first_line, lines.number);
    instruction.comments = comments;
    instruction.has_empty_continuation = line.has_empty_continuation;
    Ok(instruction)
}

fn takes_heredocs(instruction: &Instruction) -> bool {
    match (&instruction.keyword, &instruction.arguments) {
        (Some(Keyword::Onbuild), Arguments::Trigger(trigger)) => takes_heredocs(trigger),
        (Some(Keyword::Run | Keyword::Copy | Keyword::Add), arguments) => {
            !matches!(arguments, Arguments::Json(_))
        }
        _ => false,
    }
}
