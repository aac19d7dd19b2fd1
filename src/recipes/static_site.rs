//! Generators of pages, styles and source text.

use crate::plan::{Effect, Invocation, Origin, Recipe, Toolchain, Verdict};

pub(super) const RECIPE: Recipe = Recipe {
    id: "static-site",
    documentation: include_str!("static_site.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let program = match invocation.name {
        "bundle" if invocation.word(0) == Some("exec") => invocation.word(1)?,
        name => name,
    };
    let (images, packages): (&[&str], &[&str]) = match program {
        "hugo" => (&["hugo"], &["hugo"]),
        "mkdocs" | "sphinx-build" => (&["mkdocs", "python", "sphinx"], &["mkdocs", "sphinx", "python3"]),
        "mdbook" => (&["mdbook"], &["mdbook"]),
        "zola" => (&["zola"], &["zola"]),
        "jekyll" => (&["jekyll", "ruby"], &["jekyll", "ruby"]),
        "asciidoctor" => (&["asciidoctor"], &["asciidoctor"]),
        "doxygen" => (&["doxygen"], &["doxygen"]),
        "protoc" | "buf" => (&["protoc", "buf"], &["protobuf", "protoc", "buf"]),
        "sass" | "sassc" | "tailwindcss" => (&["node", "sass"], &["sassc", "nodejs"]),
        "msgfmt" => (&[], &["gettext"]),
        _ => return None,
    };
    let effect = Effect::makes(invocation.folder, Origin::Data);
    Some(Verdict::Native(match invocation.toolchain(images, packages) {
        Toolchain::Known => effect,
        Toolchain::Unknown | Toolchain::Foreign => {
            effect.with_doubt(format!("{program} is there for the build platform"))
        }
    }))
}
