//! .NET: what `-a $TARGETARCH` is added to, what stays portable, and what speaks against either.

use xbuild::{context::Context, plan::Options};

use crate::check::{TARGETS, check, check_likely, check_with, context_of, plan_and_rewrite, stays};

/// A stage with these instructions on an image of the SDK, whose `/app` reaches another image.
fn stage(sdk: &str, instructions: &str, image: &str) -> String {
    format!(
        "FROM example.org/dotnet/{sdk} AS build\nWORKDIR /src\nCOPY . .\n{instructions}\nFROM {image}\nCOPY --from=build /app /app\n"
    )
}

/// A stage with these instructions on SDK 8, for a program that runs on .NET 8.
fn program(instructions: &str) -> String {
    stage("sdk:8.0", instructions, "example.org/dotnet/aspnet:8.0")
}

fn pinned(text: &str) -> String {
    text.replacen("FROM ", "FROM --platform=$BUILDPLATFORM ", 1)
}

#[test]
fn restore_build_and_publish_are_told_the_target() {
    check(
        &program(
            "RUN dotnet restore a.csproj\nRUN dotnet build a.csproj -c Release --no-restore\nRUN dotnet publish a.csproj -c Release -o /app --no-restore",
        ),
        &pinned(&program(
            "ARG TARGETARCH\nRUN dotnet restore -a $TARGETARCH a.csproj\nRUN dotnet build -a $TARGETARCH a.csproj -c Release --no-restore\nRUN dotnet publish -a $TARGETARCH a.csproj -c Release -o /app --no-restore",
        )),
    );
}

#[test]
fn the_stages_of_visual_studio_move_together() {
    let file = |arguments: &str, target: &str, pin: &str| {
        format!(
            "FROM example.org/dotnet/aspnet:9.0 AS base\nWORKDIR /app\nFROM{pin} example.org/dotnet/sdk:9.0 AS build\nARG BUILD_CONFIGURATION=Release\nCOPY [\"a/a.csproj\", \"a/\"]\n{arguments}RUN dotnet restore{target} \"./a/a.csproj\"\nCOPY . .\nWORKDIR \"/src/a\"\nRUN dotnet build{target} \"./a.csproj\" -c $BUILD_CONFIGURATION -o /app/build\nFROM build AS publish\nARG BUILD_CONFIGURATION=Release\nRUN dotnet publish{target} \"./a.csproj\" -c $BUILD_CONFIGURATION -o /app/publish /p:UseAppHost=false\nFROM base AS final\nCOPY --from=publish /app/publish .\n"
        )
    };
    check(
        &file("", "", ""),
        &file(
            "ARG TARGETARCH\n",
            " -a $TARGETARCH",
            " --platform=$BUILDPLATFORM",
        ),
    );
}

#[test]
fn what_serves_the_stage_runs_for_the_build_platform() {
    check(
        &program(
            "RUN dotnet --info && dotnet tool restore && dotnet nuget add source https://example.org/v3/index.json && dotnet test a.sln --no-restore && dotnet run --project gen\nRUN dotnet publish -o /app a.csproj",
        ),
        &pinned(&program(
            "RUN dotnet --info && dotnet tool restore && dotnet nuget add source https://example.org/v3/index.json && dotnet test a.sln --no-restore && dotnet run --project gen\nARG TARGETARCH\nRUN dotnet publish -a $TARGETARCH -o /app a.csproj",
        )),
    );
}

#[test]
fn a_solution_takes_no_platform() {
    // Error NETSDK1134; restoring one is fine.
    check(
        &program("RUN dotnet restore a.sln && dotnet build a.sln\nRUN dotnet publish a/a.csproj -o /app"),
        &pinned(&program(
            "ARG TARGETARCH\nRUN dotnet restore -a $TARGETARCH a.sln && dotnet build a.sln\nRUN dotnet publish -a $TARGETARCH a/a.csproj -o /app",
        )),
    );
    stays(
        &program("RUN dotnet publish a.sln -o /app"),
        "publishes a solution",
    );
    check_likely(
        &program("RUN dotnet build\nRUN dotnet publish -c Release -o /app"),
        &pinned(&program(
            "RUN dotnet build\nARG TARGETARCH\nRUN dotnet publish -a $TARGETARCH -c Release -o /app",
        )),
    );
}

#[test]
fn a_fixed_platform_becomes_the_target() {
    check_likely(
        &program(
            "RUN dotnet restore -r linux-x64\nRUN dotnet publish --runtime=linux-x64 -o /app --no-restore --self-contained",
        ),
        &pinned(&program(
            "ARG TARGETARCH\nRUN dotnet restore -r linux-$TARGETARCH\nRUN dotnet publish --runtime=linux-$TARGETARCH -o /app --no-restore --self-contained",
        )),
    );
    check(
        &program(
            "RUN dotnet restore --ucr a.csproj && dotnet publish a.csproj --use-current-runtime -o /app",
        ),
        &pinned(&program(
            "ARG TARGETARCH\nRUN dotnet restore -a $TARGETARCH a.csproj && dotnet publish a.csproj -a $TARGETARCH -o /app",
        )),
    );
    stays(
        &program("RUN dotnet publish a.csproj -r win-x64 -o /app"),
        "is told -r win-x64",
    );
}

