//! drumfire fires HTTP requests at a constant rate, whatever the latency of
//! the answers, and tells how late it was itself.
//!
//! The modules stand in the order of the data: a plan releases hits
//! ([`attack`]), each hit goes over the network ([`client`]), a stream carries
//! the records ([`codec`]), and consumers fold them to numbers ([`metrics`],
//! [`report`]), hold these against limits ([`gate`]), draw them ([`plot`]) or tell them while they come ([`export`]).
//! Producers and consumers meet only in [`record`] and [`codec`].
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
pub mod targets;
pub mod record;
pub mod plan;
pub mod schedule;
pub mod facts;

mod bounded;
pub mod failure_text;
pub mod markup;
pub mod units;
pub mod clock;
pub mod error;
