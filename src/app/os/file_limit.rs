//! The limit of open files, which is that of connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Fewest that the limit must allow: inputs and outputs, and what each engine waits on. With fewer
/// tokio may panic.
const LEAST: u64 = 32;

/// Raises the limit to the most that this process may have, as Go's programs do.
///
/// Where that fails, a connection too many fails in its hit's record.
///
/// # Errors
///
/// Where even the most is too low to begin.
pub fn raise() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if let Some(most) = limit.maximum.filter(|most| *most < LEAST) {
        anyhow::bail!("the limit of open files is {most}: expected {LEAST} or more, see ulimit -n");
    }
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    Ok(())
}

/// Returns the limit as it is now; None where there is none.
pub fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
