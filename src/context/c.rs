//! C and C++: what a build asks of the machine, and whether it takes the compiler that it is given.

/// A file of a C or C++ build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CBuild {
    /// The file.
    pub file: String,
    /// What reads it.
    pub kind: CBuildKind,
    /// The variables by which a Makefile can be told of a toolchain on the command line: those that it uses, and those
    /// of make's own rules.
    pub used: Vec<&'static str>,
    /// Those of them that it assigns itself, so that the environment does not reach them; `?=` leaves them open, and
    /// so does a value that is made with `CROSS_COMPILE`.
    pub assigned: Vec<&'static str>,
    /// A line of its own that names a compiler or tool outright, or forbids another: `gcc -o x x.c`, `override CC = gcc`.
    pub fixed_tool: Option<String>,
    /// A line that asks the machine what it is: `uname -m`, `-march=native`.
    pub machine_question: Option<String>,
    /// A line that runs what was built, or a test of the compiler that does: `./gen > x.h`, `AC_RUN_IFELSE`.
    pub runs_built: Option<String>,
    /// A line of a Makefile that runs something else than the tools named by variables and commands that handle files.
    pub other_command: Option<String>,
    /// Whether it runs make in other folders.
    pub is_recursive: bool,
    /// Whether it asks pkg-config.
    pub asks_pkg_config: bool,
    /// A line that names the platform of Go programs outright: `GOARCH = amd64`.
    pub go_platform: Option<String>,
    /// Other files that it takes in, which may say more.
    pub includes: Vec<String>,
}

/// What reads a file of a C or C++ build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CBuildKind {
    /// `CMakeLists.txt`.
    CMake,
    /// `meson.build`.
    Meson,
    /// `configure.ac`, `configure.in`.
    Autoconf,
    /// `Makefile` and its other names.
    #[default]
    Make,
}

/// The variables by which a Makefile is told of a toolchain.
const VARIABLES: [&str; 10] = [
    "AR",
    "CC",
    "CROSS_COMPILE",
    "CXX",
    "LD",
    "NM",
    "OBJCOPY",
    "PKG_CONFIG",
    "RANLIB",
    "STRIP",
];

/// Tools that are another program for each target.
const TOOLS: [&str; 15] = [
    "ar",
    "c++",
    "cc",
    "clang",
    "clang++",
    "g++",
    "gcc",
    "ld",
    "nm",
    "objcopy",
    "objdump",
    "pkg-config",
    "ranlib",
    "readelf",
    "strip",
];

/// Words that ask the machine what it is.
const QUESTIONS: [&str; 14] = [
    "-march=native",
    "-mcpu=native",
    "-mtune=native",
    "CMAKE_HOST_SYSTEM_PROCESSOR",
    "arch)",
    "arch`",
    "build_machine.",
    "config.guess",
    "dpkg --print-architecture",
    "dumpmachine",
    "getconf",
    "lscpu",
    "uname",
    "/proc/cpuinfo",
];

/// Whether a line sets GOARCH or GOOS to something that it does not take from elsewhere; `?=` leaves them open.
fn names_go_platform(line: &str) -> bool {
    ["GOARCH", "GOOS"].iter().any(|name| {
        line.match_indices(name).any(|(at, _)| {
            let rest = line[at + name.len()..].trim_start();
            let value = rest.strip_prefix("::=").or_else(|| rest.strip_prefix(":="));
            let value = value.or_else(|| rest.strip_prefix('=')).map(str::trim_start);
            value.is_some_and(|value| !value.is_empty() && !value.starts_with(['$', '"', '=']))
        })
    })
}

/// What kind of build a file is of, by its name.
pub(super) fn kind(name: &str) -> Option<CBuildKind> {
    Some(match name {
        "CMakeLists.txt" => CBuildKind::CMake,
        "meson.build" => CBuildKind::Meson,
        "configure.ac" | "configure.in" => CBuildKind::Autoconf,
        "Makefile" | "makefile" | "GNUmakefile" => CBuildKind::Make,
        _ => return None,
    })
}

