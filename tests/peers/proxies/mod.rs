//! Third-party proxies in front of nginx.

pub mod squid;
mod tinyproxy_microsocks;
