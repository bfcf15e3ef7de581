//! `drumfire serve` on one core, and other programs on another.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// The program under test.
pub const DRUMFIRE: &str = env!("CARGO_BIN_EXE_drumfire");

/// Returns a command that runs a program on one core. Without taskset, or without that core, the
/// system chooses: see [`can_pin`].
pub fn on_core(core: usize, program: impl AsRef<OsStr>) -> Command {
    if !can_pin(core) {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    // taskset becomes the program, so the child's process id is that of the program.
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// Returns whether programs can be pinned to a core.
pub fn can_pin(core: usize) -> bool {
    let mut probe = Command::new("taskset");
    probe.arg("-c").arg(core.to_string()).arg("true").stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// A running server. It ends with the bench.
pub struct Server {
    child: Child,
    /// Its URL, without a path.
    pub url: String,
}

impl Server {
    /// Starts a server on a core, with flags in addition to the address.
    ///
    /// # Errors
    ///
    /// The server does not start to listen.
    pub fn start(core: usize, flags: &[&str]) -> anyhow::Result<Self> {
        let mut command = on_core(core, DRUMFIRE);
        command.args(["serve", "-listen=127.0.0.1:0"]).args(flags).stdout(Stdio::piped());
        let mut server =
            Self { child: command.spawn().context("start drumfire serve")?, url: String::new() };
        let stdout = server.child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).context("read where drumfire serve listens")?;
        let url = line.trim().strip_prefix("listening at ");
        server.url = url.context("drumfire serve does not listen")?.to_owned();
        Ok(server)
    }

    /// Returns its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends the server with the signal of Ctrl-C, so that its arrivals log is complete.
    ///
    /// # Errors
    ///
    /// The server cannot be signaled, or fails.
    pub fn stop(mut self) -> anyhow::Result<()> {
        kill_process(self.pid(), Signal::INT).context("stop drumfire serve")?;
        let status = self.child.wait().context("stop drumfire serve")?;
        ensure!(status.success(), "drumfire serve ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
