//! Metadata of gRPC targets: which headers a call may have.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderName, HeaderValue};

/// The end of names whose values are bytes, in base64.
const BINARY: &str = "-bin";

/// Headers that describe the connection or the form of a call, so that no target may set them.
const RESERVED: [&str; 9] = [
    "te",
    "content-type",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "x-drumfire-seq",
];

/// Reads base64 with or without padding, as gRPC requires.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Checks the metadata of a target.
///
/// # Errors
///
/// The first header that cannot be sent, and why, without its value.
pub fn check_metadata(metadata: &[(HeaderName, HeaderValue)]) -> Result<(), String> {
    metadata.iter().try_for_each(|(name, value)| check_one(name.as_str(), value))
}

pub(super) fn check_one(name: &str, value: &HeaderValue) -> Result<(), String> {
    if name.starts_with("grpc-") {
        return Err(format!(
            "bad metadata '{name}': names that begin with 'grpc-' belong to gRPC; -timeout sets \
             grpc-timeout and -compress grpc-encoding"
        ));
    }
    if RESERVED.contains(&name) {
        return Err(format!("bad metadata '{name}': gRPC and HTTP/2 set this header themselves"));
    }
    let is_bad = name.ends_with(BINARY) && !is_base64_list(value.as_bytes());
    if is_bad {
        return Err(format!(
            "bad metadata '{name}': expected base64, since the value of a name that ends with \
             '-bin' is bytes"
        ));
    }
    if !value.as_bytes().iter().all(|letter| matches!(letter, b' '..=b'~')) {
        return Err(format!(
            "bad metadata '{name}': expected printable ASCII; for other values, use a name that ends \
             with '-bin' and base64"
        ));
    }
    Ok(())
}

/// Returns whether a value is base64, or several of them with commas in between.
fn is_base64_list(value: &[u8]) -> bool {
    value.split(|byte| *byte == b',').all(|part| BASE64.decode(part.trim_ascii()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_that_cannot_be_sent_is_refused_without_its_value() {
        let table = [
            ("x-tenant", "42", Ok(())),
            ("host", "a.test", Ok(())),
            ("trace-bin", "AAEC", Ok(())),
            ("trace-bin", "AAE=", Ok(())),
            ("trace-bin", "AAE", Ok(())),
            ("trace-bin", "AAE=, AAEC", Ok(())),
            ("trace-bin", "", Ok(())),
            ("trace-bin", "a secret!", Err("expected base64")),
            ("x-user", "Zoë, a secret", Err("expected printable ASCII")),
            ("grpc-timeout", "1S", Err("-timeout sets")),
            ("te", "trailers", Err("gRPC and HTTP/2 set this header themselves")),
            ("content-type", "application/grpc", Err("themselves")),
        ];
        for (name, value, expected) in table {
            let header =
                (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
            match (check_metadata(&[header]), expected) {
                (Ok(()), Ok(())) => {}
                (Err(found), Err(expected)) => {
                    assert!(found.contains(expected) && found.contains(name), "{found}");
                    assert!(!found.contains("secret"), "{found}");
                }
                (found, _) => panic!("{name}: {found:?}"),
            }
        }
    }
}
