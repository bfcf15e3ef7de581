//! The interface through which the dispatcher gets the target of each hit.

use std::future::Future;

use crate::error::Error;

/// Yields the target of each hit.
pub trait HitTargets {
    /// The type of a target.
    type Target;

    /// Waits for the target of hit `seq`; None at the end of the targets. It must be called once
    /// for each hit of the engine, in their order.
    ///
    /// # Errors
    ///
    /// Why the hit has no target.
    ///
    /// # Cancel safety
    ///
    /// Safe: a target that was not returned goes to the next hit.
    fn next(&mut self, seq: u64) -> impl Future<Output = Result<Option<Self::Target>, Error>>;

    /// Returns how many hits have had to wait for their target so far.
    fn waits(&self) -> u64 {
        0
    }

    /// Returns whether further targets may never arrive. The attack then waits for them only until
    /// its end.
    fn may_fall_silent(&self) -> bool {
        false
    }
}
