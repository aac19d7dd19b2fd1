//! The wish of the user or the system that the program stops, passed on to the build.

use std::io;

/// A wish to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Ctrl-C, or SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal was closed.
    HangUp,
}

#[cfg(unix)]
mod system {
    use rustix::process::{Pid, Signal, kill_process_group};
    use tokio::signal::unix::{self, SignalKind};

    use super::{Stop, io};

    /// Listens for wishes to stop; from then on they no longer end this process by themselves.
    pub(in crate::engine) struct Stops {
        interrupt: unix::Signal,
        terminate: unix::Signal,
        hang_up: unix::Signal,
    }

    impl Stops {
        pub(in crate::engine) fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: unix::signal(SignalKind::interrupt())?,
                terminate: unix::signal(SignalKind::terminate())?,
                hang_up: unix::signal(SignalKind::hangup())?,
            })
        }

        pub(in crate::engine) async fn next(&mut self) -> Stop {
            tokio::select! {
                _ = self.interrupt.recv() => Stop::Interrupt,
                _ = self.terminate.recv() => Stop::Terminate,
                _ = self.hang_up.recv() => Stop::HangUp,
            }
        }
    }

    /// Passes the wish on to a child, which leads a group of its own, and to the processes it started.
    pub(in crate::engine) fn pass_on(stop: Stop, child: u32) {
        let Some(pid) = i32::try_from(child).ok().and_then(Pid::from_raw) else {
            return;
        };
        let signal = match stop {
            Stop::Interrupt => Signal::INT,
            Stop::Terminate => Signal::TERM,
            Stop::HangUp => Signal::HUP,
        };
        // It may be gone already, which is what is wished for.
        let _ = kill_process_group(pid, signal);
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Stop, io};

    /// Listens for Ctrl-C; from then on it no longer ends this process by itself.
    pub(in crate::engine) struct Stops;

    impl Stops {
        pub(in crate::engine) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in crate::engine) async fn next(&mut self) -> Stop {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Stop::Interrupt
        }
    }

    /// Does nothing: the console tells every process of a window by itself.
    pub(in crate::engine) fn pass_on(_: Stop, _: u32) {}
}

pub(super) use system::{Stops, pass_on};

/// Lets Ctrl-C, SIGTERM and SIGHUP end this process again, with the code 130, after a build has been run.
///
/// What the process holds is not cleaned up then, so that nothing temporary should be left.
///
/// # Errors
/// When the system does not let it listen.
pub fn end_on_signals() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut stops = runtime.block_on(async { Stops::listen() })?;
    std::thread::spawn(move || {
        runtime.block_on(stops.next());
        std::process::exit(130);
    });
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        process::{Command, Stdio},
        time::Duration,
    };

    use super::*;

    #[test]
    fn a_signal_after_a_build_ends_the_process() {
        if std::env::var_os("XBUILD_TEST_SIGNALS").is_some() {
            let call = crate::engine::Call {
                program: "true".into(),
                arguments: Vec::new(),
            };
            crate::engine::run(call, &mut |_, _| {}).expect("runs");
            end_on_signals().expect("listens");
            let this = std::process::id().to_string();
            Command::new("kill").args(["-INT", &this]).status().expect("runs");
            std::thread::sleep(Duration::from_secs(20));
            return;
        }
        let status = Command::new(std::env::current_exe().expect("is known"))
            .args([
                "--exact",
                "engine::signals::tests::a_signal_after_a_build_ends_the_process",
            ])
            .env("XBUILD_TEST_SIGNALS", "1")
            .stdout(Stdio::null())
            .status();
        assert_eq!(status.expect("runs").code(), Some(130));
    }
}
