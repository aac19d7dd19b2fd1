//! Comments that allow a finding: `# xbuild: allow(rule): reason` and `# xbuild: allow-file(rule): reason`.
//!
//! Those of BuildKit (`# check=skip=…`) and hadolint (`# hadolint ignore=…`) count for the rules that have an
//! equivalent there.

use crate::{
    grammar::Dockerfile,
    rules::{Diagnostic, find},
    source::Span,
};

/// One comment that allows some findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suppression {
    /// The comment.
    pub(super) span: Span,
    /// The ids as they are written, each with its place.
    pub(super) rules: Vec<(Span, String)>,
    /// Whether a reason follows; without one nothing is allowed.
    pub(super) has_reason: bool,
    /// Where findings are allowed: an instruction, or the whole file.
    scope: Span,
}

impl Suppression {
    /// Whether the finding is allowed; findings about suppressions never are.
    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let is_named = |id: &str| find(id).is_some_and(|rule| rule.id == diagnostic.rule);
        self.has_reason
            && !diagnostic.code.starts_with("XB9")
            && self.scope.start <= diagnostic.span.start
            && diagnostic.span.start <= self.scope.end
            && self.rules.iter().any(|(_, id)| is_named(id))
    }
}

/// Leaves out the findings that a suppression allows.
pub(super) fn apply(suppressions: &[Suppression], found: &mut Vec<Diagnostic>) {
    // Those of instructions come in the order of the file, and instructions do not overlap.
    let (of_file, of_instructions): (Vec<&Suppression>, Vec<&Suppression>) = suppressions
        .iter()
        .partition(|suppression| suppression.scope.start == 0);
    found.retain(|diagnostic| {
        let start = diagnostic.span.start;
        let first = of_instructions.partition_point(|suppression| suppression.scope.end < start);
        let near = of_instructions[first..]
            .iter()
            .take_while(|suppression| suppression.scope.start <= start);
        !of_file
            .iter()
            .chain(near)
            .any(|suppression| suppression.covers(diagnostic))
    });
}

/// The names of rules elsewhere, and the rule here that a suppression of them means.
const EQUIVALENTS: [(&str, &str); 5] = [
    ("FromPlatformFlagConstDisallowed", "constant-platform"),
    ("DL3029", "constant-platform"),
    ("RedundantTargetPlatform", "redundant-platform"),
    ("DL3065", "redundant-platform"),
    ("UndefinedVar", "undeclared-target-argument"),
];

/// The suppressions of a file: right above an instruction, or above the first one for the whole file.
pub(super) fn read(file: &Dockerfile<'_>) -> Vec<Suppression> {
    let mut suppressions = Vec::new();
    for instruction in &file.instructions {
        let of_instruction = instruction.comments.iter().filter_map(|comment| {
            let found = parse(file.text, *comment, "allow").or_else(|| parse_foreign(file.text, *comment))?;
            Some(Suppression {
                scope: instruction.span,
                ..found
            })
        });
        suppressions.extend(of_instruction);
    }
    let whole = Span::new(0, file.text.len());
    if let Some(skipped) = file.directive("check").and_then(|options| skipped(options)) {
        suppressions.push(foreign(skipped, whole));
    }
    let first = file
        .instructions
        .first()
        .map_or(0, |instruction| instruction.span.start);
    let mut start = 0;
    for line in file.text[..first].split_inclusive('\n') {
        let content = line.trim_start_matches(['\u{feff}', ' ', '\t']);
        let comment = Span::new(start + line.len() - content.len(), start + line.len());
        start += line.len();
        suppressions.extend(parse(file.text, comment, "allow-file"));
    }
    suppressions
}

/// Reads a suppression of BuildKit or hadolint.
fn parse_foreign(text: &str, comment: Span) -> Option<Suppression> {
    let content = comment.of(text).trim_start_matches('#').trim();
    let of_hadolint = || {
        content
            .strip_prefix("hadolint")?
            .trim_start()
            .strip_prefix("ignore=")
    };
    let list = content
        .strip_prefix("check=")
        .and_then(skipped)
        .or_else(of_hadolint)?;
    Some(foreign(
        list.split_whitespace().next().unwrap_or_default(),
        comment,
    ))
}

/// The rules behind `skip=` among BuildKit's check options.
fn skipped(options: &str) -> Option<&str> {
    options
        .split(';')
        .find_map(|option| option.trim().strip_prefix("skip="))
}

fn foreign(list: &str, span: Span) -> Suppression {
    let names: Vec<&str> = list.split(',').map(str::trim).collect();
    let is_named = |name: &str| names.contains(&name) || (names.contains(&"all") && !name.starts_with("DL"));
    let rules = EQUIVALENTS
        .iter()
        .filter(|(name, _)| is_named(name))
        .map(|(_, id)| (span, (*id).to_owned()));
    Suppression {
        span,
        rules: rules.collect(),
        has_reason: true,
        scope: span,
    }
}

/// Reads `# xbuild: <verb>(a, b): reason`; the scope is the whole text.
fn parse(text: &str, comment: Span, verb: &str) -> Option<Suppression> {
    let content = comment.of(text).trim_end();
    let rest = content
        .trim_start_matches('#')
        .trim_start()
        .strip_prefix("xbuild:")?
        .trim_start();
    let rest = rest.strip_prefix(verb)?.strip_prefix('(')?;
    let (list, behind) = rest.split_once(')')?;
    let mut start = comment.start + content.len() - rest.len();
    let mut rules = Vec::new();
    for piece in list.split(',') {
        let id = piece.trim();
        let at = start + piece.len() - piece.trim_start().len();
        rules.push((Span::new(at, at + id.len()), id.to_owned()));
        start += piece.len() + 1;
    }
    let has_reason = behind
        .trim_start()
        .strip_prefix(':')
        .is_some_and(|reason| !reason.trim().is_empty());
    let span = Span::new(comment.start, comment.start + content.len());
    Some(Suppression {
        span,
        rules,
        has_reason,
        scope: Span::new(0, text.len()),
    })
}
