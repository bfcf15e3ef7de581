//! An attack under way, beside the writing of its stream, the clock and the signals.

use std::process;
use std::thread;

use drumfire::attack::Running;
use drumfire::clock;
use drumfire::error::Error;
use tokio::sync::{Notify, oneshot};

use crate::app::attack::metrics_server::Exported;
use crate::app::attack::progress_line::{self, Progress};
use crate::app::attack::stream_writer::Written;
use crate::app::os::signals::Interrupts;

/// Exit code of a process that an interrupt ended, as shells have it: 128 and SIGINT's number.
const INTERRUPTED: i32 = 130;

/// Writes the stream, shows progress, tells metrics and obeys signals and `stop` until the last record is
/// written. Returns how the writing ended.
///
/// # Errors
///
/// Where the system gives no threads or file descriptors for it, or the address for metrics cannot
/// be served.
pub fn conduct(
    running: &Running,
    write: impl FnOnce() -> Result<Written, Error> + Send + 'static,
    stop: &Notify,
    mut progress: Progress,
    exported: Option<Exported>,
) -> anyhow::Result<Result<Written, Error>> {
    let (done, written) = oneshot::channel();
    thread::Builder::new().name("writer".to_owned()).spawn(move || {
        // Nobody listens only where the process is ending anyway.
        let _ = done.send(write());
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        exported.as_ref().map_or(Ok(()), Exported::serve)?;
        let mut interrupts = Interrupts::new()?;
        let mut stops = [Running::drain, Running::abort].into_iter();
        tokio::pin!(written);
        loop {
            tokio::select! {
                ended = &mut written => {
                    progress.finish();
                    return Ok(ended.unwrap_or_else(|_| Err(broken_down())));
                }
                _ = interrupts.next() => match stops.next() {
                    Some(stop) => {
                        // The terminal may be shared with a report that comes now.
                        progress.stop(running.snapshot());
                        stop(running);
                    }
                    // Even the end of the stream is not taken: only this is left.
                    None => process::exit(INTERRUPTED),
                },
                () = stop.notified() => {
                    progress.stop(running.snapshot());
                    // The first interrupt of a user is then the second.
                    if stops.len() > 1 {
                        stops.next();
                    }
                    running.drain();
                }
                () = clock::pause(progress_line::INTERVAL) => {
                    let snapshot = running.snapshot();
                    progress.show(snapshot);
                    if let Some(exported) = &exported {
                        exported.show(snapshot);
                    }
                }
            }
        }
    })
}

fn broken_down() -> Error {
    Error::Attack("the writer of the stream broke down".to_owned())
}
