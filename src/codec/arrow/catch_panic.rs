//! Turns a panic over damaged bytes inside a codec library into an error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs code whose panics are caught and told as errors.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `decode` and returns None where it panics, without a word on stderr.
///
/// The arrow crates check most of what they read, but slice by offsets they have not checked.
/// Whatever `decode` was changing is to be dropped after a panic.
pub fn guarded<T>(decode: impl FnOnce() -> T) -> Option<T> {
    silence_guarded_panics();
    GUARDED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(decode));
    GUARDED.set(false);
    outcome.ok()
}

/// Puts a hook before the process's own that keeps quiet about guarded panics.
fn silence_guarded_panics() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                previous(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_none() {
        assert_eq!(guarded(|| 5), Some(5));
        assert_eq!(guarded(|| -> u8 { panic!("damaged") }), None);
    }
}
