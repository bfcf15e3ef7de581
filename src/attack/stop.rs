//! The signal that stops an attack, in two phases.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// The phases of an attack, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Hits are released.
    Running,
    /// No further hit is released; hits in flight may finish.
    Draining,
    /// Hits in flight are interrupted.
    Aborted,
}

/// Returns the sender and the receiver of the signal.
pub fn stop_signal() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(Phase::Running);
    let is_draining = Arc::<AtomicBool>::default();
    let stopper = Stopper { sender, is_draining: is_draining.clone() };
    (stopper, Stop { receiver, is_draining })
}

/// Stops an attack.
#[derive(Debug)]
pub struct Stopper {
    sender: watch::Sender<Phase>,
    is_draining: Arc<AtomicBool>,
}

impl Stopper {
    /// Ends the release of hits immediately; hits in flight may finish.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
        self.sender.send_modify(|phase| *phase = Phase::Draining.max(*phase));
    }

    /// Ends the attack immediately; hits in flight are recorded as interrupted.
    pub fn abort(&self) {
        self.is_draining.store(true, Ordering::Release);
        self.sender.send_replace(Phase::Aborted);
    }
}

/// Receives the signal to stop, which never comes once the [`Stopper`] is dropped.
#[derive(Clone, Debug)]
pub struct Stop {
    receiver: watch::Receiver<Phase>,
    /// The same for the check at each hit, since reading the phase takes a lock shared by engines.
    is_draining: Arc<AtomicBool>,
}

impl Stop {
    /// Returns whether the release of hits has ended.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Waits until the release of hits ends.
    ///
    /// # Cancel safety
    ///
    /// Safe: it keeps no state.
    pub async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until hits in flight are interrupted.
    ///
    /// # Cancel safety
    ///
    /// Safe: it keeps no state.
    pub async fn aborted(&mut self) {
        self.reached(Phase::Aborted).await;
    }

    async fn reached(&mut self, wanted: Phase) {
        if self.receiver.wait_for(|phase| *phase >= wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
