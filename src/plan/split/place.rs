//! The changes that split a stage.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    grammar::Keyword,
    plan::{
        Change,
        trace::{Obstacle, Trace, follow_to},
    },
};

use super::{
    Split, Splitting,
    compilers::{compiler_of, runs_as_root},
};

/// Names of arguments by the start of the step in front of which they are declared.
type Declared = BTreeMap<usize, Vec<String>>;

impl Splitting<'_, '_, '_> {
    /// What speaks against the whole stage.
    pub(super) fn check_shape(&self, last: usize) -> Result<(), Obstacle> {
        if let Some(line) = self.analysis.usage.counted_source {
            let reason = "another stage would shift the number in --from";
            return Err(Obstacle {
                line,
                reason: reason.to_owned(),
            });
        }
        for instruction in self.analysis.model.stages[self.stage].instructions {
            let text = instruction.line.text();
            let reason = match instruction.keyword {
                Some(Keyword::Onbuild) => "what stands on the image runs triggers, which may compile",
                Some(Keyword::Healthcheck) if text.contains("go run") || text.contains("cargo ") => {
                    "its health check compiles"
                }
                _ => continue,
            };
            return Err(Obstacle {
                line: instruction.lines.0,
                reason: reason.to_owned(),
            });
        }
        for run in &self.runs[..=last] {
            let user = run.commands.first().map(|command| command.user.as_deref());
            match user {
                Some(Some("root" | "0" | "root:root" | "0:0")) | None => {}
                Some(Some(user)) => {
                    let reason = format!("it runs as {user}, and what is copied belongs to root");
                    return Err(Obstacle {
                        line: run.instruction.lines.0,
                        reason,
                    });
                }
                Some(None) if runs_as_root(self.image) => {}
                Some(None) => {
                    let reason = format!("the user that {} runs commands as is not known", self.image);
                    return Err(Obstacle {
                        line: run.instruction.lines.0,
                        reason,
                    });
                }
            }
        }
        Ok(())
    }

    /// The changes, when the new stage is sound.
    pub(super) fn place(
        &self,
        moved: &BTreeSet<usize>,
        last: usize,
        copies: &BTreeMap<String, usize>,
    ) -> Result<Split, Obstacle> {
        let last_step = self.runs[last].instruction.span.start;
        let trace = follow_to(self.stage, last_step, self.surroundings);
        if let Some(obstacle) = trace.obstacle {
            return Err(obstacle);
        }
        for (path, run) in copies {
            trace
                .outputs
                .origin_of(path)
                .map_err(|reason| self.obstacle(*run, reason))?;
        }
        let (changes, declared) = self.stage_changes(&trace, last_step)?;
        let name = self.name.clone();
        let mut all = vec![Change::SplitStage {
            stage: self.stage,
            name: name.clone(),
            last: last_step,
            changes,
        }];
        for &run in moved {
            all.push(Change::ReplaceRun {
                step: self.runs[run].instruction.span.start,
                name: name.clone(),
                paths: copies
                    .iter()
                    .filter(|(_, maker)| **maker == run)
                    .map(|(path, _)| path.clone())
                    .collect(),
            });
        }
        Ok(Split {
            changes: all,
            declared,
            moved: moved
                .iter()
                .map(|run| self.runs[*run].instruction.span.start)
                .collect(),
            recipes: trace.recipes.iter().map(ToString::to_string).collect(),
            reason: self.obstacle(last, self.reason(moved, copies)),
        })
    }

    /// The changes inside the new stage, with the arguments that it declares.
    pub(super) fn stage_changes(
        &self,
        trace: &Trace,
        last: usize,
    ) -> Result<(Vec<Change>, Declared), Obstacle> {
        let mut changes: Vec<Change> = Vec::new();
        let mut declared = Declared::new();
        let mut visible: BTreeSet<&str> = BTreeSet::new();
        for change in &trace.changes {
            if let Change::PinImage { image, .. } = &change.change {
                return Err(Obstacle {
                    line: self.analysis.usage.lines.line(change.step),
                    reason: format!("it takes files of the image {image}"),
                });
            }
            for name in &change.arguments {
                let is_declared = self.analysis.usage.is_declared(name, self.stage, change.step);
                if is_declared || !visible.insert(name) {
                    continue;
                }
                if let Some(line) = self.use_of(name, change.step, last) {
                    let reason = format!("it uses {name} without declaring it");
                    return Err(Obstacle { line, reason });
                }
                declared.entry(change.step).or_default().push((*name).to_owned());
            }
            let is_known = changes.iter().any(|known| match (known, &change.change) {
                (Change::InsertRun { script, .. }, Change::InsertRun { script: other, .. }) => {
                    script == other
                }
                (known, other) => known == other,
            });
            if !is_known {
                changes.push(change.change.clone());
            }
        }
        let declarations = declared.iter().map(|(step, names)| Change::DeclareArguments {
            step: *step,
            names: names.clone(),
        });
        let all = declarations.chain(changes).collect();
        Ok((all, declared))
    }

    /// The line of a step of the new stage that uses a variable which it does not see today.
    pub(super) fn use_of(&self, name: &str, from: usize, last: usize) -> Option<usize> {
        let steps = &self.analysis.model.views[0].stages[self.stage].steps;
        let uses = |text: &str| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
        steps
            .iter()
            .filter(|step| (from..=last).contains(&step.instruction.span.start))
            .find(|step| uses(step.instruction.line.text()))
            .map(|step| step.line)
    }

    pub(super) fn reason(&self, moved: &BTreeSet<usize>, copies: &BTreeMap<String, usize>) -> String {
        let ships: Vec<&str> = copies.keys().map(String::as_str).collect();
        let left: BTreeSet<&str> = moved
            .iter()
            .flat_map(|run| &self.runs[*run].commands)
            .filter_map(|command| compiler_of(command))
            .map(|compiler| compiler.caches)
            .collect();
        format!(
            "of what it compiles only {} ships; no longer in the image: {}",
            ships.join(", "),
            left.into_iter().collect::<Vec<_>>().join(", ")
        )
    }
}
