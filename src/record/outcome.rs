//! How a hit ended: success or failure.

/// The part of a record that decides whether its hit succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Status of the response; 0 without one.
    pub code: u16,
    /// Error text of a failed hit; None on success, never empty.
    pub error: Option<&'a str>,
}

impl Outcome<'_> {
    /// Returns whether the hit succeeded: its status is good, and nothing failed after the status
    /// arrived, such as reading the body.
    ///
    /// Source: Vegeta, metrics.go, Metrics.Add. It looks at the code only, because its attack sets
    /// the code to 0 on every failure.
    #[inline]
    pub fn is_success(&self) -> bool {
        is_good(self.code) && self.error.is_none()
    }
}

/// Returns whether a status means success: 200 <= code < 400.
#[inline]
pub fn is_good(code: u16) -> bool {
    (200..400).contains(&code)
}
