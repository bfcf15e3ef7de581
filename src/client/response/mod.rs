//! The response to a request: its head, and its body, decompressed.

pub mod head;
pub mod body_sink;
pub mod decompress;
pub mod deflate;
