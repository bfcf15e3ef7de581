//! Gob streams that differ from Vegeta's: older, wider, concatenated, cut, damaged.

use std::io::Cursor;

use drumfire::codec::Format;
use drumfire::record::{Batch, Columns};

use crate::support::results::{decode, encode, text, whole};

const MIX: &[u8] = include_bytes!("../../golden/mix.gob");
const MIX_CSV: &str = include_str!("../../golden/mix.csv");
const TIMEOUT: &[u8] = include_bytes!("../../golden/timeout.gob");
const TIMEOUT_CSV: &str = include_str!("../../golden/timeout.csv");
const WIDE: &[u8] = include_bytes!("../../golden/wide.gob");
const WIDE_CSV: &str = include_str!("../../golden/wide.csv");

/// Bytes of the definitions that Vegeta's streams begin with.
const DEFINITIONS: usize = 206;

/// Numbers of Go's built-in types.
const INT: i64 = 2;
const TEXT: i64 = 6;

/// Kinds of types that a stream can define.
const SLICE: u64 = 2;
const STRUCT: u64 = 3;
const BINARY_MARSHALER: u64 = 6;

/// 2026-11-20T13:10:06.240727031Z, in the form of Go's time.Time.
const TIME: &[u8] = b"\x01\0\0\0\x0e\xe2\x92\x3d\xae\x0e\x59\x33\xf7\xff\xff";

/// Writes gob bytes by hand.
#[derive(Clone, Default)]
struct Gob(Vec<u8>);

impl Gob {
    fn uint(mut self, number: u64) -> Self {
        let digits = number.to_be_bytes();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        if number < 0x80 {
            self.0.push(digits[7]);
        } else {
            self.0.push(0_u8.wrapping_sub(8 - zeros as u8));
            self.0.extend_from_slice(&digits[zeros..]);
        }
        self
    }

    fn int(self, number: i64) -> Self {
        let bits = if number < 0 { !number << 1 | 1 } else { number << 1 };
        self.uint(bits as u64)
    }

    fn string(self, string: impl AsRef<[u8]>) -> Self {
        let mut whole = self.uint(string.as_ref().len() as u64);
        whole.0.extend_from_slice(string.as_ref());
        whole
    }

    fn then(mut self, other: Gob) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds the length as a prefix.
    fn message(self) -> Self {
        gob().string(self.0)
    }
}

fn gob() -> Gob {
    Gob::default()
}

/// Defines a type; `details` are the fields of its definition except for the first.
fn define(id: i64, kind: u64, details: Gob) -> Gob {
    let name = gob().uint(1).uint(1).string("T").uint(1).int(id).uint(0);
    gob().int(-id).uint(kind).then(name).then(details).uint(0).uint(0).message()
}

fn define_struct(id: i64, fields: &[(&str, i64)]) -> Gob {
    let mut details = gob().uint(1).uint(fields.len() as u64);
    for (name, id) in fields {
        details = details.uint(1).string(name).uint(1).int(*id).uint(0);
    }
    define(id, STRUCT, details)
}

fn define_time(id: i64) -> Gob {
    define(id, BINARY_MARSHALER, gob())
}

/// Reads a stream and compares its records, as CSV, and the error at its end.
#[track_caller]
fn check(stream: impl AsRef<[u8]>, expected: &str, expected_error: Option<&str>) {
    let (batches, error) = decode(Cursor::new(stream.as_ref().to_vec()), Columns::All);
    assert_eq!(text(encode(Format::Csv, &batches)), expected);
    assert_eq!(error.as_deref(), expected_error);
    let (figures, error) = decode(Cursor::new(stream.as_ref().to_vec()), Columns::Figures);
    let count = |batches: &[Batch]| batches.iter().map(Batch::len).sum::<usize>();
    assert_eq!((count(&figures), error.as_deref()), (count(&batches), expected_error));
}

#[test]
fn the_output_differs_from_vegeta_s_only_in_order_and_zone() {
    for stream in [MIX, TIMEOUT] {
        let written = encode(Format::Gob, &whole(stream));
        assert_eq!(written[..DEFINITIONS], stream[..DEFINITIONS]);
        assert_eq!(written.len(), stream.len());
        let sorted = |stream: &[u8]| {
            let mut bytes = stream.to_vec();
            // The zone is 0000 in one stream and ffff in the other.
            bytes.retain(|byte| *byte != 0 && *byte != 0xff);
            bytes.sort_unstable();
            bytes
        };
        assert_eq!(sorted(&written), sorted(stream));
    }
}

