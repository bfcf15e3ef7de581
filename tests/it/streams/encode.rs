//! `encode`: every format into every other one; live, cut and refused inputs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use drumfire::codec::{self, Metadata};
use drumfire::facts::Facts;
use drumfire::plan::Plan;
use drumfire::record::Columns;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::support::harness::{Output, drumfire};

const MIX_CSV: &str = include_str!("../../golden/mix.csv");
const MIX_JSON: &str = include_str!("../../golden/mix.jsonl");
const MIX_GOB: &[u8] = include_bytes!("../../golden/mix.gob");

/// Checks the exit code, the output and standard error.
fn check(output: &Output, status: i32, stdout: &str, stderr: &str) {
    assert_eq!((output.status, output.stderr.as_str()), (Some(status), stderr));
    assert_eq!(output.text(), stdout);
}

fn arrow() -> Vec<u8> {
    drumfire("encode -to=arrow").stdin(MIX_CSV).run().stdout
}

#[test]
fn a_stream_comes_back_through_every_format() {
    for stream in [arrow(), MIX_CSV.into(), MIX_JSON.into(), MIX_GOB.into()] {
        check(&drumfire("encode -to csv").stdin(stream.clone()).run(), 0, MIX_CSV, "");
        let json = drumfire("encode -").stdin(stream).run();
        let gob = drumfire("encode -to=gob").stdin(json.stdout).run();
        check(&drumfire("encode -to csv stdin").stdin(gob.stdout).run(), 0, MIX_CSV, "");
    }
}

/// Deals the lines of the mix out to one file per format, and returns the files.
fn dealt(dir: &Path) -> Vec<PathBuf> {
    let lines: Vec<&str> = MIX_CSV.split_inclusive('\n').collect();
    let formats = ["csv", "gob", "arrow", "json"];
    let deal = |(number, format): (usize, &str)| {
        let share: String = lines.iter().skip(number).step_by(formats.len()).copied().collect();
        let encoded = drumfire(&format!("encode -to={format}")).stdin(share).run();
        let path = dir.join(format);
        fs::write(&path, encoded.stdout).unwrap();
        path
    };
    formats.into_iter().enumerate().map(deal).collect()
}

#[test]
fn files_of_every_format_are_merged_by_timestamp() {
    let dir = tempfile::tempdir().unwrap();
    let paths = dealt(dir.path());
    let out = dir.path().join("out.csv");
    let run = drumfire("encode -to=csv -output").arg(&out).args(&paths).run();
    check(&run, 0, "", "");
    assert_eq!(fs::read_to_string(&out).unwrap(), MIX_CSV);
    for format in ["arrow", "gob"] {
        let merged = drumfire(&format!("encode -to={format}")).args(paths.iter().rev()).run();
        check(&drumfire("encode -to=csv").stdin(merged.stdout).run(), 0, MIX_CSV, "");
    }
}

#[test]
fn each_input_keeps_its_order_and_the_first_goes_first() {
    let dir = tempfile::tempdir().unwrap();
    let line = |timestamp: u64, seq: u64| format!("{timestamp},0,0,0,0,,,,{seq},,,\n");
    let [a, b] = ["a.csv", "b.csv"].map(|name| dir.path().join(name));
    fs::write(&a, [line(2, 0), line(4, 1), line(3, 2), line(6, 3)].concat()).unwrap();
    fs::write(&b, [line(1, 10), line(4, 11), line(5, 12), line(7, 13)].concat()).unwrap();
    let run = drumfire("encode -to=csv").arg(&a).arg(&b).run();
    let merged = [(1, 10), (2, 0), (4, 1), (3, 2), (4, 11), (5, 12), (6, 3), (7, 13)]
        .map(|(t, s)| line(t, s));
    check(&run, 0, &merged.concat(), "");
}

#[test]
fn a_damaged_input_leaves_the_others_complete() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = dealt(dir.path());
    let gob = fs::read(&paths[1]).unwrap();
    fs::write(&paths[1], &gob[..gob.len() - 1]).unwrap();
    paths.push("Cargo.toml".into());
    let last_of_gob = MIX_CSV.split_inclusive('\n').nth(197).unwrap();
    let message = format!(
        "drumfire encode: Cargo.toml: not a stream of results: expected Arrow, gob, JSON or CSV as \
         attack or encode write them\ndrumfire encode: {}: the stream is cut after 49 records: its last record is \
         incomplete\n",
        paths[1].display()
    );
    let run = drumfire("encode -to=csv").args(paths.iter().rev()).run();
    check(&run, 1, &MIX_CSV.replace(last_of_gob, ""), &message);
}

