//! Round trips through Arrow, gob, JSON and CSV, and the errors of bad streams.

use std::io::{self, Cursor, Read};
use std::time::Duration;

use drumfire::codec::{self, Format};
use drumfire::metrics::Slowest;
use drumfire::record::{Batch, BatchBuilder, Columns, Headers, Record};
use proptest::prelude::*;

use crate::support::results::{decode, encode, text, whole};

const MIX_CSV: &str = include_str!("../../golden/mix.csv");
const MIX_JSON: &str = include_str!("../../golden/mix.jsonl");
const TIMEOUT_CSV: &str = include_str!("../../golden/timeout.csv");
const TIMEOUT_JSON: &str = include_str!("../../golden/timeout.jsonl");
const MIX_GOB: &[u8] = include_bytes!("../../golden/mix.gob");
const TIMEOUT_GOB: &[u8] = include_bytes!("../../golden/timeout.gob");

/// A line of JSON and a line of CSV with the same record.
const JSON_LINE: &str = r#"{"attack":"a","seq":7,"code":200,"timestamp":"2026-11-20T13:10:06.24Z","latency":5,"bytes_out":1,"bytes_in":2,"error":"","body":"AP8=","method":"GET","url":"http://h/","headers":{"A":["1","2"]}}"#;
const CSV_LINE: &str = "1795180206240000000,200,5,1,2,,AP8=,a,7,GET,http://h/,QTogMQ0KQTogMg0KDQo=";

/// Sorts the keys of each line's headers, which Vegeta writes in random order.
pub fn with_sorted_headers(json: &str) -> String {
    json.lines().map(|line| format!("{}\n", sorted_line(line))).collect()
}

fn sorted_line(line: &str) -> String {
    let Some((head, headers)) = line.split_once("\"headers\":{") else {
        return line.to_owned();
    };
    let headers = headers.strip_suffix("]}}").unwrap();
    let mut entries: Vec<&str> = headers.split("],").collect();
    entries.sort_unstable();
    format!("{head}\"headers\":{{{}]}}}}", entries.join("],"))
}

#[test]
fn the_streams_of_vegeta_are_written_back_byte_for_byte() {
    let streams = [(MIX_CSV, MIX_JSON, MIX_GOB), (TIMEOUT_CSV, TIMEOUT_JSON, TIMEOUT_GOB)];
    for (csv, json, gob) in streams {
        for stream in [csv.as_bytes(), json.as_bytes(), gob] {
            let batches = whole(stream);
            assert_eq!(text(encode(Format::Csv, &batches)), csv);
            assert_eq!(text(encode(Format::Json, &batches)), with_sorted_headers(json));
            for format in [Format::Arrow, Format::Gob] {
                let again = whole(encode(format, &batches));
                assert_eq!(text(encode(Format::Csv, &again)), csv);
            }
        }
    }
}

#[test]
fn numbers_without_bodies_are_those_of_the_whole_stream() {
    let without_extras = |batches: Vec<Batch>| -> Vec<String> {
        let records = batches.iter().flat_map(Batch::records);
        records
            .map(|record| format!("{:?}", Record { body: b"", headers: None, ..record }))
            .collect()
    };
    for stream in [MIX_CSV.as_bytes(), MIX_JSON.as_bytes(), MIX_GOB] {
        let (figures, error) = decode(Cursor::new(stream), Columns::Figures);
        assert_eq!(error, None);
        assert!(figures[0].records().all(|record| record.headers.is_none()));
        assert_eq!(without_extras(figures), without_extras(whole(stream)));
    }
}

