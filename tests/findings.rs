//! Findings as people and programs get them.

use xbuild::{
    context::Context,
    model::Settings,
    platform::Platform,
    report::{diagnostics, findings_json},
    rules::{self, Diagnostic},
};

fn lint(text: &str) -> Vec<Diagnostic> {
    let targets = vec![Platform::linux("amd64"), Platform::linux("arm64")];
    rules::lint(
        text,
        Settings::new(Platform::linux("amd64"), targets),
        &Context::default(),
    )
}

#[test]
fn findings_are_drawn_for_people_and_programs() {
    let text = "ARG TARGETARCH\nFROM a\nRUN x \\\n  $TARGETARCH\n";
    let found = lint(text);
    let mut line = Vec::new();
    diagnostics::write_concise(&mut line, "Dockerfile", text, &found).expect("a vector takes everything");
    let expected =
        "Dockerfile:4:3: error[XB202] `$TARGETARCH` is empty here: stage `stage-0` does not declare it\n";
    assert_eq!(String::from_utf8_lossy(&line), expected);
    insta::assert_snapshot!(diagnostics::full("Dockerfile", text, &found[0], diagnostics::Color::Never), @r"
    error[XB202]: `$TARGETARCH` is empty here: stage `stage-0` does not declare it
     --> Dockerfile:4:3
      |
    1 | ARG TARGETARCH
      | -------------- this declares it for FROM only; a stage has to declare it again
    ...
    4 |   $TARGETARCH
      |   ^^^^^^^^^^^
      |
    help: declare it in front of the step: `ARG TARGETARCH`
      |
    3 + ARG TARGETARCH
      |
    ");
    let colored = diagnostics::full("Dockerfile", text, &found[0], diagnostics::Color::Always);
    assert!(colored.contains("\u{1b}["));
    let mut json = Vec::new();
    findings_json::write(
        &mut json,
        vec![findings_json::file_findings("Dockerfile", text, &found)],
    )
    .expect("the same");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
    let finding = &json["files"][0]["findings"][0];
    assert_eq!(
        (
            json["version"].as_u64(),
            finding["line"].as_u64(),
            finding["end_column"].as_u64()
        ),
        (Some(1), Some(4), Some(14))
    );
    assert_eq!(finding["fix"][0]["text"], "ARG TARGETARCH\n");
}
