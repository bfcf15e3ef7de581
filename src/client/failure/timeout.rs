//! The wording of timeouts of a whole request; `dial` has that of a dial.

/// The timeout expired before the head of the response arrived.
pub const TIMEOUT_AWAITING_HEAD: &str =
    "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/// The timeout expired while the body was read.
pub const TIMEOUT_READING_BODY: &str =
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)";
