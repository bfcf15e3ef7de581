//! The limit on open files, which limits connections too.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Lowest usable limit: inputs, outputs, and the descriptors that each engine waits for. With
/// fewer, tokio may panic.
const MIN_LIMIT: u64 = 32;

/// Raises the limit to the hard limit, as Go's programs do.
///
/// If raising fails, hits that need more connections fail with the reason.
///
/// # Errors
///
/// If the hard limit is too low.
pub fn raise() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if let Some(hard) = limit.maximum.filter(|hard| *hard < MIN_LIMIT) {
        anyhow::bail!(
            "the limit on open files is {hard}: expected at least {MIN_LIMIT}, see 'ulimit -n'"
        );
    }
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    Ok(())
}

/// Returns the current limit. None if there is no limit.
pub fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
