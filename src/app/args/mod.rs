//! From the arguments of the process to a command.

pub mod invocation;
pub mod go_flags;
pub mod foreign_flags;
pub mod usage_errors;
pub mod redacted_command;
