//! Bodies in each encoding, in pieces and damaged.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

fn compressed(coding: &str, text: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        // A thousand times "a", by Google's encoder.
        "br" => {
            vec![0x1b, 0xe7, 0x03, 0xf8, 0x25, 0xc2, 0xa2, 0xb1, 0x40, 0x20, 0x34]
        }
        "zstd" => zstd::encode_all(text, 1).unwrap(),
        _ => text.to_vec(),
    }
}

/// A body as it was kept, whether it is valid, and whether the headers of the compressed body were
/// removed.
type Kept = (Vec<u8>, bool, bool);

/// Decompresses a body in pieces of three bytes, up to a limit.
fn decompressed(coding: &str, accepted: &AcceptedEncodings, body: &[u8], limit: usize) -> Kept {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
    let Some(decoder) = Decoder::new(&mut headers, accepted, body[0]) else {
        return (body.to_vec(), true, headers.is_empty());
    };
    let (kept, result) = read(decoder, body, 3, limit);
    (kept, result.is_ok(), headers.is_empty())
}

/// Decompresses a body in pieces of a length, up to a limit.
fn read(
    mut decoder: Decoder,
    body: &[u8],
    piece: usize,
    limit: usize,
) -> (Vec<u8>, io::Result<()>) {
    let mut kept = Vec::new();
    let quota = Quota { len: limit, time: Duration::ZERO };
    for mut piece in body.chunks(piece) {
        loop {
            let stop = match decoder.decompress(piece, &mut kept, quota) {
                Ok(stop) => stop,
                Err(error) => return (kept, Err(error)),
            };
            piece = &piece[stop.read..];
            if kept.len() == limit {
                return (kept, Ok(()));
            }
            if stop.needs_input {
                break;
            }
        }
    }
    let ended = decoder.end(&mut kept, limit);
    (kept, ended)
}

/// Returns why a body cannot be decompressed.
fn problem(coding: &str, body: &[u8]) -> String {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
    let decoder = Decoder::new(&mut headers, &accepting(coding), body[0]).unwrap();
    read(decoder, body, usize::MAX, usize::MAX).1.unwrap_err().to_string()
}

#[test]
fn an_accepted_encoding_is_decompressed_up_to_the_limit() {
    let text = vec![b'a'; 1_000];
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let body = compressed(coding, &text);
        let whole = decompressed(coding, &accepting(coding), &body, usize::MAX);
        assert_eq!(whole, (text.clone(), true, true), "{coding}");
        let beginning = decompressed(coding, &accepting(coding), &body, 10);
        assert_eq!(beginning, (vec![b'a'; 10], true, true), "{coding}");
    }
}

#[test]
fn other_encodings_stay_compressed() {
    let named = AcceptedEncodings::Named("gzip, br".to_owned());
    let gzip = AcceptedEncodings::Gzip;
    for (coding, accepted) in [("gzip", &named), ("br", &gzip), ("odd", &named)] {
        let body = compressed(coding, b"hello");
        let kept = decompressed(coding, accepted, &body, usize::MAX);
        assert_eq!(kept, (body, true, false), "{coding}");
    }
}

fn deflate_without_zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Returns encodings that include a given one.
fn accepting(coding: &str) -> AcceptedEncodings {
    match coding {
        "gzip" => AcceptedEncodings::Gzip,
        _ => AcceptedEncodings::Named("br;q=1.0, deflate,zstd".to_owned()),
    }
}

#[test]
fn several_members_and_frames_are_one_body() {
    for coding in ["gzip", "zstd"] {
        let body = [compressed(coding, b"hel"), compressed(coding, b"lo")].concat();
        let whole = decompressed(coding, &accepting(coding), &body, usize::MAX);
        assert_eq!(whole, (b"hello".to_vec(), true, true), "{coding}");
    }
}

#[test]
fn members_may_begin_at_any_place_of_a_step() {
    // Data that does not compress, so that the first member grows by a byte each time.
    let noise: Vec<u8> =
        (0..1100_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for len in 980..1060 {
        let body = [compressed("gzip", &noise[..len]), compressed("gzip", b"hello")].concat();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        let decoder = Decoder::new(&mut headers, &accepting("gzip"), body[0]).unwrap();
        let (kept, result) = read(decoder, &body, body.len(), usize::MAX);
        assert!(result.is_ok(), "{len}: {result:?}");
        assert_eq!(kept, [&noise[..len], b"hello"].concat(), "{len}");
    }
}

#[test]
fn deflate_without_zlib_is_decompressed_at_any_ratio() {
    let text = vec![b'a'; 1_000_000];
    let body = deflate_without_zlib(&text);
    assert_eq!(
        decompressed("deflate", &accepting("deflate"), &body, usize::MAX),
        (text, true, true)
    );
}

#[test]
fn malformed_data_is_an_error() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let garbage = b"\xff\xffgarbage";
        assert!(!decompressed(coding, &accepting(coding), garbage, usize::MAX).1, "{coding}");
    }
}

