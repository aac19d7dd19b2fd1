use crate::source::Span;

/// A parser directive: `# escape=\``, `# syntax=…` or `# check=…` above everything else (BuildKit parser/directives.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The name in lower case.
    pub name: String,
    /// The value without surrounding blanks.
    pub value: String,
    /// The whole comment line without its line ending.
    pub span: Span,
}

const NAMES: [&str; 3] = ["syntax", "escape", "check"];

/// Reads a comment line without leading blanks as `# name = value`; `None` ends the directives of a file.
pub(crate) fn read(line: &str, start: usize) -> Option<Directive> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let name = name.trim_matches(is_blank).to_ascii_lowercase();
    let value = value.trim_matches(is_blank);
    (NAMES.contains(&name.as_str()) && !value.is_empty()).then(|| Directive {
        name,
        value: value.to_owned(),
        span: Span::new(start, start + line.len()),
    })
}

/// The white space of Go's `\s`.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(&str, &str)>) {
        let read = read(line, 0).map(|directive| (directive.name, directive.value));
        assert_eq!(
            read,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn knows_the_three_directives_only() {
        check("# escape=`", Some(("escape", "`")));
        check(
            "#SYNTAX = docker/dockerfile:1 ",
            Some(("syntax", "docker/dockerfile:1")),
        );
        check("# check=skip=A;error=true", Some(("check", "skip=A;error=true")));
        check("# other=1", None);
        check("# escape=", None);
        check("# a comment", None);
    }
}
