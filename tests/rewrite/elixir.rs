//! Elixir and Erlang.

use crate::check::{check, check_likely, stays};

fn stage(run: &str, path: &str) -> String {
    format!(
        "FROM elixir:1.19 AS b\nWORKDIR /app\nCOPY . .\nRUN {run}\nFROM elixir:1.19\nCOPY --from=b {path} /x\n"
    )
}

fn native(before: &str) -> String {
    before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

#[test]
fn sources_are_data() {
    for run in [
        "mix local.hex --force && mix local.rebar --force && mix deps.get",
        "mix do local.hex --force, deps.get --only prod",
        "mix do local.hex --force + deps.get",
    ] {
        let before = stage(run, "/app/deps");
        check(&before, &native(&before));
    }
}

#[test]
fn assets_and_escripts_are_likely_data() {
    for (run, path) in [
        (
            "mix do deps.get, deps.compile && mix assets.deploy",
            "/app/priv/static",
        ),
        ("mix compile && mix phx.digest", "/app/priv/static"),
        ("mix deps.get && mix escript.build", "/app/tool"),
        ("rebar3 escriptize", "/app/_build/default/bin/tool"),
        ("rebar3 as prod escriptize", "/app/_build/prod/bin/tool"),
    ] {
        let before = stage(run, path);
        check_likely(&before, &native(&before));
    }
}

#[test]
fn what_is_compiled_stays() {
    let aggressive = |before: &str, why: &str| stays(&format!("# xbuild: native\n{before}"), why);
    aggressive(
        &stage("mix deps.get && mix release", "/app/_build/prod/rel/a"),
        "`mix release`",
    );
    aggressive(&stage("mix release --path /out", "/out"), "`mix release`");
    aggressive(&stage("mix do deps.get, compile", "/app/deps"), "`mix compile`");
    aggressive(&stage("mix escript.build", "/app"), "`mix escript.build`");
    aggressive(&stage("mix ecto.migrate", "/app/deps"), "files are not known");
    aggressive(
        &stage("rebar3 as prod release", "/app/_build/prod/rel/a"),
        "`rebar3 release`",
    );
    aggressive(
        &stage(
            "mix release && mkdir /opt/a && tar -xzf _build/prod/a-1.0.0.tar.gz -C /opt/a",
            "/opt/a",
        ),
        "for the platform it runs on",
    );
}
