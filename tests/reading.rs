//! How a Dockerfile is read: lines, comments, directives, forms of arguments, heredocs and the errors, as BuildKit's
//! parser and instruction checks answer.

use xbuild::{grammar, report::tree};

/// One line an instruction: its lines, its name, its flags, its arguments and its heredocs.
fn reads(text: &str) -> Vec<String> {
    let file =
        grammar::parse(text).unwrap_or_else(|error| panic!("{text}\nis refused: {}", error.full_message()));
    let tree = tree::file_tree(String::new(), Ok(&file));
    let tree = serde_json::to_value(&tree).expect("a tree is JSON");
    let instructions = tree["ast"].as_array().expect("a list of instructions");
    instructions.iter().map(drawn).collect()
}

fn drawn(node: &serde_json::Value) -> String {
    let list = |key: &str| node[key].as_array().cloned().unwrap_or_default();
    let mut parts = vec![format!("{}-{}", node["lines"][0], node["lines"][1])];
    parts.push(node["i"].as_str().unwrap_or_default().to_owned());
    parts.extend(
        list("flags")
            .iter()
            .map(|flag| flag.as_str().unwrap_or_default().to_owned()),
    );
    if node["json"] == true {
        parts.push("json".to_owned());
    }
    parts.extend(list("args").iter().map(ToString::to_string));
    for heredoc in list("heredocs") {
        let mark = match (heredoc[2] == true, heredoc[3] == true) {
            (true, false) => "",
            (true, true) => " chomped",
            (false, false) => " literal",
            (false, true) => " literal chomped",
        };
        parts.push(format!(
            "<<{}{mark} {}",
            heredoc[0].as_str().unwrap_or_default(),
            heredoc[1]
        ));
    }
    parts.join(" ")
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(reads(text), expected, "{text}");
}

fn check_refused(text: &str, message: &str) {
    let error = grammar::parse(text).map(drop).expect_err(text);
    assert_eq!(error.full_message(), message, "{text}");
}

#[test]
fn lines_are_joined_as_they_are() {
    check("FROM a\nRUN fo\\\no", &["1-1 FROM \"a\"", "2-3 RUN \"foo\""]);
    check(
        "FROM a\nRUN x \\  \n  y",
        &["1-1 FROM \"a\"", "2-3 RUN \"x   y\""],
    );
    // Two escape characters at the end do not continue.
    check("FROM a\nRUN x\\\\", &["1-1 FROM \"a\"", "2-2 RUN \"x\\\\\\\\\""]);
    check(
        "FROM a\nRUN x \\\n# c\n\n y",
        &["1-1 FROM \"a\"", "2-5 RUN \"x  y\""],
    );
    check(
        "FROM a\r\nRUN x \\\r\n y\r\n",
        &["1-1 FROM \"a\"", "2-3 RUN \"x  y\""],
    );
    check("\u{feff}FROM a\nRUN x \\", &["1-1 FROM \"a\"", "2-2 RUN \"x\""]);
    check("\\\nFROM a", &["1-2 FROM \"a\""]);
}

#[test]
fn directives_stand_at_the_top() {
    check(
        "# escape=`\nFROM a\nRUN x `\n y",
        &["2-2 FROM \"a\"", "3-4 RUN \"x  y\""],
    );
    check(
        "  # ESCAPE = `\nFROM a\nRUN x `\n y",
        &["2-2 FROM \"a\"", "3-4 RUN \"x  y\""],
    );
    check(
        "#\n# escape=`\nFROM a\nRUN x `",
        &["3-3 FROM \"a\"", "4-4 RUN \"x `\""],
    );
    check_refused(
        "# escape=x\nFROM a",
        "invalid escape token 'x' does not match ` or \\",
    );
    check_refused(
        "# escape=`\n# escape=`\nFROM a",
        "only one escape parser directive can be used",
    );
}

#[test]
fn forms_of_arguments() {
    check(
        "FROM a\nRUN [\"x\", \"y z\"]",
        &["1-1 FROM \"a\"", "2-2 RUN json \"x\" \"y z\""],
    );
    for shell in ["['x']", "[\"x\" \"y\"]", "[\"x\",]", "[\"x\"] y"] {
        let drawn = format!("2-2 RUN {}", serde_json::to_string(shell).expect("a string"));
        check(&format!("FROM a\nRUN {shell}"), &["1-1 FROM \"a\"", &drawn]);
    }
    check(
        "FROM a\nENV a b=c d",
        &["1-1 FROM \"a\"", "2-2 ENV \"a\" \"b=c d\" \"\""],
    );
    check(
        "FROM a\nENV a=b c='d e'",
        &[
            "1-1 FROM \"a\"",
            "2-2 ENV \"a\" \"b\" \"=\" \"c\" \"'d e'\" \"=\"",
        ],
    );
    check(
        "FROM a\nCOPY --from=b --link \"x y\" z",
        &[
            "1-1 FROM \"a\"",
            "2-2 COPY --from=b --link \"\\\"x\" \"y\\\"\" \"z\"",
        ],
    );
    check(
        "FROM a\nWORKDIR  a  b ",
        &["1-1 FROM \"a\"", "2-2 WORKDIR \"a  b\""],
    );
}