#[test]
fn the_slowest_hits_are_the_same_in_every_format() {
    let slowest = |stream: &[u8]| {
        let (batches, error) = decode(Cursor::new(stream.to_vec()), Columns::Identified);
        assert_eq!(error, None);
        let mut slowest = Slowest::default();
        batches.iter().for_each(|batch| slowest.add_rows(&batch.rows(0..batch.len())));
        slowest
    };
    let arrow = encode(Format::Arrow, &whole(MIX_GOB));
    let expected = slowest(MIX_GOB);
    assert!(expected.iter().count() > 0);
    assert!(expected.iter().any(|hit| hit.seq > 0 && !hit.url.is_empty()), "{expected:?}");
    for stream in [MIX_CSV.as_bytes(), MIX_JSON.as_bytes(), &arrow] {
        assert_eq!(slowest(stream), expected);
    }
}

/// Reads a stream and compares its records, as CSV, and the error at its end. Neither may depend on
/// the columns that are selected.
fn check(stream: &str, expected: &[&str], expected_error: Option<&str>) {
    let (batches, error) = decode(Cursor::new(stream.as_bytes().to_vec()), Columns::All);
    let lines: String = expected.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(text(encode(Format::Csv, &batches)), lines, "{stream}");
    assert_eq!(error.as_deref(), expected_error, "{stream}");
    if error.is_none_or(|error| error.contains(" cut ")) {
        let (_, error) = decode(Cursor::new(stream.as_bytes().to_vec()), Columns::Figures);
        assert_eq!(error.as_deref(), expected_error, "{stream}");
    }
}

#[test]
fn json_is_read_in_every_accepted_form() {
    check("", &[], None);
    check("\n \n", &[], None);
    check(JSON_LINE, &[CSV_LINE], None);
    check(&format!("\u{feff}{JSON_LINE}\r\n\r\n\n{JSON_LINE}"), &[CSV_LINE, CSV_LINE], None);
    check("{}\n", &["0,0,0,0,0,,,,0,,,"], None);
    check(
        r#"{"url":"u","seq":1,"later":{"a":[1]},"timestamp":"2026-11-20T14:10:06.24+01:00","headers":{}}"#,
        &["1795180206240000000,0,0,0,0,,,,1,,u,DQo="],
        None,
    );
    check(
        r#"{"attack":null,"seq":null,"code":null,"timestamp":null,"error":null,"body":null,"headers":null}"#,
        &["0,0,0,0,0,,,,0,,,"],
        None,
    );
    check(
        r#"{"timestamp":"0001-01-01T00:00:00Z","error":"\u003cé\n\"\ud83d\ude00"}"#,
        &["0,0,0,0,0,\"<é\n\"\"\u{1f600}\",,,0,,,"],
        None,
    );
    let long = "x".repeat(300_000);
    check(&format!("{{\"url\":\"{long}\"}}"), &[&format!("0,0,0,0,0,,,,0,,{long},")], None);
}

#[test]
fn csv_is_read_in_every_accepted_form() {
    check(CSV_LINE, &[CSV_LINE], None);
    check(&format!("\n{CSV_LINE}\r\n\r\n \n{CSV_LINE}\n"), &[CSV_LINE, CSV_LINE], None);
    check(
        "1, 200, 5, 1, 2, , , \"a\", 7, GET, http://h/, \r\n",
        &["1,200,5,1,2,,,a,7,GET,http://h/,"],
        None,
    );
    check(
        "1,0,5,1,2,\" a,\"\"b\"\"\n\nc\",,,0,,,\n",
        &["1,0,5,1,2,\" a,\"\"b\"\"\n\nc\",,,0,,,"],
        None,
    );
    // The headers are `content-type: a` and `X:`, which are written sorted and in canonical form.
    check(
        "-1,0,0,0,0,,,,0,,,WDoNCmNvbnRlbnQtdHlwZTogYQ0KDQo=\n",
        &["-1,0,0,0,0,,,,0,,,Q29udGVudC1UeXBlOiBhDQpYOiANCg0K"],
        None,
    );
}

