//! Variable expansion and quote removal in the words of instructions (BuildKit frontend/dockerfile/shell/lex.go;
//! the forms are listed in `grammar/words.ebnf`).

use std::{collections::BTreeSet, iter::Peekable, str::Chars};

use crate::grammar::pattern;

/// Looks a variable up; `None` means unset.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What became of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The text after expansion and quote removal, blanks kept.
    pub text: String,
    /// The same, split at unquoted white space.
    pub words: Vec<String>,
    /// The names that were looked up and found.
    pub matched: BTreeSet<String>,
    /// The names that were looked up and not found, default forms included.
    pub unmatched: BTreeSet<String>,
}

/// How a word is read; the default is what instructions use.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// The file's escape character; heredocs always use the backslash.
    pub escape: char,
    /// Keeps quote characters in the result.
    pub raw_quotes: bool,
    /// Keeps escape characters in the result.
    pub raw_escapes: bool,
    /// Leaves a variable that is not set as it is written.
    pub keep_unset: bool,
}

impl Mode {
    /// Expansion in instructions: quotes and escapes go, unset variables are empty.
    pub fn with_escape(escape: char) -> Self {
        Self {
            escape,
            raw_quotes: false,
            raw_escapes: false,
            keep_unset: false,
        }
    }
}

/// Nested `${…}` deeper than this is refused, to bound the stack.
const DEPTH_LIMIT: usize = 200;

/// Expands `word` with the variables of `lookup`.
///
/// # Errors
/// BuildKit's own message for a substitution it does not support, an unbalanced quote, or a failed `${V:?…}`.
pub fn expand(word: &str, mode: Mode, lookup: &Lookup<'_>) -> Result<Expansion, String> {
    let mut reader = Reader {
        rest: word.chars().peekable(),
        mode,
        lookup,
        matched: BTreeSet::new(),
        unmatched: BTreeSet::new(),
        depth: 0,
    };
    let (text, words) = reader
        .until(None, mode.raw_escapes)
        .map_err(|error| format!("failed to process {word:?}: {error}"))?;
    Ok(Expansion {
        text,
        words,
        matched: reader.matched,
        unmatched: reader.unmatched,
    })
}

struct Reader<'w, 'l> {
    rest: Peekable<Chars<'w>>,
    mode: Mode,
    lookup: &'l Lookup<'l>,
    matched: BTreeSet<String>,
    unmatched: BTreeSet<String>,
    depth: usize,
}

/// Words in the making: unquoted white space ends one, quoted text belongs to it.
#[derive(Default)]
struct Words {
    current: String,
    done: Vec<String>,
}

impl Words {
    fn push(&mut self, character: char) {
        if !character.is_whitespace() {
            self.current.push(character);
        } else if !self.current.is_empty() && !self.current.ends_with("<<") {
            // A blank behind `<<` belongs to the word, so that `<< EOF` is one heredoc.
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.current.is_empty() {
            self.done.push(self.current);
        }
        self.done
    }
}

impl Reader<'_, '_> {
    /// Reads up to `stop`, or to the end.
    fn until(&mut self, stop: Option<char>, raw_escapes: bool) -> Result<(String, Vec<String>), String> {
        if self.depth > DEPTH_LIMIT {
            return Err("substitutions are nested too deeply".to_owned());
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.mode.raw_escapes, raw_escapes);
        let result = self.read_until(stop);
        self.mode.raw_escapes = outer;
        self.depth -= 1;
        result
    }

    fn read_until(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), String> {
        let mut text = String::new();
        let mut words = Words::default();
        while let Some(&next) = self.rest.peek() {
            if Some(next) == stop {
                self.rest.next();
                return Ok((text, words.finish()));
            }
            match next {
                '$' => {
                    let value = self.dollar()?;
                    text.push_str(&value);
                    value.chars().for_each(|character| words.push(character));
                }
                '\'' | '"' => {
                    let quoted = if next == '"' {
                        self.double_quoted()?
                    } else {
                        self.single_quoted()?
                    };
                    text.push_str(&quoted);
                    words.current.push_str(&quoted);
                }
                _ => {
                    self.rest.next();
                    if next != self.mode.escape {
                        words.push(next);
                        text.push(next);
                        continue;
                    }
                    if self.mode.raw_escapes {
                        words.current.push(next);
                        text.push(next);
                    }
                    let Some(escaped) = self.rest.next() else { break };
                    words.current.push(escaped);
                    text.push(escaped);
                }
            }
        }
        match stop {
            Some(stop) => Err(format!(
                "unexpected end of statement while looking for matching {stop}"
            )),
            None => Ok((text, words.finish())),
        }
    }

