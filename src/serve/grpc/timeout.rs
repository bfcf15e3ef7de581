//! How long the client waits for the end of a call.

use std::time::Duration;

use http::HeaderMap;

use crate::serve::grpc::status::Status;

/// Returns the timeout of a request. None if it has none.
///
/// # Errors
///
/// The status for a timeout of another form.
///
/// Source: gRPC over HTTP/2, Requests: `Timeout` has up to eight digits and a unit.
pub fn of_request(headers: &HeaderMap) -> Result<Option<Duration>, Status> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    match parse(&text) {
        Some(timeout) => Ok(Some(timeout)),
        None => Err(Status::internal(format!("malformed grpc-timeout: {text:?}"))),
    }
}

fn parse(text: &str) -> Option<Duration> {
    let (last, _) = text.char_indices().next_back()?;
    let (digits, unit) = text.split_at(last);
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| is_number)?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_digits_and_a_unit() {
        let table = [
            ("2H", Some(Duration::from_secs(7200))),
            ("3M", Some(Duration::from_secs(180))),
            ("0S", Some(Duration::ZERO)),
            ("99999999m", Some(Duration::from_millis(99_999_999))),
            ("5u", Some(Duration::from_micros(5))),
            ("7n", Some(Duration::from_nanos(7))),
            ("", None),
            ("S", None),
            ("5", None),
            ("5s", None),
            ("+5S", None),
            ("1.5S", None),
            ("999999999m", None),
            ("5é", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected, "{text}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(of_request(&headers), Ok(None));
        headers.insert("grpc-timeout", "5x".parse().unwrap());
        let expected = Status::internal("malformed grpc-timeout: \"5x\"");
        assert_eq!(of_request(&headers), Err(expected));
    }
}
