//! The chain of causes in an error.

use std::error::Error as StdError;
use std::io;

/// Returns an error with all its causes on one line.
pub fn whole(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Finds the innermost error of a type in a chain of causes, also inside I/O errors.
pub fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    let mut last = None;
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            // An I/O error may wrap a more specific one of the same type.
            last = Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    last
}
