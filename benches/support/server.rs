//! `drumfire serve` on a core of its own, and programs on another.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// The program that is measured.
pub const DRUMFIRE: &str = env!("CARGO_BIN_EXE_drumfire");

/// Returns a call of a program that stays on one core. Where there is no taskset, or no such core,
/// it runs where the system puts it: see [`can_pin`].
pub fn on_core(core: usize, program: impl AsRef<OsStr>) -> Command {
    if !can_pin(core) {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    // It becomes the program, so that the child's number is the program's own.
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// Returns whether programs can be kept on a core.
pub fn can_pin(core: usize) -> bool {
    let mut probe = Command::new("taskset");
    probe.arg("-c").arg(core.to_string()).arg("true").stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// A server under way. It does not outlive the bench.
pub struct Server {
    child: Child,
    /// Where it answers, without a path.
    pub url: String,
}

impl Server {
    /// Starts a server on a core, with flags beside the address.
    ///
    /// # Errors
    ///
    /// Where it does not come to listen.
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

    /// Number of its process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends the server as a user does, so that its log of arrivals is whole.
    ///
    /// # Errors
    ///
    /// Where it cannot be told to, or fails.
    pub fn stop(mut self) -> anyhow::Result<()> {
        kill_process(self.pid(), Signal::INT).context("stop drumfire serve")?;
        let status = self.child.wait().context("stop drumfire serve")?;
        ensure!(status.success(), "drumfire serve ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
