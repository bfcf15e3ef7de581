//! The memory that this process may use.

use std::fs;

use rustix::process::{Resource, getrlimit};

use crate::app::os::cgroups;

/// The part of the memory that response bodies may take up by default, as a divisor. While a body
/// is written, copies of it take up as much again; the rest is left to the system.
const PART_OF_MEMORY: u64 = 4;

/// The same of a limit on address space, which stacks and unused parts of the heap also take up.
const PART_OF_ADDRESS_SPACE: u64 = 8;

/// Returns the number of bytes that the response bodies of an attack may take up by default. None
/// if neither the memory of the machine nor a limit is known.
pub fn for_bodies() -> Option<u64> {
    let physical = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let files = [("memory", "memory.max"), ("memory", "memory.limit_in_bytes")];
    let groups = files.into_iter().flat_map(|(controller, name)| cgroups::texts(controller, name));
    let limits: Vec<u64> = groups.filter_map(|text| text.trim().parse().ok()).collect();
    share(physical, &limits, getrlimit(Resource::As).current)
}

/// Returns the part for bodies of physical memory, the limits of control groups and the limit on
/// address space, all in bytes.
fn share(physical: Option<u64>, groups: &[u64], address_space: Option<u64>) -> Option<u64> {
    let memory = physical.into_iter().chain(groups.iter().copied()).min();
    let parts = [
        memory.map(|bytes| bytes / PART_OF_MEMORY),
        address_space.map(|bytes| bytes / PART_OF_ADDRESS_SPACE),
    ];
    parts.into_iter().flatten().min()
}

/// Reads the total memory in bytes. None if the text does not contain it.
///
/// Source: Linux, proc_meminfo(5), MemTotal.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn the_smallest_part_counts() {
        let unlimited_v1 = 9_223_372_036_854_771_712;
        let table = [
            (Some(16 * GIB), vec![], None, Some(4 * GIB)),
            (Some(16 * GIB), vec![2 * GIB, unlimited_v1], None, Some(GIB / 2)),
            (Some(16 * GIB), vec![unlimited_v1], Some(8 * GIB), Some(GIB)),
            (None, vec![], Some(8 * GIB), Some(GIB)),
            (None, vec![], None, None),
        ];
        for (physical, groups, address_space, expected) in table {
            assert_eq!(share(physical, &groups, address_space), expected, "{physical:?}");
        }
    }

    #[test]
    fn total_memory_is_read_in_kib() {
        assert_eq!(total("MemTotal:       24689764 kB\nMemFree: 1 kB\n"), Some(24_689_764 << 10));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert_eq!(total("MemTotal: many kB\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_reports_its_memory() {
        assert!(for_bodies().is_some_and(|bytes| bytes > 0));
    }
}
