//! Waits for conditions that nothing reports, such as files and ports of other programs.

use std::thread;
use std::time::Duration;

/// Time between two checks. Shorter ones would take a busy machine away from the other program.
const PAUSE: Duration = Duration::from_millis(5);

/// Most checks: more than a minute, which only a failure takes.
const MAX_CHECKS: usize = 12_000;

/// Waits until a condition is met.
#[track_caller]
pub fn wait_until(condition: &str, mut is_met: impl FnMut() -> bool) {
    for _ in 0..MAX_CHECKS {
        if is_met() {
            return;
        }
        thread::park_timeout(PAUSE);
    }
    panic!("waited a minute in vain: {condition}");
}
