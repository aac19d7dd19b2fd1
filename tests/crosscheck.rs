//! Another parser reads the same files: where it accepts one, stages and instructions are the same.
//!
//! It is no judge: it does not know heredocs, directives, flags of RUN and lists of ARG, so that only files without those are here.

use dockerfile_parser::{Dockerfile, Instruction};

use xbuild::grammar::{self, Keyword};

fn theirs(text: &str) -> Vec<Option<Keyword>> {
    let file = Dockerfile::parse(text).expect("the other parser accepts it");
    let keyword = |instruction: &Instruction| {
        Some(match instruction {
            Instruction::From(_) => Keyword::From,
            Instruction::Arg(_) => Keyword::Arg,
            Instruction::Label(_) => Keyword::Label,
            Instruction::Run(_) => Keyword::Run,
            Instruction::Entrypoint(_) => Keyword::Entrypoint,
            Instruction::Cmd(_) => Keyword::Cmd,
            Instruction::Copy(_) => Keyword::Copy,
            Instruction::Env(_) => Keyword::Env,
            Instruction::Misc(other) => return Keyword::named(&other.instruction.content),
        })
    };
    file.instructions.iter().map(keyword).collect()
}

#[test]
fn instructions_are_the_same() {
    let service = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/build/go-service/");
    let read = |name: &str| {
        std::fs::read_to_string(format!("{service}{name}")).expect("a Dockerfile of the project")
    };
    let texts = [
        read("Dockerfile"),
        "FROM a AS b\nARG C=1\nENV D=\"e f\" G=h\nLABEL i=j\nRUN x && \\\n    # why\n    y\n".to_owned(),
        "FROM a\nCOPY --from=b /c /d\nADD e f\nWORKDIR /g\nUSER h\nEXPOSE 80\nVOLUME /i\nSTOPSIGNAL 9\n".to_owned(),
        "from a\nrun [\"b\", \"c\"]\nentrypoint [\"d\"]\ncmd e\nhealthcheck NONE\nonbuild run f\nmaintainer g\n".to_owned(),
        "FROM a\r\nRUN b\r\n".to_owned(),
    ];
    for text in texts {
        let ours = grammar::parse(&text).expect("BuildKit accepts it");
        let ours: Vec<_> = ours
            .instructions
            .iter()
            .map(|instruction| instruction.keyword)
            .collect();
        assert_eq!(ours, theirs(&text), "{text}");
    }
}
