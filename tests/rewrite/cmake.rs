//! CMake on Debian and Ubuntu.

use xbuild::context::Context;

use crate::check::{check_on_debian, context_of, on_debian, stays_always};

const PACKAGES: &str = "g++ cmake make";

fn check(before: &str, after: &str, taken: &str, context: &Context) -> String {
    check_on_debian(PACKAGES, before, after, taken, context)
}

fn stays(instructions: &str, why: &str) {
    let before = on_debian("", PACKAGES, instructions, "/src/build/app");
    stays_always(&before, &Context::default(), why);
}

#[test]
fn the_configuration_gets_a_toolchain_file() {
    let setup = check(
        "RUN cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build -j\"$(nproc)\"\n",
        "RUN cmake $(cat /etc/cross/cmake) -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build -j\"$(nproc)\"\n",
        "/src/build/app",
        &Context::default(),
    );
    assert!(setup.contains("CMAKE_SYSTEM_PROCESSOR $machine"), "{setup}");
    assert!(setup.contains("machine=aarch64;"), "{setup}");
}

#[test]
fn make_and_ninja_need_nothing_in_its_folder() {
    for build in ["make -j4", "ninja", "cmake --build ."] {
        check(
            &format!("RUN mkdir build && cd build && cmake .. -G Ninja && {build}\n"),
            &format!("RUN mkdir build && cd build && cmake $(cat /etc/cross/cmake) .. -G Ninja && {build}\n"),
            "/src/build/app",
            &Context::default(),
        );
    }
}

#[test]
fn an_installation_goes_where_it_was_told() {
    for (configure, install, taken) in [
        ("", "DESTDIR=/out cmake --install build --strip", "/out/usr/local"),
        ("", "cmake --install build --prefix /opt/app", "/opt/app"),
        (
            " -DCMAKE_INSTALL_PREFIX=/opt/app",
            "cmake --build build --target install",
            "/opt/app",
        ),
        (
            "",
            "cmake --install build && ldconfig",
            "/usr/local/lib/libapp.so*",
        ),
    ] {
        check(
            &format!("RUN cmake -B build{configure}\nRUN {install}\n"),
            &format!("RUN cmake $(cat /etc/cross/cmake) -B build{configure}\nRUN {install}\n"),
            taken,
            &Context::default(),
        );
    }
}

#[test]
fn a_second_project_may_need_the_first() {
    stays(
        "RUN cmake -S a -B a && cmake --install a\nRUN cmake -S b -B build && cmake --build build\n",
        "`cmake` may need what was installed into /usr/local",
    );
    stays(
        "RUN cmake -S a -B a && cmake --install a && apt-get install -y git\n\
         RUN tar -C /usr/local -xf x.tar && cmake -S b -B build && cmake --build build\n",
        "`cmake` may need what was installed into /usr/local",
    );
}

#[test]
fn definitions_of_one_platform_stay() {
    for definition in [
        "CMAKE_C_COMPILER=clang",
        "CMAKE_TOOLCHAIN_FILE=arm.cmake",
        "CMAKE_CXX_FLAGS=-march=native",
        "GGML_NATIVE=ON",
        "ZLIB_LIBRARY=/usr/lib/x86_64-linux-gnu/libz.so",
    ] {
        stays(
            &format!("RUN cmake -B build -D{definition} && cmake --build build\n"),
            if definition.contains("march") {
                "has the flag -march=native"
            } else {
                "which may hold for one platform only"
            },
        );
    }
    stays("RUN cmake --preset release\n", "`cmake` is told --preset");
    stays(
        "RUN CC=clang cmake -B build && cmake --build build\n",
        "`cmake` is told CC",
    );
}

#[test]
fn a_build_that_was_not_configured_stays() {
    stays(
        "RUN cmake --build build\n",
        "no command before it is known to have set up",
    );
    stays(
        "RUN cmake -B build && ninja -C other\n",
        "no command before it is known to have set up",
    );
}

#[test]
fn projects_that_run_what_they_build_stay() {
    let before = on_debian(
        "",
        PACKAGES,
        "RUN cmake -B build && cmake --build build\n",
        "/src/build/app",
    );
    for (line, why) in [
        ("add_custom_command(OUTPUT t.h COMMAND gen)", "add_custom_command"),
        (
            "message(${CMAKE_HOST_SYSTEM_PROCESSOR})",
            "CMAKE_HOST_SYSTEM_PROCESSOR",
        ),
    ] {
        let context = context_of(&[("CMakeLists.txt", &format!("project(a C)\n{line}\n"))]);
        stays_always(&before, &context, why);
    }
    let plain = context_of(&[("CMakeLists.txt", "project(a C)\nadd_executable(app main.c)\n")]);
    check(
        "RUN cmake -B build && cmake --build build\n",
        "RUN cmake $(cat /etc/cross/cmake) -B build && cmake --build build\n",
        "/src/build/app",
        &plain,
    );
}

#[test]
fn tests_stay() {
    stays(
        "RUN cmake -B build && cmake --build build --target check\n",
        "builds the target check",
    );
    stays(
        "RUN cmake -B build && cmake --build build && ctest --test-dir build\n",
        "`ctest`",
    );
}
