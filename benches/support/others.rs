//! What else a machine did while something was measured.

use std::fs;

/// How the processors' time was spent up to a moment, in clock ticks.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    /// All there was of it, of one core.
    of_a_core: f64,
    /// Spent by processes, kernel threads and guests of this machine.
    spent: i64,
    /// Taken away by the host of a virtual machine.
    stolen: i64,
    /// Spent by this process and the children that it has waited for.
    own: i64,
}

impl Ticks {
    /// Returns the state of the present; None where the system does not tell.
    pub fn now() -> Option<Self> {
        Self::read(
            &fs::read_to_string("/proc/stat").ok()?,
            &fs::read_to_string("/proc/self/stat").ok()?,
        )
    }

    /// Reads the texts of `/proc/stat` and `/proc/self/stat`.
    ///
    /// Source: Linux, proc_stat(5) and proc_pid_stat(5).
    pub fn read(stat: &str, own_stat: &str) -> Option<Self> {
        let all = numbers(stat.lines().next()?.strip_prefix("cpu ")?);
        let [user, nice, system, _idle, _iowait, _irq, _softirq, stolen] = *all.first_chunk()?;
        let is_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        let n_cores = stat.lines().filter(is_core).count();
        // Behind the name, which may hold anything, comes field 3.
        let own = numbers(own_stat.rsplit_once(") ")?.1.split_once(' ')?.1);
        let [utime, stime, cutime, cstime] = *own.get(10..)?.first_chunk()?;
        Some(Self {
            of_a_core: all.iter().take(8).sum::<i64>() as f64 / n_cores as f64,
            spent: user + nice + system,
            stolen,
            own: utime + stime + cutime + cstime,
        })
    }

    /// Returns how much others have taken since an earlier moment, processes and the host of a
    /// virtual machine, as a share of one core: 0 for nothing, above 1 for more than a core.
    pub fn taken_by_others_since(self, then: Self) -> f64 {
        let all = (self.spent + self.stolen) - (then.spent + then.stolen);
        let others = (all - (self.own - then.own)).max(0);
        others as f64 / (self.of_a_core - then.of_a_core).max(1.0)
    }
}

fn numbers(text: &str) -> Vec<i64> {
    text.split_whitespace().map_while(|number| number.parse().ok()).collect()
}
