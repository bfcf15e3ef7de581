//! Messages of a gRPC response, whole and in pieces.

#![no_main]

use drumfire_fuzz::check_messages;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus { check_messages(input) });
