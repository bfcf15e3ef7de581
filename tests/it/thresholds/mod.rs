//! Tests of thresholds and the verdict: exit codes, reports, and CI.

mod ci;
mod flows;
mod from_k6;
mod limits;
mod verdict;