#[test]
fn a_cut_stream_yields_its_complete_records_and_an_error() {
    let cut = Some("the stream is cut after 1 records: its last record is incomplete");
    for end in 1..JSON_LINE.len() {
        check(&format!("{JSON_LINE}\n{}", &JSON_LINE[..end]), &[CSV_LINE], cut);
    }
    let headers = CSV_LINE.rfind(',').unwrap() + 1;
    for end in (1..headers).chain(headers + 1..CSV_LINE.len()) {
        check(&format!("{CSV_LINE}\n{}", &CSV_LINE[..end]), &[CSV_LINE], cut);
    }
    check(&format!("{CSV_LINE}\n1,0,5,1,2,\"a\n"), &[CSV_LINE], cut);
}

#[test]
fn a_bad_record_is_reported_with_its_number_and_what_was_expected() {
    let json = |problem: &str| format!("bad record 2: {problem}");
    let object = "expected a result as a JSON object: column";
    let table = [
        ("[1]", "expected a JSON object on a separate line".to_owned()),
        ("{\"seq\":1", format!("{object} 8: EOF while parsing an object")),
        ("{\"seq\":-1}", format!("{object} 9: invalid value: integer `-1`, expected u64")),
        ("{\"code\":\"a\"}", format!("{object} 11: invalid type: string \"a\", expected u16")),
        (
            "{\"url\":1}",
            format!("{object} 8: invalid type: integer `1`, expected a string or null"),
        ),
        ("{\"seq\" 1}", format!("{object} 8: expected `:`")),
        ("{\"body\":\"a\"}", "expected the body in base64: Invalid input length: 1".to_owned()),
        (
            "{\"headers\":[]}",
            format!(
                "{object} 13: invalid type: sequence, expected an object of lists of strings, or null"
            ),
        ),
        (
            "{\"timestamp\":\"soon\"}",
            format!(
                "{object} 20: bad timestamp 'soon': expected RFC 3339 as in \
                 2006-01-02T15:04:05.999999999Z, in the years 1678 to 2261"
            ),
        ),
    ];
    for (line, problem) in table {
        let stream = format!("{JSON_LINE}\n{line}\n{JSON_LINE}\n");
        check(&stream, &[CSV_LINE], Some(&json(&problem)));
    }
}

#[test]
fn a_bad_csv_line_is_reported_with_its_number_and_what_was_expected() {
    let table = [
        ("1,2,3", "expected 12 fields, found 3"),
        ("1,2,3,4,5,6,7,8,9,10,11,,13", "expected 12 fields, found 13"),
        ("x,0,0,0,0,,,,0,,,", "bad timestamp 'x': expected a whole number that fits i64"),
        ("1,70000,0,0,0,,,,0,,,", "bad code '70000': expected a whole number that fits u16"),
        ("1,0,0,-1,0,,,,0,,,", "bad bytes out '-1': expected a whole number that fits u64"),
        ("1,0,0,0,0,,?,,0,,,", "expected the body in base64: Invalid symbol 63, offset 0."),
        ("1,0,0,0,0,,,,0,,,QQ==", "expected an empty line after the headers"),
        ("1,0,0,0,0,,,,0,,,QQ0KDQo=", "bad header 'A': expected 'Name: value'"),
    ];
    for (line, problem) in table {
        let stream = format!("{CSV_LINE}\n{line}\n{CSV_LINE}\n");
        check(&stream, &[CSV_LINE], Some(&format!("bad record 2: {problem}")));
    }
}

#[test]
fn an_unknown_format_is_reported() {
    check(
        "Hello",
        &[],
        Some(
            "not a stream of results: expected Arrow, gob, JSON or CSV as attack or encode write \
             them",
        ),
    );
}

/// Returns one piece per read, and fails instead of waiting for more.
struct Pieces(Vec<Vec<u8>>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::other("read on for no need"));
        }
        let piece = self.0.remove(0);
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

