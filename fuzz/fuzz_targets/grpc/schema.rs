//! Descriptors of a server's reflection, and messages that are decoded with them.

#![no_main]

use drumfire::protobuf::Schema;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(schema) = Schema::from_file_descriptors(vec![input.to_vec().into()]) else {
        return Corpus::Keep;
    };
    for service in schema.services() {
        assert!(schema.files_of_symbol(&service).is_some(), "a service is in a file");
        // The error lists the methods.
        let listed = schema.method(&format!("{service}/?"));
        let text = listed.expect_err("no method has this name").to_string();
        let names = text.rsplit_once(": ").map(|(_, names)| names).unwrap_or_default();
        for name in names.split(", ") {
            let Ok(method) = schema.method(&format!("{service}/{name}")) else { continue };
            for json in ["{}", "{\"a\": [1, \"x\", {}, null]}", "null", "5"] {
                let _ = method.encode(json);
            }
            let _ = method.decode_request(input);
        }
    }
    Corpus::Keep
});
