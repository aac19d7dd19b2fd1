//! Finds the user's builder and what it can run, by asking `docker buildx` and the Engine.

use std::{
    ffi::OsStr,
    io,
    process::{Command, Output, Stdio},
};

use crate::engine::Native;

/// A builder that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    /// The name.
    pub name: String,
    /// The driver: `docker`, `docker-container`, `kubernetes`, `remote` or `cloud`.
    pub driver: String,
    /// The version of buildx, such as `0.29.1`.
    pub buildx: String,
    /// Its nodes; BuildKit gives each target platform to one of them.
    pub nodes: Vec<Node>,
}

/// One BuildKit of a builder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The name.
    pub name: String,
    /// What it can run, natively or emulated: as BuildKit lists them, its own platform first.
    pub platforms: Vec<String>,
    /// The platforms that the user gave to the node with `create --platform`; they stand first in the list.
    pub assigned: Vec<String>,
}

/// Why there is no usable builder.
#[derive(Debug, thiserror::Error)]
pub enum BuilderError {
    /// No program `docker` is in `PATH`.
    #[error("no docker client was found")]
    NoDocker,
    /// The program `docker` cannot be started.
    #[error("cannot start the docker client")]
    Start(#[source] io::Error),
    /// The client has no buildx.
    #[error("the docker client has no buildx plugin")]
    NoBuildx,
    /// The Engine or BuildKit does not answer; holds what buildx says.
    #[error("the builder cannot be reached: {0}")]
    Unreachable(String),
    /// No builder of that name; holds what buildx says.
    #[error("the builder cannot be used: {0}")]
    NoBuilder(String),
    /// A platform is requested that the builder cannot run.
    #[error("builder {builder} cannot run {platform}; it has {available}")]
    NoPlatform {
        /// The builder.
        builder: String,
        /// The requested platform.
        platform: String,
        /// What it has.
        available: String,
    },
}

impl BuilderError {
    /// What the user can do.
    pub fn help(&self) -> String {
        match self {
            Self::NoDocker | Self::Start(_) => {
                "install the docker client (packages docker-cli or docker.io), or add it to PATH".to_owned()
            }
            Self::NoBuildx => "install the plugin (package docker-buildx or docker-buildx-plugin)".to_owned(),
            Self::Unreachable(_) => {
                "start the Docker Engine, or check DOCKER_HOST and `docker context ls`".to_owned()
            }
            Self::NoBuilder(_) => {
                "see `docker buildx ls`, and choose one with --builder or BUILDX_BUILDER".to_owned()
            }
            Self::NoPlatform { platform, .. } => {
                let emulator = emulator_of(platform);
                format!(
                    "stages that run on the build platform need no emulation, but a RUN in a stage of {platform} does: \
                     register QEMU with `docker run --privileged --rm tonistiigi/binfmt --install {emulator}`, \
                     or add a node that has the platform"
                )
            }
        }
    }
}

impl Builder {
    /// The build platform: what `BUILDPLATFORM` is on the first node.
    pub fn platform(&self) -> &str {
        self.nodes.first().map_or("", Node::native)
    }

    /// The platforms that the builder's own processors run.
    pub fn native(&self) -> Native {
        let others: Vec<String> = self
            .nodes
            .iter()
            .skip(1)
            .map(|node| node.native().to_owned())
            .collect();
        Native::new(self.platform(), &others)
    }

    /// Everything that some node can run, natively or emulated.
    pub fn platforms(&self) -> Vec<&str> {
        let mut platforms: Vec<&str> = Vec::new();
        for platform in self.nodes.iter().flat_map(|node| &node.platforms) {
            if !platforms.contains(&platform.as_str()) {
                platforms.push(platform);
            }
        }
        platforms
    }

