//! Python.

use xbuild::plan::Options;

use crate::check::{AGGRESSIVE, check, check_likely, check_with, context_of, stays};

fn stage(run: &str, path: &str) -> String {
    format!(
        "FROM python:3.13 AS b\nWORKDIR /app\nCOPY . .\n{run}\nFROM python:3.13-slim\nCOPY --from=b {path} /x\n"
    )
}

fn native(before: &str) -> String {
    before.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

#[test]
fn lists_pages_and_generated_source_are_data() {
    for (run, path) in [
        (
            "RUN pip install poetry && poetry export -f requirements.txt > r.txt",
            "/app/r.txt",
        ),
        (
            "RUN pip install pipenv && pipenv requirements > r.txt",
            "/app/r.txt",
        ),
        ("RUN uv export --frozen -o r.txt", "/app/r.txt"),
        (
            "RUN python -m venv /v && . /v/bin/activate && /v/bin/pip install mkdocs && python -m mkdocs build",
            "/app/site",
        ),
        (
            "RUN python3 -m pip install grpcio-tools && python3 -m grpc_tools.protoc --python_out=gen a.proto",
            "/app/gen",
        ),
    ] {
        let before = stage(run, path);
        check(&before, &native(&before));
    }
}

#[test]
fn what_the_machine_may_decide_is_likely() {
    for (run, path) in [
        ("RUN python manage.py collectstatic --noinput", "/app/static"),
        ("RUN pip install pip-tools && pip-compile -o r.txt", "/app/r.txt"),
        ("RUN pipenv lock -r > r.txt", "/app/r.txt"),
    ] {
        let before = stage(run, path);
        check_likely(&before, &native(&before));
    }
}

#[test]
fn environments_stay() {
    let wanted = |run: &str, path: &str, why: &str| {
        stays(&format!("# xbuild: native\n{}", stage(run, path)), why);
    };
    wanted(
        "RUN python3.12 -m venv /v && /v/bin/pip install numpy",
        "/v",
        "`python -m venv`",
    );
    wanted("RUN virtualenv /v", "/v", "`virtualenv`");
    wanted("RUN poetry install --no-dev", "/app", "`poetry`");
    wanted(
        "ENV UV_PROJECT_ENVIRONMENT=/v\nRUN uv sync --frozen",
        "/v",
        "`uv`",
    );
    wanted("RUN uv venv /v && uv pip install -r r.txt", "/v", "`uv venv`");
    wanted("RUN python setup.py bdist_wheel", "/app/dist", "`setup.py`");
    wanted(
        "COPY src /app/src\nRUN python setup.py build_ext --inplace",
        "/app/src",
        "`setup.py`",
    );
    wanted("RUN python -m pip wheel -w /wheels .", "/wheels", "`pip`");
    wanted("RUN python generate.py", "/app/gen", "files are not known");
    wanted(
        "RUN poetry run python generate.py",
        "/app/gen",
        "files are not known",
    );
    wanted("RUN pyinstaller app.py", "/app/dist", "stays on the target");
}

#[test]
fn wheels_that_every_platform_installs_are_data() {
    let locked = context_of(&[("requirements.txt", "six==1.16.0 --hash=sha256:8abb\n")]);
    let open = context_of(&[("requirements.txt", "six==1.16.0\n")]);
    let install = "RUN pip install --only-binary=:all: --target /packages -r requirements.txt";
    let before = stage(install, "/packages");
    check_with(&before, &native(&before), &locked, Options::default());
    let sources = stage(&install.replace("--only-binary=:all: ", ""), "/packages");
    check_with(&sources, &sources, &locked, Options::default());
    check_with(&sources, &native(&sources), &locked, AGGRESSIVE);
    check_with(&before, &before, &open, AGGRESSIVE);
    let more = stage(&format!("{install} numpy"), "/packages");
    check_with(&more, &more, &locked, AGGRESSIVE);
}
