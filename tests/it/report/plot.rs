//! `plot`: charts, output types, signals and refused flags.

use std::fs;

use rustix::process::Signal;

use crate::support::harness::drumfire;

const MIX_CSV: &str = include_str!("../../golden/mix.csv");
const TIMEOUT_CSV: &str = include_str!("../../golden/timeout.csv");

fn check(line: &str, start: &str, charts: usize) {
    let output = drumfire(line).stdin(MIX_CSV).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{line}");
    assert!(output.text().starts_with(start), "{line}: {}", output.text());
    assert_eq!(output.text().matches("<svg").count(), charts, "{line}");
}

#[test]
fn a_page_has_all_charts_with_data_and_an_svg_has_one() {
    // Vegeta's streams have no lag and no names.
    check("plot", "<!DOCTYPE html>", 6);
    check("plot -type=html -", "<!DOCTYPE html>", 6);
    check("plot -type=html -chart=rate", "<!DOCTYPE html>", 1);
    check("plot -type=svg -threshold=0", "<svg", 1);
}

#[test]
fn each_chart_can_be_drawn_on_its_own() {
    let charts = "latency heatmap percentiles rate codes lag inflight names flows";
    for chart in charts.split(' ') {
        let line = format!("plot -chart={chart}");
        check(&line, "<svg", 1);
        let output = drumfire(&line).stdin(MIX_CSV).run();
        let data = format!("<metadata>{{\"chart\":\"{chart}\"");
        assert!(output.text().contains(&data), "{line}");
    }
}

#[test]
fn files_are_drawn_over_each_other_by_their_names() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["old.csv", "new.csv"] {
        fs::write(dir.path().join(name), MIX_CSV).unwrap();
    }
    let output = drumfire("plot -chart=percentiles old.csv new.csv").dir(dir.path()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    for label in ["mix (new.csv): latency", "mix (old.csv): latency"] {
        assert!(output.text().contains(&format!(">{label}</text>")), "{}", output.text());
    }
}

#[test]
fn a_title_is_shown_as_text() {
    let output = drumfire("plot -title").arg("a <b> & c").stdin(MIX_CSV).run();
    assert!(output.text().contains("<title>a &lt;b&gt; &amp; c</title>"), "{}", output.text());
}

#[test]
fn an_empty_stream_gives_an_empty_chart() {
    let output = drumfire("plot -type=svg").run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert!(output.text().contains("no results"), "{}", output.text());
}

#[test]
fn a_signal_draws_what_was_read() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut plot = drumfire("plot -type=svg").spawn();
        // More than a pipe holds, so that some of it was read when it has been sent.
        plot.feed(MIX_CSV.repeat(10));
        plot.signal(signal);
        let output = plot.wait();
        assert_eq!(output.status, Some(0));
        assert!(output.stderr.ends_with(" records, before the end of the input\n"), "{output:?}");
        assert!(output.text().contains(">mix</text>"), "{}", output.text());
    }
}

#[test]
fn attacks_in_one_stream_are_drawn_over_each_other() {
    let two = [MIX_CSV, TIMEOUT_CSV].concat();
    let output = drumfire("plot -chart=latency").stdin(two).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert!(output.text().contains(">mix: p50</text>"), "{}", output.text());
}

#[test]
fn a_refused_threshold_leaves_the_output_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.html");
    fs::write(&path, "old").unwrap();
    let output =
        drumfire("plot -threshold=2 -output=old.html").dir(dir.path()).stdin(MIX_CSV).run();
    assert_eq!((output.status, fs::read_to_string(&path).unwrap().as_str()), (Some(2), "old"));
}

#[test]
fn bad_usage_is_reported_with_what_was_expected() {
    const THRESHOLD: &str = "for flag -threshold: expected 0 for every point, or at least 3";
    let table = [
        ("plot -threshold=x", &*format!("invalid value \"x\" {THRESHOLD}")),
        ("plot -threshold=1", &*format!("invalid value \"1\" {THRESHOLD}")),
        ("plot -threshold=2", &*format!("invalid value \"2\" {THRESHOLD}")),
        (
            "plot -chart=pie",
            "invalid value \"pie\" for flag -chart: expected one of latency, heatmap, percentiles, \
             rate, codes, lag, inflight, names, flows, messages, sockets, deliveries",
        ),
        ("plot -type=png", "invalid value \"png\" for flag -type: expected one of html, svg"),
    ];
    for (line, problem) in table {
        let output = drumfire(line).run();
        assert_eq!(output.stderr, format!("drumfire plot: {problem}\nsee 'drumfire plot -h'\n"));
        assert_eq!(output.status, Some(2));
    }
}
