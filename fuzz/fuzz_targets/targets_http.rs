//! Lists of targets in the http format.

#![no_main]

use drumfire::targets::{Defaults, read_http};
use drumfire_fuzz::check_targets;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|list: &[u8]| -> Corpus {
    // A body file may be any path, and some are endless, like /dev/zero.
    if list.windows(2).any(|pair| pair == b"@/") {
        return Corpus::Reject;
    }
    check_targets(read_http(list, &Defaults::default()))
});
