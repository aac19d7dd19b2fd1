//! Which files of the folder never reach the builder: `.dockerignore`, by the rules of moby's `patternmatcher`.
//!
//! They are not those of `.gitignore`: a pattern without a slash matches at the top only, and an exception below an
//! excluded folder brings a file back.

/// The patterns of an ignore file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ignore {
    patterns: Vec<Pattern>,
}

/// Which patterns matched a folder, or one around it; they hold for everything in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Matches(Vec<bool>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    is_exception: bool,
    shape: Shape,
}

/// What a pattern becomes; the four kinds differ in more than speed, so they are those of moby.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Tokens(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Character(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `**` in front of more: nothing, or folders and the slash behind them.
    Folders,
    /// `**` at the end.
    Rest,
    /// `[a-z]`, or `[^a-z]`, which takes a slash as well.
    Class {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

impl Ignore {
    /// Reads an ignore file; none when BuildKit refuses it, or reads one of its patterns in a way that is not plain.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.split('\n').filter(|line| !line.starts_with('#'));
        let lines = lines.map(str::trim).filter(|line| !line.is_empty());
        let patterns = lines.map(Pattern::parse).collect::<Option<_>>()?;
        Some(Self { patterns })
    }

    /// Whether the file or folder at `path` is left out, and what matched, for the things in it.
    ///
    /// `around` is what matched the folder it lies in.
    pub(super) fn excludes(&self, path: &str, around: &Matches) -> (bool, Matches) {
        let mut is_excluded = false;
        let mut matches = Vec::with_capacity(self.patterns.len());
        for (index, pattern) in self.patterns.iter().enumerate() {
            let is_inherited = around.0.get(index).copied().unwrap_or_default();
            // A pattern that would change nothing is not asked, and counts as one that does not match.
            let is_match = is_inherited || pattern.is_exception == is_excluded && pattern.shape.matches(path);
            matches.push(is_match);
            if is_match {
                is_excluded = !pattern.is_exception;
            }
        }
        (is_excluded, Matches(matches))
    }

    /// Whether an exception may bring back something in a folder that is left out.
    pub(super) fn may_bring_back_below(&self, folder: &str) -> bool {
        self.patterns
            .iter()
            .filter(|pattern| pattern.is_exception)
            .any(|pattern| {
                let plain = pattern.text.trim_end_matches("/**").trim_end_matches("/*");
                plain.contains(['*', '?', '[', ']', '^', '\\'])
                    || plain
                        .strip_prefix(folder)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }
}

impl Pattern {
    fn parse(line: &str) -> Option<Self> {
        let is_exception = line.starts_with('!');
        let line = line.strip_prefix('!').unwrap_or(line).trim();
        if line.is_empty() {
            return None;
        }
        let text = clean(line);
        // moby cleans the pattern again with its `!` in front, which makes something else of these.
        if is_exception && (text == "/" || text.starts_with("../")) {
            return None;
        }
        let text = match text.strip_prefix('/') {
            Some(rest) if !rest.is_empty() => rest.to_owned(),
            _ => text,
        };
        let shape = Shape::parse(&text)?;
        Some(Self {
            text,
            is_exception,
            shape,
        })
    }
}

impl Shape {
    fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let is_plain = |tokens: &[Token]| tokens.iter().all(|token| matches!(token, Token::Character(_)));
        let has_escape = text.contains('\\');
        let shape = match tokens.as_slice() {
            all if is_plain(all) && !has_escape => Self::Exact(text.to_owned()),
            [front @ .., Token::Rest] if is_plain(front) && !has_escape => {
                Self::Prefix(text.strip_suffix("**")?.to_owned())
            }
            [Token::Folders, rest @ ..] if is_plain(rest) && !has_escape => {
                Self::Suffix(text.strip_prefix("**")?.to_owned())
            }
            // An anchor in the midst of moby's regular expression.
            _ if tokens.contains(&Token::Character('^')) => return None,
            _ => Self::Tokens(tokens),
        };
        Some(shape)
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(text) => path == text,
            Self::Prefix(text) => path.starts_with(text.as_str()),
            Self::Suffix(text) => path.ends_with(text.as_str()) || text.strip_prefix('/') == Some(path),
            Self::Tokens(tokens) => matches_tokens(tokens, path),
        }
    }
}

/// The tokens of a pattern; none when it is no pattern, or has characters that moby's regular expression reads anew.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        tokens.push(match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                if rest.peek().is_some() {
                    Token::Folders
                } else {
                    Token::Rest
                }
            }
            '*' => Token::Any,
            '?' => Token::One,
            '[' => class(&mut rest)?,
            '\\' => Token::Character(rest.next().filter(char::is_ascii_punctuation)?),
            other => Token::Character(other),
        });
    }
    Some(tokens)
}

fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let is_negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let start = rest.next()?;
        match start {
            ']' if !ranges.is_empty() => return Some(Token::Class { ranges, is_negated }),
            ']' | '[' | '*' | '?' | '\\' | '-' | '&' | '~' => return None,
            _ => {}
        }
        let mut end = start;
        if rest.next_if_eq(&'-').is_some() {
            end = rest.next().filter(|end| end.is_alphanumeric())?;
        }
        if end < start {
            return None;
        }
        ranges.push((start, end));
    }
}

