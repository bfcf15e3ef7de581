//! The head of a response.

use http::{HeaderMap, StatusCode, Version};

/// The head of a response.
#[derive(Debug)]
pub struct Head {
    pub status: StatusCode,
    /// The server's reason phrase; None if it is the standard one for the status.
    pub reason: Option<String>,
    pub headers: HeaderMap,
    pub version: Version,
}
