//! Vegeta's text formats, JSON and CSV.

mod lines;
mod json_parser;
mod lossy_json;
mod json_encoder;
mod csv_parser;
mod csv_columns;
mod csv_fields;
mod csv_encoder;
mod problem;

pub use csv_encoder::CsvEncoder;
pub use csv_parser::CsvParser;
pub use json_encoder::JsonEncoder;
pub use json_parser::JsonParser;
pub use lines::Lines;
