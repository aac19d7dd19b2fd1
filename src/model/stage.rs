use crate::grammar::{Arguments, Dockerfile, Instruction, Keyword, Word};

/// A build stage: FROM and what follows it.
#[derive(Clone, Debug)]
pub struct Stage<'f> {
    /// Its place among the stages, from 0.
    pub index: usize,
    /// The name behind AS, in lower case.
    pub name: Option<String>,
    /// The FROM instruction.
    pub from: &'f Instruction,
    /// The instructions behind FROM.
    pub instructions: &'f [Instruction],
}

impl<'f> Stage<'f> {
    /// The base image or stage as it is written.
    pub fn base(&self) -> Option<&'f Word> {
        self.words().first()
    }

    /// The name as it is written.
    pub fn name_word(&self) -> Option<&'f Word> {
        self.words().get(2)
    }

    fn words(&self) -> &'f [Word] {
        match &self.from.arguments {
            Arguments::Words(words) => words,
            _ => &[],
        }
    }

    /// How people name it: its name, or `stage-` and its number.
    pub fn label(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| format!("stage-{}", self.index))
    }
}

/// The global ARG instructions, and the stages.
pub(super) fn split<'f>(file: &'f Dockerfile<'_>) -> (&'f [Instruction], Vec<Stage<'f>>) {
    let instructions = file.instructions.as_slice();
    let starts: Vec<usize> = (0..instructions.len())
        .filter(|index| instructions[*index].keyword == Some(Keyword::From))
        .collect();
    let globals = &instructions[..starts.first().copied().unwrap_or(instructions.len())];
    let ends = starts.iter().skip(1).copied().chain([instructions.len()]);
    let stages = starts.iter().zip(ends).enumerate().map(|(index, (start, end))| {
        let mut stage = Stage {
            index,
            name: None,
            from: &instructions[*start],
            instructions: &instructions[start + 1..end],
        };
        stage.name = stage.name_word().map(|name| name.text.to_lowercase());
        stage
    });
    (globals, stages.collect())
}
