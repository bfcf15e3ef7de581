//! JSONPath (RFC 9535).

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct JsonPath;
