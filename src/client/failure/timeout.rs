//! The wording of timeouts of a whole request; `dial` has that of a dial.

pub use crate::failure_names::{TIMEOUT_AWAITING_HEAD, TIMEOUT_READING_BODY};
