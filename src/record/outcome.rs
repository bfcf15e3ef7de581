//! How a hit ended: success or failure.

/// The part of a record that decides whether its hit succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Status of the response; 0 without one.
    pub code: u16,
    /// Error text of a failed hit; None on success, never empty.
    pub error: Option<&'a str>,
    /// Whether the step of a flow has checks, which then decide in place of the status.
    pub is_checked: bool,
}

impl Outcome<'_> {
    /// Returns whether the hit succeeded: its status is good, and nothing failed after the status
    /// arrived, such as reading the body.
    ///
    /// The step of a flow that has checks succeeded if it has no error, because a failed check is
    /// one. So a step that expects status 404 succeeds with it.
    ///
    /// Source: Vegeta, metrics.go, Metrics.Add. It looks at the code only, because its attack sets
    /// the code to 0 on every failure.
    #[inline]
    pub fn is_success(&self) -> bool {
        (self.is_checked || is_good(self.code)) && self.error.is_none()
    }
}

/// Returns whether a status means success: 200 <= code < 400.
#[inline]
pub fn is_good(code: u16) -> bool {
    (200..400).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_decide_in_place_of_the_status() {
        let table = [
            (200, None, false, true),
            (404, None, false, false),
            (0, None, false, false),
            (200, Some("EOF"), false, false),
            (404, None, true, true),
            (200, Some("check: HTTP 404"), true, false),
            (0, Some("EOF"), true, false),
        ];
        for (code, error, is_checked, expected) in table {
            let outcome = Outcome { code, error, is_checked };
            assert_eq!(outcome.is_success(), expected, "{outcome:?}");
        }
    }
}
