//! JSON that Go accepts and serde_json refuses: bytes that are not UTF-8, unpaired surrogates, and
//! repeated keys.

use serde_json::{Deserializer, Error, Value};

/// Returns the values that follow each other in a text. Invalid Unicode becomes U+FFFD, and the
/// last value of a repeated key counts. This is slow, so use it only for JSON that was refused.
///
/// Source: Go, package encoding/json, Unmarshal.
pub fn values(json: &[u8]) -> Vec<Result<Value, Error>> {
    let json = with_whole_pairs(&String::from_utf8_lossy(json));
    Deserializer::from_str(&json).into_iter().collect()
}

/// Returns JSON in which U+FFFD replaces each escape of an unpaired surrogate.
fn with_whole_pairs(json: &str) -> String {
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(place) = rest.find('\\') {
        let (before, escape) = rest.split_at(place);
        let letter = escape.chars().nth(1).map_or(0, char::len_utf8);
        let (kept, len) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (&escape[..12], 12),
            (Some(0xd800..0xe000), _) => ("\\ufffd", 6),
            _ => (&escape[..1 + letter], 1 + letter),
        };
        whole += before;
        whole += kept;
        rest = &escape[len..];
    }
    whole + rest
}

/// Returns the UTF-16 code unit of the escape at the start of a text; None without an escape.
fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unpaired_surrogates_are_replaced() {
        let table = [
            (r#""a\ud83d\ude92b""#, r#""a\ud83d\ude92b""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude92\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\n\uD83Dx""#, r#""\ufffd\n\ufffdx""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\u00e9\"\u12""#, r#""\u00e9\"\u12""#),
            (r"\", r"\"),
            (r"\é", r"\é"),
            (r"\u123é", r"\u123é"),
        ];
        for (json, expected) in table {
            assert_eq!(with_whole_pairs(json), expected);
        }
    }

    #[test]
    fn values_are_read_as_go_reads_them() {
        let json = b"{\"a\":1,\"a\":\"\xff\"} [\"\\udc00\"]x";
        let mut values = values(json).into_iter();
        let next = values.next().unwrap().unwrap();
        assert_eq!(next, serde_json::json!({ "a": "\u{fffd}" }));
        assert_eq!(values.next().unwrap().unwrap(), serde_json::json!(["\u{fffd}"]));
        assert!(values.next().unwrap().is_err());
        assert!(values.next().is_none());
    }
}
