//! Limits on gob streams, so that damaged ones cannot use up memory or the stack.

/// Length of the longest message, a result with its body.
pub const MAX_MESSAGE_BYTES: usize = 1 << 30;

/// Most messages of one result, which type definitions between its values can divide.
pub const MAX_PARTS: usize = 100;

/// Most types of a stream.
pub const MAX_TYPES: usize = 1000;

/// Most fields of a struct.
pub const MAX_FIELDS: usize = 1000;

/// Deepest nesting of values.
pub const MAX_DEPTH: usize = 200;
