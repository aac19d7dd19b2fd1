//! The simple commands of a script in the order of the text, each with the circumstances in which it runs.

use crate::shell::{
    Command, CommandSubstitution, Item, Node, Part, Pipeline, Script, SeparatorKind, SimpleCommand,
};

/// A simple command and its circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The command.
    pub command: &'a SimpleCommand,
    /// When and where it runs.
    pub context: Context,
}

/// When and where a command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the circumstances are independent of each other"
)]
pub struct Context {
    /// Whether the script may succeed without running it: behind `||`, behind `&&` in a list whose failure goes
    /// unnoticed, in the branches of `if` and `case`, in the body of a loop.
    pub conditional: bool,
    /// Whether its output becomes a part of a word, or a file of another command.
    pub substitution: bool,
    /// Whether it is connected to another command by a pipe.
    pub pipeline: bool,
    /// Whether it runs only when a function is called.
    pub function: bool,
    /// Whether it runs in a shell of its own, so that its assignments are lost afterwards.
    pub subshell: bool,
}

/// All simple commands, nested ones included, in the order of the text.
pub fn simple_commands(script: &Script) -> Vec<Visit<'_>> {
    let mut visits = Vec::new();
    visit_script(
        script,
        Circumstances {
            context: Context::default(),
            decisive: true,
        },
        &mut visits,
    );
    // Bodies of here-documents are met with their redirection, but stand further down.
    visits.sort_by_key(|visit| visit.command.span.start);
    visits
}

#[derive(Clone, Copy)]
struct Circumstances {
    context: Context,
    /// Whether the status of what is visited is the status of the whole script.
    decisive: bool,
}

fn visit_script<'a>(script: &'a Script, outer: Circumstances, visits: &mut Vec<Visit<'a>>) {
    let lists: Vec<&[Item]> = script.items.split_inclusive(|item| !continues(item)).collect();
    for (number, list) in lists.iter().enumerate() {
        let decisive = outer.decisive && number + 1 == lists.len();
        visit_list(list, Circumstances { decisive, ..outer }, visits);
    }
}

/// Whether the next pipeline belongs to the same list.
fn continues(item: &Item) -> bool {
    matches!(kind(item), Some(SeparatorKind::And | SeparatorKind::Or))
}

fn kind(item: &Item) -> Option<SeparatorKind> {
    item.separator.map(|separator| separator.kind)
}

fn visit_list<'a>(list: &'a [Item], outer: Circumstances, visits: &mut Vec<Visit<'a>>) {
    let background = list.last().and_then(kind) == Some(SeparatorKind::Background);
    let last_or = list
        .iter()
        .rposition(|item| kind(item) == Some(SeparatorKind::Or));
    let mut behind_or = false;
    for (number, item) in list.iter().enumerate() {
        let decisive = outer.decisive && !background && last_or.is_none_or(|last| number > last);
        let behind_and = number > 0 && !decisive;
        let mut inner = Circumstances { decisive, ..outer };
        inner.context.conditional |= behind_or || behind_and;
        inner.context.subshell |= background;
        visit_pipeline(&item.pipeline, inner, visits);
        behind_or |= kind(item) == Some(SeparatorKind::Or);
    }
}

fn visit_pipeline<'a>(pipeline: &'a Pipeline, outer: Circumstances, visits: &mut Vec<Visit<'a>>) {
    let piped = pipeline.commands.len() > 1;
    for (number, command) in pipeline.commands.iter().enumerate() {
        let last = number + 1 == pipeline.commands.len();
        let mut inner = Circumstances {
            decisive: outer.decisive && last && !pipeline.negated,
            ..outer
        };
        inner.context.pipeline |= piped;
        inner.context.subshell |= piped;
        visit_command(command, inner, visits);
    }
}

fn visit_command<'a>(command: &'a Command, outer: Circumstances, visits: &mut Vec<Visit<'a>>) {
    let unnoticed = Circumstances {
        decisive: false,
        ..outer
    };
    let mut sometimes = outer;
    sometimes.context.conditional = true;
    match command {
        Command::Simple(simple) => visits.push(Visit {
            command: simple,
            context: outer.context,
        }),
        Command::Subshell(block) => {
            let mut inner = outer;
            inner.context.subshell = true;
            visit_script(&block.body, inner, visits);
        }
        Command::Group(block) => visit_script(&block.body, outer, visits),
        Command::If(clause) => {
            for (number, branch) in clause.branches.iter().enumerate() {
                let condition = if number == 0 {
                    unnoticed
                } else {
                    Circumstances {
                        decisive: false,
                        ..sometimes
                    }
                };
                visit_script(&branch.condition, condition, visits);
                visit_script(&branch.body, sometimes, visits);
            }
            if let Some(script) = &clause.otherwise {
                visit_script(script, sometimes, visits);
            }
        }
        Command::For(clause) => visit_script(&clause.body, sometimes, visits),
        Command::While(clause) => {
            visit_script(&clause.condition, unnoticed, visits);
            visit_script(&clause.body, sometimes, visits);
        }
        Command::Case(clause) => {
            for arm in &clause.arms {
                visit_script(&arm.body, sometimes, visits);
            }
        }
        Command::Function(function) => {
            let mut inner = unnoticed;
            inner.context.function = true;
            visit_command(&function.body, inner, visits);
            return;
        }
        Command::Test(_) | Command::Arithmetic(_) | Command::Opaque(_) => {}
    }
    for node in Node::Command(command).children() {
        if !matches!(node, Node::Script(_) | Node::Command(_)) {
            visit_substitutions(node, unnoticed, visits);
        }
    }
}

/// Visits the scripts inside the words of a command.
fn visit_substitutions<'a>(node: Node<'a>, outer: Circumstances, visits: &mut Vec<Visit<'a>>) {
    if let Node::Part(Part::Command(CommandSubstitution { script, .. }) | Part::Process { script, .. }) = node
    {
        let mut inner = outer;
        inner.context.substitution = true;
        inner.context.subshell = true;
        visit_script(script, inner, visits);
        return;
    }
    for child in node.children() {
        visit_substitutions(child, outer, visits);
    }
}
