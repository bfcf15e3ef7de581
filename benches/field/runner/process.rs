//! A running process, and its use of CPU and memory.

use std::fs;
use std::process::Child;
use std::time::Duration;

use anyhow::Context;
use drumfire::clock;
use rustix::param::clock_ticks_per_second;
use rustix::process::Pid;
use wait4::Wait4;

use crate::runner::machine::number_behind;

/// Interval between two measurements of a process.
const LOOK: Duration = Duration::from_millis(10);

/// A process. It is killed if it is dropped before its end.
#[derive(Debug)]
pub struct Process {
    /// None after it was waited for.
    child: Option<Child>,
    pid: u32,
}

/// What a process used.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Whether its exit code was 0.
    pub success: bool,
    /// CPU time of all its threads, in user mode and in the kernel.
    pub cpu: Duration,
    /// Peak memory in bytes, measured every 10 ms.
    pub peak_bytes: u64,
}

impl Process {
    /// Takes ownership of a child.
    pub fn new(child: Child) -> Self {
        Self { pid: child.id(), child: Some(child) }
    }

    /// Returns its process id; None after it was waited for.
    pub fn pid(&self) -> Option<Pid> {
        self.child.as_ref().map(Pid::from_child)
    }

    /// Returns the resident memory in bytes; 0 if unknown.
    pub fn resident_bytes(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Waits for the end.
    ///
    /// # Errors
    ///
    /// The system does not allow waiting.
    ///
    /// # Cancel safety
    ///
    /// The process is killed.
    pub async fn end(mut self) -> anyhow::Result<Ended> {
        let mut peak_bytes = 0;
        loop {
            // The peak in the resource usage cannot be used: it starts with the memory of the
            // forking process.
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

    /// Returns a size from `/proc/PID/status`, in bytes.
    fn status(&self, label: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        number_behind(&status, label).map_or(0, |kib| kib * 1024)
    }
}

/// Returns the CPU time of a process so far, to about 10 ms; zero if unknown.
pub fn cpu_so_far(pid: Pid) -> Duration {
    let pid = pid.as_raw_nonzero();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // proc_pid_stat(5): after the name in brackets, utime and stime are the 12th and 13th field.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).flat_map(str::parse::<u64>).sum();
    Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64)
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only if the process has ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
