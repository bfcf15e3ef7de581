//! Compressed bodies in each content encoding, with any limit.

#![no_main]

use drumfire_fuzz::check_body;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus { check_body(input) });
