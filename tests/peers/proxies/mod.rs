//! Proxies that others made, in front of nginx.

mod squid;
mod tinyproxy_microsocks;
