//! Java: what a build file asks for besides portable jars.

/// Words in a Maven or Gradle file that make the result depend on the platform.
const NATIVE: [&str; 13] = [
    "os.detected",
    "os-maven-plugin",
    "osdetector",
    "native-maven-plugin",
    "org.graalvm.buildtools",
    "openjfx",
    "org.eclipse.swt",
    "jlink",
    "jpackage",
    "currentOs",
    "os.arch",
    "javacpp",
    "org.beryx.runtime",
];

/// Whether a file is one of a Java build, by its name.
pub(super) fn is_build(name: &str) -> bool {
    matches!(name, "pom.xml" | "build.sbt" | "project.clj" | "build.xml")
        || name.starts_with("build.gradle")
        || name.starts_with("settings.gradle")
        || name.ends_with(".versions.toml")
}

/// The word in a build file that asks for native parts.
pub(super) fn native_word(text: &str) -> Option<&'static str> {
    NATIVE.into_iter().find(|word| text.contains(word))
}
