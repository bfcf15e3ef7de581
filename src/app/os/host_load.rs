//! CPU time that the host withholds from this process: stolen by a hypervisor, or refused by a
//! quota.
//!
//! Linux reports both in files. On systems without these files, nothing is known.

use std::fs;
use std::time::Duration;

use drumfire::clock;
use tokio::time::Instant;

use crate::app::os::cgroups;

/// Shortest time over which shares are computed: the kernel counts stolen time in ticks of 10 ms.
const MIN_TIME: Duration = Duration::from_secs(1);

/// The counters of the host at one moment.
#[derive(Debug)]
pub struct HostLoad {
    /// When the counters were read.
    at: Instant,
    cpu: Option<CpuTime>,
    throttled: Option<Duration>,
}

/// CPU time withheld between two measurements, as shares in `[0, 1]`. None if unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Withheld {
    /// Share of the CPU time of all cores that the hypervisor gave to other machines.
    pub stolen: Option<f64>,
    /// Share of the time during which a CPU quota stopped the process.
    pub throttled: Option<f64>,
}

/// CPU time of all cores since the machine started, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CpuTime {
    stolen: u64,
    all: u64,
}

impl HostLoad {
    /// Reads the counters.
    pub fn measure() -> Self {
        let quotas = cgroups::texts("cpu", "cpu.stat");
        Self {
            at: clock::now(),
            cpu: fs::read_to_string("/proc/stat").ok().and_then(|text| cpu_time(&text)),
            // The quotas of all enclosing groups can stop the process.
            throttled: quotas.iter().filter_map(|text| throttled(text)).reduce(|a, b| a + b),
        }
    }

    /// Returns the CPU time withheld since an earlier measurement.
    pub fn since(&self, earlier: &Self) -> Withheld {
        let time = self.at - earlier.at;
        if time < MIN_TIME {
            return Withheld::default();
        }
        Withheld {
            stolen: self.cpu.zip(earlier.cpu).and_then(|(now, then)| {
                let all = now.all.checked_sub(then.all).filter(|all| *all > 0)?;
                Some(now.stolen.saturating_sub(then.stolen) as f64 / all as f64)
            }),
            throttled: self.throttled.zip(earlier.throttled).map(|(now, then)| {
                (now.saturating_sub(then).as_secs_f64() / time.as_secs_f64()).min(1.0)
            }),
        }
    }
}

/// Reads the CPU time from the first line of /proc/stat: user, nice, system, idle, iowait, irq,
/// softirq, steal, and two more that user and nice include. None if the line has another form.
///
/// Source: Linux, proc_stat(5).
fn cpu_time(stat: &str) -> Option<CpuTime> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<u64> = numbers.take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(CpuTime { stolen: *ticks.get(7)?, all: ticks.iter().sum() })
}

/// Reads how long a quota stopped threads: in µs in version 2, in ns in version 1. None if the file
/// does not contain it.
///
/// Source: Linux, Documentation/admin-guide/cgroup-v2.rst, cpu.stat; and
/// Documentation/scheduler/sched-bwc.rst.
fn throttled(stat: &str) -> Option<Duration> {
    let value = |name| {
        let line = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line?.trim().parse().ok()
    };
    let micros = value("throttled_usec").map(Duration::from_micros);
    micros.or_else(|| value("throttled_time").map(Duration::from_nanos))
}

/// Returns the number of local ports for connections to one remote address. None if unknown.
pub fn local_ports() -> Option<u64> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    last.checked_sub(first).map(|ports| ports + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stolen_time_is_the_eighth_number_of_the_first_line() {
        let table = [
            ("cpu  10 20 30 400 5 0 7 8 9 9\ncpu0 1 2 3\n", Some((8, 480))),
            ("cpu  1 2 3 4 5 6 7\n", None),
            ("cpu  1 2 3 x 5 6 7 8\n", None),
            ("cpu0 1 2 3 4 5 6 7 8\n", None),
            ("", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(stolen, all)| CpuTime { stolen, all });
            assert_eq!(cpu_time(text), expected, "{text}");
        }
    }

    #[test]
    fn throttled_time_is_read_in_both_units() {
        let table = [
            ("usage_usec 5\nnr_throttled 2\nthrottled_usec 1500\n", Some(1_500_000)),
            ("nr_throttled 2\nthrottled_time 77\n", Some(77)),
            ("usage_usec 5\n", None),
            ("throttled_usec x\n", None),
        ];
        for (text, ns) in table {
            assert_eq!(throttled(text), ns.map(Duration::from_nanos), "{text}");
        }
    }

    #[test]
    fn withheld_time_is_a_share_of_the_time_between_two_measurements() {
        let began = clock::now();
        let load = |ms, stolen, all, throttled| HostLoad {
            at: began + Duration::from_millis(ms),
            cpu: Some(CpuTime { stolen, all }),
            throttled: Some(Duration::from_millis(throttled)),
        };
        let first = load(0, 5, 1_000, 100);
        let expected = Withheld { stolen: Some(0.125), throttled: Some(0.25) };
        assert_eq!(load(2_000, 55, 1_400, 600).since(&first), expected);
        assert_eq!(load(999, 55, 1_400, 600).since(&first), Withheld::default());
        let unknown = HostLoad { at: began, cpu: None, throttled: None };
        assert_eq!(load(2_000, 55, 1_400, 600).since(&unknown), Withheld::default());
        let longer = Withheld { stolen: Some(0.0), throttled: Some(1.0) };
        assert_eq!(load(2_000, 0, 1_400, 9_000).since(&first), longer);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_reports_stolen_time() {
        assert!(HostLoad::measure().cpu.is_some());
    }
}