/// Reads a file of a build.
pub(super) fn read(file: &str, text: &str) -> Option<CBuild> {
    let kind = kind(file.rsplit('/').next()?)?;
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let is_comment =
        |line: &&str| line.trim_start().starts_with('#') || line.trim_start().starts_with("dnl ");
    let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    let find = |wanted: &dyn Fn(&str) -> bool| {
        lines
            .iter()
            .find(|line| wanted(line))
            .map(|line| line.trim().to_owned())
    };
    let mut build = CBuild {
        file: file.to_owned(),
        kind,
        go_platform: find(&names_go_platform),
        machine_question: find(&|line| QUESTIONS.iter().any(|question| line.contains(question))),
        ..CBuild::default()
    };
    match kind {
        CBuildKind::Make => read_make(&lines, &mut build),
        CBuildKind::CMake => {
            let runs = |line: &str| {
                let line = line.to_ascii_lowercase();
                [
                    "try_run",
                    "check_c_source_runs",
                    "check_cxx_source_runs",
                    "add_custom_command",
                    "add_custom_target",
                    "execute_process",
                ]
                .iter()
                .any(|word| line.contains(word))
            };
            build.runs_built = find(&runs);
            build.fixed_tool = find(&|line| {
                line.contains("set(CMAKE_C_COMPILER") || line.contains("set(CMAKE_CXX_COMPILER")
            });
        }
        CBuildKind::Meson => {
            build.runs_built = find(&|line| {
                line.contains(".run(") || line.contains("custom_target(") || line.contains("run_command(")
            });
        }
        CBuildKind::Autoconf => {
            build.runs_built = find(&|line| line.contains("AC_RUN_IFELSE") || line.contains("AC_TRY_RUN"));
        }
    }
    Some(build)
}

fn read_make(lines: &[&str], build: &mut CBuild) {
    let uses = |name: &str| {
        let (round, curly) = (format!("$({name})"), format!("${{{name}}}"));
        lines
            .iter()
            .any(|line| line.contains(&round) || line.contains(&curly))
    };
    // make itself has rules that use CC and CXX for files that the Makefile gives no recipe for.
    let built_in = ["CC", "CXX", "AR"];
    let fixes = |name: &str| {
        lines.iter().any(|line| {
            assignment(line).is_some_and(|(assigned, operator, value)| {
                assigned == name
                    && operator != "?="
                    && !value.contains("$(CROSS_COMPILE)")
                    && !value.contains("${CROSS_COMPILE}")
            })
        })
    };
    let used = VARIABLES
        .iter()
        .filter(|name| uses(name) || built_in.contains(name));
    build.used = used.copied().collect();
    build.assigned = build.used.iter().filter(|name| fixes(name)).copied().collect();
    let is_recipe = |line: &&&str| line.starts_with('\t');
    let fixed = lines
        .iter()
        .filter(is_recipe)
        .find(|line| commands(line).any(|command| TOOLS.contains(&base_name(command))));
    let overrides = lines.iter().find(|line| line.starts_with("override "));
    let special = lines.iter().find(|line| assigns_special_tool(line));
    build.fixed_tool = overrides.or(special).or(fixed).map(|line| line.trim().to_owned());
    let other = lines
        .iter()
        .filter(is_recipe)
        .find(|line| commands(line).any(|command| !is_plain_command(command)));
    build.other_command = other.map(|line| line.trim().to_owned());
    let mentions = |word: &str| lines.iter().any(|line| line.contains(word));
    build.is_recursive = mentions("$(MAKE)") || mentions("${MAKE}");
    build.asks_pkg_config = mentions("pkg-config") || mentions("PKG_CONFIG");
    let runs = lines.iter().filter(is_recipe).find(|line| {
        commands(line).any(|command| {
            command.starts_with("./") || command.starts_with("$(BUILD") || command == "$@" || command == "$<"
        })
    });
    build.runs_built = runs.map(|line| line.trim().to_owned());
    build.includes = lines
        .iter()
        .filter_map(|line| line.trim_start_matches('-').strip_prefix("include "))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect();
}

/// Whether the line sets a tool to something that the tool of the same kind for another target does not replace.
fn assigns_special_tool(line: &str) -> bool {
    let Some((name, operator, value)) = assignment(line) else {
        return false;
    };
    let value = value.split('#').next().unwrap_or_default().trim();
    let value = value
        .trim_start_matches("$(CROSS_COMPILE)")
        .trim_start_matches("${CROSS_COMPILE}");
    let is_plain = match name {
        "CROSS_COMPILE" => value.is_empty(),
        "CC" => matches!(value, "gcc" | "cc" | "$(CC)"),
        "CXX" => matches!(value, "g++" | "c++" | "$(CXX)"),
        "PKG_CONFIG" => value == "pkg-config",
        _ => value == name.to_ascii_lowercase(),
    };
    VARIABLES.contains(&name) && (!is_plain || operator == "+=" || operator == "!=")
}

