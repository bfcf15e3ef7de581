//! CPU time that other processes took during a measurement.

use std::fs;
use std::time::Duration;

use drumfire::clock;
use tokio::time::Instant;

/// Ticks per second in Linux's files; independent of the kernel's own tick rate.
///
/// Source: Linux, time(7), USER_HZ.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time spent up to an instant, in ticks.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    at: Instant,
    n_cores: usize,
    /// Idle time of all cores together.
    idle: i64,
    /// Time of this process and of the children that it has waited for.
    own: i64,
}

impl Usage {
    /// Returns the current state; None if the system does not provide it.
    pub fn now() -> Option<Self> {
        let read = |file| fs::read_to_string(file).ok();
        Self::read(clock::now(), &read("/proc/stat")?, &read("/proc/self/stat")?)
    }

    /// Parses the contents of `/proc/stat` and `/proc/self/stat`.
    ///
    /// Source: Linux, proc_stat(5) and proc_pid_stat(5).
    pub fn read(at: Instant, stat: &str, own_stat: &str) -> Option<Self> {
        let [_user, _nice, _system, idle, iowait] =
            *numbers(stat.lines().next()?.strip_prefix("cpu ")?).first_chunk()?;
        let is_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        // Field 3 follows the name, which may contain anything.
        let own = numbers(own_stat.rsplit_once(") ")?.1.split_once(' ')?.1);
        let [utime, stime, cutime, cstime] = *own.get(10..)?.first_chunk()?;
        Some(Self {
            at,
            n_cores: stat.lines().filter(is_core).count(),
            idle: idle + iowait,
            own: utime + stime + cutime + cstime,
        })
    }

    /// Returns how much others took since an earlier instant, as a share of one core: 0 for
    /// nothing, above 1 for more than a core. Interrupts and time stolen by the host of a virtual
    /// machine count.
    ///
    /// ```text
    /// others = (cores * length - idle - own) / length
    /// ```
    ///
    /// Busy time is derived from idle time, because Linux measures idle time. Busy time is mostly
    /// sampled, at instants that may coincide with a regular attack.
    pub fn taken_by_others_since(self, then: Self) -> f64 {
        let length = ticks(self.at - then.at).max(1.0);
        let known = (self.idle - then.idle) + (self.own - then.own);
        ((self.n_cores as f64 * length - known as f64) / length).max(0.0)
    }
}

fn ticks(length: Duration) -> f64 {
    length.as_secs_f64() * TICKS_PER_SECOND
}

fn numbers(text: &str) -> Vec<i64> {
    text.split_whitespace().map_while(|number| number.parse().ok()).collect()
}
