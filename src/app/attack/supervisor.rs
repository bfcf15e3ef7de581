//! Supervises a running attack: its stream, its progress, its metrics, signals and conditions.

use std::time::Duration;
use std::{io, process, thread};

use drumfire::attack::Running;
use drumfire::clock;
use drumfire::error::Error;
use tokio::sync::Notify;
use tokio::sync::oneshot::{self, Receiver};
use tokio::time::Instant;

use crate::app::attack::metrics_server::MetricsServer;
use crate::app::attack::progress::{INTERVAL, ProgressView};
use crate::app::attack::stream_writer::Written;
use crate::app::attack::view_thread::ViewThread;
use crate::app::os::signals::{Interrupts, StopSignal};

/// The state of a supervised attack.
pub struct Supervisor<'a> {
    running: &'a Running,
    /// Notified when a condition ends the attack.
    stop: &'a Notify,
    progress: ViewThread,
    metrics: Option<MetricsServer>,
    next_interrupt: OnInterrupt,
    began: Instant,
    /// When the attack was asked to stop, from its start. None if it was not.
    stopped_after: Option<Duration>,
}

/// What the next interrupt does.
#[derive(Clone, Copy)]
enum OnInterrupt {
    /// Releases no more hits and waits for outstanding responses.
    Drain,
    /// Ends the attack without waiting.
    Abort,
    /// Ends the process.
    Exit,
}

/// What happens to a running attack.
enum Event {
    /// The stream is complete, or writing it failed.
    Written(Result<Written, Error>),
    /// A user or the system asks to end.
    Interrupt(StopSignal),
    /// A condition ends the attack.
    Abort,
    /// It is time to show the progress.
    Tick,
}

impl<'a> Supervisor<'a> {
    /// Returns the supervisor of an attack. `stop` is notified when a condition ends the attack.
    ///
    /// # Errors
    ///
    /// If the system provides no thread for the view.
    pub fn new(
        running: &'a Running,
        stop: &'a Notify,
        view: ProgressView,
        metrics: Option<MetricsServer>,
    ) -> io::Result<Self> {
        let progress = ViewThread::start(view)?;
        let (next_interrupt, began) = (OnInterrupt::Drain, clock::now());
        Ok(Self { running, stop, progress, metrics, next_interrupt, began, stopped_after: None })
    }

    /// Supervises the attack until `write`, which runs on a separate thread, has written its last
    /// record. Returns the result of `write`, and when the attack was asked to stop, from its start.
    ///
    /// # Errors
    ///
    /// If the system provides no threads or file descriptors, or if metrics cannot be served.
    pub fn supervise(
        mut self,
        write: impl FnOnce() -> Result<Written, Error> + Send + 'static,
    ) -> anyhow::Result<(Result<Written, Error>, Option<Duration>)> {
        let (done, mut written) = oneshot::channel();
        thread::Builder::new().name("writer".to_owned()).spawn(move || {
            // The receiver is gone only if the process is ending anyway.
            let _ = done.send(write());
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            self.metrics.as_ref().map_or(Ok(()), MetricsServer::serve)?;
            let mut interrupts = Interrupts::new()?;
            loop {
                match self.next_event(&mut written, &mut interrupts).await {
                    Event::Written(result) => {
                        self.progress.finish().await;
                        return Ok((result, self.stopped_after));
                    }
                    Event::Interrupt(signal) => self.interrupt(signal),
                    Event::Abort => self.abort(),
                    Event::Tick => self.show(),
                }
            }
        })
    }

    /// Waits for the next event.
    async fn next_event(
        &self,
        written: &mut Receiver<Result<Written, Error>>,
        interrupts: &mut Interrupts,
    ) -> Event {
        tokio::select! {
            result = written => Event::Written(result.unwrap_or_else(|_| Err(writer_panicked()))),
            signal = interrupts.next() => Event::Interrupt(signal),
            () = self.stop.notified() => Event::Abort,
            () = clock::pause(INTERVAL) => Event::Tick,
        }
    }

    fn interrupt(&mut self, signal: StopSignal) {
        let (end, next): (fn(&Running), OnInterrupt) = match self.next_interrupt {
            OnInterrupt::Drain => (Running::drain, OnInterrupt::Abort),
            OnInterrupt::Abort => (Running::abort, OnInterrupt::Exit),
            // The output does not even accept the end of the stream, so nothing else is left.
            OnInterrupt::Exit => process::exit(signal.exit_code()),
        };
        self.stopped_after.get_or_insert(clock::now() - self.began);
        // A report may now write to the same terminal.
        self.progress.stop(self.running.snapshot());
        self.next_interrupt = next;
        end(self.running);
    }

    /// Ends the attack as the first interrupt does.
    fn abort(&mut self) {
        self.stopped_after.get_or_insert(clock::now() - self.began);
        self.progress.stop(self.running.snapshot());
        if matches!(self.next_interrupt, OnInterrupt::Drain) {
            self.next_interrupt = OnInterrupt::Abort;
        }
        self.running.drain();
    }

    fn show(&self) {
        let snapshot = self.running.snapshot();
        self.progress.show(snapshot);
        if let Some(metrics) = &self.metrics {
            metrics.show(snapshot);
        }
    }
}

fn writer_panicked() -> Error {
    Error::Attack("the thread that writes the stream panicked".to_owned())
}
