//! Every form that the grammar names.

use crate::shell::{parse, tests::render::render};

fn check(source: &str, expected: &str) {
    let script = parse(source);
    assert_eq!(render(source, &script), expected, "in {source:?}");
    assert_eq!(
        script.is_fully_understood(),
        !expected.contains('¿'),
        "in {source:?}"
    );
}

#[test]
fn lists() {
    check("", "");
    check(" # nothing", "");
    check("a b", "[a][b]");
    check("a && b || c; d & e\nf", "[a] && [b] || [c]; [d] & [e]⏎ [f]");
    check("a &&\n# why\nb", "[a] && [b]");
    check("a \\\n  b", "[a][b]");
    check("a#b #c\nd", "[a#b]⏎ [d]");
}

#[test]
fn pipelines() {
    check("a | b |& c", "[a] | [b] |& [c]");
    check("! a | b", "! [a] | [b]");
    check("a |\n b", "[a] | [b]");
    check("time a", "[time][a]");
    check("time { a; }", "time group([a];)");
}

#[test]
fn assignments() {
    check("A=1 B= c D=2", "{A=[1]}{B=[]}[c][D=2]");
    check("A+=x", "{A+=[x]}");
    check("a=(b 'c d'\n e) f", "{a=([b]['c d'][e])}[f]");
    check("a[i+1]=x", "{a[i+1]=[x]}");
    check("export -a x=(1 2)", "[export][-a][x=¿(1 2)?]");
    check("2A=1 a-b=1", "[2A=1][a-b=1]");
}

