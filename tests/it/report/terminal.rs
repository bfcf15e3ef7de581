//! `report` on a terminal: charts that a pipe does not get, and views that redraw in place.

use std::fs::{self, File};

use rustix::process::Signal;

use crate::support::harness::{Run, drumfire};
use crate::support::pty::Pty;

const MIX_CSV: &str = include_str!("../../golden/mix.csv");
const MIX_GOB: &str = "tests/golden/mix.gob";

/// Sequences that clear the whole screen, which would erase the user's own lines, and hide the
/// cursor.
const FORBIDDEN: [&str; 4] = ["\u{1b}[2J", "\u{1b}[H", "\u{1b}[3J", "\u{1b}[?25l"];

/// Returns all bytes that a report writes to a terminal.
fn on_terminal(pty: &mut Pty, change: impl FnOnce(Run) -> Run, line: &str) -> String {
    let run = pty.show(drumfire(line));
    let report = change(run).spawn();
    pty.last_screen();
    let output = report.wait();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{line}");
    pty.text()
}

fn piped(line: &str) -> String {
    drumfire(line).run().text().to_owned()
}

#[test]
fn a_terminal_shows_charts_below_the_report() {
    let report = format!("report {MIX_GOB}");
    let mut pty = Pty::new(80, 60);
    let shown = on_terminal(&mut pty, |run| run, &report);
    let pictures = shown.strip_prefix(&piped(&report)).unwrap();
    assert!(pictures.starts_with("\n\u{1b}[2mover 4.00s"), "{pictures}");
    let starts: Vec<&str> =
        pictures.lines().skip(2).map(|line| line.split(' ').next().unwrap()).take(4).collect();
    let rows = ["rate", "p50", "p99", "failed"].map(|name| format!("\u{1b}[2m{name}\u{1b}[0m"));
    assert_eq!(starts, rows);
    assert!(pictures.contains("█") && pictures.contains("  \u{1b}[2mp50\u{1b}[0m\n"));
    assert!(pictures.contains("failed\u{1b}[0m  \u{1b}[31m"));
}

#[test]
fn plain_reports_and_other_types_are_the_same_on_a_terminal() {
    for kind in ["text -plain", "text -plain -by=code", "json", "hist[0,1ms]", "csv"] {
        let line = format!("report {MIX_GOB} -type={kind}");
        assert_eq!(on_terminal(&mut Pty::new(80, 60), |run| run, &line), piped(&line), "{kind}");
    }
}

#[test]
fn a_terminal_too_narrow_for_charts_has_none() {
    let line = format!("report {MIX_GOB}");
    assert_eq!(on_terminal(&mut Pty::new(39, 60), |run| run, &line), piped(&line));
}

#[test]
fn the_environment_disables_colors_and_block_characters() {
    let line = format!("report {MIX_GOB}");
    let report = piped(&line);
    let table = [
        // Name, value, whether there are escapes, whether there are blocks.
        ("NO_COLOR", "1", false, true),
        ("NO_COLOR", "", true, true),
        ("TERM", "dumb", false, false),
        ("LC_ALL", "C", true, false),
    ];
    for (name, value, has_escapes, has_blocks) in table {
        let shown = on_terminal(&mut Pty::new(80, 60), |run| run.env(name, value), &line);
        let pictures = shown.strip_prefix(&report).unwrap();
        assert!(pictures.contains("latency"));
        assert_eq!(pictures.contains('\u{1b}'), has_escapes, "{name}={value}");
        assert_eq!(pictures.contains('█'), has_blocks, "{name}={value}");
        assert_eq!(pictures.is_ascii(), !has_blocks, "{name}={value}");
    }
}

