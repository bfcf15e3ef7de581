//! Streams of results in Vegeta's JSON.

#![no_main]

use drumfire_fuzz::check_stream;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|stream: &[u8]| -> Corpus {
    if !stream.starts_with(b"{") {
        return Corpus::Reject;
    }
    check_stream(stream)
});
