//! Dart and Flutter.

use crate::check::{check, check_likely, stays};

fn web(image: &str, run: &str) -> String {
    format!(
        "FROM {image} AS b\nWORKDIR /app\nCOPY . .\nRUN {run}\nFROM nginx\nCOPY --from=b /app/build/web /usr/share/nginx/html\n"
    )
}

fn native(before: &str) -> String {
    before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

#[test]
fn what_browsers_run_is_data() {
    for run in [
        "flutter build web",
        "flutter config --enable-web && flutter pub get && flutter build web --release",
        "dart pub get && dart compile js web/main.dart -o build/web/main.js",
    ] {
        let before = web("example.org/flutter", run);
        check(&before, &native(&before));
    }
}

#[test]
fn a_flutter_of_unknown_origin_is_likely() {
    let before = web("example.org/android-sdk", "flutter build web");
    check_likely(&before, &native(&before));
    let before = web(
        "example.org/flutter",
        "dart run build_runner build && flutter build web",
    );
    check_likely(&before, &native(&before));
}

#[test]
fn programs_stay() {
    for (run, why) in [
        (
            "dart compile exe bin/a.dart -o build/web/a",
            "stays on the target",
        ),
        ("dart compile aot-snapshot bin/a.dart", "stays on the target"),
        ("dart bin/generate.dart", "files are not known"),
        ("flutter build linux", "more than pages"),
    ] {
        stays(&web("dart:3.11", run), why);
    }
}
