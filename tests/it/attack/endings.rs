//! How an attack ends: interrupts, closed pipes, full disks, and terminals it does not write to.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, RwLock};

use drumfire::codec::{self, Metadata};
use drumfire::record::Columns;
use rustix::process::Signal;

use crate::support::harness::{drumfire, program};
use crate::support::pty::Pty;
use crate::support::results::{decode, records};
use crate::support::servers::{hello, refusing, scripted, serve};
use crate::support::waiting::wait_until;

/// More bytes than the head of a stream: at least one batch of records.
const A_BATCH: usize = 4_000;

/// Interrupts an attack by signals while hits are in flight, and lets the server respond when the
/// attack has noticed. All hits must then have succeeded.
#[track_caller]
fn check_waits_for_responses(signals: &[Signal]) {
    let gate = Arc::new(RwLock::new(()));
    let closed = gate.write().unwrap();
    let entry = gate.clone();
    let server = scripted(move |_| {
        drop(entry.read());
        hello()
    });
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Pty::new(80, 24);
    let path = dir.path().join("results.arrow");
    let attack = drumfire("attack -rate=100 -output").arg(&path);
    let attack = terminal.show_talk(attack).stdin(format!("GET {}\n", server.url("/"))).spawn();
    for _ in 0..5 {
        server.heads.recv().unwrap();
    }
    signals.iter().for_each(|signal| attack.signal(*signal));
    terminal.await_screen("stopping, waiting for");
    drop(closed);
    assert_eq!(attack.wait().status, Some(0));
    let stream = fs::read(&path).unwrap();
    let hits = records(&stream);
    assert!(hits.len() >= 5 && hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    assert!(is_interrupted(&stream));
}

#[test]
fn the_first_interrupt_waits_for_the_responses() {
    check_waits_for_responses(&[Signal::INT]);
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
fn a_hangup_ends_an_attack_as_the_first_interrupt_does() {
    // The kernel and the shell may each send the signal.
    check_waits_for_responses(&[Signal::HUP, Signal::HUP]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_hangup_that_was_ignored_at_the_start_stays_ignored() {
    let server = serve(&[]);
    let script = "trap '' HUP; exec \"$0\" attack -rate=100 -requests=50";
    let shell = program("sh").args(["-c", script, env!("CARGO_BIN_EXE_drumfire")]);
    let mut attack = shell.stdin(format!("GET {}/\n", server.url)).spawn();
    attack.await_stdout(A_BATCH);
    attack.signal(Signal::HUP);
    let output = attack.wait();
    assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
    assert_eq!(records(&output.stdout).len(), 50);
}

#[test]
#[cfg(target_os = "linux")]
fn a_closed_terminal_leaves_a_complete_stream() {
    let server = serve(&[]);
    let dir = tempfile::tempdir().unwrap();
    let [list, stream] = ["list.txt", "r.arrow"].map(|name| dir.path().join(name));
    fs::write(&list, format!("GET {}/\n", server.url)).unwrap();
    let mut terminal = Pty::new(80, 24);
    // A process that leads its session gets SIGHUP from the kernel when its terminal is closed.
    let line = r#"exec 0<>"$1"; exec setsid -c "$0" attack -rate=100 -targets="$2" -output="$3""#;
    let attack = terminal.show_talk(program("sh"));
    let attack = attack.args(["-c", line, env!("CARGO_BIN_EXE_drumfire"), &terminal.path]);
    let attack = attack.arg(&list).arg(&stream).spawn();
    terminal.await_screen("in flight");
    drop(terminal);
    assert_eq!(attack.wait().status, Some(0));
    assert!(is_interrupted(&fs::read(&stream).unwrap()));
}

#[test]
fn a_terminal_that_accepts_nothing_does_not_delay_the_end() {
    for view in ["-live", "-live=false"] {
        let server = serve(&[]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("results.arrow");
        let mut terminal = Pty::new(80, 40);
        // Bounded, in case the signal has no effect.
        let attack = drumfire("attack -rate=100 -duration=10m -output").arg(&path).arg(view);
        let attack = terminal.show_talk(attack).stdin(format!("GET {}/\n", server.url)).spawn();
        terminal.await_screen("in flight");
        terminal.stop_output();
        // Meanwhile the view is drawn again, which takes until the output is resumed.
        let len = || fs::metadata(&path).map_or(0, |data| data.len());
        let before = len();
        wait_until("several more batches are written", || len() > before + 20_000);
        attack.signal(Signal::TERM);
        wait_until("the stream is complete", || is_complete(&path));
        terminal.resume_output();
        assert_eq!(attack.wait().status, Some(0), "{view}");
    }
}

/// Returns whether a stream has its end mark.
fn is_complete(path: &Path) -> bool {
    let file = File::open(path).unwrap();
    decode(file, Columns::All).1.is_none()
}

/// Returns whether the facts at the end of a stream say that the attack was interrupted.
#[track_caller]
fn is_interrupted(stream: &[u8]) -> bool {
    let mut decoder = codec::decoder(io::Cursor::new(stream.to_vec()), Columns::All).unwrap();
    while decoder.next_batch().unwrap().is_some() {}
    match decoder.metadata() {
        [Metadata::Plan(_), Metadata::Facts(facts)] => facts.interrupted,
        other => panic!("no plan with facts: {other:?}"),
    }
}

#[test]
fn a_stream_beyond_the_limit_on_file_sizes_ends_the_attack_with_one_message() {
    let server = serve(&["-body-size=64kb"]);
    let dir = tempfile::tempdir().unwrap();
    let script = "ulimit -f 100; exec \"$0\" attack -rate=100 -output=r.arrow";
    let shell = program("sh").args(["-c", script, env!("CARGO_BIN_EXE_drumfire")]);
    let output = shell.dir(&dir).stdin(format!("GET {}/\n", server.url)).run();
    let line = "drumfire attack: write r.arrow: file too large\n";
    assert_eq!((output.status, output.messages().as_str()), (Some(1), line));
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
    assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
}

#[test]
fn a_full_disk_ends_the_attack_with_one_message() {
    let server = serve(&[]);
    let output = drumfire("attack -rate=100 -output=/dev/full")
        .stdin(format!("GET {}/\n", server.url))
        .run();
    let line = "drumfire attack: write /dev/full: no space left on device\n";
    assert_eq!((output.status, output.messages().as_str()), (Some(1), line));
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
