//! What a word says, as far as that is known without running anything.

use crate::shell::{Operation, Operator, Part, Pattern, Variable, Word};

impl Word {
    /// The word's value when nothing in it is expanded: quotes and escapes removed. Globs, braces and a tilde stay
    /// as they are written.
    pub fn literal(&self) -> Option<String> {
        self.expand(&|_| None)
    }

    /// The characters in front of the first variable.
    pub fn literal_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal { text, .. }) => text,
            Some(Part::DoubleQuoted { parts, .. }) => match parts.first() {
                Some(Part::Literal { text, .. }) => text,
                _ => "",
            },
            _ => "",
        }
    }

    /// The word's value when all variables in it are known to `lookup`, before fields are split. `None` when one is
    /// not, or when a substitution or an unknown part is in it.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut value = String::new();
        expand_parts(&self.parts, lookup, &mut value)?;
        Some(value)
    }
}

fn expand_parts(parts: &[Part], lookup: &dyn Fn(&str) -> Option<String>, value: &mut String) -> Option<()> {
    for part in parts {
        match part {
            Part::Literal { text, .. } | Part::Escaped { text, .. } | Part::SingleQuoted { text, .. } => {
                value.push_str(text);
            }
            Part::DoubleQuoted { parts, .. } => expand_parts(parts, lookup, value)?,
            Part::Variable(variable) => value.push_str(&expand_variable(variable, lookup)?),
            Part::Command(_) | Part::Process { .. } | Part::Arithmetic { .. } | Part::Opaque(_) => {
                return None;
            }
        }
    }
    Some(())
}

fn expand_variable(variable: &Variable, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if variable.indirect || variable.subscript.is_some() {
        return None;
    }
    let value = lookup(&variable.name)?;
    match &variable.operation {
        None if variable.length => Some(value.chars().count().to_string()),
        None => Some(value),
        Some(_) if variable.length => None,
        Some(operation) => operate(operation, value, lookup),
    }
}

fn operate(operation: &Operation, value: String, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let argument = |at: usize| operation.arguments.get(at);
    let word = || argument(0)?.expand(lookup);
    let pattern = || Pattern::of_word(argument(0)?, lookup);
    let replacement = || argument(1).map_or(Some(String::new()), |word| word.expand(lookup));
    match operation.operator {
        Operator::Default { or_empty } | Operator::Assign { or_empty } if or_empty && value.is_empty() => {
            word()
        }
        Operator::Default { .. } | Operator::Assign { .. } => Some(value),
        Operator::Require { or_empty } => Some(value).filter(|value| !(or_empty && value.is_empty())),
        Operator::Alternative { or_empty } if or_empty && value.is_empty() => Some(value),
        Operator::Alternative { .. } => word(),
        Operator::RemovePrefix { longest } => {
            let pattern = pattern()?;
            let at = prefixes(&value, longest).find(|at| pattern.matches(&value[..*at]));
            Some(value[at.unwrap_or(0)..].to_owned())
        }
        Operator::RemoveSuffix { longest } => {
            let pattern = pattern()?;
            let at = prefixes(&value, !longest).find(|at| pattern.matches(&value[*at..]));
            Some(value[..at.unwrap_or(value.len())].to_owned())
        }
        Operator::ReplaceFirst | Operator::ReplaceAll => {
            // An ampersand may stand for the match, depending on the version of bash.
            let with = replacement().filter(|with| !with.contains(['&', '\\']))?;
            let searched = pattern()?.fixed().filter(|text| !text.is_empty())?;
            let count = if operation.operator == Operator::ReplaceAll {
                usize::MAX
            } else {
                1
            };
            Some(value.replacen(&searched, &with, count))
        }
        Operator::Uppercase { all: true } if word()?.is_empty() => Some(value.to_uppercase()),
        Operator::Lowercase { all: true } if word()?.is_empty() => Some(value.to_lowercase()),
        _ => None,
    }
}

/// The character borders of `value`, from the end when `longest` comes first.
fn prefixes(value: &str, longest: bool) -> Box<dyn Iterator<Item = usize> + '_> {
    let borders = value.char_indices().map(|(at, _)| at);
    if longest {
        Box::new(std::iter::once(value.len()).chain(borders.rev()))
    } else {
        Box::new(borders.chain(std::iter::once(value.len())))
    }
}