#[test]
fn concatenated_streams_are_all_read() {
    let csv = [MIX_CSV, TIMEOUT_CSV, MIX_CSV].concat();
    check([MIX, TIMEOUT, MIX].concat(), &csv, None);
}

#[test]
fn an_older_result_has_fewer_fields_in_another_order() {
    let fields = [("Error", TEXT), ("Timestamp", 66), ("Latency", INT), ("Code", INT)];
    let result = gob().int(65).uint(1).string("no").uint(1).string(TIME).uint(1).int(5);
    let stream = define_time(66)
        .then(define_struct(65, &fields))
        .then(result.clone().uint(1).int(503).uint(0).message())
        .then(gob().int(65).uint(2).string(TIME).uint(0).message());
    let lines = "1795180206240727031,503,5,0,0,no,,,0,,,\n1795180206240727031,0,0,0,0,,,,0,,,\n";
    check(&stream.0, lines, None);
    // A second stream after the first one defines the numbers of its types again.
    check([&stream.0, TIMEOUT].concat(), &format!("{lines}{TIMEOUT_CSV}"), None);
    check([TIMEOUT, &stream.0].concat(), &format!("{TIMEOUT_CSV}{lines}"), None);
    let negative = gob().int(65).uint(4).int(-1).uint(0).message();
    check(
        stream.clone().then(negative).0,
        lines,
        Some("bad record 3: the number -1, expected one that fits u16"),
    );
}

// Written by Go's own encoder: tests/golden/wide.go.
#[test]
fn unknown_fields_of_any_type_are_skipped() {
    check(WIDE, WIDE_CSV, None);
    check([WIDE, TIMEOUT, WIDE].concat(), &[WIDE_CSV, TIMEOUT_CSV, WIDE_CSV].concat(), None);
}

#[test]
fn a_result_in_several_messages_may_be_cut_between_them() {
    let ends = message_ends(WIDE);
    // The first result begins in the eleventh message and continues in the next two.
    let cut = "the stream is cut after 0 records: its last record is incomplete";
    let first = format!("{}\n", WIDE_CSV.lines().next().unwrap());
    for (end, expected, error) in
        [(9, "", Some(cut)), (10, "", Some(cut)), (11, "", Some(cut)), (12, first.as_str(), None)]
    {
        check(&WIDE[..ends[end]], expected, error);
    }
}

#[test]
fn a_cut_stream_yields_its_complete_records_and_an_error() {
    let ends = message_ends(TIMEOUT);
    for len in 1..ends[6] {
        let n_records = ends.iter().filter(|end| **end <= len).count().saturating_sub(4);
        let (batches, error) = decode(Cursor::new(TIMEOUT[..len].to_vec()), Columns::All);
        assert_eq!(batches.iter().map(Batch::len).sum::<usize>(), n_records, "cut at {len}");
        if len == 1 {
            // A single byte ff is a valid start of Arrow, too.
            continue;
        }
        let at_an_end = n_records > 0 && ends.contains(&len);
        let cut =
            format!("the stream is cut after {n_records} records: its last record is incomplete");
        assert_eq!(error, (!at_an_end).then_some(cut), "cut at {len}");
    }
}

/// Returns where each message ends.
fn message_ends(stream: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut place = 0;
    while place < stream.len() {
        place += match stream[place] {
            0xff => 2 + usize::from(stream[place + 1]),
            0xfe => 3 + usize::from(u16::from_be_bytes([stream[place + 1], stream[place + 2]])),
            len => 1 + usize::from(len),
        };
        ends.push(place);
    }
    ends
}

#[test]
fn no_flipped_byte_causes_a_panic() {
    for stream in [&TIMEOUT[..1000], WIDE] {
        for place in 0..stream.len() {
            let mut bytes = stream.to_vec();
            bytes[place] ^= if place % 2 == 0 { 0x55 } else { 0xff };
            decode(Cursor::new(bytes), Columns::All);
        }
    }
}

