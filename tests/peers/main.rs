//! drumfire beside programs and libraries that others made; `make peers` installs them.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/authority.rs"]
mod authority;
#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/harness.rs"]
mod harness;
#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/results.rs"]
mod results;
#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/servers.rs"]
mod servers;
mod installed;
mod peer;
mod certified;
mod seen;

mod nginx;
mod nginx_paths;
mod nghttpx;
mod haproxy;
mod proxies;
mod squid;
mod dnsmasq;
mod prometheus;
mod jq;
mod make;
mod shells;
mod python;
mod browser;
