//! `attack -live`: numbers on a terminal while the stream goes into the pipe.

use std::fs::File;

use rustix::process::Signal;

use crate::support::harness::drumfire;
use crate::support::pty::Pty;
use crate::support::results::records;
use crate::support::servers::{Answer, scripted, serve};

#[test]
fn the_last_view_stays_and_the_stream_is_complete() {
    let server = serve(&["-errors=30%"]);
    let mut pty = Pty::new(80, 40);
    let attack = drumfire("attack -live -rate=500 -requests=100");
    let attack = pty.show_talk(attack).stdin(format!("GET {}/\n", server.url)).spawn();
    let screen = pty.last_screen();
    let output = attack.wait();
    assert_eq!((output.status, records(&output.stdout).len()), (Some(0), 100));
    assert!(screen.starts_with("100 of 100 hits\n                   whole "), "{screen}");
    for part in ["\nrequests             100      p50 ", "\nover ", "\nlatency ", "500 Internal"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert_eq!(pty.cursor(), (pty.n_lines(), 0));
}

#[test]
fn each_view_replaces_the_last_one_and_an_interrupt_keeps_it() {
    let server = serve(&[]);
    let mut pty = Pty::new(80, 40);
    let run = pty.show_talk(drumfire("attack -live -rate=200 -duration=1h"));
    let attack = run.stdin(format!("GET {}/\n", server.url)).spawn();
    let screen = pty.await_screen("last 1s");
    let heading = screen.lines().next().unwrap();
    // The view is drawn after at least one second.
    let (shown, rest) = heading.trim_start().split_once(" of 720000 hits, 59m").expect(heading);
    let left: u8 = rest.split_once("s left, ").and_then(|(left, _)| left.parse().ok()).unwrap();
    assert!(left <= 59, "{heading}");
    attack.signal(Signal::INT);
    let screen = pty.last_screen();
    let output = attack.wait();
    assert_eq!(output.status, Some(0));
    assert!(records(&output.stdout).len() >= shown.parse().unwrap());
    // The line below the view may say that this machine was too busy.
    let (view, _) = screen.split_once("\ndrumfire attack: interrupted: ").expect(&screen);
    assert_eq!((view.matches(" of 720000 hits").count(), view.matches("rate").count()), (1, 2));
    assert_eq!(pty.n_scrolled(), 0);
}

#[test]
fn an_interrupt_shows_what_is_awaited_until_the_second_one() {
    let server = scripted(|_| Answer::Silence(String::new()));
    let table = [
        ("-live", "0 of 2 hits, stopping, waiting for 2 hits\n"),
        ("-live=false", "──────────── 0/2  stopping, waiting for 2 hits"),
    ];
    for (flag, expected) in table {
        let mut pty = Pty::new(80, 40);
        // Bounded, in case the signals have no effect.
        let run = drumfire("attack -rate=100 -duration=20ms -timeout=30s").arg(flag);
        let run = pty.show_talk(run).stdin(format!("GET {}\n", server.url("/")));
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("results.arrow")).unwrap();
        let attack = run.stdout(file).spawn();
        pty.await_screen("2 in flight");
        attack.signal(Signal::INT);
        let screen = pty.await_screen("stopping, waiting for 2 hits");
        assert!(screen.starts_with(expected), "{screen}");
        attack.signal(Signal::INT);
        let screen = pty.last_screen();
        assert!(!screen.contains("waiting for"), "{screen}");
        assert_eq!(attack.wait().status, Some(0));
    }
}

#[test]
fn without_a_terminal_the_attack_runs_without_a_view() {
    let server = serve(&[]);
    let attack = || drumfire("attack -live -rate=0 -max-workers=1 -requests=3");
    let list = format!("GET {}/\n", server.url);
    let output = attack().stdin(list.clone()).run();
    let line = "drumfire attack: no live view: -live needs a terminal as standard error\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), line));
    assert_eq!(records(&output.stdout).len(), 3);
    let mut pty = Pty::new(80, 40);
    let attack = pty.show_talk(attack()).env("TERM", "dumb").stdin(list).spawn();
    let screen = pty.last_screen();
    let output = attack.wait();
    assert_eq!((output.status, records(&output.stdout).len()), (Some(0), 3));
    let line =
        "drumfire attack: no live view: -live needs a terminal that can redraw in place, and TERM";
    assert!(screen.starts_with(line), "{screen}");
}

#[test]
fn a_live_view_cannot_be_quiet() {
    let output = drumfire("attack -live -quiet").stdin("GET http://127.0.0.1/\n").run();
    let message = "drumfire attack: -live and -quiet cannot be combined: give only one \
                of them\nsee 'drumfire attack -h'\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(2), message));
}