    fn single_quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        self.keep_quote(&mut text);
        loop {
            match self.rest.peek() {
                None => {
                    return Err(
                        "unexpected end of statement while looking for matching single-quote".to_owned(),
                    );
                }
                Some('\'') => {
                    self.keep_quote(&mut text);
                    return Ok(text);
                }
                Some(_) => text.extend(self.rest.next()),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        self.keep_quote(&mut text);
        loop {
            match self.rest.peek().copied() {
                None => {
                    return Err(
                        "unexpected end of statement while looking for matching double-quote".to_owned(),
                    );
                }
                Some('"') => {
                    self.keep_quote(&mut text);
                    return Ok(text);
                }
                Some('$') => text.push_str(&self.dollar()?),
                Some(character) if character == self.mode.escape => {
                    self.rest.next();
                    let Some(&following) = self.rest.peek() else {
                        continue;
                    };
                    let special = following == '"' || following == '$' || following == self.mode.escape;
                    if self.mode.raw_escapes || !special {
                        text.push(character);
                    }
                    if special {
                        text.extend(self.rest.next());
                    }
                }
                Some(_) => text.extend(self.rest.next()),
            }
        }
    }

    fn keep_quote(&mut self, text: &mut String) {
        let quote = self.rest.next();
        if self.mode.raw_quotes {
            text.extend(quote);
        }
    }

    fn dollar(&mut self) -> Result<String, String> {
        self.rest.next();
        if self.rest.peek() != Some(&'{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(match self.get(&name) {
                Some(value) => value,
                None if self.mode.keep_unset => format!("${name}"),
                None => String::new(),
            });
        }
        self.rest.next();
        match self.rest.peek() {
            None => Err(MISSING_BRACE.to_owned()),
            Some('{' | '}' | ':') => Err("syntax error: bad substitution".to_owned()),
            Some(_) => self.braced(),
        }
    }

    /// The inside of `${…}`, from the name to the closing brace.
    fn braced(&mut self) -> Result<String, String> {
        let name = self.name();
        let first = self.rest.next();
        match first {
            Some('}') => Ok(match self.get(&name) {
                Some(value) => value,
                None if self.mode.keep_unset => format!("${{{name}}}"),
                None => String::new(),
            }),
            Some(':') => {
                let operator = self.rest.next();
                self.with_operator(&name, true, operator)
            }
            Some('+' | '-' | '?' | '#' | '%') => self.with_operator(&name, false, first),
            Some('/') => self.replacement(&name),
            other => Err(unsupported(
                &other.unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
            )),
        }
    }

    fn with_operator(&mut self, name: &str, colon: bool, operator: Option<char>) -> Result<String, String> {
        let raw = matches!(operator, Some('#' | '%'));
        let word = match self.until(Some('}'), raw) {
            Ok((word, _)) => word,
            Err(_) if self.rest.peek().is_none() => return Err(MISSING_BRACE.to_owned()),
            Err(error) => return Err(error),
        };
        let written = format!(
            "{}{}",
            if colon { ":" } else { "" },
            operator.unwrap_or(char::REPLACEMENT_CHARACTER)
        );
        let value = self.get(name);
        if self.mode.keep_unset && value.is_none() {
            return Ok(format!("${{{name}{written}{word}}}"));
        }
        let missing = value.as_ref().is_none_or(|value| colon && value.is_empty());
        let is_set = value.is_some();
        let value = value.unwrap_or_default();
        match operator {
            Some('#' | '%') if colon => Err(unsupported(&written)),
            Some('-') => Ok(if missing { word } else { value }),
            Some('+') => Ok(if missing { String::new() } else { word }),
            Some('?') if missing => Err(match (word.is_empty(), is_set) {
                (false, _) => format!("{name}: {word}"),
                (true, true) => format!("{name}: is not allowed to be empty"),
                (true, false) => format!("{name}: is not allowed to be unset"),
            }),
            Some('?') => Ok(value),
            Some('#') => pattern::trim_prefix(&word, &value, '#'),
            Some('%') => pattern::trim_suffix(&word, &value),
            _ => Err(unsupported(&written)),
        }
    }