#[test]
fn a_body_that_breaks_off_anywhere_is_an_error() {
    let bodies = ["gzip", "deflate", "br", "zstd"].map(|it| (it, compressed(it, &[b'a'; 1_000])));
    let bare = ("deflate", deflate_without_zlib(&[b'a'; 1_000]));
    for (coding, body) in bodies.into_iter().chain([bare]) {
        let accepted = accepting(coding);
        for len in 1..body.len() {
            let (_, is_whole, _) = decompressed(coding, &accepted, &body[..len], usize::MAX);
            assert!(!is_whole, "{coding}, {len} of {} bytes", body.len());
        }
    }
}

#[test]
fn data_after_the_end_is_reported() {
    for coding in ["gzip", "deflate", "br"] {
        for junk in [&b"?"[..], b"junk after the end"] {
            let body = [&compressed(coding, b"hello"), junk].concat();
            assert_eq!(problem(coding, &body), "extra data follows its end", "{coding}");
        }
    }
}

#[test]
fn several_encodings_stay_compressed() {
    let body = compressed("gzip", b"hello");
    let nested = decompressed("gzip, gzip", &AcceptedEncodings::Gzip, &body, usize::MAX);
    assert_eq!(nested, (body.clone(), true, false));
    let mut headers = HeaderMap::new();
    headers.append(CONTENT_ENCODING, "gzip".parse().unwrap());
    headers.append(CONTENT_ENCODING, "gzip".parse().unwrap());
    assert!(Decoder::new(&mut headers, &AcceptedEncodings::Gzip, body[0]).is_none());
    assert_eq!(headers.len(), 2);
}

#[test]
fn known_encodings_are_decompressed_without_being_asked_for() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let body = compressed(coding, b"hello");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
        assert!(Decoder::new(&mut headers, &AcceptedEncodings::Off, body[0]).is_none());
        let decoder = Decoder::new(&mut headers, &AcceptedEncodings::Known, body[0]).unwrap();
        let known = read(decoder, &body, usize::MAX, usize::MAX).0;
        assert_eq!(known, decompressed(coding, &accepting(coding), &body, usize::MAX).0);
        assert_eq!(headers[CONTENT_ENCODING], coding);
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, "unknown".parse().unwrap());
    assert!(Decoder::new(&mut headers, &AcceptedEncodings::Known, 0).is_none());
}

/// Returns a zstd frame of `n_blocks` times 128 KiB of "a" with a window of 2^`log` bytes.
fn zstd_frame(log: u8, n_blocks: usize) -> Vec<u8> {
    let block = |last: u32| ((128 << 10) << 3 | 1 << 1 | last).to_le_bytes();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3];
    for n in 1..=n_blocks {
        frame.extend_from_slice(&block(u32::from(n == n_blocks))[..3]);
        frame.push(b'a');
    }
    frame
}

#[test]
fn windows_larger_than_http_allows_are_an_error() {
    let largest = decompressed("zstd", &accepting("zstd"), &zstd_frame(23, 3), usize::MAX);
    assert_eq!((largest.0.len(), largest.1), (3 * (128 << 10), true));
    let window = "its zstd window is larger than 8 MiB, the most that HTTP allows";
    assert_eq!(problem("zstd", &zstd_frame(24, 3)), window);
    // The extension of brotli for large windows, with a window of 2^30 bytes.
    assert_eq!(problem("br", &[0x11, 0x1e, 0, 0, 0, 0]), "Invalid Data");
}

#[test]
fn one_call_does_little_work() {
    let zeros = compressed("gzip", &vec![0; 1 << 20]);
    let deflated = compressed("deflate", &vec![0; 1 << 20]);
    let members = compressed("gzip", b"").repeat(10_000);
    // Empty blocks of deflate: stored ones take 5 bytes.
    let blocks = [&[0x78, 0x9c][..], &[0, 0, 0, 0xff, 0xff].repeat(10_000)].concat();
    let table = [
        ("gzip", zeros),
        ("deflate", deflated),
        ("zstd", zstd_frame(23, 100)),
        ("gzip", members),
        ("deflate", blocks),
    ];
    for (coding, body) in table {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
        let mut decoder = Decoder::new(&mut headers, &accepting(coding), body[0]).unwrap();
        let mut kept = Vec::new();
        let quota = Quota { len: usize::MAX, time: Duration::ZERO };
        let stop = decoder.decompress(&body, &mut kept, quota).unwrap();
        assert!(!stop.needs_input && stop.read <= STEP_INPUT, "{coding}: {stop:?}");
        assert!(kept.len() <= STEP_OUTPUT, "{coding}: {}", kept.len());
    }
}

#[test]
fn brotli_with_a_large_window_takes_long_steps() {
    // First bytes by Google's encoder, with windows of 2^16, 2^17 and so on, without 2^21 and 2^23.
    let table = [
        (0xe2, false),
        (0x81, false),
        (0x13, false),
        (0x15, false),
        (0x17, true),
        (0x1b, true),
        (0x1f, true),
    ];
    for (first, expected) in table {
        assert_eq!(has_large_window(first), expected, "{first:#x}");
    }
}
