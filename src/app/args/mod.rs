//! From the arguments of the process to a command.

pub mod invocation;
pub mod go_flags;
pub mod usage_errors;
pub mod flag_docs;
pub mod help;
pub mod redacted_command;
