//! Go's binary form of a time.

use crate::codec::gob::problem::Problem;

/// Seconds from the start of the year 1 to the start of 1970, UTC.
const UNIX_EPOCH_SECONDS: i64 = 62_135_596_800;

const NANOS: i128 = 1_000_000_000;

/// Bytes of version 1 of the form; version 2 has one more, the seconds of the zone's offset.
const BYTES: usize = 15;

/// Returns a time in ns since 1970 UTC; 0 for a time that was never set.
///
/// Source: Go, package time, Time.MarshalBinary: version, seconds since the year 1 (8 bytes), ns
/// (4 bytes), the zone's offset in minutes (2 bytes), all big-endian. The zone affects only how
/// the time is displayed.
///
/// # Errors
///
/// If the time is in another form, or out of the range of 64 bits of ns.
pub fn unix_nanos(time: &[u8]) -> Result<i64, Problem> {
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
            i64::try_from(since_1970 * NANOS + i128::from(nanos))
                .map_err(|_| Problem::TimestampRange)
        }
        None => Err(Problem::TimestampForm),
    }
}

/// Returns the binary form of a time in ns since 1970, in UTC.
pub fn binary(nanos: i64) -> [u8; BYTES] {
    let nanos = i128::from(nanos);
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).expect("a billionth of 64 bits fits");
    let rest = i32::try_from(nanos.rem_euclid(NANOS)).expect("it is below a billion");
    // An offset of -1 minute means UTC.
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
    fn times_are_read_back_as_written() {
        for nanos in [0, 1, -1, 1_795_180_206_240_727_031, i64::MIN, i64::MAX] {
            assert_eq!(unix_nanos(&binary(nanos)), Ok(nanos));
        }
    }

    #[test]
    fn both_versions_are_read_in_any_zone() {
        // 2026-11-20T13:10:06.240727031Z as Vegeta wrote it, then with an offset of 5:53:28 h.
        let first = *b"\x01\0\0\0\x0e\xe2\x92\x3d\xae\x0e\x59\x33\xf7\0\0";
        assert_eq!(unix_nanos(&first), Ok(1_795_180_206_240_727_031));
        let second = *b"\x02\0\0\0\x0e\xe2\x92\x3d\xae\x0e\x59\x33\xf7\x01\x61\x1c";
        assert_eq!(unix_nanos(&second), Ok(1_795_180_206_240_727_031));
        assert_eq!(unix_nanos(b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff"), Ok(0));
    }

    #[test]
    fn other_forms_are_refused() {
        for time in [&b""[..], b"\x01", &[3; 15], &[1; 16], &[2; 15]] {
            assert_eq!(unix_nanos(time), Err(Problem::TimestampForm));
        }
        assert_eq!(unix_nanos(&[1; 15]), Err(Problem::TimestampRange));
    }
}
