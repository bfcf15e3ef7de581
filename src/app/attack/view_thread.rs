//! Draws the progress of an attack on a separate thread.
//!
//! A terminal may accept no output for any length of time: after Ctrl-S, or while its ssh
//! connection is stalled. Such a terminal must not delay the signals that end the attack.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;
use std::{io, thread};

use drumfire::attack::Snapshot;
use drumfire::clock;
use tokio::sync::oneshot;

use crate::app::attack::progress::ProgressView;

/// How long the end of an attack waits for the terminal.
const FINISH_LIMIT: Duration = Duration::from_secs(1);

/// The thread that draws a view.
pub struct ViewThread {
    drawings: Sender<Drawing>,
    /// Whether a [`Drawing::Progress`] is waiting or being drawn.
    is_drawing: Arc<AtomicBool>,
    /// Completes when the thread has ended.
    ended: oneshot::Receiver<()>,
}

/// What the thread draws.
enum Drawing {
    /// The current progress.
    Progress(Snapshot),
    /// The state of an attack that is stopping.
    Stopping(Snapshot),
    /// The final state.
    Final,
}

impl ViewThread {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system provides no thread.
    pub fn start(view: ProgressView) -> io::Result<Self> {
        let (drawings, received) = mpsc::channel();
        let is_drawing = Arc::<AtomicBool>::default();
        let (end, ended) = oneshot::channel();
        let shared = is_drawing.clone();
        thread::Builder::new().name("view".to_owned()).spawn(move || {
            draw(view, &received, &shared);
            // The receiver is gone if the attack did not wait for the terminal.
            let _ = end.send(());
        })?;
        Ok(Self { drawings, is_drawing, ended })
    }

    /// Shows the current progress, unless the terminal has not accepted the last one.
    pub fn show(&self, snapshot: Snapshot) {
        if !self.is_drawing.swap(true, Ordering::Relaxed) {
            self.send(Drawing::Progress(snapshot));
        }
    }

    /// Shows that the attack is stopping, or makes room for a report on the same terminal.
    pub fn stop(&self, snapshot: Snapshot) {
        self.send(Drawing::Stopping(snapshot));
    }

    /// Ends the view with the attack. Waits for at most a second until the terminal accepts that.
    pub async fn finish(self) {
        self.send(Drawing::Final);
        clock::limit(Some(clock::now() + FINISH_LIMIT), self.ended).await;
    }

    fn send(&self, drawing: Drawing) {
        // The thread ends before this one only by a panic, which it reports itself.
        let _ = self.drawings.send(drawing);
    }
}

/// Draws what is received, up to the final state.
fn draw(mut view: ProgressView, received: &Receiver<Drawing>, is_drawing: &AtomicBool) {
    for drawing in received {
        match drawing {
            Drawing::Progress(snapshot) => {
                view.show(snapshot);
                is_drawing.store(false, Ordering::Relaxed);
            }
            Drawing::Stopping(snapshot) => view.stop(snapshot),
            Drawing::Final => return view.finish(),
        }
    }
}