#[test]
fn quotes() {
    check(r#"a'b c'"d $e \n \" \$"\ f"#, r#"[a'b c'"d ${e} \n \" \$"\ f]"#);
    check(
        r"$'a\n\x41\u00e9\101\'\u@' $'\xff'",
        "['a\nAéA'\\u@'][¿$'\\xff'?]",
    );
    check(r#"$"a" "$'" "$""#, r#"["a"]["$'"]["$"]"#);
    check("a\\\nb", "[a\\b]");
    check("a\\", "[a\\]");
    check("é\\é'é'", "[é\\é'é']");
}

#[test]
fn variables() {
    check("$a$1$12 $@ $$ $- $", "[${a}${1}${1}2][${@}][${$}][${-}][$]");
    check(
        "${a} ${12} ${#a} ${#} ${!a} ${!a*} ${a[@]}",
        "[${a}][${12}][${#a}][${#}][${!a}][${!a Names }][${a[@]}]",
    );
    check(
        "${a:-b} ${a-b c}",
        "[${a Default { or_empty: true } [b]}][${a Default { or_empty: false } [b c]}]",
    );
    check(
        "${a:=${b:+\"$c}\"}}",
        "[${a Assign { or_empty: true } [${b Alternative { or_empty: true } [\"${c}}\"]}]}]",
    );
    check("\"${a:-'}\"", "[\"${a Default { or_empty: true } [']}\"]");
    check(
        "${a%%-*}${a#*'}'}",
        "[${a RemoveSuffix { longest: true } [-*]}${a RemovePrefix { longest: false } [*'}']}]",
    );
    check(
        "${a/b/c}${a//\\//-}${a///_}",
        "[${a ReplaceFirst [b][c]}${a ReplaceAll [\\/][-]}${a ReplaceAll [/_]}]",
    );
    check("${a:1:2}${a: -1}", "[${a Substring [1][2]}${a Substring [ -1]}]");
    check(
        "${a^^}${a@Q}",
        "[${a Uppercase { all: true } []}${a Transform [Q]}]",
    );
    check("${a.b} c", "[¿${a.b}?][c]");
}

#[test]
fn substitutions() {
    check("a $(b | c \"$(d)\")e", "[a][$([b] | [c][\"$([d])\"])e]");
    check("a `b c` d", "[a][`[b][c]`][d]");
    check("`a \\`b\\`` c", "[¿`a \\`b\\``?][c]");
    check("\"`a \\(b`\"", "[\"`[a][\\(b]`\"]");
    check("$((1 + $a)) $(( $(b) ))", "[$((1 + ${a}))][$(( $([b]) ))]");
    check("$((a); (b))", "[$(subshell([a]); subshell([b]))]");
    check("$( (a) )", "[$(subshell([a]))]");
    check("diff <(a) >(b)", "[diff][<([a])][<([b])]");
    check("$(# )\na)", "[$([a])]");
    check("$[1]", "[¿$[?1]]");
}

#[test]
fn compound_commands() {
    check("(a; b) >c", "subshell([a]; [b])<Write [c]>");
    check("((a) || (b))", "subshell(subshell([a]) || subshell([b]))");
    check("{ a; } | b", "group([a];) | [b]");
    check("{ { a; } }", "group(group([a];))");
    check(
        "if a; then b; elif c; then d; else e; fi",
        "if([a]; then [b]; elif [c]; then [d]; else [e];)",
    );
    check("for i in a $b; do c; done", "for(i in [a][${b}] do [c];)");
    check(
        "for i\ndo c; done; for i; do c; done",
        "for(i do [c];); for(i do [c];)",
    );
    check(
        "for ((i=0; i<3; i++)); do a; done",
        "for([i=0; i<3; i++] do [a];)",
    );
    check("while a; do b; done < c", "while([a]; do [b];)<Read [c]>");
    check("until a; do b; done", "until([a]; do [b];)");
    check(
        "case $a in b|c) d ;; (e) f ;& *) esac",
        "case([${a}] [b][c] do [d];; [e] do [f];& [*] do )",
    );
    check(
        "A=$(case $(uname -m) in x86_64) echo amd64;; a) b; esac)",
        "{A=[$(case([$([uname][-m])] [x86_64] do [echo][amd64];; [a] do [b];))]}",
    );
    check("((a + 1)) && b", "arithmetic([a + 1]) && [b]");
    check("echo if then { } done", "[echo][if][then][{][}][done]");
}

#[test]
fn reserved_words_stand_alone_behind_continued_lines() {
    check("if a; then\\\n b; fi\\\n", "if([a]; then [b];)");
    check("do\\\nne", "[do\\ne]");
    check(
        "a 2>&1>b; c=(d)\\\n e",
        "[a]<2 DuplicateOutput [1]><Write [b]>; {c=([d])}[e]",
    );
}

#[test]
fn functions() {
    check("f() { a; }; f", "function f group([a];); [f]");
    check("f () ( a )", "function f subshell([a])");
    check("function f { a; }", "function f group([a];)");
    check("function f()\n{ a; }", "function f group([a];)");
}

#[test]
fn tests() {
    check(
        "[[ -f a && $b == *.c ]] && d",
        "test([-f][a][&&][${b}][==][*.c]) && [d]",
    );
    check(
        "[[ $a =~ ^(b|c d)$ || ( x < y ) ]]",
        "test([${a}][=~][^(b|c d)$][||][(][x][<][y][)])",
    );
    check("[ a = b ]", "[[][a][=][b][]]");
}

#[test]
fn redirections() {
    check(
        "a >b 2>&1 <c >>d <>e >|f",
        "[a]<Write [b]><2 DuplicateOutput [1]><Read [c]><Append [d]><ReadWrite [e]><Clobber [f]>",
    );
    check(
        "a &>b &>>c <&- <<<\"d\"",
        "[a]<WriteBoth [b]><AppendBoth [c]><DuplicateInput [-]><HereString [\"d\"]>",
    );
    check(">a", "<Write [a]>");
    check("a 2 >b c2>d", "[a][2][c2]<Write [b]><Write [d]>");
    check("a > >(b)", "[a]<Write [<([b])]>");
}

#[test]
fn heredocs() {
    check("a <<E | b\nc $d\nE\ne", "[a]<Heredoc [E][c ${d}\n]> | [b]⏎ [e]");
    check(
        "a <<'E' <<-F\n$b\nE\n\tc\n\tF",
        "[a]<Heredoc ['E'][$b\n]><HeredocStripped [F][\\c\n]>⏎",
    );
    check("a <<-'E'\n\tb\nE", "[a]<HeredocStripped ['E'][\\b\n]>⏎");
    check("(a <<E)\nb\nE\nc", "subshell([a]<Heredoc [E][b\n]>)⏎ [c]");
    check("$(a <<E\n)\nE\n)", "[$([a]<Heredoc [E][)\n]>⏎)]");
    check("a <<E\nb\\\nE\nE", "[a]<Heredoc [E][b\\E\n]>⏎");
    check("a <<E\nb", "[a]<Heredoc [E][b]>⏎");
    check("a <<E", "[a]<Heredoc [E][]>");
    check(
        "a <<E\n\"$(b '\n')\" ${c\nE\nd",
        "[a]<Heredoc [E][¿\"$(b '\n')\" ${c\n?]>⏎ [d]",
    );
}

#[test]
fn what_is_not_understood_is_opaque() {
    check("a; b )", "[a]; [b] ¿)?");
    check("a && if b; c", "[a] && ¿if b; c?");
    check("a; echo 'b", "[a]; ¿echo 'b?");
    check("a $(b", "¿a $(b?");
    check("a `b )` c", "[a][`[b] ¿)?`][c]");
    check("a (b)", "¿a (b)?");
    check("a &&", "¿a &&?");
    check(";", "¿;?");
    check("a <<E; )\nb\nE", "[a]<Heredoc [E][¿?]>; ¿)\nb\nE?");
    check("coproc a", "¿coproc a?");
}
