//! Heads and trailers of HTTP/2 responses, of any size and in any frames.

#![no_main]

use drumfire_fuzz::check_http2;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus { check_http2(input) });
