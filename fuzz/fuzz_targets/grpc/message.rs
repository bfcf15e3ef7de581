//! JSON texts of gRPC messages: the wire format must be that of prost-reflect.

#![no_main]

use std::sync::LazyLock;

use drumfire::protobuf::{Method, Schema};
use drumfire_fuzz::MessageCheck;
use libfuzzer_sys::{Corpus, fuzz_target};

/// Directory of the files of the schema.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/grpc");

/// The checks of messages of both syntaxes.
static CHECKS: LazyLock<[MessageCheck; 2]> = LazyLock::new(|| {
    let files = [format!("{FILES}/all_types.proto").into()];
    let schema = Schema::from_protos(&files, &[FILES.into()]).expect("the files are valid");
    let method = |name| -> Method { schema.method(name).expect("the schema has the method") };
    [
        MessageCheck::new(&schema, method("golden.v1.Golden/Send"), "golden.v1.AllTypes"),
        MessageCheck::new(
            &schema,
            method("golden.v1.Golden/SendLegacy"),
            "golden.legacy.v1.Legacy",
        ),
    ]
});

// A text that begins with '2' is a message of the older syntax. Characters of code 1 stand around
// the values of variables.
fuzz_target!(|input: &str| -> Corpus {
    match input.strip_prefix('2') {
        Some(text) => CHECKS[1].check(text),
        None => CHECKS[0].check(input),
    }
    Corpus::Keep
});