/// Goes through the tokens with the set of all places in the path that they may have come to.
fn matches_tokens(tokens: &[Token], path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    let mut places = vec![false; path.len() + 1];
    places[0] = true;
    for token in tokens {
        let mut next = vec![false; path.len() + 1];
        let one = |wanted: &dyn Fn(char) -> bool, next: &mut Vec<bool>| {
            for (at, character) in path.iter().enumerate() {
                next[at + 1] = places[at] && wanted(*character);
            }
        };
        match token {
            Token::Character(wanted) => one(&|character| character == *wanted, &mut next),
            Token::One => one(&|character| character != '/', &mut next),
            Token::Class { ranges, is_negated } => one(
                &|character| {
                    let is_in = ranges
                        .iter()
                        .any(|(start, end)| (*start..=*end).contains(&character));
                    is_in != *is_negated
                },
                &mut next,
            ),
            Token::Any => {
                next[0] = places[0];
                for at in 1..next.len() {
                    next[at] = places[at] || next[at - 1] && path[at - 1] != '/';
                }
            }
            Token::Rest => {
                let first = places.iter().position(|is_reached| *is_reached);
                if let Some(first) = first {
                    next[first..].fill(true);
                }
            }
            Token::Folders => {
                let first = places.iter().position(|is_reached| *is_reached);
                for at in 0..next.len() {
                    let is_behind_folder =
                        at > 0 && path[at - 1] == '/' && first.is_some_and(|first| first < at);
                    next[at] = places[at] || is_behind_folder;
                }
            }
        }
        places = next;
    }
    places[path.len()]
}

/// Go's `filepath.Clean`.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if is_rooted => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left out, folder by folder as a walk asks.
    fn is_excluded(file: &str, path: &str) -> bool {
        let ignore = Ignore::parse(file).expect("an ignore file");
        let mut around = Matches::default();
        let mut is_excluded = false;
        for (at, _) in path.match_indices('/').chain([(path.len(), "")]) {
            (is_excluded, around) = ignore.excludes(&path[..at], &around);
        }
        is_excluded
    }

    /// The table of moby's own `TestMatches`, and the cases of the reference of `.dockerignore`.
    #[test]
    fn matches_as_moby_does() {
        let rows = [
            ("**", "file", true),
            ("**/", "file", true),
            ("**", "dir/file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true),
            ("dir/**", "dir/dir2/file", true),
            ("**/dir", "dir/file", true),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/dir2/file", true),
            ("**file", "dir/file", true),
            ("**/file", "dir/dir/file", true),
            ("**/file", "file", true),
            ("**/file", "dirfile", false),
            ("**/file*", "dir/dir/file.txt", true),
            ("**/file*txt", "dir/dir/file.txt", true),
            ("**/file*.txt*", "dir/dir/file.txt", true),
            ("**/**/*.txt", "dir/dir/file.txt", true),
            ("**/**/*.txt2", "dir/dir/file.txt", false),
            ("**/*.txt", "file.txt", true),
            ("a**/*.txt", "a/file.txt", true),
            ("a**/*.txt", "a/dir/file.txt", true),
            ("a/*.txt", "a/dir/file.txt", false),
            ("a/*.txt**", "a/file.txt", true),
            ("a[b-d]e", "ae", false),
            ("a[b-d]e", "ace", true),
            ("a[b-d]e", "aae", false),
            ("a[^b-d]e", "aze", true),
            ("a[^b]c", "a/c", true),
            (".*", ".foo", true),
            (".*", "foo", false),
            ("abc.def", "abcdef", false),
            ("abc.def", "abcZdef", false),
            ("abc?def", "abcZdef", true),
            ("abc?def", "abcdef", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("**/foo/bar", "foo/bar", true),
            ("**/foo/bar", "dir/dir2/foo/bar", true),
            ("abc/**", "abc/def", true),
            ("abc/**", "abc", false),
            ("**/.foo", "bar.foo", false),
            ("./bar.*", "bar.a", true),
            ("a/..b", "a/..b", true),
            ("/foo", "foo", true),
            ("foo/", "foo/a", true),
            ("foo", "a/foo", false),
            ("a/../foo", "foo", true),
            (" foo \r", "foo", true),
            ("#foo", "#foo", false),
            (" #foo", "#foo", true),
            ("\u{feff}foo", "foo", true),
            ("*", "a/b", true),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(is_excluded(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_pattern_decides() {
        let rows = [
            ("*\n!a", "a/b", false),
            ("*\n!a/b", "a/b", false),
            ("*\n!a/b", "a/c", true),
            ("a\n!a/b\na/b/c", "a/b/d", false),
            ("a\n!a/b\na/b/c", "a/b/c", true),
            ("!a\na", "a", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", false),
            ("**\n!**/*.go", "a/b.go", false),
            ("! /a", "a", false),
            // An exception that has nothing to except at the folder is not asked again below it.
            ("**/*.go\n!cmd", "cmd/main.go", true),
            ("**/*.go\n!cmd/**", "cmd/main.go", false),
        ];
        for (file, path, expected) in rows {
            assert_eq!(is_excluded(file, path), expected, "{file:?} {path}");
        }
    }

    #[test]
    fn what_buildkit_refuses_is_no_ignore_file() {
        for file in ["!", "a\n! ", "[", "[]", "a[b-", "a\\", "[z-a]", "!/.", "!../../a"] {
            assert_eq!(Ignore::parse(file), None, "{file:?}");
        }
    }

    #[test]
    fn folders_without_exceptions_need_no_walk() {
        let may = |file: &str, folder: &str| {
            Ignore::parse(file)
                .expect("an ignore file")
                .may_bring_back_below(folder)
        };
        assert!(!may("a", "a"));
        assert!(!may("*\n!b", "a"));
        assert!(may("*\n!a/b/c", "a"));
        assert!(may("*\n!a/**", "a"));
        assert!(may("*\n!**/x", "a"));
        assert!(!may("*\n!ab", "a"));
    }
}
