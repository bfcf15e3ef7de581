//! What else a machine did while something was measured.

use std::fs;
use std::time::Duration;

use drumfire::clock;
use tokio::time::Instant;

/// Ticks a second in Linux's files, whatever the kernel's own clock does.
///
/// Source: Linux, time(7), USER_HZ.
const TICKS_PER_SECOND: f64 = 100.0;

/// How the processors' time was spent up to a moment, in ticks.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    at: Instant,
    n_cores: usize,
    /// Not spent by anyone, all cores together.
    idle: i64,
    /// Spent by this process and the children that it has waited for.
    own: i64,
}

impl Usage {
    /// Returns the state of the present; None where the system does not tell.
    pub fn now() -> Option<Self> {
        let read = |file| fs::read_to_string(file).ok();
        Self::read(clock::now(), &read("/proc/stat")?, &read("/proc/self/stat")?)
    }

    /// Reads the texts of `/proc/stat` and `/proc/self/stat`.
    ///
    /// Source: Linux, proc_stat(5) and proc_pid_stat(5).
    pub fn read(at: Instant, stat: &str, own_stat: &str) -> Option<Self> {
        let [_user, _nice, _system, idle, iowait] =
            *numbers(stat.lines().next()?.strip_prefix("cpu ")?).first_chunk()?;
        let is_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        // Behind the name, which may hold anything, comes field 3.
        let own = numbers(own_stat.rsplit_once(") ")?.1.split_once(' ')?.1);
        let [utime, stime, cutime, cstime] = *own.get(10..)?.first_chunk()?;
        Some(Self {
            at,
            n_cores: stat.lines().filter(is_core).count(),
            idle: idle + iowait,
            own: utime + stime + cutime + cstime,
        })
    }

    /// Returns how much others have taken since an earlier moment, as a share of one core: 0 for
    /// nothing, above 1 for more than a core. Interrupts count, and what the host of a virtual
    /// machine stole.
    ///
    /// ```text
    /// others = (cores * length - idle - own) / length
    /// ```
    ///
    /// What was spent is reckoned from the idle time: Linux measures that, but mostly samples what
    /// is spent, at moments that may keep step with a regular attack.
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
