//! The columns of Vegeta's CSV.

/// Names of the columns, in order.
pub const COLUMNS: [&str; 12] = [
    "timestamp",
    "code",
    "latency",
    "bytes out",
    "bytes in",
    "error",
    "body",
    "attack",
    "seq",
    "method",
    "url",
    "headers",
];

/// Indices into [`COLUMNS`].
pub const TIMESTAMP: usize = 0;
pub const CODE: usize = 1;
pub const LATENCY: usize = 2;
pub const BYTES_OUT: usize = 3;
pub const BYTES_IN: usize = 4;
pub const ERROR: usize = 5;
pub const BODY: usize = 6;
pub const ATTACK: usize = 7;
pub const SEQ: usize = 8;
pub const METHOD: usize = 9;
pub const URL: usize = 10;
pub const HEADERS: usize = 11;
