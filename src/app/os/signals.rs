//! SIGINT, SIGTERM and SIGHUP, which ask a command to stop.

use std::io::{self, Write};
use std::time::Duration;
use std::{fmt, fs, process, thread};

use drumfire::clock;
use rustix::process::Signal as Number;
use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::console::command_name;

/// How long a command may take to end after it was asked to end immediately.
const GRACE: Duration = Duration::from_secs(2);

/// Receives SIGINT, SIGTERM and SIGHUP.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    /// None if SIGHUP has no effect: it was ignored at the start, or one was received.
    hangup: Option<Signal>,
    /// Received without effect, so that a write beyond the limit on file sizes (`ulimit -f`) fails
    /// with an error instead of ending the process.
    _file_size: Signal,
}

impl Interrupts {
    /// Begins to receive signals, inside a runtime. From now on they do not end the process.
    ///
    /// SIGHUP is left as it is if it is ignored, as under `nohup`, and on systems that do not say
    /// whether it is ignored.
    ///
    /// # Errors
    ///
    /// If the system provides no file descriptors.
    pub fn new() -> io::Result<Self> {
        let has_default = ignored().is_some_and(|ignored| !contains(ignored, Number::HUP));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: has_default.then(|| signal(SignalKind::hangup())).transpose()?,
            _file_size: signal(SignalKind::from_raw(Number::XFSZ.as_raw()))?,
        })
    }

    /// Waits for the next signal. Only the first SIGHUP counts: when a terminal closes, the kernel
    /// and the shell each send one.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait returns a signal that arrived in the meantime.
    pub async fn next(&mut self) -> StopSignal {
        select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
            Some(_) = received(&mut self.hangup) => {
                self.hangup = None;
                StopSignal::Hangup
            }
        }
    }
}

/// Waits for a signal. None at once if it is not received.
async fn received(signal: &mut Option<Signal>) -> Option<()> {
    signal.as_mut()?.recv().await
}

/// Returns the set of signals that this process ignores. None if the system does not provide it.
fn ignored() -> Option<u64> {
    ignored_in(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Reads the set of ignored signals: bit n - 1 is signal n. None if the text does not contain it.
///
/// Source: Linux, proc_pid_status(5), SigIgn.
fn ignored_in(status: &str) -> Option<u64> {
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(set.trim(), 16).ok()
}

fn contains(set: u64, signal: Number) -> bool {
    set >> (signal.as_raw() - 1) & 1 == 1
}

/// A signal that asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGINT: Ctrl-C, which reaches every command of a pipe.
    Interrupt,
    /// SIGTERM, which reaches one process.
    Terminate,
    /// SIGHUP: a terminal was closed, which reaches every command of a pipe.
    Hangup,
}

impl StopSignal {
    /// Exit code of a process that the signal ended: 128 plus its number, as in shells.
    pub fn exit_code(self) -> i32 {
        match self {
            StopSignal::Interrupt => 130,
            StopSignal::Terminate => 143,
            StopSignal::Hangup => 129,
        }
    }

    /// Returns whether the signal also reaches the attack that writes the input of this command.
    pub fn reaches_pipe(self) -> bool {
        match self {
            StopSignal::Interrupt | StopSignal::Hangup => true,
            StopSignal::Terminate => false,
        }
    }
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopSignal::Interrupt => "SIGINT",
            StopSignal::Terminate => "SIGTERM",
            StopSignal::Hangup => "SIGHUP",
        })
    }
}

/// Calls `stop` on the first signal, and on a second one if the first reached the whole pipe.
///
/// SIGTERM, and a second signal, ask to end immediately. If the command has not ended after
/// [`GRACE`], or at one more signal, it is blocked, most likely by the process that reads its
/// output. The process then ends without waiting for it.
///
/// # Errors
///
/// If the system provides no thread or file descriptors.
pub fn on_stop(mut stop: impl FnMut(StopSignal) + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = {
        let _context = runtime.enter();
        Interrupts::new()?
    };
    let listen = async move {
        let mut signal = interrupts.next().await;
        stop(signal);
        // The command may still wait for the last records of the attack before it.
        if signal.reaches_pipe() {
            signal = interrupts.next().await;
            stop(signal);
        }
        let last = clock::limit(Some(clock::now() + GRACE), interrupts.next()).await;
        end_by(last.unwrap_or(signal));
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(())
}

/// Ends the process at the next signal, while `doing` something that need not be finished.
///
/// # Errors
///
/// If the system provides no thread or file descriptors.
pub fn end_on_stop(doing: &'static str) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = {
        let _context = runtime.enter();
        Interrupts::new()?
    };
    let listen = async move {
        let signal = interrupts.next().await;
        let line = format!("{}: ended by {signal} {doing}\n", command_name());
        let _ = io::stderr().write_all(line.as_bytes());
        process::exit(signal.exit_code());
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(())
}

/// Ends the process although its command is blocked.
fn end_by(signal: StopSignal) {
    let name = command_name();
    let line = format!("{name}: ended by {signal} before everything was written\n");
    // If standard error accepts nothing either, only the exit code is left to report it.
    let _ = io::stderr().write_all(line.as_bytes());
    process::exit(signal.exit_code());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_the_process() {
        let set = ignored_in("Name:\tx\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n");
        let set = set.expect("the text contains the set");
        assert!(contains(set, Number::HUP) && contains(set, Number::PIPE));
        assert!(!contains(set, Number::INT) && !contains(set, Number::TERM));
        for status in ["", "SigCgt:\t0000000000000001\n", "SigIgn:\tx\n"] {
            assert_eq!(ignored_in(status), None, "{status}");
        }
    }
}
