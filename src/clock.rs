//! The only file that reads time.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Returns the monotonic time. A test that pauses tokio's clock pauses this one.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn now() -> Instant {
    Instant::now()
}

/// Returns the wall clock's time in ns since 1970 UTC.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn wall_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
