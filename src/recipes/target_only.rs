//! Compilers that a Dockerfile gives no way to aim at another platform: asked last, so that a recipe that can comes first.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict, join};

pub(super) const RECIPE: Recipe = Recipe {
    id: "target-only",
    documentation: include_str!("target_only.md"),
    read,
};

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    if !invocation.words.is_empty()
        && invocation
            .words
            .iter()
            .all(|word| matches!(word.as_deref(), Some("--version" | "-version" | "-V" | "-v")))
    {
        return knows(invocation.name).then(|| Verdict::Native(Effect::nothing()));
    }
    Some(match invocation.name {
        "clang" | "clang++" | "gfortran" | "tcc" | "nasm" | "yasm" | "ar" | "ld" | "as" | "ranlib" => {
            return Some(object(invocation));
        }
        "bison" | "flex" | "yacc" | "lex" | "m4" | "gettextize" => {
            Verdict::Native(Effect::makes(invocation.folder, Origin::Data))
        }
        "swift" => swift(invocation),
        name => Verdict::Declines(format!("{}, so it stays on the target", reason(name)?)),
    })
}

fn knows(name: &str) -> bool {
    reason(name).is_some() || matches!(name, "clang" | "clang++" | "swift")
}

/// What a command does that ties it to its platform: one clause that follows its name.
fn reason(name: &str) -> Option<&'static str> {
    let base = name.rsplit('/').next().unwrap_or_default();
    // A path names a script of the project; one without names a program of the system.
    let is_own = base != name;
    Some(match base {
        "Configure" | "config" if is_own => "configures a build for the platform it runs on",
        "b2" | "bjam" | "waf" if is_own => "compiles for the platform it runs on",
        _ if is_own => return None,
        "bmake" => "runs what a Makefile says, and what that compiles is for the platform it runs on",
        "qmake" | "qmake6" | "qmake-qt5" | "gyp" | "premake5" => {
            "sets up a build for the platform it runs on"
        }
        "ninja-build" | "samu" | "scons" | "bazel" | "bazelisk" | "b2" | "bjam" | "waf" | "xmake"
        | "buck2" | "ctest" | "cpack" | "swiftc" | "ghc" | "ghcup" | "stack" | "cabal" | "runghc"
        | "runhaskell" | "crystal" | "shards" | "nim" | "nimble" | "opam" | "dune" | "ocamlfind"
        | "ocamlopt" | "ocamlc" | "ocamlbuild" | "dmd" | "dub" | "ldc2" | "gdc" | "fpc" | "lazbuild"
        | "sbcl" | "ros" | "raco" | "v" | "odin" | "gnatmake" | "gprbuild" | "alr" | "julia" => {
            "compiles for the platform it runs on"
        }
        "R" | "Rscript" | "cpan" | "cpanm" | "carton" | "luarocks" => {
            "installs libraries for the platform it runs on"
        }
        _ => return None,
    })
}

/// An object, a library or a program, at a path that the command names.
fn object(invocation: &Invocation<'_>) -> Verdict {
    if invocation.words.iter().any(Option::is_none) {
        return Verdict::Declines(
            "compiles for the platform it runs on, with options that are not known before it runs".to_owned(),
        );
    }
    let path = match (invocation.name, invocation.option_value("-o")) {
        (_, Some(path)) => invocation.resolve(path),
        ("ar" | "ranlib", None) => {
            let archive = invocation
                .operands()
                .find(|word| word.rsplit('.').next() == Some("a"));
            archive.map_or_else(|| invocation.folder.to_owned(), |path| invocation.resolve(path))
        }
        (_, None) => invocation.folder.to_owned(),
    };
    Verdict::Native(Effect::makes(
        path,
        Origin::Platform(format!("`{}`", invocation.name)),
    ))
}

/// Swift compiles for others with an SDK of its own, which xbuild does not choose.
fn swift(invocation: &Invocation<'_>) -> Verdict {
    let operands: Vec<&str> = invocation.operands().collect();
    match operands.as_slice() {
        ["package", "resolve" | "update" | "reset" | "clean", ..] => Verdict::Native(Effect {
            outputs: vec![Output {
                path: join(invocation.folder, ".build"),
                origin: Origin::Data,
            }],
            ..Effect::default()
        }),
        ["test" | "run", ..] => Verdict::Native(Effect::makes(
            join(invocation.folder, ".build"),
            Origin::Platform(format!("`swift {}`", operands[0])),
        )),
        _ => match invocation.option_value("--swift-sdk") {
            Some(sdk) => Verdict::Declines(format!(
                "is told --swift-sdk {sdk}, so every platform gets that one"
            )),
            None => Verdict::Declines(
                "compiles for the platform it runs on unless it is told a --swift-sdk, so it stays on the target"
                    .to_owned(),
            ),
        },
    }
}
