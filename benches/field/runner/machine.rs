//! The machine that a bench runs on.

use std::fs;
use std::thread;

use serde::Serialize;

/// Describes a machine and its load.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Model of the processor.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Version of the kernel.
    pub kernel: String,
    /// Whether it is a virtual machine.
    pub virtual_machine: bool,
    /// Memory in KiB; 0 if unknown.
    pub memory_kib: u64,
    /// Load average over the minute before the first run.
    pub load: f64,
}

impl Machine {
    /// Reads the description of the machine.
    pub fn survey() -> Self {
        let cpuinfo = read("/proc/cpuinfo");
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
        };
        Self {
            cpu: field("model name").to_owned(),
            cores: cores(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            virtual_machine: field("flags").split(' ').any(|flag| flag == "hypervisor"),
            memory_kib: number_behind(&read("/proc/meminfo"), "MemTotal:").unwrap_or(0),
            load: first_number(&read("/proc/loadavg")),
        }
    }
}

/// Returns the number of cores that this process may use.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the number of connections opened since the machine started.
pub fn connections_opened() -> u64 {
    let counters = read("/proc/net/snmp");
    // A line of names, followed by one of numbers.
    let mut lines = counters.lines().filter(|line| line.starts_with("Tcp:"));
    let (names, numbers) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let mut columns = names.split(' ').zip(numbers.split(' '));
    columns.find(|(name, _)| *name == "ActiveOpens").map_or(0, |(_, n)| n.parse().unwrap_or(0))
}

/// Returns the number after a label at the beginning of a line.
pub fn number_behind(text: &str, label: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn first_number(text: &str) -> f64 {
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

/// Returns the content of a file; empty if the file does not exist, as on systems other than Linux.
fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
