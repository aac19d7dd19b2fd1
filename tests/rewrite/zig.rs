//! Zig.

use crate::check::{AGGRESSIVE, TARGETS, plan_and_rewrite, stays};
use xbuild::context::Context;

fn stage(before: &str) -> String {
    format!(
        "FROM alpine AS b\nRUN apk add zig\nWORKDIR /s\nCOPY . .\n{before}\nFROM alpine\nCOPY --from=b /s/zig-out/bin/x /\n"
    )
}

fn aggressive(before: &str) -> String {
    plan_and_rewrite(before, &TARGETS, &Context::default(), AGGRESSIVE).1
}

#[test]
fn the_target_is_named_with_the_c_library_of_the_stage() {
    let after = aggressive(&stage("RUN zig build --release=fast"));
    assert!(
        after.contains("RUN zig build -Dtarget=\"$(cat /etc/cross/zig)\" --release=fast"),
        "{after}"
    );
    assert!(after.contains("amd64*) zig=x86_64-linux-musl"), "{after}");
    assert!(after.contains("exit 1"), "{after}");
    let after = aggressive(
        &stage("RUN zig build")
            .replace("alpine", "fedora")
            .replace("apk add", "dnf install -y"),
    );
    assert!(after.contains("arm64*) zig=aarch64-linux-gnu"), "{after}");
}

#[test]
fn the_compiler_may_be_a_module_of_python() {
    let after = aggressive(
        "FROM python:3.13-slim AS b\nRUN pip install ziglang==0.14.1\nWORKDIR /s\nCOPY . .\nRUN python -m ziglang build --prefix /out\nFROM debian\nCOPY --from=b /out /\n",
    );
    let told = "RUN python -m ziglang build -Dtarget=\"$(cat /etc/cross/zig)\" --prefix /out";
    assert!(after.contains(told), "{after}");
}

#[test]
fn zig_stays_when_the_target_is_not_its_own_choice() {
    for (run, why) in [
        (
            "RUN zig build -Dtarget=x86_64-linux-musl",
            "every platform gets that one",
        ),
        ("RUN zig build -Dcpu=native", "-Dcpu"),
        ("RUN apk add libpq-dev && zig build", "may link libpq-dev"),
        ("RUN zig build-exe main.zig", "stays on the target"),
        ("RUN zig build test", "`zig build test`"),
        ("RUN zig build deploy", "deploy"),
        ("USER nobody\nRUN zig build", "another user"),
    ] {
        stays_aggressively(&stage(run), why);
    }
}

#[test]
fn a_zig_that_may_be_the_targets_is_not_run() {
    stays_aggressively(
        "FROM debian AS b\nARG TARGETARCH\nRUN curl -L https://example.org/zig-$TARGETARCH.tar.xz -o /z.tar.xz && tar -xf /z.tar.xz -C /opt\nWORKDIR /s\nCOPY . .\nRUN zig build\nFROM debian\nCOPY --from=b /s/zig-out/bin/x /\n",
        "may be one for the target platform",
    );
}

fn stays_aggressively(before: &str, why: &str) {
    assert_eq!(aggressive(before), before);
    stays(before, why);
}
