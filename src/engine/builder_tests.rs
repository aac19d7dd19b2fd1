use super::*;

fn check(text: &str, platform: &str, platforms: &str) {
    let builder = read_inspect(text).expect("reads");
    assert_eq!(builder.platform(), platform);
    assert_eq!(builder.platforms().join(" "), platforms);
}

#[test]
fn reads_one_and_several_nodes() {
    let one = "Name:          default\nDriver:        docker\nLast Activity: 2026-11-21 09:01:17 +0000 UTC\n\nNodes:\n\
        Name:             default\nEndpoint:         default\nStatus:           running\n\
        Platforms:        linux/amd64, linux/amd64/v2, linux/arm64\nLabels:\n org.x.Platforms: no\n\
        GC Policy rule#0:\n All:            false\n";
    check(one, "linux/amd64", "linux/amd64 linux/amd64/v2 linux/arm64");
    let two = "Name: x\nDriver: remote\n\nNodes:\nName: x0\nPlatforms: linux/arm64*, linux/amd64, linux/arm64\n\
        Name: x1\nPlatforms: linux/arm64, linux/arm/v7\n";
    check(two, "linux/amd64", "linux/arm64 linux/amd64 linux/arm/v7");
    let builder = read_inspect(two).expect("reads");
    assert!(builder.native().runs("linux/arm64") && !builder.native().runs("linux/arm/v7"));
}

#[test]
fn says_which_platform_is_missing() {
    let builder =
        read_inspect("Name: b\nDriver: docker\n\nNodes:\nName: b\nPlatforms: linux/amd64\n").expect("reads");
    assert!(
        builder
            .check_platforms(&["linux/386".into(), "linux/amd64/v2".into()])
            .is_ok()
    );
    let error = builder
        .check_platforms(&["linux/arm/v7".into()])
        .expect_err("is missing");
    assert_eq!(
        error.to_string(),
        "builder b cannot run linux/arm/v7; it has linux/amd64"
    );
    assert!(error.help().contains("--install arm`"), "{}", error.help());
}

#[test]
fn an_engine_that_is_off_is_no_builder() {
    let text = "Name:   default\nDriver: \nError:  Cannot connect to the Docker daemon\n\nNodes:\n";
    let error = read_inspect(text).expect_err("is off");
    assert_eq!(
        error.to_string(),
        "the builder cannot be reached: Cannot connect to the Docker daemon"
    );
}
