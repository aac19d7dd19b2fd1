//! A unified diff that `git apply` takes.

use similar::{ChangeTag, TextDiff};

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// The changes from `before` to `after` of the file at `path`; empty when there are none.
pub fn unified(path: &str, before: &str, after: &str, has_colour: bool) -> String {
    if before == after {
        return String::new();
    }
    let paint = |colour: &str, text: &str| {
        if has_colour {
            format!("{colour}{text}{RESET}")
        } else {
            text.to_owned()
        }
    };
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let mut lines = vec![
        paint(BOLD, &format!("--- a/{path}")),
        paint(BOLD, &format!("+++ b/{path}")),
    ];
    let (before, after): (Vec<&str>, Vec<&str>) = (lines_of(before), lines_of(after));
    let diff = TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&before, &after);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push(paint(CYAN, hunk.header().to_string().trim_end()));
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ("-", RED),
                ChangeTag::Insert => ("+", GREEN),
                ChangeTag::Equal => (" ", ""),
            };
            // A carriage return belongs to the line; only the newline is the diff's own.
            let text = change.value().strip_suffix('\n').unwrap_or(change.value());
            let line = format!("{sign}{text}");
            lines.push(if colour.is_empty() {
                line
            } else {
                paint(colour, &line)
            });
            if !change.value().ends_with('\n') {
                lines.push("\\ No newline at end of file".to_owned());
            }
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The lines as git counts them: a carriage return alone ends none.
fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_carriage_returns_and_tells_a_missing_newline() {
        let expected = "--- a/d/Dockerfile\n+++ b/d/Dockerfile\n@@ -1,2 +1,2 @@\n-FROM a\r\n+FROM b\r\n RUN c\n\\ No newline at end of file\n";
        assert_eq!(
            unified("d/Dockerfile", "FROM a\r\nRUN c", "FROM b\r\nRUN c", false),
            expected
        );
        assert_eq!(unified("Dockerfile", "FROM a", "FROM a", false), "");
    }
}
