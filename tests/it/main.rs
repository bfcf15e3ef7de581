//! Integration tests: the built binary over real pipes and sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

/// Helpers that the tests share.
mod support;
/// The attack command: requests, schedule, overload, aborts, live view.
mod attack;
/// Target lists, routes, mixes, feeds and suites.
mod targets;
/// The server: HTTP/2, gRPC, WebSockets.
mod serve;
/// Flows: arrivals, users, steps, endings.
mod flows;
/// Connections: addresses, DNS, proxies, TLS, HTTP/2, content encodings.
mod network;
/// Streams of results in every format.
mod streams;
/// Reports, comparisons, charts, pages and metrics.
mod report;
/// Thresholds, verdicts and CI.
mod thresholds;
/// The command line: help, manual pages, Vegeta's flags, documented examples.
mod cli;
/// Rules of the repository, and helpers of the benches.
mod rules;
