//! What a stream records about its attack in addition to the hits.

use crate::facts::Facts;
use crate::plan::Plan;

/// What the start of a stream says about its attack.
#[derive(Clone, Debug, PartialEq)]
pub enum Metadata {
    /// The plan of the attack. The records of the attack follow.
    Plan(Plan),
    /// What was known at the end of the attack. This stream has no records and follows the stream
    /// of the records, whose start was written before the facts were known.
    Facts(Facts),
}
