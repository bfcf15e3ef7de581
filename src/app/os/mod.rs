//! What the operating system provides: the terminal, signals, limits, and the load of the host.

pub mod terminal;
pub mod signals;
pub mod file_limit;
pub mod cgroups;
pub mod host_load;
pub mod memory;
