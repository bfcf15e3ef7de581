//! WebSockets by others: clients of `serve`, also through a proxy.

mod clients;