#[test]
fn what_the_file_tells_of_each_target_stays() {
    for run in [
        "ARG TARGETARCH\nRUN dotnet publish a.csproj -a $TARGETARCH -o /app",
        "ARG TARGETARCH\nRUN dotnet publish -r linux-${TARGETARCH/amd64/x64} -o /app",
        "ARG TARGETARCH\nARG RID=linux-musl-${TARGETARCH/amd64/x64}\nRUN dotnet publish -r $RID -o /app",
    ] {
        check(&program(run), &pinned(&program(run)));
    }
    stays(
        &program("RUN dotnet publish a.csproj -r $(cat rid) -o /app"),
        "not known before it runs",
    );
}

#[test]
fn before_net_8_a_platform_makes_a_program_self_contained() {
    check_likely(
        &stage(
            "sdk:7.0",
            "RUN dotnet restore\nRUN dotnet publish a.csproj -o /app --no-restore",
            "example.org/dotnet/runtime:7.0",
        ),
        &pinned(&stage(
            "sdk:7.0",
            "ARG TARGETARCH\nRUN dotnet restore -a $TARGETARCH\nRUN dotnet publish -a $TARGETARCH --self-contained false a.csproj -o /app --no-restore",
            "example.org/dotnet/runtime:7.0",
        )),
    );
    check_likely(
        &stage(
            "sdk:8.0",
            "RUN dotnet publish a.csproj -o /app",
            "example.org/dotnet/aspnet:6.0",
        ),
        &pinned(&stage(
            "sdk:8.0",
            "ARG TARGETARCH\nRUN dotnet publish -a $TARGETARCH --self-contained false a.csproj -o /app",
            "example.org/dotnet/aspnet:6.0",
        )),
    );
    stays(
        &stage("sdk:7.0", "RUN dotnet publish a.csproj -o /app", "debian"),
        "self-contained program before .NET 8",
    );
}

#[test]
fn portable_programs_of_old_releases_only_move() {
    for (sdk, run) in [
        ("core/sdk:2.2", "RUN dotnet publish -o /app"),
        (
            "core/sdk:3.1",
            "RUN dotnet build -o /out\nRUN dotnet publish -o /app -p:UseAppHost=false",
        ),
        (
            "sdk:5.0",
            "RUN dotnet restore\nRUN dotnet publish --no-restore -o /app /p:UseAppHost=false",
        ),
    ] {
        let before = stage(sdk, run, "example.org/dotnet/aspnet:5.0-alpine");
        check(&before, &pinned(&before));
    }
    let before = stage(
        "sdk:6.0",
        "RUN dotnet publish -o /app /p:UseAppHost=false",
        "example.org/dotnet/aspnet:6.0",
    );
    check_likely(&before, &pinned(&before));
    for sdk in ["core/sdk:3.1", "sdk:5.0", "sdk:6.0", "sdk:7.0.100"] {
        let file = |run: &str, start: &str| {
            stage(sdk, run, "example.org/dotnet/aspnet:5.0") + &format!("ENTRYPOINT {start}\n")
        };
        let publish = "RUN dotnet publish -o /app";
        let without = "RUN dotnet publish -p:UseAppHost=false -o /app";
        let start = "[\"dotnet\", \"/app/service.dll\"]";
        check_likely(&file(publish, start), &pinned(&file(without, start)));
        stays(
            &file(publish, "[\"/app/dotnetapp\"]"),
            "puts a starter for the platform it runs on",
        );
    }
    stays(
        &stage(
            "core/sdk:2.2",
            "RUN dotnet publish -r linux-x64 -o /app",
            "debian",
        ),
        "every platform gets that one",
    );
}

#[test]
fn files_for_browsers_are_the_same_everywhere() {
    let before = "FROM example.org/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY . .\nRUN dotnet restore\nFROM build AS publish\nRUN dotnet publish -o /app\nFROM nginx:alpine\nCOPY --from=publish /app/wwwroot /usr/share/nginx/html\n";
    check(before, &pinned(before));
}

