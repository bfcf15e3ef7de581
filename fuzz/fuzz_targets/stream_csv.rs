//! Streams of results in Vegeta's CSV.

#![no_main]

use drumfire_fuzz::check_stream;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|stream: &[u8]| -> Corpus {
    if !stream.starts_with(b"\"") && !stream.first().is_some_and(u8::is_ascii_digit) {
        return Corpus::Reject;
    }
    check_stream(stream)
});