#[test]
fn a_view_is_drawn_in_place_and_replaced_by_the_report() {
    let mut pty = Pty::new(160, 50);
    let mut live = pty.show(drumfire("report -every=20ms")).spawn();
    let empty = pty.await_screen("last 20ms");
    assert!(empty.contains("requests               0           0"), "{empty}");
    live.feed(MIX_CSV);
    let screen = pty.await_screen("         200      p50");
    assert!(screen.starts_with("               last 20ms       whole"), "{screen}");
    assert_eq!(screen.matches("requests").count(), 1);
    assert!(
        screen.contains("\nover 4.00s") && screen.contains("\nErrors  [count  error]  22  404")
    );
    live.end_input();
    let screen = pty.last_screen();
    assert_eq!(live.wait().status, Some(0));
    assert!(
        screen.starts_with("Requests      [total, rate, throughput]         200, "),
        "{screen}"
    );
    assert!(screen.contains("\nlatency ") && !screen.contains("last 20ms"), "{screen}");
    let n_lines = screen.lines().count() as u16;
    assert_eq!((pty.cursor(), pty.n_scrolled()), ((n_lines, 0), 0));
    let text = pty.text();
    assert!(FORBIDDEN.iter().all(|escape| !text.contains(escape)));
    assert!(text.contains("\u{1b}[?2026h") && text.ends_with("\u{1b}[?2026l"));
}

#[test]
fn a_view_taller_than_the_screen_shows_its_top_and_does_not_scroll() {
    for (columns, lines) in [(80, 10), (40, 10), (30, 5), (80, 2)] {
        let mut pty = Pty::new(columns, lines);
        let mut live = pty.show(drumfire("report -every=10ms")).spawn();
        live.feed(MIX_CSV);
        let screen = pty.await_view(6);
        assert_eq!(pty.n_scrolled(), 0, "{columns} x {lines}: {screen}");
        assert_eq!(pty.cursor(), (lines - 1, 0), "{columns} x {lines}");
        live.end_input();
        pty.last_screen();
        assert_eq!(live.wait().status, Some(0));
    }
}

#[test]
fn thresholds_are_shown_before_groups() {
    let mut pty = Pty::new(120, 24);
    let mut live = pty.show(drumfire("report -every=10ms -by=url -threshold=p99<1ns")).spawn();
    live.feed(MIX_CSV);
    // The errors are last. Views before the results have arrived have no charts and no errors.
    let screen = pty.await_screen("Errors ");
    live.end_input();
    pty.last_screen();
    assert_eq!(live.wait().status, Some(99));
    let places = ["latency ", "p99<1ns", "Errors "].map(|part| screen.find(part));
    assert!(places.is_sorted() && places[0].is_some(), "{screen}");
}

#[test]
fn a_terminal_that_cannot_draw_in_place_gets_one_report_after_the_other() {
    let mut pty = Pty::new(80, 50);
    let run = pty.show(drumfire("report -every=10ms")).env("TERM", "dumb");
    let mut live = run.spawn();
    pty.await_screen("Error Set:\nRequests");
    live.end_input();
    pty.last_screen();
    assert_eq!(live.wait().status, Some(0));
    let text = pty.text();
    assert!(!text.contains('\u{1b}') && text.is_ascii());
    assert_eq!(text.replace(&piped("report"), ""), "");
}

#[test]
fn an_interrupt_leaves_the_report_and_the_cursor_below_it() {
    let mut pty = Pty::new(160, 50);
    let mut live = pty.show(drumfire("report -every=20ms")).spawn();
    live.feed(MIX_CSV);
    pty.await_screen("         200      p50");
    live.signal(Signal::INT);
    live.end_input();
    let screen = pty.last_screen();
    assert_eq!(live.wait().status, Some(0));
    assert!(screen.starts_with("Requests "), "{screen}");
    assert_eq!(pty.cursor(), (screen.lines().count() as u16, 0));
}

#[test]
fn of_two_commands_on_a_terminal_one_draws_in_place() {
    let mut pty = Pty::new(80, 50);
    let other = File::options().write(true).open(&pty.path).unwrap();
    other.try_lock().unwrap();
    let mut live = pty.show(drumfire("report -every=1ms")).spawn();
    live.feed(MIX_CSV);
    live.end_input();
    pty.await_screen("p99\n");
    assert_eq!(live.wait().status, Some(0));
    drop(other);
    pty.last_screen();
    assert!(!pty.text().contains("\u{1b}[?2026h"));
    assert!(pty.text().starts_with(&drumfire("report").stdin(MIX_CSV).run().text().to_owned()));
}

#[test]
fn a_file_has_no_charts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.txt");
    let line = format!("report {MIX_GOB}");
    drumfire(&line).arg("-output").arg(&path).run();
    assert_eq!(fs::read_to_string(&path).unwrap(), piped(&line));
}