#[test]
fn the_images_have_to_fit() {
    let run = "RUN dotnet publish a.csproj -o /app";
    stays(
        &stage("sdk:8.0-alpine", run, "example.org/dotnet/runtime:8.0"),
        "would make a program for musl",
    );
    stays(&stage("sdk:8.0", run, "alpine"), "would make a program for glibc");
    stays(
        &stage(
            "sdk:8.0",
            run,
            "example.org/dotnet/runtime:8.0-bookworm-slim-arm32v7",
        ),
        "for one platform only",
    );
    stays(
        &stage("sdk:8.0-alpine-amd64", run, "alpine"),
        "for one platform only",
    );
    stays(
        &stage("sdk:8.0-noble-aot", run, "example.org/dotnet/runtime-deps:8.0"),
        "NativeAOT",
    );
    stays(
        &stage(
            "sdk@sha256:0123456789012345678901234567890123456789012345678901234567890123",
            run,
            "debian",
        ),
        "of a release",
    );
    check_likely(
        &stage("sdk:8.0", run, "example.org/own"),
        &pinned(&stage(
            "sdk:8.0",
            &run.replace("publish", "publish -a $TARGETARCH")
                .replace("RUN", "ARG TARGETARCH\nRUN"),
            "example.org/own",
        )),
    );
}

#[test]
fn platforms_without_net_are_named() {
    for target in ["linux/arm/v6", "linux/386", "linux/s390x"] {
        let before = program("RUN dotnet publish a.csproj -o /app");
        let targets = ["linux/amd64", target];
        let (plan, after) = plan_and_rewrite(&before, &targets, &Context::default(), Options::default());
        assert_eq!(after, before);
        let reason = &plan.stages[0].reason.text;
        assert!(
            reason.contains(&format!("makes no programs for {target}")),
            "{reason}"
        );
    }
}

#[test]
fn dotnet_stays_when_its_result_depends_on_the_machine() {
    for (run, why) in [
        (
            "RUN apt-get install -y clang\nRUN dotnet publish a.csproj -o /app",
            "clang is installed",
        ),
        (
            "RUN dotnet publish a.csproj -o /app -p:PublishAot=true",
            "PublishAot",
        ),
        (
            "RUN dotnet publish a.csproj -o /app /p:PlatformTarget=x64",
            "PlatformTarget",
        ),
        (
            "RUN dotnet publish a.csproj -o /app -p:Lib=linux-x64",
            "Lib=linux-x64",
        ),
        ("RUN dotnet publish a.csproj -o /app --os linux", "--os"),
        (
            "RUN dotnet publish a.csproj -o /app --self-contained --no-restore",
            "without restoring",
        ),
        ("RUN dotnet publish a.csproj", "-o would settle it"),
        (
            "RUN dotnet publish a.csproj --artifacts-path /app",
            "named after the platform",
        ),
        (
            "ENV RuntimeIdentifier=linux-x64\nRUN dotnet publish a.csproj -o /app",
            "from its environment",
        ),
        (
            "RUN dotnet publish a.csproj -o /app && dotnet /app/a.dll --schema > /app/s",
            "runs /app/a.dll",
        ),
        (
            "RUN dotnet build a.csproj && dotnet test --no-build && dotnet publish a.csproj -o /app",
            "test --no-build",
        ),
        (
            "RUN dotnet ef migrations bundle -o /app/migrate",
            "ef migrations bundle",
        ),
        (
            "RUN dotnet tool install --tool-path /app dotnet-trace",
            "`dotnet tool`",
        ),
        ("RUN dotnet build -o /app", "`dotnet build`"),
        ("RUN dotnet --info | grep RID > /app/rid", "build platform"),
        ("RUN dotnet publish $FLAGS -o /app", "not known before it runs"),
    ] {
        stays(&program(run), why);
    }
}

#[test]
fn a_value_that_is_not_known_may_be_a_version() {
    check(
        &program("ARG VERSION\nRUN dotnet publish a.csproj -p:Version=$VERSION -o /app"),
        &pinned(&program(
            "ARG VERSION\nARG TARGETARCH\nRUN dotnet publish -a $TARGETARCH a.csproj -p:Version=$VERSION -o /app",
        )),
    );
}

#[test]
fn pages_in_the_same_stage_are_bundled() {
    let before = program(
        "RUN apt-get install -y nodejs npm\nRUN npm ci && npm run build\nRUN dotnet publish a.csproj -o /app",
    );
    let after = pinned(&before).replace(
        "RUN dotnet publish",
        "ARG TARGETARCH\nRUN dotnet publish -a $TARGETARCH",
    );
    check_with(&before, &after, &Context::default(), Options::default());
}

#[test]
fn a_project_that_compiles_ahead_of_time_stays() {
    let project = "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><PublishAot>true</PublishAot></PropertyGroup></Project>";
    let before = stage(
        "sdk:8.0",
        "RUN dotnet publish app.csproj -o /app",
        "example.org/dotnet/runtime-deps:8.0",
    );
    assert_ne!(moved(&before, &[]), before);
    assert_eq!(moved(&before, &[("app.csproj", project)]), before);
}

fn moved(before: &str, files: &[(&str, &str)]) -> String {
    plan_and_rewrite(before, &TARGETS, &context_of(files), Options::default()).1
}