/// Commands of recipes that do the same whatever is built; the tools that variables name are among them.
const PLAIN_COMMANDS: [&str; 46] = [
    "$(AR)",
    "$(CC)",
    "$(CP)",
    "$(CXX)",
    "$(ECHO)",
    "$(INSTALL)",
    "$(LD)",
    "$(LN)",
    "$(MAKE)",
    "$(MKDIR)",
    "$(MV)",
    "$(NM)",
    "$(OBJCOPY)",
    "$(RANLIB)",
    "$(RM)",
    "$(RMDIR)",
    "$(STRIP)",
    ":",
    "[",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cp",
    "done",
    "echo",
    "exit",
    "export",
    "false",
    "fi",
    "for",
    "find",
    "install",
    "ln",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "rmdir",
    "sed",
    "set",
    "sort",
    "tar",
    "test",
    "touch",
    "true",
];

fn is_plain_command(command: &str) -> bool {
    let command = command.replace('{', "(").replace('}', ")");
    PLAIN_COMMANDS.contains(&command.trim_start_matches("$(Q)").trim_start_matches('@'))
}

/// `NAME op value` at the start of a line.
fn assignment(line: &str) -> Option<(&str, &str, &str)> {
    if line.starts_with('\t') {
        return None;
    }
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let end = line.find(|one: char| !one.is_ascii_alphanumeric() && one != '_')?;
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let operator = ["::=", ":=", "?=", "+=", "!=", "="]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    Some((name, operator, rest[operator.len()..].trim()))
}

/// The first words of the commands in a line of a recipe.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim().trim_start_matches(['@', '-', '+']);
    let is_keyword = |word: &str| {
        matches!(
            word,
            "!" | "do" | "elif" | "else" | "if" | "then" | "until" | "while"
        )
    };
    line.split(['&', '|', ';']).filter_map(move |command| {
        let mut words = command.split_whitespace();
        words.find(|word| !word.contains('=') && !is_keyword(word))
    })
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_makefiles() {
        let text = "CC ?= gcc\nAR := ar\n# uname\nSTRIP = $(CROSS_COMPILE)strip\nall: x\n\t$(CC) -o x x.c && $(STRIP) x\n";
        let build = read("Makefile", text).expect("a build");
        assert_eq!(build.used, ["AR", "CC", "CROSS_COMPILE", "CXX", "STRIP"]);
        assert_eq!(build.assigned, ["AR"]);
        assert_eq!(build.fixed_tool, None);
        assert_eq!((build.machine_question, build.runs_built), (None, None));
        let text = "ARCH := $(shell uname -m)\nx:\n\t@gcc -o gen gen.c; ./gen > x.h\ninclude a.mk b.mk\n";
        let build = read("src/Makefile", text).expect("a build");
        assert_eq!(
            build.fixed_tool.as_deref(),
            Some("@gcc -o gen gen.c; ./gen > x.h")
        );
        assert_eq!(build.runs_built, build.fixed_tool);
        assert_eq!(
            build.machine_question.as_deref(),
            Some("ARCH := $(shell uname -m)")
        );
        assert_eq!(build.includes, ["a.mk", "b.mk"]);
    }

    #[test]
    fn reads_other_builds() {
        let build = read("CMakeLists.txt", "project(x C)\nadd_executable(x x.c)\n").expect("a build");
        assert_eq!((build.kind, build.runs_built), (CBuildKind::CMake, None));
        let build = read("CMakeLists.txt", "add_custom_command(OUTPUT a COMMAND gen)\n").expect("a build");
        assert!(build.runs_built.is_some());
        assert!(
            read("configure.ac", "AC_INIT\nAC_RUN_IFELSE([])\n")
                .expect("a build")
                .runs_built
                .is_some()
        );
        assert!(
            read("meson.build", "executable('x', 'x.c', c_args: '-march=native')")
                .expect("a build")
                .machine_question
                .is_some()
        );
        assert_eq!(read("other", ""), None);
    }
}
