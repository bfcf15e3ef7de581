//! drumfire sends HTTP requests at a fixed rate regardless of response latency, and measures its
//! own scheduling delay.
//!
//! The modules are listed in the order of the data. A plan releases hits ([`attack`]), each hit
//! goes over the network ([`client`]), and a stream carries the records ([`codec`]). Consumers
//! reduce the records to numbers ([`metrics`], [`report`], [`compare`]), check thresholds
//! ([`threshold`]), draw charts ([`plot`]), or export metrics live ([`export`]). Producers and
//! consumers share only [`record`], [`codec`] and [`schedule`].
//!
//! docs/contributing/architecture.md has the map and the rules.

pub mod attack;
pub mod client;
pub mod codec;
pub mod metrics;
pub mod threshold;
pub mod report;
pub mod compare;
pub mod plot;
pub mod export;

pub mod serve;

pub mod feed;
pub mod flow;
pub mod targets;
pub mod protobuf;
pub mod record;
pub mod plan;
pub mod schedule;
pub mod facts;

pub mod markup;
pub mod units;
pub mod clock;
pub mod mark;
pub mod error;
pub mod failure_names;
pub mod bounded_map;
