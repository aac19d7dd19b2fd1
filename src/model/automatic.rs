//! The build arguments that BuildKit sets by itself (dockerfile2llb/platform.go).

use crate::{model::Settings, platform::Platform};

/// The names of the automatic platform arguments.
pub const PLATFORM_ARGUMENTS: [&str; 10] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// Whether `name` differs between the targets of one build.
pub fn is_target_argument(name: &str) -> bool {
    name.starts_with("TARGET") && PLATFORM_ARGUMENTS.contains(&name)
}

/// The automatic arguments for one target.
pub(super) fn arguments(
    settings: &Settings,
    target: &Platform,
    exported_stage: &str,
) -> Vec<(String, String)> {
    let build = &settings.build_platform;
    let target = target.normalized();
    [
        ("BUILDPLATFORM", build.to_string()),
        ("BUILDOS", build.os.clone()),
        ("BUILDOSVERSION", String::new()),
        ("BUILDARCH", build.architecture.clone()),
        ("BUILDVARIANT", build.variant.clone()),
        ("TARGETPLATFORM", target.to_string()),
        ("TARGETOS", target.os.clone()),
        ("TARGETOSVERSION", String::new()),
        ("TARGETARCH", target.architecture.clone()),
        ("TARGETVARIANT", target.variant.clone()),
        (
            "TARGETSTAGE",
            settings
                .target
                .clone()
                .unwrap_or_else(|| exported_stage.to_owned()),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
