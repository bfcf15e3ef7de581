//! Signals: SIGINT and SIGTERM, which ask a command to come to its end.

use std::{io, process, thread};

use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::FAILED;

/// Calls `stop` on the first SIGINT or SIGTERM. The second ends the process at once, in case the
/// command is held up by whoever reads its output.
///
/// # Errors
///
/// Where the system gives no thread or file descriptors for it.
pub fn on_stop(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        }
    };
    let listen = async move {
        signals.next().await;
        stop();
        signals.next().await;
        process::exit(FAILED.into());
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(())
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    async fn next(&mut self) {
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
