//! What a stream says beside its records, at its head.

use crate::facts::Facts;
use crate::plan::Plan;

/// What a stream says at its head of the attack that its records are of.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// What the attack set out to do. Its records follow.
    Plan(Plan),
    /// What the attack knew at its end. The stream is empty, and stands behind that of the records:
    /// the head of theirs went out before there was anything to know.
    Facts(Facts),
}
