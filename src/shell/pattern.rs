//! Shell patterns: those of `case`, `${name#…}` and file names.

use crate::shell::{Part, Word};

/// A pattern with its quoted characters told apart from its special ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    elements: Vec<Element>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Character(char),
    /// `?`
    Any,
    /// `*`
    Anything,
    /// `[…]`
    OneOf {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    /// The pattern that a word stands for when its variables are known; `None` when the word has no constant value,
    /// or holds a named class such as `[:alpha:]`.
    pub fn of_word(word: &Word, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut characters = Vec::new();
        for part in &word.parts {
            match part {
                Part::Literal { text, .. } => {
                    characters.extend(text.chars().map(|character| (character, true)));
                }
                Part::Variable(_) => {
                    let value = one_part(part, lookup)?;
                    characters.extend(value.chars().map(|character| (character, true)));
                }
                _ => {
                    let value = one_part(part, lookup)?;
                    characters.extend(value.chars().map(|character| (character, false)));
                }
            }
        }
        Some(Self {
            elements: elements(&characters)?,
        })
    }

    /// Whether the whole of `value` matches.
    pub fn matches(&self, value: &str) -> bool {
        let characters: Vec<char> = value.chars().collect();
        let (mut element, mut at) = (0, 0);
        // Where to go on when the last `*` takes one character more.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.elements.get(element), characters.get(at)) {
                (None, None) => return true,
                (Some(Element::Anything), _) => {
                    retry = Some((element + 1, at));
                    element += 1;
                }
                (Some(expected), Some(character)) if expected.accepts(*character) => {
                    element += 1;
                    at += 1;
                }
                _ => {
                    let Some((behind, taken)) = retry.filter(|(_, taken)| *taken < characters.len()) else {
                        return false;
                    };
                    retry = Some((behind, taken + 1));
                    (element, at) = (behind, taken + 1);
                }
            }
        }
    }

    /// The only text that matches, when the pattern holds nothing special.
    pub fn fixed(&self) -> Option<String> {
        self.elements
            .iter()
            .map(|element| {
                if let Element::Character(character) = element {
                    Some(*character)
                } else {
                    None
                }
            })
            .collect()
    }
}

impl Element {
    fn accepts(&self, character: char) -> bool {
        match self {
            Self::Character(expected) => *expected == character,
            Self::Any | Self::Anything => true,
            Self::OneOf { negated, ranges } => {
                ranges
                    .iter()
                    .any(|(first, last)| (*first..=*last).contains(&character))
                    != *negated
            }
        }
    }
}

fn one_part(part: &Part, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    Word {
        span: part.span(),
        parts: vec![part.clone()],
    }
    .expand(lookup)
}

/// Characters, each with whether it may be special.
fn elements(characters: &[(char, bool)]) -> Option<Vec<Element>> {
    let mut elements = Vec::new();
    let mut rest = characters;
    while let Some(((character, special), behind)) = rest.split_first() {
        rest = behind;
        let class_length = if (*character, *special) == ('[', true) {
            class_length(behind)
        } else {
            None
        };
        if let Some(length) = class_length {
            elements.push(class(&behind[..length])?);
            rest = &behind[length + 1..];
            continue;
        }
        elements.push(match character {
            '*' if *special => Element::Anything,
            '?' if *special => Element::Any,
            _ => Element::Character(*character),
        });
    }
    Some(elements)
}

/// The length up to the closing bracket; one that comes first is a member.
fn class_length(behind: &[(char, bool)]) -> Option<usize> {
    let negation = usize::from(matches!(behind.first(), Some(('!' | '^', true))));
    behind
        .iter()
        .skip(negation + 1)
        .position(|member| *member == (']', true))
        .map(|at| at + negation + 1)
}

fn class(members: &[(char, bool)]) -> Option<Element> {
    let negated = matches!(members.first(), Some(('!' | '^', true)));
    let mut rest = &members[usize::from(negated)..];
    let mut ranges = Vec::new();
    while let Some(((first, _), behind)) = rest.split_first() {
        match (first, behind) {
            ('[', [(':' | '.' | '=', _), ..]) => return None,
            (_, [('-', true), (last, _), after @ ..]) => {
                ranges.push((*first, *last));
                rest = after;
            }
            _ => {
                ranges.push((*first, *first));
                rest = behind;
            }
        }
    }
    Some(Element::OneOf { negated, ranges })
}
