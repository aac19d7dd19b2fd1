//! Runs `docker buildx build` and follows what it prints.

use std::{
    ffi::OsString,
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr, Command},
};

use crate::engine::{
    Event, Reader, Record,
    signals::{Stops, pass_on},
};

/// How long to wait for the end of the output after the program itself has ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// One call of a program that prints `--progress=rawjson` on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The program, usually `docker`.
    pub program: OsString,
    /// Its arguments, `buildx build` included.
    pub arguments: Vec<OsString>,
}

impl Call {
    /// `docker buildx build` with the arguments behind that, which reads nothing.
    pub fn buildx_build(arguments: Vec<OsString>) -> Self {
        let mut all = vec![OsString::from("buildx"), OsString::from("build")];
        all.extend(arguments);
        Self {
            program: OsString::from("docker"),
            arguments: all,
        }
    }
}

/// How a build went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code: 0 for success, 1 for a failed build, 130 when it was cancelled, 128 and the number of a signal that
    /// ended the program.
    pub code: i32,
    /// Whether this process was asked to stop meanwhile.
    pub is_cancelled: bool,
    /// Everything that the stream told.
    pub record: Record,
}

/// Why the program could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It cannot be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// Its output cannot be read, or it cannot be waited for.
    #[error("lost contact with the build")]
    Lost(#[from] io::Error),
}

impl RunError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Start { .. } => "install the docker client, or add it to PATH",
            Self::Lost(_) => "run the build again",
        }
    }
}

/// Lets `docker buildx build` take this process's place, with its input, output and signals; gives why that cannot be.
///
/// Where a process cannot be replaced, the program is waited for, and this process ends with its exit code.
pub fn become_buildx_build(arguments: Vec<OsString>) -> RunError {
    let call = Call::buildx_build(arguments);
    let mut command = std::process::Command::new(&call.program);
    command.args(&call.arguments);
    RunError::Start {
        program: call.program.to_string_lossy().into_owned(),
        source: replace_process(&mut command),
    }
}

#[cfg(unix)]
fn replace_process(command: &mut std::process::Command) -> io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

#[cfg(not(unix))]
fn replace_process(command: &mut std::process::Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(exit_code(status)),
        Err(error) => error,
    }
}

/// Runs the call to its end; `observe` sees each event, with everything known up to and including it.
///
/// Ctrl-C, SIGTERM and SIGHUP are passed on to the program and all that it started, and it is waited for, so that the
/// build is cancelled in order and what the caller holds is cleaned up.
/// After that they do not end this process by themselves any more; see [`crate::engine::end_on_signals`].
///
/// # Errors
/// When the program cannot be started or followed; a build that fails is no error.
pub fn run(call: Call, observe: &mut dyn FnMut(&Event, &Record)) -> Result<Outcome, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(follow(call, observe))
}

async fn follow(call: Call, observe: &mut dyn FnMut(&Event, &Record)) -> Result<Outcome, RunError> {
    // Before the program starts, so that a signal in between is not lost.
    let mut stops = Stops::listen()?;
    let mut child = start(&call)?;
    let process = child.id().unwrap_or_default();
    let mut stderr = child.stderr.take();
    let mut outcome = Outcome::default();
    let mut reader = Reader::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut status: Option<ExitStatus> = None;
    while stderr.is_some() {
        tokio::select! {
            count = read(&mut stderr, &mut buffer) => match count? {
                0 => stderr = None,
                count => take(reader.push(&buffer[..count]), &mut outcome.record, observe),
            },
            stop = stops.next() => {
                outcome.is_cancelled = true;
                pass_on(stop, process);
            }
            ended = child.wait(), if status.is_none() => status = Some(ended?),
            // A process that it started may hold the output open for ever.
            () = tokio::time::sleep(PATIENCE), if status.is_some() => stderr = None,
        }
    }
    while status.is_none() {
        tokio::select! {
            ended = child.wait() => status = Some(ended?),
            stop = stops.next() => {
                outcome.is_cancelled = true;
                pass_on(stop, process);
            }
        }
    }
    take(reader.finish(), &mut outcome.record, observe);
    outcome.code = status.map_or(1, exit_code);
    Ok(outcome)
}

fn start(call: &Call) -> Result<Child, RunError> {
    let mut command = Command::new(&call.program);
    command
        .args(&call.arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // A group of its own, so that a signal reaches all that it starts.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn().map_err(|source| RunError::Start {
        program: call.program.to_string_lossy().into_owned(),
        source,
    })
}

async fn read(stderr: &mut Option<ChildStderr>, buffer: &mut [u8]) -> io::Result<usize> {
    match stderr {
        Some(stderr) => stderr.read(buffer).await,
        None => Ok(0),
    }
}

fn take(events: Vec<Event>, record: &mut Record, observe: &mut dyn FnMut(&Event, &Record)) {
    for event in events {
        record.take(&event);
        observe(&event, record);
    }
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}

#[cfg(not(unix))]
fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Call {
        Call {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
        }
    }

    fn check(script: &str, code: i32, text: &[&str]) {
        let mut seen = 0;
        let outcome = run(shell(script), &mut |_, _| seen += 1).expect(script);
        assert_eq!((outcome.code, outcome.is_cancelled), (code, false), "{script}");
        assert_eq!(outcome.record.text, text, "{script}");
        assert_eq!(seen, text.len() + outcome.record.vertexes.len(), "{script}");
    }

    #[test]
    fn gives_the_exit_code_and_all_that_was_said() {
        check("echo a >&2; printf b >&2; exit 3", 3, &["a", "b"]);
        check("kill -9 $$", 137, &[]);
        check(
            r#"echo '{"vertexes":[{"digest":"a"}]}' >&2; echo x >&2"#,
            0,
            &["x"],
        );
    }

    #[test]
    fn waits_no_longer_than_needed_for_a_process_left_behind() {
        check("sleep 30 & exit 4", 4, &[]);
    }

    #[test]
    fn names_a_program_that_is_not_there() {
        let call = Call {
            program: "/no/such".into(),
            arguments: Vec::new(),
        };
        let error = run(call, &mut |_, _| {}).expect_err("is not there");
        assert_eq!(error.to_string(), "cannot start /no/such");
    }
}
