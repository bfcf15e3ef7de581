//! What comes back: the head of a response, and its body, decompressed.

pub mod decode;
pub mod inflate;
