//! Apache Arrow's IPC stream format, read and written with the arrow crates.

mod messages;
mod decompress;
mod catch_panic;
mod decoder;
mod encoder;
mod problem;

pub use decoder::ArrowDecoder;
pub use encoder::ArrowEncoder;

/// Key of the plan, as JSON, in the metadata of a stream's schema.
const PLAN: &str = "drumfire.plan";

/// Key of the facts, as JSON, in the metadata of a schema. They are in an empty stream that
/// follows the stream of the records.
const FACTS: &str = "drumfire.facts";

#[cfg(test)]
mod tests;
