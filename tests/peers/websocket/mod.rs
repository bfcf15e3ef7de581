//! WebSockets by others: clients of `serve`, also through a proxy, and servers as the target.

mod clients;
mod servers;
