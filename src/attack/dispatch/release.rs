//! A hit at the moment of its release.

use tokio::time::Instant;

use crate::attack::admission::Permit;

/// A hit at the moment of its release.
#[derive(Debug)]
pub struct Release<T> {
    /// Number of the hit in its attack, from 0.
    pub seq: u64,
    /// The target of the hit.
    pub target: T,
    /// When the hit was due. None without a schedule.
    pub scheduled: Option<Instant>,
    /// The hit's place among the hits in flight, released when dropped.
    pub permit: Permit,
}
