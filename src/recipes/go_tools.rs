//! Tools for Go sources that are no part of Go.

use crate::{
    plan::{Effect, Invocation, Origin, Output},
    recipes::go_target::{setting, told_platform},
    shell::Redirection,
};

/// Tools for Go sources that are no part of Go: those that only look, and those that write text.
pub(super) fn text_tool(invocation: &Invocation<'_>) -> Option<Result<Effect, String>> {
    match invocation.name {
        "gofmt" | "goimports" | "gofumpt" | "golint" | "staticcheck" | "golangci-lint" | "gosec"
        | "govulncheck" | "errcheck" | "misspell" | "ineffassign" | "revive" | "gometalinter" => {
            return Some(looked(invocation));
        }
        "go-licenses" => return Some(licenses(invocation)),
        "go-bindata" | "go-bindata-assetfs" | "statik" | "packr" | "packr2" | "pkger" | "rice" | "esc"
        | "swag" | "mockgen" | "stringer" | "wire" | "sqlc" | "templ" | "qtc" | "easyjson" | "ffjson"
        | "gqlgen" | "oapi-codegen" | "goyacc" | "controller-gen" | "deepcopy-gen" => {}
        _ => return None,
    }
    Some(written_text(invocation))
}

/// What a tool says of the sources may hold for the platform it runs on only, as some are for one platform.
fn looked(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let is_kept = |redirection: &Redirection| redirection.target.literal().as_deref() != Some("/dev/null");
    if invocation.is_piped || invocation.command.redirections.iter().any(is_kept) {
        return Err("reports on the sources for the platform it runs on".to_owned());
    }
    Ok(Effect::nothing())
}

/// The licenses of what a program for the target has in it.
fn licenses(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let written = written_text(invocation)?;
    // Go leaves cgo out for another platform by itself, as the program does.
    let effect = told_platform(invocation, Effect::default(), Vec::new())?;
    Ok(Effect {
        outputs: written.outputs,
        ..effect
    })
}

fn written_text(invocation: &Invocation<'_>) -> Result<Effect, String> {
    // packr builds, and rice appends to, a program.
    if let Some(word @ ("build" | "install" | "append")) = invocation.operands().next() {
        return Err(format!("makes more than text ({word})"));
    }
    // Some of them compile a helper and run it.
    if setting(invocation, "GOARCH").is_some() {
        return Err("runs a program here, but GOARCH is set for it".to_owned());
    }
    let named = [
        "--save_path",
        "-o",
        "--output",
        "-output",
        "-dest",
        "-destination",
        "--destination",
    ]
    .iter()
    .find_map(|option| invocation.option_value(option));
    let paths = [Some("."), named].into_iter().flatten();
    Ok(Effect {
        outputs: paths
            .map(|path| Output {
                path: invocation.resolve(path),
                origin: Origin::Data,
            })
            .collect(),
        ..Effect::default()
    })
}
