//! Tests of result streams: what each format keeps, and what a bad stream reports.

mod arrow;
mod calls;
mod encode;
mod flows;
mod gob;
mod round_trips;
