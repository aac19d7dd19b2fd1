//! Every page of a recipe holds: its examples are planned and rewritten, and give what the page says.

use xbuild::{
    context::Context,
    grammar,
    model::{Model, Settings},
    plan::{Options, decide},
    platform::Platform,
    recipes, rewrite,
};

struct Block {
    kind: String,
    text: String,
}

/// The kind of a block that a file becomes on demand only.
const LIKELY: &str = "after --aggressive";

fn blocks(page: &str) -> Vec<Block> {
    page.split("```dockerfile ")
        .skip(1)
        .filter_map(|rest| {
            let (kind, rest) = rest.split_once('\n')?;
            let (text, _) = rest.split_once("```")?;
            Some(Block {
                kind: kind.trim().to_owned(),
                text: text.to_owned(),
            })
        })
        .collect()
}

fn rewritten(before: &str, is_aggressive: bool) -> (String, String) {
    let file = grammar::parse(before).expect("the example is a Dockerfile");
    let targets = vec![Platform::linux("amd64"), Platform::linux("arm64")];
    let model =
        Model::build(&file, Settings::new(Platform::linux("amd64"), targets)).expect("the example builds");
    let plan = decide(
        "Dockerfile",
        &model,
        &Context::default(),
        recipes::ALL,
        Options {
            is_aggressive,
            ..Options::default()
        },
    )
    .expect("a plan");
    let reasons = plan
        .stages
        .iter()
        .map(|stage| format!("{}: {}", stage.name, stage.reason.text));
    let why = reasons.collect::<Vec<_>>().join(
        "
",
    );
    (
        rewrite::rewrite(&model, &plan)
            .expect("the plan can be carried out")
            .text,
        why,
    )
}

#[test]
fn the_examples_of_every_recipe_hold() {
    for recipe in recipes::ALL {
        let blocks = blocks(recipe.documentation);
        assert!(
            blocks.iter().any(|block| block.kind == "before"),
            "{} has no example",
            recipe.id
        );
        assert!(
            blocks.iter().any(|block| block.kind == "unchanged"),
            "{} declines nothing",
            recipe.id
        );
        for (index, block) in blocks.iter().enumerate() {
            let (same, why) = rewritten(&block.text, false);
            match block.kind.as_str() {
                "before" => {
                    let expected = &blocks[index + 1];
                    let is_likely = expected.kind == LIKELY;
                    assert!(
                        is_likely || expected.kind == "after",
                        "{}: `before` is not followed by `after`",
                        recipe.id
                    );
                    if is_likely {
                        assert_eq!(same, block.text, "{}: it is certain", recipe.id);
                    }
                    let (after, why) = rewritten(&block.text, is_likely);
                    assert_eq!(after, expected.text, "{}:\n{why}", recipe.id);
                    assert_eq!(
                        rewritten(&after, is_likely).0,
                        after,
                        "{}: a second rewrite changes something",
                        recipe.id
                    );
                }
                "after" | LIKELY | "unchanged" => assert_eq!(same, block.text, "{}:\n{why}", recipe.id),
                other => panic!("{}: a block of an unknown kind {other}", recipe.id),
            }
        }
    }
}

#[test]
fn every_page_has_its_parts() {
    for recipe in recipes::ALL {
        for part in [
            &format!("# {}\n", recipe.id),
            "## What it does",
            "## Example",
            "## When it declines",
        ] {
            assert!(
                recipe.documentation.contains(part),
                "{} lacks {part:?}",
                recipe.id
            );
        }
    }
}