#[test]
fn complete_records_are_returned_before_more_is_read() {
    let pieces = [JSON_LINE, CSV_LINE].map(|line| format!("{line}\n{line}\n{}", &line[..20]));
    let gob = encode(Format::Gob, &whole(format!("{CSV_LINE}\n{CSV_LINE}\n{CSV_LINE}")));
    let cut_gob = gob[..gob.len() - 1].to_vec();
    for piece in pieces.map(String::into_bytes).into_iter().chain([cut_gob]) {
        let input = Pieces(vec![piece]);
        let mut decoder = codec::decoder(input, Columns::Figures).unwrap();
        assert_eq!(decoder.next_batch().unwrap().unwrap().len(), 2);
        assert_eq!(decoder.next_batch().unwrap_err().to_string(), "read on for no need");
    }
}

/// The fields of a record that every format keeps, as owned values.
#[derive(Clone, Debug)]
struct Hit {
    texts: [String; 4],
    numbers: (u64, u16, i64, u64, u64, u64),
    body: Vec<u8>,
    headers: Option<Vec<(String, String)>>,
}

impl Hit {
    fn record(&self) -> Record<'_> {
        let [attack, error, method, url] = &self.texts;
        let (seq, code, timestamp_ns, latency_ns, bytes_out, bytes_in) = self.numbers;
        Record {
            attack,
            seq,
            code,
            timestamp_ns,
            latency: Duration::from_nanos(latency_ns),
            lag: None,
            connect: None,
            first_byte: None,
            bytes_out,
            bytes_in,
            retries: 0,
            error: Some(error.as_str()).filter(|error| !error.is_empty()),
            body: &self.body,
            name: "",
            method,
            url,
            headers: self.headers.as_deref().map(Headers::Pairs),
            flow: None,
            messaging: None,
        }
    }
}

fn hits() -> impl Strategy<Value = Vec<Hit>> {
    let text = || "[a ,;\"'\r\n\t\\\\.<&\u{2028}\u{0}\u{1f600}é]{0,8}|\\PC{0,12}";
    let texts = (text(), text(), text(), text()).prop_map(|(a, b, c, d)| [a, b, c, d]);
    let numbers = (
        any::<u64>(),
        any::<u16>(),
        any::<i64>(),
        0..=i64::MAX.unsigned_abs(),
        any::<u64>(),
        any::<u64>(),
    );
    let body = prop::collection::vec(any::<u8>(), 0..40);
    let header = ("[A-Z][a-z0-9_]{0,5}(-[A-Z][a-z]{0,3})?", "([!-~é]([ -~é]{0,10}[!-~])?)?");
    let headers = prop::option::of(prop::collection::vec(header, 0..5));
    let hit = (texts, numbers, body, headers).prop_map(|(texts, numbers, body, headers)| Hit {
        texts,
        numbers,
        body,
        headers,
    });
    prop::collection::vec(hit, 1..4)
}

/// Formats records with headers sorted by name, as JSON and CSV write them.
fn shown<'a>(records: impl Iterator<Item = Record<'a>>) -> Vec<String> {
    let show = |record: Record<'_>| {
        let mut pairs = record.headers.map(Headers::to_pairs);
        if let Some(pairs) = &mut pairs {
            pairs.sort_by(|left, right| left.0.cmp(&right.0));
        }
        format!("{:?} {pairs:?}", Record { headers: None, ..record })
    };
    records.map(show).collect()
}

proptest! {
    #[test]
    fn a_record_survives_each_format_and_all_formats_in_turn(hits in hits()) {
        let mut builder = BatchBuilder::new();
        hits.iter().for_each(|hit| builder.push(&hit.record()));
        let batches = vec![builder.finish()];
        let expected = shown(hits.iter().map(Hit::record));
        let formats = [Format::Arrow, Format::Json, Format::Gob, Format::Csv];
        for format in formats {
            let read = whole(encode(format, &batches));
            prop_assert_eq!(shown(read.iter().flat_map(Batch::records)), &expected[..]);
        }
        let chained =
            formats.iter().fold(batches, |batches, format| whole(encode(*format, &batches)));
        prop_assert_eq!(shown(chained.iter().flat_map(Batch::records)), expected);
    }
}
