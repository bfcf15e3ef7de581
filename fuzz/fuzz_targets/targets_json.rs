//! Lists of targets in the JSON format.

#![no_main]

use drumfire::targets::{Defaults, read_json};
use drumfire_fuzz::check_targets;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|list: &[u8]| -> Corpus { check_targets(read_json(list, &Defaults::default())) });
