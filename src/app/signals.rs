//! Signals: SIGINT and SIGTERM, which ask a command to come to its end.

use std::{io, process, thread};

use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::FAILED;

/// Hears SIGINT and SIGTERM.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Begins to listen, inside a runtime; from here on the signals do not end the process.
    ///
    /// # Errors
    ///
    /// Where the system gives no file descriptors for it.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    ///
    /// # Cancel safety
    ///
    /// Safe: a signal that came meanwhile is told by the next wait.
    pub async fn next(&mut self) -> Asked {
        select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
        }
    }
}

/// Which signal came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// SIGINT: a user's Ctrl-C, which goes to every command of a pipe.
    Interrupt,
    /// SIGTERM, which goes to one process.
    Terminate,
}

/// Calls `stop` on the first and the second signal. The third ends the process at once, in case
/// the command is held up by whoever reads its output.
///
/// # Errors
///
/// Where the system gives no thread or file descriptors for it.
pub fn on_stop(mut stop: impl FnMut(Asked) + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut interrupts = {
        let _context = runtime.enter();
        Interrupts::new()?
    };
    let listen = async move {
        stop(interrupts.next().await);
        stop(interrupts.next().await);
        interrupts.next().await;
        process::exit(FAILED.into());
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(())
}
