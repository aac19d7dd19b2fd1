//! What compiles in the exported stage goes to a stage of its own.

use xbuild::{
    context::Context,
    plan::{Confidence, Decision, Options},
};

use crate::check::{AGGRESSIVE, TARGETS, check_likely, plan_and_rewrite, stays, stays_always};

/// With `--aggressive` the file stays as it is, and the reason says `why`.
fn is_not_split(before: &str, why: &str) {
    stays_always(before, &Context::default(), why);
}

const GO: &str = "\
# syntax=docker/dockerfile:1
FROM golang:1.22-alpine
WORKDIR /app

# dependencies
COPY go.mod go.sum ./
RUN go mod download

COPY . .
RUN go build -o server ./cmd/server
EXPOSE 8080
USER nobody
CMD [\"./server\"]
";

#[test]
fn a_program_of_go_is_copied_back() {
    check_likely(
        GO,
        "\
# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.22-alpine AS compile
WORKDIR /app

# dependencies
COPY go.mod go.sum ./
RUN go mod download

COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o server ./cmd/server

FROM golang:1.22-alpine
WORKDIR /app

# dependencies
COPY go.mod go.sum ./

COPY . .
COPY --from=compile /app/server /app/server
EXPOSE 8080
USER nobody
CMD [\"./server\"]
",
    );
}

#[test]
fn the_plan_says_what_no_longer_ships() {
    let (plan, _) = plan_and_rewrite(GO, &TARGETS, &Context::default(), AGGRESSIVE);
    let stage = &plan.stages[0];
    assert_eq!(
        (stage.decision, stage.confidence),
        (Decision::Split, Some(Confidence::Likely))
    );
    assert_eq!(
        stage.reason.text,
        "of what it compiles only /app/server ships; no longer in the image: the modules and the build cache of Go"
    );
    stays(GO, "likely, so it is split with --aggressive");
}

#[test]
fn what_only_fetches_goes_with_its_comment() {
    let (_, text) = plan_and_rewrite(GO, &TARGETS, &Context::default(), AGGRESSIVE);
    let exported = text.split("\n\n").skip(5).collect::<Vec<_>>().join("\n\n");
    assert!(!exported.contains("go mod download"), "{exported}");
}

#[test]
fn a_program_may_be_found_by_its_name() {
    check_likely(
        "\
from golang:1.22
workdir /go/src/app
copy . .
run go get -d ./... && go install ./cmd/server
cmd server --port 80
",
        "\
from --platform=$BUILDPLATFORM golang:1.22 AS compile
workdir /go/src/app
copy . .
arg TARGETOS TARGETARCH
run go get -d ./... && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /go/bin/server ./cmd/server

from golang:1.22
workdir /go/src/app
copy . .
copy --from=compile /go/bin/server /go/bin/server
cmd server --port 80
",
    );
}

#[test]
fn a_program_of_rust_is_taken_out_of_its_target_folder() {
    let before = "\
FROM rust:1.80 AS app
WORKDIR /src
COPY . .
RUN cargo build --release
CMD [\"./target/release/server\"]
";
    let (plan, text) = plan_and_rewrite(before, &TARGETS, &Context::default(), AGGRESSIVE);
    assert_eq!(plan.stages[0].decision, Decision::Split);
    let (compile, exported) = text.split_once("\n\n").expect("two stages");
    assert!(
        compile.starts_with("FROM --platform=$BUILDPLATFORM rust:1.80 AS compile\n"),
        "{compile}"
    );
    assert!(compile.contains("cargo build --target"), "{compile}");
    assert_eq!(
        exported,
        "\
FROM rust:1.80 AS app
WORKDIR /src
COPY . .
COPY --from=compile /src/target/release/server /src/target/release/server
CMD [\"./target/release/server\"]
"
    );
}

#[test]
fn a_jar_brings_the_folder_it_is_made_in() {
    check_likely(
        "\
FROM maven:3.9-eclipse-temurin-21
WORKDIR /app
COPY pom.xml .
RUN mvn dependency:go-offline
COPY src src
RUN mvn package
RUN cp target/app-*.jar app.jar
ENTRYPOINT java $JAVA_OPTS -jar app.jar
",
        "\
FROM --platform=$BUILDPLATFORM maven:3.9-eclipse-temurin-21 AS compile
WORKDIR /app
COPY pom.xml .
RUN mvn dependency:go-offline
COPY src src
RUN mvn package

FROM maven:3.9-eclipse-temurin-21
WORKDIR /app
COPY pom.xml .
COPY src src
COPY --from=compile /app/target /app/target
RUN cp target/app-*.jar app.jar
ENTRYPOINT java $JAVA_OPTS -jar app.jar
",
    );
}

#[test]
fn what_a_later_run_puts_there_is_not_copied() {
    let file = |copies: &str| {
        format!(
            "FROM maven:3.9-eclipse-temurin-21\nWORKDIR /app\nCOPY . .\nRUN mvn package\n{copies}\nCMD [\"java\", \"-jar\", \"app.jar\"]\n"
        )
    };
    let (_, text) = plan_and_rewrite(
        &file("RUN mv server/target/app.jar ."),
        &TARGETS,
        &Context::default(),
        AGGRESSIVE,
    );
    assert!(
        text.contains("COPY --from=compile /app/server/target /app/server/target\nRUN mv"),
        "{text}"
    );
    assert!(!text.contains("/app/app.jar"), "{text}");
    is_not_split(&file("RUN cp target/*.jar ./"), "a container runs /app/app.jar");
}

#[test]
fn a_bundle_of_node_runs_with_modules_of_the_target() {
    check_likely(
        "\
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
RUN npm run build
CMD [\"node\", \"dist/index.js\"]
",
        "\
FROM --platform=$BUILDPLATFORM node:22 AS compile
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
COPY --from=compile /app/dist /app/dist
CMD [\"node\", \"dist/index.js\"]
",
    );
}

#[test]
fn the_name_is_one_that_the_file_does_not_have() {
    let before = "\
FROM alpine AS compile
FROM golang:1.22
COPY --from=compile /etc/ssl/certs /etc/ssl/certs
WORKDIR /app
COPY . .
RUN go build -o server .
CMD [\"./server\"]
";
    let (_, text) = plan_and_rewrite(before, &TARGETS, &Context::default(), AGGRESSIVE);
    assert!(
        text.contains("COPY --from=compile-2 /app/server /app/server"),
        "{text}"
    );
}

#[test]
fn every_exported_stage_is_split_by_itself() {
    let stage = |name: &str| {
        format!(
            "FROM golang:1.22-alpine AS {name}\nWORKDIR /src\nCOPY . .\nRUN go build -o /bin/{name} ./cmd/{name}\nCMD [\"{name}\"]\n"
        )
    };
    let before = stage("server") + "\n" + &stage("worker");
    let (plan, text) = plan_and_rewrite(&before, &TARGETS, &Context::default(), AGGRESSIVE);
    assert!(
        plan.stages.iter().all(|stage| stage.decision == Decision::Split),
        "{text}"
    );
    assert!(
        text.contains("COPY --from=compile /bin/server /bin/server"),
        "{text}"
    );
    assert!(
        text.contains("COPY --from=compile-2 /bin/worker /bin/worker"),
        "{text}"
    );
}

#[test]
fn a_program_of_dotnet_is_published_for_the_target() {
    let before = "\
FROM example.org/dotnet/sdk:8.0
WORKDIR /src
COPY . .
RUN dotnet restore
RUN dotnet publish -c Release -o out
ENTRYPOINT [\"dotnet\", \"out/app.dll\"]
";
    let (_, text) = plan_and_rewrite(before, &TARGETS, &Context::default(), AGGRESSIVE);
    let exported = text.split_once("\n\n").expect("two stages").1;
    assert_eq!(
        exported,
        "\
FROM example.org/dotnet/sdk:8.0
WORKDIR /src
COPY . .
COPY --from=compile /src/out /src/out
ENTRYPOINT [\"dotnet\", \"out/app.dll\"]
"
    );
}

#[test]
fn the_plan_shows_where_the_runs_go() {
    use xbuild::plan::Place;
    let (plan, _) = plan_and_rewrite(GO, &TARGETS, &Context::default(), AGGRESSIVE);
    let places: Vec<(usize, &[Place], &[Place])> = plan.stages[0]
        .steps
        .iter()
        .map(|step| (step.line, step.before.as_slice(), step.after.as_slice()))
        .collect();
    let before = [Place::Native, Place::Emulated].as_slice();
    assert_eq!(
        places,
        [
            (7, before, [Place::Shared, Place::Shared].as_slice()),
            (10, before, [Place::Native, Place::Native].as_slice()),
        ]
    );
}

#[test]
fn lines_of_the_copy_are_those_of_the_file() {
    let file = xbuild::grammar::parse(GO).expect("a Dockerfile");
    let targets = TARGETS
        .iter()
        .map(|target| target.parse().expect("a platform"))
        .collect();
    let settings = xbuild::model::Settings::new(xbuild::platform::Platform::linux("amd64"), targets);
    let model = xbuild::model::Model::build(&file, settings).expect("it builds");
    let plan = xbuild::plan::decide(
        "Dockerfile",
        &model,
        &Context::default(),
        xbuild::recipes::ALL,
        AGGRESSIVE,
    )
    .expect("a plan");
    let rewritten = xbuild::rewrite::rewrite(&model, &plan).expect("it can be carried out");
    let map = rewritten.line_map(GO);
    let before: Vec<&str> = GO.lines().collect();
    for (number, line) in rewritten.text.lines().enumerate() {
        let original = before[map.original(number + 1) - 1];
        let is_kept = !line.contains("compile") && !line.contains("TARGETARCH") && !line.is_empty();
        assert!(
            !is_kept || line == original,
            "{}: {line} is not {original}",
            number + 1
        );
        assert!(
            !line.starts_with("RUN") || original.starts_with("RUN"),
            "{line} is not {original}"
        );
    }
}

#[test]
fn a_comment_asks_for_one_stage() {
    let wanted = "# xbuild: native\n".to_owned() + &GO.replace("# syntax=docker/dockerfile:1\n", "");
    let (plan, _) = plan_and_rewrite(&wanted, &TARGETS, &Context::default(), Options::default());
    assert_eq!(plan.stages[0].decision, Decision::Split);
}

/// A stage of Go with other lines in the place of its compiling RUN and its CMD.
fn go(compiles: &str, rest: &str) -> String {
    format!("FROM golang:1.22\nWORKDIR /app\nCOPY . .\n{compiles}\n{rest}\n")
}

const BUILD: &str = "RUN go build -o server .";
const START: &str = "CMD [\"./server\"]";

#[test]
fn what_a_container_runs_must_be_known() {
    is_not_split(&go(BUILD, ""), "does not say what a container runs");
    is_not_split(&go(BUILD, "CMD go run ."), "a container runs go");
    is_not_split(
        &go(BUILD, "CMD [\"./start.sh\"]"),
        "a container runs /app/start.sh",
    );
    is_not_split(&go(BUILD, "CMD [\"bash\"]"), "a container runs `bash`");
    is_not_split(&go(BUILD, "CMD ./server || go test"), "a container runs go");
    is_not_split(
        &go(BUILD, "ENTRYPOINT [\"./wait.sh\"]\nCMD [\"./server\"]"),
        "a container runs /app/wait.sh",
    );
    is_not_split(&go(BUILD, "CMD [\"java\", \"Main\"]"), "a container runs `java`");
}

#[test]
fn later_runs_must_not_need_what_is_left_behind() {
    is_not_split(
        &go(BUILD, &format!("RUN go test ./...\n{START}")),
        "`go` runs later",
    );
    is_not_split(
        &go(BUILD, &format!("RUN ./setup.sh\n{START}")),
        "`./setup.sh` runs later",
    );
    is_not_split(
        &go(BUILD, &format!("RUN cp -r /go/pkg/mod /srv/mod\n{START}")),
        "which would be left behind",
    );
    is_not_split(
        &go(BUILD, &format!("RUN cp $(cat name) /srv\n{START}")),
        "`cp` runs later",
    );
}

#[test]
fn what_later_runs_make_is_not_taken_for_a_program() {
    // The name of the program is that of its module, which the file does not tell.
    let file = go(
        "RUN go build\nRUN mkdir data && adduser app && touch log",
        "CMD [\"./service\"]",
    );
    let (_, text) = plan_and_rewrite(&file, &TARGETS, &Context::default(), AGGRESSIVE);
    assert_eq!(
        text.matches("COPY --from=compile").collect::<Vec<_>>().len(),
        1,
        "{text}"
    );
    assert!(
        text.contains("COPY --from=compile /app/service /app/service\n"),
        "{text}"
    );
    // What checks a library makes nothing.
    let file = go("RUN go build ./library\nRUN go build -o server .", START);
    is_not_split(&file, "nothing later names what `go` makes");
}

#[test]
fn a_run_that_does_more_stays() {
    for more in [
        "RUN apt-get install -y git && go build -o server .",
        "RUN go build -o server . && adduser app",
        "RUN go build -o server . && ln -s /app/server /usr/bin/server",
        "RUN sed -i s/a/b/ config.yml && go build -o server .",
    ] {
        is_not_split(&go(more, START), "in the same RUN does more than compile");
    }
    is_not_split(
        &go("RUN go build -o server . && rm -rf config", START),
        "`rm` in the same RUN removes /app/config",
    );
    is_not_split(
        &go("RUN go build -o server . && chmod +x start.sh", START),
        "`chmod` in the same RUN changes other files",
    );
    is_not_split(
        &go("RUN mkdir data && go build -o server .", START),
        "it makes /app/data in the same RUN",
    );
    is_not_split(
        &go("RUN go run gen.go && go build -o server .", START),
        "makes files for the platform it runs on in the same RUN",
    );
}

#[test]
fn what_is_copied_must_be_what_the_run_would_leave() {
    is_not_split(
        &go(&format!("USER app\n{BUILD}"), START),
        "what is copied belongs to root",
    );
    is_not_split(
        "FROM example/golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o 'my server' .\nCMD [\"/app/my server\"]\n",
        "cannot be copied",
    );
    is_not_split(
        &go(
            "RUN --mount=type=cache,target=/app/out go build -o out/server .",
            "CMD [\"out/server\"]",
        ),
        "lies in a mount",
    );
    is_not_split(
        &go("RUN go build -o server_amd64 .", "CMD [\"./server_amd64\"]"),
        "is named after one platform",
    );
    is_not_split(
        "FROM bitnami/golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build -o server .\nCMD [\"./server\"]\n",
        "is not known",
    );
}

#[test]
fn stages_that_others_count_or_trigger_stay() {
    is_not_split(
        &format!(
            "FROM alpine\n{}",
            go(BUILD, &format!("COPY --from=0 /etc/ssl /srv/ssl\n{START}"))
        ),
        "would shift the number in --from",
    );
    is_not_split(
        &go(BUILD, &format!("ONBUILD RUN go build .\n{START}")),
        "runs triggers",
    );
    is_not_split(
        &go(BUILD, &format!("HEALTHCHECK CMD go run ./health\n{START}")),
        "its health check compiles",
    );
}

#[test]
fn what_cannot_run_natively_stays() {
    is_not_split(&go(&format!("RUN ./prepare\n{BUILD}"), START), "./prepare");
    is_not_split(
        &go("RUN CGO_ENABLED=1 go build -race -o server .", START),
        "-race",
    );
    is_not_split(
        &go(
            &format!("RUN apt-get update && apt-get install -y libvips-dev\n{BUILD}"),
            START,
        ),
        "libvips-dev",
    );
}

#[test]
fn generators_of_node_modules_are_kept() {
    // What `prisma generate` writes lies in node_modules.
    let file = |build: &str| {
        format!(
            "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n{build}\nCMD [\"node\", \"dist/index.js\"]\n"
        )
    };
    let (_, text) = plan_and_rewrite(
        &file("RUN npx prisma generate\nRUN npm run build"),
        &TARGETS,
        &Context::default(),
        AGGRESSIVE,
    );
    assert_eq!(text.matches("prisma generate").count(), 2, "{text}");
    is_not_split(
        &file("RUN npm run build\nRUN npx prisma generate"),
        "`npx` runs later",
    );
    is_not_split(
        &file("RUN npx prisma generate && npm run build"),
        "in the same RUN does more than compile",
    );
    is_not_split(
        "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\nCMD [\"npm\", \"start\"]\n",
        "nothing later names what `npm` makes in /app",
    );
}
