//! Third-party servers as the target.

mod dnsmasq;
mod haproxy;
mod nghttpx;
pub mod nginx;
mod nginx_paths;
