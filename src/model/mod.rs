//! What a Dockerfile means for each target platform: stages, their bases and sources, variables, and where
//! every step runs (BuildKit dockerfile2llb/convert.go). It answers questions and decides nothing.

mod automatic;
mod checks;
mod environment;
mod error;
mod fetched;
mod git_source;
pub mod reference;
mod settings;
mod stage;
mod state;
mod step;
mod view;

pub use automatic::{PLATFORM_ARGUMENTS, is_target_argument};
pub use environment::Environment;
pub use error::ModelError;
pub use fetched::{fetched, fetched_context};
pub use settings::{Adjustments, Settings};
pub use stage::Stage;
pub use step::{Source, Step, is_image_address};
pub use view::{Base, StageView, View};

use crate::grammar::{Dockerfile, Instruction};

/// A Dockerfile, what it is built for, and what it means for each target.
#[derive(Clone, Debug)]
pub struct Model<'f> {
    /// The file.
    pub file: &'f Dockerfile<'f>,
    /// What the build is asked for.
    pub settings: Settings,
    /// The ARG instructions above the first FROM.
    pub globals: &'f [Instruction],
    /// The stages in order.
    pub stages: Vec<Stage<'f>>,
    /// One view a target platform, in the order of the settings.
    pub views: Vec<View<'f>>,
}

impl<'f> Model<'f> {
    /// Reads what `file` means for `settings`.
    ///
    /// # Errors
    /// What BuildKit would refuse without asking a registry: the first error in its order.
    pub fn build(file: &'f Dockerfile<'f>, settings: Settings) -> Result<Self, ModelError> {
        Self::build_adjusted(file, settings, &Adjustments::default())
    }

    /// Reads what `file` would mean with the adjustments made.
    ///
    /// # Errors
    /// As for [`Model::build`].
    pub fn build_adjusted(
        file: &'f Dockerfile<'f>,
        settings: Settings,
        adjustments: &Adjustments,
    ) -> Result<Self, ModelError> {
        let (globals, stages) = stage::split(file);
        if stages.is_empty() {
            return Err(ModelError::new("dockerfile contains no stages to build", 0));
        }
        let views = settings
            .target_platforms
            .iter()
            .map(|target| view::build(file, &settings, adjustments, globals, &stages, target))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            file,
            settings,
            globals,
            stages,
            views,
        })
    }

    /// Whether any target needs the stage.
    pub fn is_reached(&self, stage: usize) -> bool {
        self.views.iter().any(|view| view.stages[stage].is_reached)
    }
}
