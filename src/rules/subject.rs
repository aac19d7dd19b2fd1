use crate::{
    grammar::{Arguments, Flag, Instruction, Keyword},
    model::{Base, Model},
    plan::{Plan, RunScript, read_script},
};

/// A RUN with its script.
#[derive(Clone, Debug)]
pub struct Run<'f> {
    /// The instruction.
    pub instruction: &'f Instruction,
    /// What its shell reads.
    pub script: RunScript,
}

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What the file means for each target.
    pub model: &'a Model<'a>,
    /// What xbuild would do with it.
    pub plan: &'a Plan,
    /// For each stage, the RUN instructions whose script is known.
    pub runs: &'a [Vec<Run<'a>>],
    /// For each stage the last stage of its chain.
    pub roots: &'a [usize],
}

/// The scripts of all stages, reached or not.
pub(super) fn runs<'a>(model: &'a Model<'a>) -> Vec<Vec<Run<'a>>> {
    let mut has_shell: Vec<bool> = Vec::with_capacity(model.stages.len());
    let mut all = Vec::with_capacity(model.stages.len());
    for stage in &model.stages {
        let view = model.views.first();
        let base = view.and_then(|view| view.stages[stage.index].base.stage());
        let mut is_shell = base.map_or(model.file.escape == '\\', |base| has_shell[base]);
        let mut runs = Vec::new();
        for instruction in stage.instructions {
            if instruction.keyword == Some(Keyword::Shell) {
                is_shell = is_unix_shell(instruction);
            }
            if instruction.keyword == Some(Keyword::Run) && is_shell {
                runs.extend(
                    read_script(model.file, instruction)
                        .ok()
                        .map(|script| Run { instruction, script }),
                );
            }
        }
        has_shell.push(is_shell);
        all.push(runs);
    }
    all
}

/// Whether a SHELL instruction names a shell whose language the shell reader knows.
fn is_unix_shell(shell: &Instruction) -> bool {
    let Arguments::Json(words) = &shell.arguments else {
        return false;
    };
    let program = words.first().map_or("", |word| word.value.as_str());
    matches!(
        program.rsplit('/').next().unwrap_or_default(),
        "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" | "env"
    )
}

impl<'a> Subject<'a> {
    /// The `--platform` flag that decides where the stage runs: its own, or that of the stage it stands on.
    ///
    /// BuildKit ignores the flag of a stage that stands on another stage or on scratch.
    pub(super) fn platform_flag(&self, stage: usize) -> Option<(usize, &'a Flag)> {
        let view = self.model.views.first()?;
        let root = self.roots[stage];
        if view.stages[root].base == Base::Scratch {
            return None;
        }
        Some((root, self.model.stages[root].from.flag("platform")?))
    }

    /// Whether the file itself makes the stage run on the build platform.
    pub(super) fn is_pinned(&self, stage: usize) -> bool {
        self.platform_flag(stage)
            .and_then(|(_, flag)| flag.value())
            .is_some_and(|value| value.contains("BUILD"))
    }

    /// Whether the stage stands on an image of Windows, where names of architectures mean other things.
    pub(super) fn is_windows(&self, stage: usize) -> bool {
        const WORDS: [&str; 4] = ["windows", "nanoserver", "servercore", "/win"];
        let Some(view) = self.model.views.first() else {
            return false;
        };
        match &view.stages[self.roots[stage]].base {
            Base::Image(name) => WORDS.iter().any(|word| name.contains(word)),
            Base::Scratch | Base::Stage(_) | Base::Context { .. } => false,
        }
    }

    /// The stage as people name it, in quotes.
    pub(super) fn stage_name(&self, stage: usize) -> String {
        format!("`{}`", self.model.stages[stage].label())
    }
}
