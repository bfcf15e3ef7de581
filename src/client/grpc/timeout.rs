//! The header grpc-timeout.

use std::time::Duration;

use http::HeaderValue;

/// The largest number that the header may have, plus one.
const LIMIT: u128 = 10_u128.pow(MAX_DIGITS as u32);

/// The most digits of the number.
const MAX_DIGITS: usize = 8;

/// The units of the header, with their lengths in ns.
const UNITS: [(u8, u128); 6] = [
    (b'n', 1),
    (b'u', 1_000),
    (b'm', 1_000_000),
    (b'S', 1_000_000_000),
    (b'M', 60_000_000_000),
    (b'H', 3_600_000_000_000),
];

/// Returns the value of grpc-timeout for the time that is left, rounded up to a unit that fits.
///
/// Source: gRPC over HTTP/2, Timeout; grpc-go, internal/grpcutil/encode_duration.go.
pub fn grpc_timeout(left: Duration) -> HeaderValue {
    let ns = left.as_nanos();
    let in_units = UNITS.iter().map(|(unit, len)| (ns.div_ceil(*len), unit));
    let (number, unit) =
        in_units.into_iter().find(|(number, _)| *number < LIMIT).unwrap_or((LIMIT - 1, &b'H'));
    value(number as u32, *unit)
}

/// Returns a number of at most eight digits with its unit. Formatting it in the general way would
/// take longer than encoding the header.
fn value(number: u32, unit: u8) -> HeaderValue {
    let mut text = [unit; MAX_DIGITS + 1];
    let (mut left, mut start) = (number, MAX_DIGITS);
    loop {
        start -= 1;
        text[start] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            return HeaderValue::from_bytes(&text[start..]).expect("digits and a letter are valid");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_at_most_eight_digits_and_is_rounded_up() {
        let table = [
            (Duration::ZERO, "0n"),
            (Duration::from_nanos(1), "1n"),
            (Duration::from_nanos(99_999_999), "99999999n"),
            (Duration::from_nanos(100_000_001), "100001u"),
            (Duration::from_secs(1), "1000000u"),
            (Duration::from_secs(30), "30000000u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_secs(200_000), "200000S"),
            (Duration::from_secs(99_999_999), "99999999S"),
            (Duration::from_secs(100_000_000), "1666667M"),
            (Duration::from_secs(6_000_000_000), "1666667H"),
            (Duration::MAX, "99999999H"),
        ];
        for (left, expected) in table {
            assert_eq!(grpc_timeout(left), expected);
        }
    }
}
