//! Vegeta's text formats, JSON and CSV, and what they have in common.

pub mod lossy_json;
pub mod csv;
pub mod json;
pub mod lines;
pub mod csv_fields;
pub mod sorted_headers;
