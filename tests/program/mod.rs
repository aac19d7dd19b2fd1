//! Runs the built program in a folder of its own, with nothing of the caller's environment but what is passed on by name.

use std::{
    env, fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A folder with files, which is also home and temporary folder of everything that runs in it.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let this = Self { folder };
        for (name, text) in files {
            this.write(name, text);
        }
        this
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as a word of a command line.
    pub(crate) fn word(&self, name: &str) -> String {
        self.path(name).to_str().expect("is text").to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("has one")).expect("makes a folder");
        fs::write(path, content).expect("writes");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("is there")
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).expect("is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("lists").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A program that runs here.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path());
        for name in [
            "PATH",
            "DOCKER_HOST",
            "DOCKER_CONFIG",
            "DOCKER_CONTEXT",
            "LLVM_PROFILE_FILE",
        ] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// The program with these arguments.
    pub(crate) fn xbuild(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_xbuild"));
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.finish(&mut self.xbuild(arguments), b"")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
        self.finish(&mut self.xbuild(arguments), input.as_ref())
    }

    /// Runs a command to its end; the folder's own path is `[HERE]` in what it prints.
    pub(crate) fn finish(&self, command: &mut Command, input: &[u8]) -> Run {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut pipe = child.stdin.take().expect("is piped");
        std::thread::scope(|scope| {
            // A program that does not read its input closes the pipe.
            scope.spawn(move || pipe.write_all(input));
            self.shown(&child.wait_with_output().expect("ends"))
        })
    }

    fn shown(&self, output: &Output) -> Run {
        let here = self.word("");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            text.replace(&here, "[HERE]/")
                .replace(here.trim_end_matches('/'), "[HERE]")
        };
        Run {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// How a program ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Run {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self
            .code
            .map_or_else(|| "signal".to_owned(), |code| code.to_string());
        write!(
            formatter,
            "exit code {code}\n---- output\n{}---- errors\n{}",
            self.stdout, self.stderr
        )
    }
}
