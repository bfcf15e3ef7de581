//! drumfire with third-party servers, proxies and readers; `make peers` installs them.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/support/mod.rs"]
mod support;

/// Finds the peers, and runs attacks that must succeed.
mod setup;

/// Pages in Chromium.
mod browser;
/// Flow files in hurl.
mod flows;
/// Clients and servers of gRPC.
mod grpc;
/// Proxies in front of nginx.
mod proxies;
/// Python's libraries as readers of streams and reports.
mod python;
/// Servers as the target.
mod servers;
/// jq, make, Prometheus, shells and mandoc.
mod tools;
/// Clients of WebSockets.
mod websocket;
