//! Shell patterns inside `${V#p}`, `${V%p}` and `${V/p/r}`: `*`, `?` and escapes, no brackets.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// `*`: any run of characters but newlines.
    Any,
    /// `?`: one character but a newline.
    One,
    Literal(char),
}

/// Cuts the shortest match of `word` off the front of `value`; the longest when `word` starts with `operator` again.
pub(super) fn trim_prefix(word: &str, value: &str, operator: char) -> Result<String, String> {
    let (pattern, longest) = strip_greedy(word, operator);
    let tokens = tokens(pattern)?;
    let characters: Vec<char> = value.chars().collect();
    let cut = match_end(&tokens, &characters, longest).unwrap_or(0);
    Ok(characters[cut..].iter().collect())
}

/// Cuts the shortest match of `word` off the end of `value`; the longest when `word` starts with `%` again.
pub(super) fn trim_suffix(word: &str, value: &str) -> Result<String, String> {
    let (pattern, longest) = strip_greedy(word, '%');
    let mut tokens = tokens(pattern)?;
    tokens.reverse();
    let characters: Vec<char> = value.chars().rev().collect();
    let cut = match_end(&tokens, &characters, longest).unwrap_or(0);
    Ok(characters[cut..].iter().rev().collect())
}

/// Replaces the first match, or all; for all of them the replacement is a Go regexp template (`$0` is the match).
pub(super) fn replace(pattern: &str, value: &str, replacement: &str, all: bool) -> Result<String, String> {
    let tokens = tokens(pattern)?;
    let characters: Vec<char> = value.chars().collect();
    let mut result = String::new();
    let mut at = 0;
    let mut previous_end = None;
    while at <= characters.len() {
        let Some(length) = match_end(&tokens, &characters[at..], true) else {
            result.extend(characters.get(at));
            at += 1;
            continue;
        };
        // Go's regexp skips an empty match right behind the match before it.
        if length > 0 || previous_end != Some(at) {
            if all {
                let matched: String = characters[at..at + length].iter().collect();
                fill_template(replacement, &matched, &mut result);
            } else {
                result.push_str(replacement);
            }
        }
        if !all {
            result.extend(&characters[at + length..]);
            return Ok(result);
        }
        previous_end = Some(at + length);
        if length == 0 {
            result.extend(characters.get(at));
        }
        at += length.max(1);
    }
    Ok(result)
}

fn strip_greedy(word: &str, operator: char) -> (&str, bool) {
    word.strip_prefix(operator)
        .map_or((word, false), |rest| (rest, true))
}

fn tokens(pattern: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        tokens.push(match character {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => match rest.next() {
                Some(escaped @ ('*' | '?' | '\\' | '}' | '/')) => Token::Literal(escaped),
                other => {
                    let escaped = other.unwrap_or(char::REPLACEMENT_CHARACTER);
                    return Err(format!(
                        "invalid pattern ({pattern}) in substitution: invalid escape '\\{escaped}'"
                    ));
                }
            },
            _ => Token::Literal(character),
        });
    }
    Ok(tokens)
}

/// The end of the longest or shortest match that starts at the first character.
fn match_end(tokens: &[Token], characters: &[char], longest: bool) -> Option<usize> {
    let mut reached = vec![false; characters.len() + 1];
    reached[0] = true;
    for token in tokens {
        let mut next = vec![false; characters.len() + 1];
        for at in 0..=characters.len() {
            match token {
                Token::Any => {
                    next[at] = reached[at] || (at > 0 && next[at - 1] && characters[at - 1] != '\n');
                }
                Token::One => next[at] = at > 0 && reached[at - 1] && characters[at - 1] != '\n',
                Token::Literal(literal) => {
                    next[at] = at > 0 && reached[at - 1] && characters[at - 1] == *literal;
                }
            }
        }
        reached = next;
    }
    if longest {
        reached.iter().rposition(|hit| *hit)
    } else {
        reached.iter().position(|hit| *hit)
    }
}

fn fill_template(template: &str, matched: &str, result: &mut String) {
    let mut rest = template;
    while let Some(dollar) = rest.find('$') {
        result.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (name, after) = braced.unwrap_or_else(|| {
            let end = rest
                .find(|one: char| !one.is_alphanumeric() && one != '_')
                .unwrap_or(rest.len());
            rest.split_at(end)
        });
        if name.is_empty() {
            result.push('$');
            continue;
        }
        if name == "0" {
            result.push_str(matched);
        }
        rest = after;
    }
    result.push_str(rest);
}
