use std::collections::{BTreeMap, BTreeSet};

use crate::platform::Platform;

/// What a build is asked for besides its Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where native steps run: the first platform of the builder's first worker.
    pub build_platform: Platform,
    /// The platforms to build for, in order, at least one.
    pub target_platforms: Vec<Platform>,
    /// Whether nobody asked for these platforms by name.
    pub assumes_targets: bool,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--build-context`: what stands in the place of a stage or an image of that name. A name may end in
    /// `::platform`, and then counts for that platform only.
    pub named_contexts: BTreeMap<String, String>,
    /// Whether stages that the target does not need are gone through, too.
    pub reaches_all: bool,
}

impl Settings {
    /// A build on `build_platform` for the given targets.
    pub fn new(build_platform: Platform, target_platforms: Vec<Platform>) -> Self {
        Self {
            build_platform,
            target_platforms,
            assumes_targets: false,
            target: None,
            build_args: BTreeMap::new(),
            named_contexts: BTreeMap::new(),
            reaches_all: false,
        }
    }
}

/// What a build would be like if some of its file were different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adjustments {
    /// Stages that run on the build platform.
    pub native: BTreeSet<usize>,
    /// Stages of which a copy runs on the build platform, for the native stages that stand on them.
    pub cloned: BTreeSet<usize>,
    /// Steps, by the byte where they start, that take images for the build platform.
    pub pinned_sources: BTreeSet<usize>,
    /// The automatic arguments that are declared in front of a step, by the byte where it starts.
    pub declared: BTreeMap<usize, Vec<String>>,
}