#[test]
fn damage_is_reported_with_the_number_of_the_record() {
    let [definitions, first] = [&TIMEOUT[..DEFINITIONS], &TIMEOUT[..message_ends(TIMEOUT)[4]]];
    let line = &TIMEOUT_CSV[..=TIMEOUT_CSV.find('\n').unwrap()];
    let size = "a message of no or more than 1073741824 bytes";
    let table: [(&[u8], &str); 9] = [
        (b"\x80", "no number begins with the byte 0x80, expected a count"),
        (b"\0", size),
        (b"\xfb\x40\0\0\0\x01", size),
        (b"\xf8\xff\xff\xff\xff\xff\xff\xff\xff", size),
        (b"\x03\xff\x90\0", "type 72 is not defined before its values"),
        (b"\x04\xff\x80\x0d\0", "field 13 of a struct that has 12 fields"),
        (b"\x04\xff\x80\0\0", "1 bytes left over after a value"),
        (b"\x05\xff\x80\x01\x09a", "a value continues after the end of its message"),
        (b"\x05\xff\x80\x04\x01\x03", "a timestamp in an unknown form: expected Go's time.Time"),
    ];
    for (message, problem) in table {
        let error = format!("bad record 2: {problem}");
        check([first, message].concat(), line, Some(&error));
        let error = format!("bad record 1: {problem}");
        check([definitions, message].concat(), "", Some(&error));
    }
}

#[test]
fn announced_data_takes_no_memory_before_it_arrives() {
    let cut = Some("the stream is cut after 0 records: its last record is incomplete");
    check([&TIMEOUT[..DEFINITIONS], b"\xfc\x40\0\0\0\xff\x80"].concat(), "", cut);
    let most = gob().int(64).uint(9).uint(1 << 60).message();
    let short = Some("bad record 1: a value continues after the end of its message");
    check([&TIMEOUT[..DEFINITIONS], &most.0].concat(), "", short);
    let fields = gob().int(-64).uint(STRUCT).uint(2).uint(1 << 20);
    let stream = Gob([fields.0, vec![0; 1 << 20]].concat()).message();
    let wide = "bad record 1: a struct of 1048576 fields, expected at most 1000";
    check(stream.0, "", Some(wide));
}

#[test]
fn values_that_are_nested_too_deeply_are_refused() {
    let types = define_struct(65, &[("Timestamp", 66), ("Next", 67)])
        .then(define_time(66))
        .then(define_struct(67, &[("Next", 67)]));
    let deep = |n: usize| {
        let value = [vec![2], vec![1; n], vec![0; n + 2]].concat();
        types.clone().then(Gob([gob().int(65).0, value].concat()).message()).0
    };
    check(deep(100), "0,0,0,0,0,,,,0,,,\n", None);
    let problem = "bad record 1: values are nested more than 200 deep";
    check(deep(100_000), "", Some(problem));
}

#[test]
fn a_gob_stream_of_other_values_is_refused() {
    let time = define_time(66);
    let value = |id| gob().int(id).uint(0).message();
    let table = [
        (
            define_struct(65, &[("Name", TEXT)]).then(value(65)),
            "a struct without a field 'Timestamp', expected a result",
        ),
        (
            define(65, SLICE, gob().uint(1).int(TEXT)).then(value(65)),
            "a value that is not a struct, expected a result",
        ),
        (
            time.clone()
                .then(define_struct(65, &[("Timestamp", 66), ("Code", TEXT)]))
                .then(value(65)),
            "the field 'Code' has the wrong type, expected a whole number",
        ),
        (
            time.then(define_struct(65, &[("Timestamp", 66), ("Headers", TEXT)])).then(value(65)),
            "the field 'Headers' has the wrong type, expected a map from texts to lists of texts",
        ),
        (
            define_struct(65, &[("Timestamp", TEXT)]).then(value(65)),
            "the field 'Timestamp' has the wrong type, expected a time.Time",
        ),
        (
            define_time(66).then(define(65, 9, gob())),
            "a type of the unknown kind 9, expected one of 1 to 7",
        ),
    ];
    for (stream, problem) in table {
        check(stream.0, "", Some(&format!("bad record 1: {problem}")));
    }
}
