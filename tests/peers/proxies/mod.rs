//! Third-party proxies in front of nginx.

mod squid;
mod tinyproxy_microsocks;
