//! Runs the tools: the machine, the processes, and where they run.

pub mod calls;
pub mod machine;
pub mod process;
pub mod sockets;
pub mod stage;
pub mod tls;
pub mod tools;
pub mod turn;