#[test]
fn a_live_input_is_merged_as_it_arrives() {
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = MIX_CSV.split_inclusive('\n').take(5).collect();
    let file = dir.path().join("a.csv");
    fs::write(&file, [lines[1], lines[3]].concat()).unwrap();
    let mut encode = drumfire("encode -to=csv").arg(&file).arg("-").spawn();
    encode.feed(lines[0]);
    assert_eq!(encode.line(""), lines[0]);
    encode.feed(lines[2]);
    assert_eq!([encode.line(""), encode.line("")].concat(), lines[1..3].concat());
    encode.feed(lines[4]);
    assert_eq!([encode.line(""), encode.line("")].concat(), lines[3..5].concat());
    encode.end_input();
    check(&encode.wait(), 0, "", "");
}

#[test]
fn a_cut_stream_is_written_up_to_its_last_complete_record() {
    let whole = arrow();
    let output = drumfire("encode -to csv").stdin(&whole[..whole.len() - 8]).run();
    let message = "drumfire encode: stdin: the stream is cut after 200 records: its end mark is \
                missing, and possibly records before it\n";
    check(&output, 1, MIX_CSV, message);

    let first = MIX_CSV.lines().next().unwrap();
    let output = drumfire("encode -to csv").stdin(format!("{first}\n{}", &first[..40])).run();
    let message = "drumfire encode: stdin: the stream is cut after 1 records: its last record is \
                incomplete\n";
    check(&output, 1, &format!("{first}\n"), message);

    let output = drumfire("encode -to arrow").stdin(format!("{first}\nx\n")).run();
    let message = "drumfire encode: stdin: bad record 2: expected 12 fields, found 1\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), message));
    check(&drumfire("encode -to csv").stdin(output.stdout).run(), 0, &format!("{first}\n"), "");
}

#[test]
fn an_empty_stream_stays_an_empty_stream() {
    for format in ["arrow", "csv", "gob", "json"] {
        let encoded = drumfire(&format!("encode -to={format}")).run();
        assert_eq!((encoded.status, encoded.stderr.as_str()), (Some(0), ""));
        check(&drumfire("encode").stdin(encoded.stdout).run(), 0, "", "");
    }
}

#[test]
fn inputs_and_outputs_that_fail_are_reported() {
    let table = [
        ("encode /nonesuch", "open /nonesuch: no such file or directory"),
        ("encode -output /nonesuch/a", "create /nonesuch/a: no such file or directory"),
        ("encode -output /dev/full", "write /dev/full: no space left on device"),
        ("encode -to=arrow -output=/dev/full", "write /dev/full: no space left on device"),
        ("encode /", "/: is a directory"),
        (
            "encode Cargo.toml",
            "Cargo.toml: not a stream of results: expected Arrow, gob, JSON or CSV as attack or \
             encode write them",
        ),
        (
            "encode / stdin Cargo.toml",
            "/: is a directory\n\
             drumfire encode: Cargo.toml: not a stream of results: expected Arrow, gob, JSON or CSV \
             as attack or encode write them",
        ),
    ];
    for (line, problem) in table {
        let output = drumfire(line).stdin(MIX_CSV).run();
        assert_eq!(output.stderr, format!("drumfire encode: {problem}\n"));
        assert_eq!(output.status, Some(1), "{line}");
    }
    let output = drumfire("encode -to xml").run();
    let message = "drumfire encode: invalid value \"xml\" for flag -to: expected one of arrow, csv, \
                gob, json\nsee 'drumfire encode -h'\n";
    check(&output, 2, "", message);
}

#[test]
fn an_input_is_never_emptied() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.csv");
    fs::write(&path, MIX_CSV).unwrap();
    let output = drumfire("encode -output").arg(&path).arg(&path).run();
    let message = format!(
        "drumfire encode: {} is an input: name another file with -output\n",
        path.display()
    );
    check(&output, 1, "", &message);
    assert_eq!(fs::read_to_string(&path).unwrap(), MIX_CSV);
}

#[test]
fn a_stream_is_never_its_own_input() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.csv");
    fs::write(&path, MIX_CSV).unwrap();
    let file = File::options().append(true).open(&path).unwrap();
    let output = drumfire("encode -to=csv").arg(&path).stdout(file).run();
    let message = "drumfire encode: stdout is an input: name another file with -output\n";
    check(&output, 1, "", message);
    assert_eq!(fs::read_to_string(&path).unwrap(), MIX_CSV);
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = drumfire("encode").stdin(MIX_CSV).stdout(writer).run();
    check(&output, 0, "", "");
}

