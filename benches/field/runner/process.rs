//! A process under way, and what it took: CPU and memory.

use std::fs;
use std::process::Child;
use std::time::Duration;

use anyhow::Context;
use drumfire::clock;
use rustix::param::clock_ticks_per_second;
use rustix::process::Pid;
use wait4::Wait4;

use crate::runner::machine::number_behind;

/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// A process, which is killed where it is let go of before its end.
#[derive(Debug)]
pub struct Process {
    /// None once it was waited for.
    child: Option<Child>,
    pid: u32,
}

/// What a process left behind.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Whether its exit code was 0.
    pub success: bool,
    /// CPU time of all its threads, as user and in the kernel.
    pub cpu: Duration,
    /// Most memory that it had at one time, in bytes, as far as was seen each 10 ms.
    pub peak_bytes: u64,
}

impl Process {
    /// Takes charge of a child.
    pub fn new(child: Child) -> Self {
        Self { pid: child.id(), child: Some(child) }
    }

    /// Returns the memory that is resident now, in bytes; 0 where the system does not tell.
    pub fn resident_bytes(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Waits for the end.
    ///
    /// # Errors
    ///
    /// Where the system does not let us wait.
    ///
    /// # Cancel safety
    ///
    /// The process is killed.
    pub async fn end(mut self) -> anyhow::Result<Ended> {
        let mut peak_bytes = 0;
        loop {
            // Not the usage's own peak: that begins with the memory of the process that forked.
            peak_bytes = peak_bytes.max(self.status("VmHWM:"));
            let child = self.child.as_mut().context("wait for a process again")?;
            if let Some(used) = child.try_wait4().context("wait for a process")? {
                self.child = None;
                let cpu = used.rusage.utime + used.rusage.stime;
                return Ok(Ended { success: used.status.success(), cpu, peak_bytes });
            }
            clock::pause(LOOK).await;
        }
    }

    /// Returns one of the sizes of `/proc/PID/status`, in bytes.
    fn status(&self, label: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        number_behind(&status, label).map_or(0, |kib| kib * 1024)
    }
}

/// Returns the CPU time that a process took so far, to about 10 ms; zero where the system does not
/// tell.
pub fn cpu_so_far(pid: Pid) -> Duration {
    let pid = pid.as_raw_nonzero();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // proc_pid_stat(5): behind the name in brackets, utime and stime are the 12th and 13th field.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).flat_map(str::parse::<u64>).sum();
    Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64)
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Either fails only where the process has ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