    /// Checks that a `RUN` on each of the platforms can be executed.
    ///
    /// A build needs that only for the platforms on which it runs something; `platforms` are those.
    ///
    /// # Errors
    /// When one cannot.
    pub fn check_platforms(&self, platforms: &[String]) -> Result<(), BuilderError> {
        let native = self.native();
        match platforms
            .iter()
            .find(|platform| !native.runs(platform) && !self.platforms().contains(&platform.as_str()))
        {
            None => Ok(()),
            Some(platform) => Err(BuilderError::NoPlatform {
                builder: self.name.clone(),
                platform: platform.clone(),
                available: self.platforms().join(", "),
            }),
        }
    }
}

impl Node {
    /// The node's own platform: the first that BuildKit itself lists.
    ///
    /// buildx puts those that the user assigned in front and marks them.
    fn native(&self) -> &str {
        let own = self
            .platforms
            .iter()
            .find(|platform| !self.assigned.contains(platform));
        own.or(self.platforms.first()).map_or("", String::as_str)
    }
}

/// Finds the builder `name`, or the one that buildx would use.
///
/// A builder that does not run yet is started, as a build would do.
///
/// # Errors
/// When docker, buildx or the builder is missing, or nothing answers.
pub fn find_builder(name: Option<&str>) -> Result<Builder, BuilderError> {
    let buildx = buildx_version()?;
    let mut builder = inspect(name, false)?;
    if builder
        .nodes
        .iter()
        .all(|node| node.platforms.len() <= node.assigned.len())
    {
        builder = inspect(name, true)?;
    }
    builder.buildx = buildx;
    if builder.driver == "docker" {
        prefer_engines_platform(&mut builder);
    }
    Ok(builder)
}

fn buildx_version() -> Result<String, BuilderError> {
    let output = docker(["buildx", "version"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    // A client without the plugin prints its general help instead, some versions with success.
    let version = text
        .split_whitespace()
        .nth(1)
        .filter(|_| output.status.success() && text.contains("buildx"));
    version
        .map(|version| version.trim_start_matches('v').to_owned())
        .ok_or(BuilderError::NoBuildx)
}

fn inspect(name: Option<&str>, start: bool) -> Result<Builder, BuilderError> {
    let mut arguments = vec!["buildx", "inspect"];
    arguments.extend(start.then_some("--bootstrap"));
    arguments.extend(name);
    let output = docker(arguments)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let reason = errors
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no reason given");
        let reason = reason.trim_start_matches("ERROR:").trim().to_owned();
        let is_missing = reason.contains("no builder") || reason.contains("not found");
        return Err(if is_missing {
            BuilderError::NoBuilder(reason)
        } else {
            BuilderError::Unreachable(reason)
        });
    }
    read_inspect(&String::from_utf8_lossy(&output.stdout))
}

/// Reads what `docker buildx inspect` prints: `Key: value` lines, of the builder first, then of each node.
fn read_inspect(text: &str) -> Result<Builder, BuilderError> {
    let mut builder = Builder {
        name: String::new(),
        driver: String::new(),
        buildx: String::new(),
        nodes: Vec::new(),
    };
    let mut in_nodes = false;
    let mut error = None;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match (key, in_nodes, builder.nodes.last_mut()) {
            ("Nodes", ..) => in_nodes = true,
            ("Error", ..) => error = Some(value.to_owned()),
            ("Name", false, _) => value.clone_into(&mut builder.name),
            ("Driver", false, _) => value.clone_into(&mut builder.driver),
            ("Name", true, _) => builder.nodes.push(Node {
                name: value.to_owned(),
                ..Node::default()
            }),
            ("Platforms", true, Some(node)) => read_platforms(value, node),
            _ => {}
        }
    }
    match error {
        Some(error) => Err(BuilderError::Unreachable(error)),
        None if builder.nodes.is_empty() => Err(BuilderError::Unreachable("it has no nodes".to_owned())),
        None => Ok(builder),
    }
}

fn read_platforms(list: &str, node: &mut Node) {
    for platform in list
        .split(',')
        .map(str::trim)
        .filter(|platform| !platform.is_empty())
    {
        let plain = platform.trim_end_matches('*').to_owned();
        if platform.ends_with('*') {
            node.assigned.push(plain.clone());
        }
        node.platforms.push(plain);
    }
}

/// The Engine knows its own platform for certain; the order of buildx's list is only a custom.
fn prefer_engines_platform(builder: &mut Builder) {
    let Some(platform) = engine_platform() else { return };
    let Some(node) = builder.nodes.first_mut() else {
        return;
    };
    if node.native() != platform && node.platforms.contains(&platform) {
        node.platforms.retain(|other| *other != platform);
        node.platforms.insert(0, platform);
        node.assigned.clear();
    }
}

fn engine_platform() -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let version = runtime.block_on(async { crate::engine::connect().await.ok()?.version().await.ok() })?;
    let (system, architecture) = (version.os?, version.arch?);
    Some(match architecture.as_str() {
        "arm" => format!("{system}/arm/v7"),
        architecture => format!("{system}/{architecture}"),
    })
}

/// The name that the installer of emulators has for a platform.
fn emulator_of(platform: &str) -> &str {
    platform.split('/').nth(1).unwrap_or("all")
}

pub(super) fn docker<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> Result<Output, BuilderError> {
    let output = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BuilderError::NoDocker,
        _ => BuilderError::Start(error),
    })
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
