//! Java and its relatives: jars are the same on every platform.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Toolchain, Verdict};

pub(super) const RECIPE: Recipe = Recipe {
    id: "jar",
    documentation: include_str!("jar.md"),
    read,
};

/// Words in a command that ask for a program or an image of one platform.
const NATIVE_WORDS: [&str; 9] = [
    "native",
    "jlink",
    "jpackage",
    "build-image",
    "bootbuildimage",
    "jib",
    "graal",
    "xshare",
    "javacpp",
];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let verdict = match invocation.name {
        "mvn" | "mvnw" | "gradle" | "gradlew" | "ant" | "sbt" | "lein" | "javac" | "jar" => {
            portable(invocation)
        }
        "java"
            if invocation
                .words
                .iter()
                .flatten()
                .any(|word| word.starts_with("-Djarmode=")) =>
        {
            Ok(Effect::makes(invocation.folder, Origin::Data))
        }
        "java" => Err("runs a program whose files are not known".to_owned()),
        "jlink" | "jpackage" => {
            let output = ["--output", "--dest", "-d"]
                .iter()
                .find_map(|option| invocation.option_value(option));
            let path = output.map_or_else(|| invocation.folder.to_owned(), |path| invocation.resolve(path));
            Ok(Effect::makes(
                path,
                Origin::Platform(format!("`{}`", invocation.name)),
            ))
        }
        "native-image" => Err("compiles for the platform it runs on only".to_owned()),
        "jdeps" | "keytool" => Ok(Effect::nothing()),
        _ => return None,
    };
    let images = [
        "maven",
        "gradle",
        "temurin",
        "openjdk",
        "java",
        "jdk",
        "corretto",
        "amazoncorretto",
        "sbt",
        "clojure",
        "zulu",
        "liberica",
        "graalvm",
        "sapmachine",
        "semeru",
        "jre",
    ];
    Some(match verdict {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => {
            match invocation.toolchain(&images, &["openjdk", "default-jdk", "maven", "gradle", "java"]) {
                Toolchain::Known => Verdict::Native(effect),
                Toolchain::Unknown | Toolchain::Foreign => {
                    Verdict::Native(effect.with_doubt("the stage brings a JDK for its own platform"))
                }
            }
        }
    })
}

fn portable(invocation: &Invocation<'_>) -> Result<Effect, String> {
    let native = invocation.words.iter().flatten().find(|word| {
        let word = word.to_lowercase();
        NATIVE_WORDS.iter().any(|native| word.contains(native))
    });
    if let Some(word) = native {
        return Err(format!("makes more than jars ({word})"));
    }
    if let Some((file, word)) = invocation.context.native_java.first() {
        return Err(format!("makes more than portable jars: {file} speaks of {word}"));
    }
    let outputs = [invocation.folder, "/root/.m2", "/root/.gradle"];
    let outputs = outputs.map(|path| Output {
        path: path.to_owned(),
        origin: Origin::Data,
    });
    Ok(Effect {
        outputs: outputs.to_vec(),
        ..Effect::default()
    })
}
