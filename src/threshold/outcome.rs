//! What came of a threshold or a regression limit.

/// What came of a threshold or a regression limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The value is within the limit, or the difference is not significant.
    Pass,
    /// The value, or a significant difference, is beyond the limit.
    Fail,
    /// The value or difference is unknown, which is no pass.
    Unknown,
}

impl Outcome {
    /// Returns `pass`, `fail` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Unknown => "unknown",
        }
    }
}