#[test]
fn each_record_is_written_when_it_arrives() {
    let mut encode = drumfire("encode -to=json").spawn();
    for (line, seq) in MIX_CSV.lines().zip(0..3) {
        encode.feed(format!("{line}\n"));
        assert!(encode.line("{").contains(&format!("\"seq\":{seq},")));
    }
    encode.end_input();
    check(&encode.wait(), 0, "", "");
}

#[test]
fn a_signal_leaves_a_complete_stream() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut encode = drumfire("encode -to=arrow").spawn();
        encode.feed(format!("{}\n", MIX_CSV.lines().next().unwrap()));
        encode.await_stdout(1);
        encode.signal(signal);
        let Output { status, stdout, stderr } = encode.wait();
        let message = "drumfire encode: interrupted after 1 records, before the end of the input\n";
        assert_eq!((status, stderr.as_str()), (Some(0), message));
        let mut decoder = codec::decoder(std::io::Cursor::new(stdout), Columns::All).unwrap();
        assert_eq!(decoder.next_batch().unwrap().unwrap().len(), 1);
        assert!(decoder.next_batch().unwrap().is_none());
    }
}

#[test]
fn signals_end_a_run_that_waits_for_its_reader() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.csv");
    fs::write(&path, MIX_CSV.repeat(20)).unwrap();
    let table = [
        ("encode", Signal::TERM, 143, "SIGTERM"),
        ("encode", Signal::INT, 130, "SIGINT"),
        // The other input never ends. A full pipe may still take some bytes, but not a report of
        // this length.
        ("report -type=hdrplot -every=1us stdin", Signal::TERM, 143, "SIGTERM"),
        ("plot -threshold=0", Signal::TERM, 143, "SIGTERM"),
    ];
    let commands = table.map(|(line, ..)| line.split(' ').next().unwrap_or_default()).into_iter();
    let runs = table.map(|(line, signal, status, name)| {
        let (reader, writer) = std::io::pipe().unwrap();
        let full = writer.try_clone().unwrap();
        let mut run = drumfire(line).arg(&path).stdout(writer).spawn();
        let has_room = || {
            let mut fds = [PollFd::new(&full, PollFlags::OUT)];
            poll(&mut fds, Some(&Timespec::default())).unwrap() > 0
        };
        while has_room() {
            assert_eq!(run.status(), None, "{line}");
        }
        run.signal(signal);
        (reader, run, signal, status, name)
    });
    for (command, (_reader, mut run, signal, status, name)) in commands.zip(runs) {
        // After the first SIGINT alone, the run may take as long as its reader needs.
        while signal == Signal::INT && run.status().is_none() {
            run.signal(signal);
        }
        let message =
            format!("drumfire {command}: ended by {name} before everything was written\n");
        check(&run.wait(), status, "", &message);
    }
}

#[test]
fn the_plan_and_facts_of_a_single_input_are_kept() {
    let stream = planned();
    let encoded = drumfire("encode -to=arrow").stdin(stream).run();
    assert_eq!((encoded.status, encoded.stderr.as_str()), (Some(0), ""));
    let mut decoder = codec::decoder(std::io::Cursor::new(encoded.stdout), Columns::All).unwrap();
    while decoder.next_batch().unwrap().is_some() {}
    assert_eq!(decoder.metadata(), notes());
}

/// Returns the metadata of two attacks.
fn notes() -> Vec<Metadata> {
    let plan = |rate: &str| Plan { rate: rate.parse().unwrap(), ..Plan::default() };
    let facts = |waited_for_place| Facts { waited_for_place, ..Facts::default() };
    vec![
        Metadata::Plan(plan("50/1s")),
        Metadata::Facts(facts(1)),
        Metadata::Plan(plan("70/1s")),
        Metadata::Facts(facts(2)),
    ]
}

/// Returns two streams one after the other, each with its plan first and its facts last.
fn planned() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.arrow");
    let mut records = codec::decoder(std::io::Cursor::new(MIX_CSV), Columns::All).unwrap();
    let batch = records.next_batch().unwrap().unwrap();
    for note in notes() {
        let file = File::options().create(true).append(true).open(&path).unwrap();
        let mut encoder = codec::encoder(codec::Format::Arrow, file, Some(&note)).unwrap();
        if let Metadata::Plan(_) = note {
            encoder.write(&batch).unwrap();
        }
        encoder.finish().unwrap();
    }
    fs::read(path).unwrap()
}
