//! The limit of open files, which is that of connections.

/// Raises the limit to the most that this process may have, as Go's programs do. Returns what it is
/// then; None where there is no limit.
///
/// Where that fails, a connection too many fails in its hit's record.
pub fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    getrlimit(Resource::Nofile).current
}
