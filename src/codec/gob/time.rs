//! Go's binary form of an instant.

/// Seconds from the beginning of the year 1 to that of 1970, UTC.
const UNIX_EPOCH_SECONDS: i64 = 62_135_596_800;

const NANOS: i128 = 1_000_000_000;

/// Bytes of the form's version 1; version 2 has one more, the zone's seconds.
const BYTES: usize = 15;

/// Reads an instant as ns since 1970 UTC; 0 for one that was never set.
///
/// Source: Go, package time, Time.MarshalBinary: version, seconds since the year 1 (8 bytes), ns
/// (4 bytes), the zone's offset in minutes (2 bytes), all big-endian. The zone says how the
/// instant was shown, not when it was.
///
/// # Errors
///
/// Where it is in another form, or beyond the range of 64 bits of ns.
pub fn unix_nanos(time: &[u8]) -> Result<i64, String> {
    let has_form = matches!((time.first(), time.len()), (Some(1), BYTES) | (Some(2), 16));
    let fields = time.get(1..).and_then(|fields| {
        let (seconds, fields) = fields.split_first_chunk()?;
        let (nanos, _) = fields.split_first_chunk()?;
        Some((i64::from_be_bytes(*seconds), i32::from_be_bytes(*nanos)))
    });
    match fields.filter(|_| has_form) {
        Some((0, 0)) => Ok(0),
        Some((seconds, nanos)) => {
            let since_1970 = i128::from(seconds) - i128::from(UNIX_EPOCH_SECONDS);
            i64::try_from(since_1970 * NANOS + i128::from(nanos)).map_err(|_| {
                "a timestamp out of range: expected one in the years 1678 to 2261".to_owned()
            })
        }
        None => Err("a timestamp in an unknown form: expected Go's time.Time".to_owned()),
    }
}

/// Returns the binary form of an instant, given as ns since 1970, in UTC.
pub fn binary(nanos: i64) -> [u8; BYTES] {
    let nanos = i128::from(nanos);
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).expect("a billionth of 64 bits fits");
    let rest = i32::try_from(nanos.rem_euclid(NANOS)).expect("it is below a billion");
    // An offset of -1 minute stands for UTC itself.
    let mut time = [0xff; BYTES];
    time[0] = 1;
    time[1..9].copy_from_slice(&(seconds + UNIX_EPOCH_SECONDS).to_be_bytes());
    time[9..13].copy_from_slice(&rest.to_be_bytes());
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_back_as_they_went_in() {
        for nanos in [0, 1, -1, 1_795_180_206_240_727_031, i64::MIN, i64::MAX] {
            assert_eq!(unix_nanos(&binary(nanos)), Ok(nanos));
        }
    }

    #[test]
    fn both_versions_are_read_whatever_their_zone() {
        // 2026-11-20T13:10:06.240727031Z as Vegeta wrote it, then with an offset of 5:53:28 h.
        let first = *b"\x01\0\0\0\x0e\xe2\x92\x3d\xae\x0e\x59\x33\xf7\0\0";
        assert_eq!(unix_nanos(&first), Ok(1_795_180_206_240_727_031));
        let second = *b"\x02\0\0\0\x0e\xe2\x92\x3d\xae\x0e\x59\x33\xf7\x01\x61\x1c";
        assert_eq!(unix_nanos(&second), Ok(1_795_180_206_240_727_031));
        assert_eq!(unix_nanos(b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff"), Ok(0));
    }

    #[test]
    fn another_form_is_told() {
        for time in [&b""[..], b"\x01", &[3; 15], &[1; 16], &[2; 15]] {
            assert!(unix_nanos(time).unwrap_err().contains("expected Go's time.Time"));
        }
        assert!(unix_nanos(&[1; 15]).unwrap_err().contains("1678 to 2261"));
    }
}
