//! SIGINT and SIGTERM, which ask a command to stop.

use std::io::{self, Write};
use std::time::Duration;
use std::{fmt, process, thread};

use drumfire::clock;
use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long a command may take to end after it was asked to end immediately.
const GRACE: Duration = Duration::from_secs(2);

/// Receives SIGINT and SIGTERM.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Begins to receive signals, inside a runtime. From now on they do not end the process.
    ///
    /// # Errors
    ///
    /// If the system provides no file descriptors.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait returns a signal that arrived in the meantime.
    pub async fn next(&mut self) -> StopSignal {
        select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
        }
    }
}

/// A signal that asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGINT: Ctrl-C, which reaches every command of a pipe.
    Interrupt,
    /// SIGTERM, which reaches one process.
    Terminate,
}

impl StopSignal {
    /// Exit code of a process that the signal ended: 128 plus its number, as in shells.
    fn exit_code(self) -> i32 {
        match self {
            StopSignal::Interrupt => 130,
            StopSignal::Terminate => 143,
        }
    }
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopSignal::Interrupt => "SIGINT",
            StopSignal::Terminate => "SIGTERM",
        })
    }
}

/// Calls `stop` on the first signal, and on a second one after SIGINT.
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
        // After SIGINT, the command may still wait for the last records.
        if signal == StopSignal::Interrupt {
            signal = interrupts.next().await;
            stop(signal);
        }
        let last = clock::limit(Some(clock::now() + GRACE), interrupts.next()).await;
        end_by(last.unwrap_or(signal));
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(())
}

/// Ends the process although its command is blocked.
fn end_by(signal: StopSignal) {
    let line = format!("drumfire: ended by {signal} before everything was written\n");
    // If standard error accepts nothing either, only the exit code is left to report it.
    let _ = io::stderr().write_all(line.as_bytes());
    process::exit(signal.exit_code());
}
