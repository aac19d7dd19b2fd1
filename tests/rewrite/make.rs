//! make with a Makefile of the build context, on Debian and Ubuntu.

use xbuild::context::Context;

use crate::check::{ARGUMENTS, check_compiled, check_on_debian, context_of, on_debian, stays_always};

const PACKAGES: &str = "gcc libc6-dev make";

const MAKEFILE: &str = "CFLAGS ?= -O2\nall: app\napp: main.o\n\t$(CC) -o $@ $^\n";

fn check(makefile: &str, before: &str, after: &str, taken: &str) -> String {
    check_on_debian(
        PACKAGES,
        before,
        after,
        taken,
        &context_of(&[("Makefile", makefile)]),
    )
}

fn stays(makefile: &str, why: &str) {
    let before = on_debian("", PACKAGES, "RUN make\n", "/src/app");
    stays_always(&before, &context_of(&[("Makefile", makefile)]), why);
}

/// The tools that make's own rules know.
const TOOLS: &str =
    "CC=\"$(cat /etc/cross/gnu)-gcc\" CXX=\"$(cat /etc/cross/gnu)-g++\" AR=\"$(cat /etc/cross/gnu)-ar\"";

#[test]
fn make_is_told_the_tools() {
    check(
        MAKEFILE,
        "RUN make -j\"$(nproc)\"\n",
        &format!("RUN make {TOOLS} -j\"$(nproc)\"\n"),
        "/src/app",
    );
    check(
        &format!("{MAKEFILE}\t$(STRIP) app\n"),
        "RUN make CFLAGS=-O3 app\n",
        &format!("RUN make {TOOLS} STRIP=\"$(cat /etc/cross/gnu)-strip\" CFLAGS=-O3 app\n"),
        "/src/app",
    );
}

#[test]
fn an_assignment_of_the_plain_tool_gives_way() {
    check(
        &format!("CC = gcc\n{MAKEFILE}"),
        "RUN make\n",
        &format!("RUN make {TOOLS}\n"),
        "/src/app",
    );
    stays(
        &format!("CC = gcc -std=gnu17\n{MAKEFILE}"),
        "Makefile fixes a tool (`CC = gcc -std=gnu17`)",
    );
    stays(&format!("CC := clang\n{MAKEFILE}"), "fixes a tool");
    stays(&format!("override CC = gcc\n{MAKEFILE}"), "fixes a tool");
}

#[test]
fn pkg_config_is_told_where_the_libraries_are() {
    check(
        &format!("LDLIBS = $(shell pkg-config --libs zlib)\n{MAKEFILE}"),
        "RUN make\n",
        &format!(
            "RUN PKG_CONFIG_LIBDIR=\"/usr/lib/$(sed s/i686/i386/ /etc/cross/gnu)/pkgconfig:/usr/share/pkgconfig\" make {TOOLS}\n"
        ),
        "/src/app",
    );
}

#[test]
fn an_installation_has_a_folder_of_its_own() {
    let makefile = format!("{MAKEFILE}install:\n\tinstall -D app $(DESTDIR)$(PREFIX)/bin/app\n");
    for (line, taken) in [
        ("install DESTDIR=/out PREFIX=/usr", "/out/usr"),
        ("install PREFIX=/opt/app", "/opt/app"),
        // The folder is empty on Debian.
        ("install PREFIX=/usr/local", "/usr/local/bin/app"),
    ] {
        check(
            &makefile,
            &format!("RUN make {line}\n"),
            &format!("RUN make {TOOLS} {line}\n"),
            taken,
        );
    }
    let before = on_debian("", PACKAGES, "RUN make install PREFIX=/usr\n", "/usr/bin/app");
    stays_always(
        &before,
        &context_of(&[("Makefile", &makefile)]),
        "installs into /usr, among files of the platform",
    );
}

#[test]
fn a_makefile_that_is_not_there_proves_nothing() {
    let before = on_debian("", PACKAGES, "RUN make\n", "/src/app");
    stays_always(&before, &Context::default(), "its Makefile is not there");
    let elsewhere = context_of(&[("tool/Makefile", MAKEFILE)]);
    stays_always(&before, &elsewhere, "its Makefile is not there");
}

#[test]
fn a_makefile_that_does_more_than_compile_stays() {
    stays(
        "all:\n\tgcc -o app main.c\n",
        "fixes a tool (`gcc -o app main.c`)",
    );
    stays(
        "all:\n\tgo build -o app .\n",
        "does not follow (`go build -o app .`)",
    );
    stays(
        &format!("{MAKEFILE}table.h: gen\n\t./gen > $@\n"),
        "runs what it built (`./gen > $@`)",
    );
    stays(
        &format!("ARCH := $(shell uname -m)\n{MAKEFILE}"),
        "asks what the machine is",
    );
    stays(&format!("include rules.mk\n{MAKEFILE}"), "takes in rules.mk");
}

#[test]
fn makefiles_of_other_folders_count_where_make_goes_on_there() {
    let all = "all:\n\t$(MAKE) -C src\n";
    let before = on_debian("", PACKAGES, "RUN make\n", "/src/src/app");
    let context = context_of(&[("Makefile", all), ("src/Makefile", "app:\n\tgcc -o app main.c\n")]);
    stays_always(&before, &context, "src/Makefile fixes a tool");
    let context = context_of(&[("Makefile", all), ("src/Makefile", MAKEFILE)]);
    let setup = check_compiled(
        &before,
        &before
            .replace("FROM debian:trixie AS", "FROM --platform=$BUILDPLATFORM debian:trixie AS")
            .replace(
                "RUN make\n",
                &format!(
                    "{ARGUMENTS}RUN make CC=\"$(cat /etc/cross/gnu)-gcc\" CXX=\"$(cat /etc/cross/gnu)-g++\" \
                     AR=\"$(cat /etc/cross/gnu)-ar\" LD=\"$(cat /etc/cross/gnu)-ld\" NM=\"$(cat /etc/cross/gnu)-nm\" \
                     OBJCOPY=\"$(cat /etc/cross/gnu)-objcopy\" RANLIB=\"$(cat /etc/cross/gnu)-ranlib\" \
                     STRIP=\"$(cat /etc/cross/gnu)-strip\"\n"
                ),
            ),
        &context,
    );
    assert!(setup.contains("gcc-$package"), "{setup}");
}

#[test]
fn another_project_is_not_what_was_configured() {
    let none = Context::default();
    // Its own Makefile lies in a folder of the sources, or took the place of the one that was made.
    for lines in [
        "RUN ./configure && make\nRUN cd other && make\n",
        "RUN ./configure && make\nRUN rm -rf /src && git clone https://example.org/other /src && cd /src && make\n",
        "RUN ./configure\nCOPY other /src\nRUN make\n",
    ] {
        let before = on_debian("", PACKAGES, lines, "/src/app");
        stays_always(&before, &none, "its Makefile is not there");
    }
}

#[test]
fn commands_behind_words_of_the_shell_count() {
    stays(
        &format!("{MAKEFILE}\tif true; then go build -o app .; fi\n"),
        "does not follow (`if true; then go build -o app .; fi`)",
    );
}

#[test]
fn targets_that_run_what_was_built_stay() {
    let before = on_debian("", PACKAGES, "RUN make && make check\n", "/src/app");
    stays_always(
        &before,
        &context_of(&[("Makefile", MAKEFILE)]),
        "`make` builds the target check, which runs what was built",
    );
}
