//! What words say.

use crate::shell::{Command, Pattern, SimpleCommand, effective, parse};

fn simple(source: &str) -> SimpleCommand {
    match parse(source)
        .items
        .swap_remove(0)
        .pipeline
        .commands
        .swap_remove(0)
    {
        Command::Simple(simple) => simple,
        other => panic!("{source:?} is no simple command but {other:?}"),
    }
}

fn lookup(name: &str) -> Option<String> {
    let value = match name {
        "V" => "1.2.3-rc1",
        "ARCH" => "amd64",
        "P" => "linux/arm/v7",
        "EMPTY" => "",
        _ => return None,
    };
    Some(value.to_owned())
}

#[test]
fn literals_are_what_the_program_sees() {
    let check = |source: &str, expected: Option<&str>| {
        assert_eq!(
            simple(source).words[0].literal().as_deref(),
            expected,
            "in {source:?}"
        );
    };
    check(r#"a'b'"c\"\n"\d"#, Some("abc\"\\nd"));
    check("a\\\nb", Some("ab"));
    check("$a", None);
    check("`a`", None);
    check("''", Some(""));
}

#[test]
fn variables_expand_when_they_are_known() {
    let check = |source: &str, expected: Option<&str>| {
        assert_eq!(
            simple(source).words[0].expand(&lookup).as_deref(),
            expected,
            "in {source:?}"
        );
    };
    check("go-$V.\"${ARCH}\"", Some("go-1.2.3-rc1.amd64"));
    check("$unknown", None);
    check("${unknown:-a}", None);
    check("${EMPTY:-a$V}${EMPTY-b}${ARCH:-c}", Some("a1.2.3-rc1amd64"));
    check("${EMPTY:+a}${ARCH:+b}", Some("b"));
    check("${EMPTY:?}", None);
    check("${#ARCH}", Some("5"));
    check("${V%%-*} ", Some("1.2.3"));
    check("${V%.*}", Some("1.2"));
    check("${V%%.*}", Some("1"));
    check("${P#*/}", Some("arm/v7"));
    check("${P##*/}", Some("v7"));
    check("${P#linux/}", Some("arm/v7"));
    check("${P//\\//-}", Some("linux-arm-v7"));
    check("${ARCH/amd64/x86_64}", Some("x86_64"));
    check("${ARCH/a*/x}", None);
    check("${ARCH^^}", Some("AMD64"));
    check("${ARCH:0:3}", None);
    check("$(a)", None);
}

#[test]
fn patterns_match_whole_values() {
    let check = |pattern: &str, value: &str, expected: bool| {
        let pattern = Pattern::of_word(&simple(pattern).words[0], &lookup).expect("a constant pattern");
        assert_eq!(pattern.matches(value), expected, "{pattern:?} and {value:?}");
    };
    check("arm*", "armv7l", true);
    check("arm*", "aarch64", false);
    check("i[3-6]86", "i686", true);
    check("i[!3-6]86", "i686", false);
    check("a?c", "abc", true);
    check("'a*'", "ab", false);
    check("*a*b", "xaybab", true);
    check("[]]", "]", true);
    check("[a", "[a", true);
    check("$ARCH", "amd64", true);
    check("*", "", true);
}

#[test]
fn wrappers_are_looked_through() {
    let check = |source: &str, expected: Option<(usize, &[usize])>| {
        let effective = effective(&simple(source));
        let found = effective
            .as_ref()
            .map(|effective| (effective.first, effective.assignments.as_slice()));
        assert_eq!(found, expected, "in {source:?}");
    };
    check("make all", Some((0, &[])));
    check("env A=b make", Some((2, &[1])));
    check("env -i -u X A=$b -- make", Some((5, &[4])));
    check("env -S 'a b'", None);
    check("/usr/bin/env make", Some((1, &[])));
    check("sudo -E -u root A=1 env B=2 make -j", Some((7, &[4, 6])));
    check("sudo --user=x make", Some((2, &[])));
    check("command -v go", None);
    check("exec time -p nice -n 5 nohup go build", Some((7, &[])));
    check("nice -10 go", Some((2, &[])));
    check("find | xargs", Some((0, &[])));
    check("xargs -0 -n1 -I {} rm -f", Some((5, &[])));
    check("env", None);
    check("$SUDO make", None);
    check("env $X make", None);
}
