use crate::grammar::Instruction;

/// Where the files of a `COPY --from`, a mount or a stage come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A stage of the same file.
    Stage(usize),
    /// An image, always taken for the target platform.
    Image(String),
    /// A named context that stands in the place of such an image, by its address.
    Context(String),
}

impl Source {
    /// Whether the files are those of an image, and so belong to the target platform.
    pub fn is_image(&self) -> bool {
        match self {
            Self::Stage(_) => false,
            Self::Image(_) => true,
            Self::Context(address) => is_image_address(address),
        }
    }
}

/// Whether the address of a named context is that of an image.
pub fn is_image_address(address: &str) -> bool {
    address.starts_with("docker-image://") || address.starts_with("oci-layout://")
}

/// An instruction of a stage as one target sees it.
#[derive(Clone, Debug)]
pub struct Step<'f> {
    /// The instruction; of an ONBUILD trigger, the instruction behind ONBUILD.
    pub instruction: &'f Instruction,
    /// The line it is reported at: its own, or that of the FROM that fires the trigger.
    pub line: usize,
    /// The stages and images it takes files from, flags and mounts in order.
    pub sources: Vec<Source>,
    /// The variables it sets, expanded.
    pub assignments: Vec<(String, String)>,
    /// Its plain arguments after expansion: paths of COPY and ADD, the value of WORKDIR and USER.
    pub values: Vec<String>,
    /// Stands for the file system behind the step: equal for two targets means that BuildKit runs it once.
    pub key: u64,
}
