//! drumfire tried as a user would try it: the built binary over real pipes and sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod authority;
mod harness;
mod results;
mod servers;
mod benches;
mod field;

mod arrow;
mod attack;
mod packed;
mod pages;
mod bad_input;
mod lazy;
mod shapes;
mod export;
mod tls;
mod identity;
mod network;
mod overload;
mod names;
mod proxies;
mod command_line;
mod compare;
mod targets;
mod routes;
mod suites;

mod encode;
mod feeds;
mod from_locust;
mod gob;
mod house;
mod http2;
mod manual;
mod mixes;
mod plot;
mod report;
mod pty;
mod terminal;
mod live;
mod verdict;
mod gates;
mod abort;
mod ci;
mod from_k6_thresholds;
mod streams;
mod vegeta_flags;