#[test]
fn flags_lose_their_quotes() {
    check(
        "FROM a\nRUN --mount=\"type=cache,target=/x y\" z",
        &["1-1 FROM \"a\"", "2-2 RUN --mount=type=cache,target=/x y \"z\""],
    );
    check("FROM a\nRUN -- --x", &["1-1 FROM \"a\"", "2-2 RUN \"--x\""]);
}

#[test]
fn heredocs_end_at_their_name() {
    check(
        "FROM a\nRUN <<E\nx\n\\\n# y\nE\nCMD z",
        &[
            "1-1 FROM \"a\"",
            "2-6 RUN \"<<E\" <<E \"x\\n\\\\\\n# y\\n\"",
            "7-7 CMD \"z\"",
        ],
    );
    check(
        "FROM a\nCOPY <<'A' <<-\"B\" /d/\n$x\nA\n\ty\n\tB",
        &[
            "1-1 FROM \"a\"",
            "2-6 COPY \"<<'A'\" \"<<-\\\"B\\\"\" \"/d/\" <<A literal \"$x\\n\" <<B literal chomped \"\\ty\\n\"",
        ],
    );
    // The name is the whole word, and an unbalanced quote hides it.
    check(
        "FROM a\nRUN cat <<E>/f\nx\nE>/f",
        &["1-1 FROM \"a\"", "2-4 RUN \"cat <<E>/f\" <<E>/f \"x\\n\""],
    );
    check(
        "FROM a\nRUN echo it's <<E\nRUN x",
        &["1-1 FROM \"a\"", "2-2 RUN \"echo it's <<E\"", "3-3 RUN \"x\""],
    );
    check(
        "FROM a\nRUN cat <<<E; x<<E; echo $((1<<2))",
        &["1-1 FROM \"a\"", "2-2 RUN \"cat <<<E; x<<E; echo $((1<<2))\""],
    );
    check_refused("FROM a\nRUN <<E\nx\nE ", "unterminated heredoc");
    check_refused("FROM a\nRUN echo $((1 << 2))", "unterminated heredoc");
}

#[test]
fn long_lines_are_refused() {
    let of = |length: usize| format!("FROM a\nRUN {}\n", "x".repeat(length - 4));
    assert!(grammar::parse(&of(65_535)).is_ok());
    check_refused(
        &of(65_536),
        "dockerfile line greater than max allowed size of 65535",
    );
}

#[test]
fn what_no_instruction_takes_is_refused_at_its_line() {
    check_refused("", "the Dockerfile cannot be empty");
    check_refused(" \n", "file with no instructions");
    check_refused(
        "FROM a\nADDD x y",
        "dockerfile parse error on line 2: unknown instruction: ADDD (did you mean ADD?)",
    );
    check_refused("RUN x", "no build stage in current context");
    check_refused(
        "FROM a b",
        "dockerfile parse error on line 1: FROM requires either one or three arguments",
    );
    check_refused(
        "FROM a\nCOPY x",
        "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was provided. Destination could not be determined",
    );
    check_refused(
        "FROM a\nCOPY --form=b x y",
        "dockerfile parse error on line 2: unknown flag: --form (did you mean from?)",
    );
    check_refused(
        "FROM a\nRUN [1]",
        "when using JSON array syntax, arrays must be comprised of strings only",
    );
    check_refused(
        "FROM a\nSHELL x",
        "dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form",
    );
    check_refused(
        "FROM a\nHEALTHCHECK CMB x",
        "dockerfile parse error on line 2: Unknown type \"CMB\" in HEALTHCHECK (try CMD)",
    );
    check_refused(
        "FROM a\nONBUILD FROM b",
        "dockerfile parse error on line 2: FROM isn't allowed as an ONBUILD trigger",
    );
    check_refused(
        "FROM a\nENV a=b c",
        "Syntax error - can't find = in \"c\". Must be of the form: name=value",
    );
    check_refused(
        "FROM a\nRUN --mount=from=$x,target=/x y",
        "dockerfile parse error on line 2: 'from' doesn't support variable expansion, define alias stage instead",
    );
}
