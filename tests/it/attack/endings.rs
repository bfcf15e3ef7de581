//! How an attack ends: interrupts, closed pipes, full disks, and terminals it does not write to.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use rustix::process::Signal;

use crate::support::harness::drumfire;
use crate::support::results::records;
use crate::support::servers::{refusing, serve};

/// More bytes than the head of a stream: at least one batch of records.
const A_BATCH: usize = 4_000;

#[test]
fn the_first_interrupt_waits_for_the_responses() {
    let server = serve(&["-latency=300ms"]);
    let mut attack =
        drumfire("attack -quiet -rate=100").stdin(format!("GET {}/\n", server.url)).spawn();
    attack.await_stdout(A_BATCH);
    attack.signal(Signal::INT);
    let output = attack.wait();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let records = records(&output.stdout);
    assert!(records.len() >= 30, "{}", records.len());
    assert!(records.iter().all(|hit| hit.code == 200));
}

#[test]
fn the_second_interrupt_ends_at_once_and_leaves_a_complete_stream() {
    let server = serve(&["-latency=1h"]);
    let list = format!("GET {}/\nGET http://{}/\n", server.url, refusing());
    let mut attack = drumfire("attack -quiet -rate=100").stdin(list).spawn();
    // Refused hits end at once, so some of the others are in flight by now.
    attack.await_stdout(A_BATCH);
    attack.signal(Signal::INT);
    attack.signal(Signal::TERM);
    let output = attack.wait();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let records = records(&output.stdout);
    let interrupted = records.iter().filter(|hit| hit.error.starts_with("interrupted")).count();
    assert!(interrupted >= 1);
}

#[test]
fn a_closed_pipe_ends_the_attack_quietly() {
    let server = serve(&[]);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let list = format!("GET {}/\n", server.url);
    let attack = drumfire("attack -rate=100").stdin(list).stdout(writer).spawn();
    reader.read_exact(&mut [0; A_BATCH]).unwrap();
    drop(reader);
    let output = attack.wait();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_full_disk_ends_the_attack_with_one_message() {
    let server = serve(&[]);
    let output = drumfire("attack -rate=100 -output=/dev/full")
        .stdin(format!("GET {}/\n", server.url))
        .run();
    let line = "drumfire attack: write /dev/full: no space left on device\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), line));
}

#[test]
fn a_stream_is_not_written_to_a_terminal() {
    let output = drumfire("attack -requests=1").stdout(terminal()).stdin("GET http://x/\n").run();
    let line = "drumfire attack: refusing to write a binary stream to the terminal: \
                pipe it to 'drumfire report' or name a file with -output\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), line));
}

/// Returns the inner end of a new terminal. The outer end stays open until the process ends.
fn terminal() -> Stdio {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let outer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&outer).unwrap();
    unlockpt(&outer).unwrap();
    let name = ptsname(&outer, Vec::new()).unwrap();
    let inner = fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    std::mem::forget(outer);
    inner.into()
}
