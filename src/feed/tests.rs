//! Tests of feeds: what is read from a file, and which row each hit uses.

use std::convert::Infallible;
use std::fs;

use crate::feed::*;

/// A check that accepts every row.
fn accept(_: &Row) -> Result<(), Infallible> {
    Ok(())
}

/// Writes a feed to a file and opens it.
fn open(text: &str) -> (tempfile::TempDir, Result<FeedFile, Error>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed");
    fs::write(&file, text).unwrap();
    (folder, FeedFile::open(&file))
}

/// Checks what is read from a feed: its columns and each row, or the error.
fn check(text: &str, expected: Result<&[&[&str]], &str>) {
    let (_folder, file) = open(text);
    let read = file.and_then(|file| {
        let n_columns = file.columns().len();
        let mut table = vec![file.columns().to_vec()];
        file.read(Order::Cyclic, Seed(1), |row| {
            table.push((0..n_columns).map(|column| row.cell(column).to_owned()).collect());
            accept(row)
        })?;
        Ok(table)
    });
    let read = read.map_err(|error| error.to_string());
    let expected = expected.map(|rows| {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    });
    assert_eq!(read, expected.map_err(str::to_owned), "{text}");
}

#[test]
fn the_format_is_detected_and_cells_are_read_verbatim() {
    let table: [(&str, &[&[&str]]); 13] = [
        ("a;b\n1;2,5\n", &[&["a", "b"], &["1", "2,5"]]),
        ("a\tb\r\n1\t2\r\n", &[&["a", "b"], &["1", "2"]]),
        ("a,b;c\n1,2\n", &[&["a", "b;c"], &["1", "2"]]),
        ("\"a;b\"\n1\n", &[&["a;b"], &["1"]]),
        ("a,b\n1,2\n3,4\n", &[&["a", "b"], &["1", "2"], &["3", "4"]]),
        ("\u{feff}a, b \r\n1, 2\r\n\r\n3,4", &[&["a", "b"], &["1", " 2"], &["3", "4"]]),
        ("a\n\"x,\"\"y\"\"\nz\"\n", &[&["a"], &["x,\"y\"\nz"]]),
        ("a,b\n,\n", &[&["a", "b"], &["", ""]]),
        ("a\n\0%{{b}}\n", &[&["a"], &["\0%{{b}}"]]),
        (
            "{\"b\":\"x\",\"a\":1}\n\n{\"a\":\"\\n\",\"b\":null}",
            &[&["a", "b"], &["1", "x"], &["\n", ""]],
        ),
        (" \n{\"a\":12345678901234567890.10}\n", &[&["a"], &["12345678901234567890.10"]]),
        ("{\"a\":[1, {\"x\":\"y\"}]}\n", &[&["a"], &["[1, {\"x\":\"y\"}]"]]),
        ("{\"a\":true}\n{\"a\":2,\"z\":3}\n", &[&["a"], &["true"], &["2"]]),
    ];
    for (text, expected) in table {
        check(text, Ok(expected));
    }
}

#[test]
fn an_invalid_feed_is_reported_with_its_line() {
    let table = [
        ("", "line 1: no columns: expected their names on the first line"),
        ("\n\n", "line 1: no columns: expected their names on the first line"),
        ("a,b\n", "line 2: no rows: expected at least one after the column names"),
        ("a,b,a\n1,2,3\n", "line 1: two columns 'a': expected a different name for each"),
        ("a,b\n1,2\n3\n", "line 3: a row of 1 cells: expected 2, one for each column"),
        ("a,b\n\"1\n\",2\n3\n", "line 4: a row of 1 cells: expected 2, one for each column"),
        ("{\"a\":1}\n\n{\"b\":2}\n", "line 3: no 'a', which the first line has"),
        ("{\"a\":1}\n[1]\n", "line 2: bad JSON at column 0: expected one complete object"),
        ("{}\n", "line 1: no columns: expected their names on the first line"),
    ];
    for (text, expected) in table {
        check(text, Err(expected));
    }
    let (_folder, file) = open("a\n1\n\"\n\"\n3\n");
    let refuse = |row: &Row| if row.cell(0) == "3" { Err("no 3".to_owned()) } else { Ok(()) };
    let refused = file.unwrap().read(Order::Cyclic, Seed(1), refuse);
    assert_eq!(refused.unwrap_err().to_string(), "line 5: no 3");
}

#[test]
fn a_feed_that_is_not_text_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed");
    fs::write(&file, b"a\n1\n\xff\n").unwrap();
    let read = FeedFile::open(&file).unwrap().read(Order::Cyclic, Seed(1), accept);
    assert_eq!(read.unwrap_err().to_string(), "line 3: expected UTF-8 text");
}

#[test]
fn engines_read_the_rows_of_their_hits_in_every_order_and_format() {
    let csv: String = (0..100).map(|n| format!("{n},\"x\n{n}\"\n")).collect();
    let json: String = (0..100).map(|n| format!("{{\"n\":{n},\"x\":\"x\\n{n}\"}}\n")).collect();
    for text in [format!("n,x\n{csv}"), json] {
        for order in [Order::Cyclic, Order::Shuffle, Order::Random, Order::Once] {
            let (_folder, file) = open(&text);
            let feed = file.unwrap().read(order, Seed(2), accept).unwrap();
            let rngs = Seed(2).rngs(Purpose::Rows);
            for (first, step) in [(0, 1), (0, 3), (2, 3), (5, 40)] {
                let hits = (first..260).step_by(step as usize);
                let expected = hits.map_while(|k| order.row_of(k, 100, rngs));
                let rows = feed.rows(first, step).unwrap().map(Result::unwrap);
                for (row, expected) in rows.zip(expected) {
                    assert_eq!(row.cell(0), expected.to_string(), "{order:?}");
                    assert_eq!(row.cell(1), format!("x\n{expected}"));
                }
            }
            let n_rows = feed.rows(0, 7).unwrap().take(1_000).count();
            assert_eq!(n_rows, if order == Order::Once { 15 } else { 1_000 });
        }
    }
}

#[test]
fn a_feed_that_is_truncated_during_the_attack_is_an_error() {
    let (folder, file) = open(&format!("n\n{}", "1234567\n".repeat(5_000)));
    let feed = file.unwrap().read(Order::Cyclic, Seed(1), accept).unwrap();
    let mut rows = feed.rows(0, 1).unwrap();
    assert!(rows.next().unwrap().is_ok());
    fs::write(folder.path().join("feed"), "n\n1\n").unwrap();
    let error = rows.find_map(Result::err).unwrap().to_string();
    assert!(error.contains("the file has changed since the start"), "{error}");
    assert!(rows.next().is_none());
}
