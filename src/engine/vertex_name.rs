/// The name that the Dockerfile frontend gives a step, read into its parts (`prefixCommand` and
/// `formatTargetPlatform` of BuildKit's `dockerfile2llb`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VertexName {
    /// An instruction of the Dockerfile: `[linux/amd64->arm64 build 3/5] RUN make`.
    Step(StepName),
    /// Housekeeping such as `[internal] load build context`, `[auth] …`, `[context base] …` or `exporting to image`.
    Other(String),
}

/// The parts of the name of an instruction's step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepName {
    /// The name of the stage in small letters, `stage-1` for one without; empty when the Dockerfile has a single stage.
    pub stage: String,
    /// The place among the stage's steps, from 1; see [`crate::engine::Step::number`].
    pub number: usize,
    /// How many steps the stage has.
    pub of: usize,
    /// Where the step runs; none unless several platforms are built.
    pub build_platform: Option<String>,
    /// What it runs for, when the stage declares `TARGETPLATFORM` or `TARGETARCH` and that differs from where it runs.
    pub target_platform: Option<String>,
    /// The instruction with variables filled in, such as `RUN make`; lines are joined and heredocs cut short.
    pub instruction: String,
}

impl StepName {
    /// Whether the step executes a command, so that emulation matters to it.
    pub fn is_run(&self) -> bool {
        self.instruction
            .trim_start_matches("ONBUILD ")
            .starts_with("RUN ")
    }
}

impl VertexName {
    /// Reads a name; one of an unknown shape is housekeeping.
    pub fn parse(name: &str) -> Self {
        parse_step(name).map_or_else(|| Self::Other(name.to_owned()), Self::Step)
    }

    /// The parts, when the name is that of an instruction's step.
    pub fn step(&self) -> Option<&StepName> {
        match self {
            Self::Step(step) => Some(step),
            Self::Other(_) => None,
        }
    }
}

fn parse_step(name: &str) -> Option<StepName> {
    let (prefix, instruction) = name.strip_prefix('[')?.split_once("] ")?;
    let mut words: Vec<&str> = prefix.split_whitespace().collect();
    let (number, of) = words.pop()?.split_once('/')?;
    let (number, of) = (number.parse().ok()?, of.parse().ok()?);
    let (mut build_platform, mut target_platform) = (None, None);
    // Names of stages have no slash, and platforms always do.
    if words.first().is_some_and(|word| word.contains('/')) {
        let (build, target) = split_platforms(words.remove(0));
        (build_platform, target_platform) = (Some(build), target);
    }
    let stage = words.pop().unwrap_or_default().to_owned();
    if !words.is_empty() {
        return None;
    }
    Some(StepName {
        stage,
        number,
        of,
        build_platform,
        target_platform,
        instruction: instruction.to_owned(),
    })
}

/// Splits `linux/amd64->arm/v7`; only the parts that differ stand behind the arrow.
fn split_platforms(text: &str) -> (String, Option<String>) {
    let Some((build, target)) = text.split_once("->") else {
        return (text.to_owned(), None);
    };
    let parts: Vec<&str> = build.split('/').collect();
    let is_variant = target
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_whole = target
        .split('/')
        .next()
        .is_some_and(|system| ["linux", "windows", "freebsd", "darwin"].contains(&system));
    let target = match (is_whole, is_variant) {
        (true, _) => target.to_owned(),
        (false, true) => format!("{}/{target}", parts[..parts.len().min(2)].join("/")),
        (false, false) => format!("{}/{target}", parts[0]),
    };
    (build.to_owned(), Some(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts as `stage number/of build>target instruction`, with `-` for what is absent.
    fn check(name: &str, expected: &str) {
        let text = match VertexName::parse(name) {
            VertexName::Step(step) => format!(
                "{} {}/{} {}>{} {}",
                if step.stage.is_empty() { "-" } else { &step.stage },
                step.number,
                step.of,
                step.build_platform.as_deref().unwrap_or("-"),
                step.target_platform.as_deref().unwrap_or("-"),
                step.instruction
            ),
            VertexName::Other(name) => format!("other {name}"),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn reads_steps() {
        check(
            "[linux/amd64->arm64 build 3/5] RUN a b",
            "build 3/5 linux/amd64>linux/arm64 RUN a b",
        );
        check(
            "[linux/amd64->arm/v7 build  3/12] RUN a",
            "build 3/12 linux/amd64>linux/arm/v7 RUN a",
        );
        check(
            "[linux/arm/v7->v6 build 3/5] RUN a",
            "build 3/5 linux/arm/v7>linux/arm/v6 RUN a",
        );
        check(
            "[linux/amd64->windows/amd64 x 1/1] RUN a",
            "x 1/1 linux/amd64>windows/amd64 RUN a",
        );
        check(
            "[linux/arm64 stage-1 2/3] COPY --from=build /a /b",
            "stage-1 2/3 linux/arm64>- COPY --from=build /a /b",
        );
        check("[build 3/5] RUN [ -e /x ]", "build 3/5 ->- RUN [ -e /x ]");
        check("[linux/arm64 3/5] RUN a", "- 3/5 linux/arm64>- RUN a");
        check("[3/5] RUN a", "- 3/5 ->- RUN a");
        check("[base 1/1] ONBUILD RUN a", "base 1/1 ->- ONBUILD RUN a");
        check(
            "[one.x 2/3] RUN <<EOF (echo a...)",
            "one.x 2/3 ->- RUN <<EOF (echo a...)",
        );
        check(
            "[linux/amd64 stage-1 2/2] LINK COPY --link x /y",
            "stage-1 2/2 linux/amd64>- LINK COPY --link x /y",
        );
    }

    #[test]
    fn keeps_everything_else_as_it_is() {
        for name in [
            "",
            "[",
            "[]",
            "[] x",
            "[x] y",
            "[internal] load build context",
            "[linux/amd64 internal] load metadata for a:b",
            "[auth] library/debian:pull token for registry-1.docker.io",
            "[context base] load .dockerignore",
            "exporting to image",
            "[a b c 1/2] RUN x",
            "[build x/y] RUN x",
            "[build -1/2] RUN x",
        ] {
            check(name, &format!("other {name}"));
        }
    }
}
