//! Streams of results in Go's gob, as Vegeta writes them.

#![no_main]

use drumfire_fuzz::check_stream;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|stream: &[u8]| -> Corpus {
    if stream.starts_with(&[0xff, 0xff, 0xff, 0xff]) || stream.starts_with(b"{") {
        return Corpus::Reject;
    }
    check_stream(stream)
});
