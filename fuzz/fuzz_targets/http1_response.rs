//! HTTP/1 responses, whole and in pieces.

#![no_main]

use drumfire_fuzz::check_response;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus { check_response(input) });
