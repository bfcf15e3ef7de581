//! Turns panics of the arrow crates on damaged bytes into errors.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs code whose panics are caught.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `decode`; None if it panics, without output on stderr.
///
/// The arrow crates check most of their input, but slice by some offsets without a check. After a
/// panic, the caller must drop everything that `decode` was changing.
pub fn catch_panic<T>(decode: impl FnOnce() -> T) -> Option<T> {
    silence_caught_panics();
    IS_CAUGHT.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(decode));
    IS_CAUGHT.set(false);
    outcome.ok()
}

/// Installs a panic hook that prints nothing for caught panics and calls the previous hook for
/// all others.
fn silence_caught_panics() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_CAUGHT.get() {
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
        assert_eq!(catch_panic(|| 5), Some(5));
        assert_eq!(catch_panic(|| -> u8 { panic!("damaged") }), None);
    }
}
