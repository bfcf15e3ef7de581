//! Signals: SIGINT and SIGTERM, which ask a command to come to its end.

use std::io::{self, Write};
use std::time::Duration;
use std::{fmt, process, thread};

use drumfire::clock;
use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long a command has to end by itself once it was told to end at once.
const GRACE: Duration = Duration::from_secs(2);

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

impl Asked {
    /// Exit code of a process that the signal ended, as shells have it: 128 and its number.
    fn exit_code(self) -> i32 {
        match self {
            Asked::Interrupt => 130,
            Asked::Terminate => 143,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asked::Interrupt => "SIGINT",
            Asked::Terminate => "SIGTERM",
        })
    }
}

/// Calls `stop` on the first signal, and on a second one behind SIGINT. SIGTERM, and that second
/// one, mean at once: a command that is still there after [`GRACE`], or at one more signal, is
/// held up, most likely by whoever reads its output, and the process ends without it.
///
/// # Errors
///
/// Where the system gives no thread or file descriptors for it.
pub fn on_stop(mut stop: impl FnMut(Asked) + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = {
        let _context = runtime.enter();
        Interrupts::new()?
    };
    let listen = async move {
        let mut asked = interrupts.next().await;
        stop(asked);
        if asked == Asked::Interrupt {
            asked = interrupts.next().await;
            stop(asked);
        }
        let further = clock::limit(Some(clock::now() + GRACE), interrupts.next()).await;
        end_by(further.unwrap_or(asked));
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(())
}

/// Ends the process beside a command that cannot end.
fn end_by(asked: Asked) {
    let line = format!("drumfire: ended by {asked} before all was written\n");
    // Where even stderr takes nothing, the exit code alone has to tell.
    let _ = io::stderr().write_all(line.as_bytes());
    process::exit(asked.exit_code());
}
