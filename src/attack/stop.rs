//! How an attack is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// How far an attack has been told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Hits are released.
    Running,
    /// No further hit is released; answers under way may come in.
    Draining,
    /// Nothing is waited for any more.
    Aborted,
}

/// Returns the two ends: the one that tells and the one that listens.
pub fn stop_signal() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(Phase::Running);
    let is_draining = Arc::<AtomicBool>::default();
    let stopper = Stopper { sender, is_draining: is_draining.clone() };
    (stopper, Stop { receiver, is_draining })
}

/// Tells an attack to stop.
#[derive(Debug)]
pub struct Stopper {
    sender: watch::Sender<Phase>,
    is_draining: Arc<AtomicBool>,
}

impl Stopper {
    /// Ends the release of hits at once; the answers under way may come in.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
        self.sender.send_modify(|phase| *phase = Phase::Draining.max(*phase));
    }

    /// Ends the attack now; the hits under way are recorded as interrupted.
    pub fn abort(&self) {
        self.is_draining.store(true, Ordering::Release);
        self.sender.send_replace(Phase::Aborted);
    }
}

/// Listens for the word to stop. Where its [`Stopper`] is gone, nobody will ever tell.
#[derive(Clone, Debug)]
pub struct Stop {
    receiver: watch::Receiver<Phase>,
    /// The same for who asks at each hit: to look at the phase takes a lock that engines share.
    is_draining: Arc<AtomicBool>,
}

impl Stop {
    /// Returns whether no further hit may be released.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Waits until no further hit may be released.
    ///
    /// # Cancel safety
    ///
    /// Safe: nothing is lost.
    pub async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until nothing is to be waited for any more.
    ///
    /// # Cancel safety
    ///
    /// Safe: nothing is lost.
    pub async fn aborted(&mut self) {
        self.reached(Phase::Aborted).await;
    }

    async fn reached(&mut self, wanted: Phase) {
        if self.receiver.wait_for(|phase| *phase >= wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
