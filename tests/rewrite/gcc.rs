//! GCC called on sources, on Debian and Ubuntu.

use xbuild::context::Context;

use crate::check::{check as check_certain, check_on_debian, on_debian, stays_always};

fn check(packages: &str, before: &str, after: &str) -> String {
    check_on_debian(packages, before, after, "/src/app", &Context::default())
}

fn stays(instructions: &str, why: &str) {
    let before = on_debian("", "gcc libc6-dev", instructions, "/src/app");
    stays_always(&before, &Context::default(), why);
}

#[test]
fn the_compiler_becomes_that_of_the_target() {
    let setup = check(
        "gcc libc6-dev",
        "RUN gcc -O2 -Wall -o app main.c\n",
        "RUN \"$(cat /etc/cross/gnu)-gcc\" -O2 -Wall -o app main.c\n",
    );
    assert!(
        setup.contains(" \"gcc-$package\" \"libc6-dev-$debian-cross\";"),
        "{setup}"
    );
    assert!(!setup.contains("dpkg --add-architecture"), "{setup}");
    let setup = check(
        "build-essential",
        "RUN g++ -std=c++20 -o app main.cpp\n",
        "RUN \"$(cat /etc/cross/gnu)-g++\" -std=c++20 -o app main.cpp\n",
    );
    assert!(setup.contains(" \"g++-$package\""), "{setup}");
}

#[test]
fn the_tools_of_what_it_made_are_those_of_the_target() {
    check(
        "gcc libc6-dev",
        "RUN gcc -c -o a.o a.c && ar rcs liba.a a.o && gcc -o app main.c liba.a && strip app\n",
        "RUN \"$(cat /etc/cross/gnu)-gcc\" -c -o a.o a.c && \"$(cat /etc/cross/gnu)-ar\" rcs liba.a a.o && \
         \"$(cat /etc/cross/gnu)-gcc\" -o app main.c liba.a && \"$(cat /etc/cross/gnu)-strip\" app\n",
    );
}

#[test]
fn libraries_come_for_the_target_too() {
    let setup = check(
        "gcc libc6-dev libssl-dev zlib1g-dev",
        "RUN gcc -o app main.c -lssl -lz\n",
        "RUN \"$(cat /etc/cross/gnu)-gcc\" -o app main.c -lssl -lz\n",
    );
    assert!(
        setup.contains("dpkg --add-architecture \"$debian\"; apt-get update;"),
        "{setup}"
    );
    assert!(
        setup.contains(" \"libssl-dev:$debian\" \"zlib1g-dev:$debian\";"),
        "{setup}"
    );
}

#[test]
fn flags_of_one_platform_stay() {
    stays(
        "RUN gcc -march=native -o app main.c\n",
        "has the flag -march=native",
    );
    stays("RUN gcc -L/opt/lib -o app main.c\n", "has the flag -L/opt/lib");
    stays("ENV CFLAGS=-m64\nRUN gcc -o app main.c\n", "has the flag -m64");
    stays("ENV CPATH=/opt/include\nRUN gcc -o app main.c\n", "is told CPATH");
    stays("RUN gcc $(cat flags) -o app main.c\n", "not known before it runs");
}

#[test]
fn what_runs_in_the_stage_stays() {
    stays("RUN gcc -o app main.c && ./app\n", "it runs ./app");
}

#[test]
fn a_helper_of_the_stage_is_compiled_for_it() {
    let before = "FROM debian:trixie AS build\nRUN apt-get update && apt-get install -y gcc libc6-dev git\nCOPY count.c /\n\
                  RUN gcc -o /usr/local/bin/count count.c && git clone https://example.org/x.git /data\n\
                  FROM scratch\nCOPY --from=build /data /data\n";
    check_certain(
        before,
        &before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1),
    );
}

#[test]
fn other_systems_and_compilers_stay() {
    let on = |image: &str, packages: &str| {
        on_debian("", packages, "RUN gcc -o app main.c\n", "/src/app")
            .replace("debian:trixie AS", &format!("{image} AS"))
    };
    let none = Context::default();
    stays_always(&on("gcc:14", "make"), &none, "gcc:14 has no compiler for others");
    stays_always(
        &on("ubuntu:24.04", "gcc zlib1g-dev"),
        &none,
        "another server of Ubuntu",
    );
    stays_always(&on("debian:trixie", "clang gcc"), &none, "may compile with clang");
    stays_always(
        &on("debian:trixie", "make"),
        &none,
        "installs none of the distribution's",
    );
    stays_always(
        &on("debian:trixie", "gcc libopencv-dev"),
        &none,
        "may need libopencv-dev for the target platform",
    );
    stays_always(
        &on("debian:trixie", "gcc").replace("WORKDIR", "USER builder\nWORKDIR"),
        &none,
        "another user than root",
    );
}
