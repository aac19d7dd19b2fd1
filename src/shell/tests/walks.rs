//! The circumstances of commands.

use crate::shell::{Context, parse, simple_commands};

/// Each command as its name behind letters for its circumstances.
fn check(source: &str, expected: &str) {
    let script = parse(source);
    let letters = |context: Context| {
        let Context {
            conditional,
            substitution,
            pipeline,
            function,
            subshell,
        } = context;
        [
            (conditional, 'c'),
            (substitution, 's'),
            (pipeline, 'p'),
            (function, 'f'),
            (subshell, 'u'),
        ]
        .into_iter()
        .filter_map(|(holds, letter)| holds.then_some(letter))
        .collect::<String>()
    };
    let found: Vec<String> = simple_commands(&script)
        .into_iter()
        .map(|visit| {
            format!(
                "{}:{}",
                visit.command.name().unwrap_or_default(),
                letters(visit.context)
            )
        })
        .collect();
    assert_eq!(found.join(" "), expected, "in {source:?}");
}

#[test]
fn commands_come_in_the_order_of_the_text() {
    check("a $(b) && c `d`; (e); { f; }", "a: b:su c:c d:csu e:u f:");
    check("a <<E && b\n$(c)\nE\nd", "a: b:c c:su d:");
}

#[test]
fn what_may_be_skipped_is_conditional() {
    check("a && b && c", "a: b: c:");
    check("a && b; c", "a: b:c c:");
    check("a || b && c", "a: b:c c:c");
    check("a && b || c", "a: b:c c:c");
    check("a; { b && c; }", "a: b: c:");
    check("{ b && c; } || d", "b: c:c d:c");
    check("(a && b) | c", "a:pu b:cpu c:pu");
    check("if a; then b; elif c; then d; else e; fi", "a: b:c c:c d:c e:c");
    check("for i in $(a); do b; done", "a:su b:c");
    check("while a; do b; done", "a: b:c");
    check("case $(a) in b) c;; esac", "a:su c:c");
    check("f() { a; }; f", "a:f f:");
    check("a & b", "a:u b:");
    check("[[ $(a) ]] && b=$(c)", "a:su : c:su");
}