    fn replacement(&mut self, name: &str) -> Result<String, String> {
        let all = self.rest.next_if_eq(&'/').is_some();
        let pattern = match self.until(Some('/'), true) {
            Ok((pattern, _)) => pattern,
            Err(_) if self.rest.peek().is_none() => {
                return Err("syntax error: missing '/' in ${}".to_owned());
            }
            Err(error) => return Err(error),
        };
        let replacement = match self.until(Some('}'), true) {
            Ok((replacement, _)) => replacement,
            Err(_) if self.rest.peek().is_none() => return Err(MISSING_BRACE.to_owned()),
            Err(error) => return Err(error),
        };
        match self.get(name) {
            None if self.mode.keep_unset => Ok(format!("${{{name}/{pattern}/{replacement}}}")),
            value => pattern::replace(&pattern, &value.unwrap_or_default(), &replacement, all),
        }
    }

    /// A name, a run of digits, or one special parameter; empty when there is none.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.rest.peek() {
            Some(digit) if is_digit(*digit) => {
                while let Some(digit) = self.rest.next_if(|next| is_digit(*next)) {
                    name.push(digit);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.rest.next()),
            _ => {
                while let Some(next) = self
                    .rest
                    .next_if(|next| next.is_alphabetic() || is_digit(*next) || *next == '_')
                {
                    name.push(next);
                }
            }
        }
        name
    }

    fn get(&mut self, name: &str) -> Option<String> {
        let value = (self.lookup)(name);
        let names = if value.is_some() {
            &mut self.matched
        } else {
            &mut self.unmatched
        };
        names.insert(name.to_owned());
        value
    }
}

const MISSING_BRACE: &str = "syntax error: missing '}'";

fn unsupported(operator: &str) -> String {
    format!("unsupported modifier ({operator}) in substitution")
}

/// Go's `unicode.IsDigit` is the category Nd; other numerals are no part of a name.
fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
        || (!character.is_ascii() && character.is_numeric() && character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Result<&str, &str>) {
        let lookup = |name: &str| match name {
            "A" => Some("abcabc".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        };
        let result = expand(word, Mode::with_escape('\\'), &lookup).map(|expansion| expansion.text);
        let expected = expected
            .map(str::to_owned)
            .map_err(|error| format!("failed to process {word:?}: {error}"));
        assert_eq!(result, expected);
    }

    #[test]
    fn plain_and_quoted() {
        check("x$A-$Z.", Ok("xabcabc-."));
        check(r#""a $A \" \x" '$A' \$A"#, Ok(r#"a abcabc " \x $A $A"#));
        check("$ $( `", Ok("$ $( `"));
        check(
            "'a",
            Err("unexpected end of statement while looking for matching single-quote"),
        );
    }

    #[test]
    fn defaults_and_alternatives() {
        check(
            "${Z:-${A}} ${E:-d} ${E-d} ${A:+y} ${E:+y} ${E+y}",
            Ok("abcabc d  y  y"),
        );
        check("${Z:?}", Err("Z: is not allowed to be unset"));
        check("${E:?gone}", Err("E: gone"));
        check("${A:=x}", Err("unsupported modifier (:=) in substitution"));
        check("${A:#x}", Err("unsupported modifier (:#) in substitution"));
        check("${A", Err("unsupported modifier (\u{fffd}) in substitution"));
        check("${}", Err("syntax error: bad substitution"));
    }

    #[test]
    fn patterns() {
        check("${A#a*b} ${A##a*b} ${A%b*c} ${A%%b*c}", Ok("cabc c abca a"));
        check("${A/b/X} ${A//b?/['$0']}", Ok("aXcabc a[bc]a[bc]"));
        check("${A/b}", Err("syntax error: missing '/' in ${}"));
    }

    #[test]
    fn deep_nesting_is_an_error_not_an_overflow() {
        let word = "${Z:-".repeat(20_000) + &"}".repeat(20_000);
        assert!(expand(&word, Mode::with_escape('\\'), &|_| None).is_err());
    }
}
