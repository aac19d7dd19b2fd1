//! Meson on Debian and Ubuntu.

use xbuild::context::Context;

use crate::check::{check_on_debian, context_of, on_debian, stays_always};

const PACKAGES: &str = "gcc libc6-dev meson ninja-build";

fn check(before: &str, after: &str, taken: &str) -> String {
    check_on_debian(PACKAGES, before, after, taken, &Context::default())
}

fn stays(instructions: &str, why: &str) {
    let before = on_debian("", PACKAGES, instructions, "/src/build/app");
    stays_always(&before, &Context::default(), why);
}

#[test]
fn the_folder_is_set_up_with_a_cross_file() {
    let setup = check(
        "RUN meson setup build --buildtype=release && meson compile -C build\n",
        "RUN meson setup $(cat /etc/cross/meson) build --buildtype=release && meson compile -C build\n",
        "/src/build/app",
    );
    assert!(
        setup.contains("--cross-file /etc/cross/meson.ini") && setup.contains("cpu_family = '$family'"),
        "{setup}"
    );
}

#[test]
fn ninja_builds_and_installs_what_was_set_up() {
    check(
        "RUN meson setup build --prefix=/usr && ninja -C build\nRUN DESTDIR=/out meson install -C build\n",
        "RUN meson setup $(cat /etc/cross/meson) build --prefix=/usr && ninja -C build\nRUN DESTDIR=/out meson install -C build\n",
        "/out/usr",
    );
    check(
        "RUN meson setup build --prefix=/opt/app && ninja -C build install\n",
        "RUN meson setup $(cat /etc/cross/meson) build --prefix=/opt/app && ninja -C build install\n",
        "/opt/app/bin/app",
    );
}

#[test]
fn other_ways_stay() {
    stays(
        "RUN meson build && ninja -C build\n",
        "`meson setup` sets a folder up",
    );
    stays(
        "RUN meson setup --native-file clang.ini build && ninja -C build\n",
        "is told --native-file",
    );
    stays(
        "RUN meson setup build -Dc_args=-march=native && ninja -C build\n",
        "which may hold for one platform only",
    );
    stays("RUN meson setup build && meson test -C build\n", "runs tests");
    stays(
        "RUN meson compile -C build\n",
        "no command before it is known to have set up",
    );
    stays(
        "RUN meson setup build --prefix=/usr && meson install -C build\n",
        "installs into /usr, among files of the platform",
    );
}

#[test]
fn projects_that_run_what_they_build_stay() {
    let before = on_debian(
        "",
        PACKAGES,
        "RUN meson setup build && ninja -C build\n",
        "/src/build/app",
    );
    let context = context_of(&[(
        "meson.build",
        "project('a', 'c')\nx = custom_target('t', command: gen)\n",
    )]);
    stays_always(&before, &context, "custom_target");
}
