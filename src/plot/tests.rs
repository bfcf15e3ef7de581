//! Whole charts: what they say, that they are well formed, and how they look.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::plot::*;
use crate::record::{BatchBuilder, Record};

const START_NS: i64 = 1_795_180_206_240_727_031;

/// A hit: name of the target, ms since the start, latency in µs, lag in µs, and status; 0 for none.
type Hit = (&'static str, i64, u64, u64, u16);

fn add(plot: &mut Plot, input: usize, attack: &str, hits: &[Hit]) {
    let mut builder = BatchBuilder::new();
    for (name, at_ms, latency_us, lag_us, code) in hits {
        builder.push(&Record {
            attack,
            name,
            timestamp_ns: START_NS + at_ms * 1_000_000,
            latency: Duration::from_micros(*latency_us),
            lag: Some(Duration::from_micros(*lag_us)),
            code: *code,
            error: match code {
                0 => Some("Get \"http://h/\": dial tcp h:80: connection refused"),
                200..400 => None,
                _ => Some("not good"),
            },
            ..Record::default()
        });
    }
    let batch = builder.finish();
    plot.add_rows(input, &batch.rows(0..batch.len()));
}

fn plot(threshold: usize, attack: &str, hits: &[Hit]) -> Plot {
    let mut plot = Plot::new(threshold);
    add(&mut plot, 0, attack, hits);
    plot
}

fn svg(plot: &Plot, chart: Chart) -> String {
    plot.svg(chart, None, &annotations()).unwrap()
}

fn annotations() -> Annotations {
    Annotations {
        remark: Some("Verdict: valid".to_owned()),
        stages: vec![(Duration::from_secs(2), "stage 2: 50/s".to_owned())],
        latencies: vec![(Duration::from_millis(5), "p99 < 5ms".to_owned())],
        lag: Some((99, Duration::from_millis(5))),
    }
}

/// 300 hits of two targets, one each 50 ms, of which some fail, some late and the last slow.
fn run() -> Vec<Hit> {
    let hit = |idx: i64| {
        let (name, base_us) = if idx % 3 == 0 { ("search", 9_000) } else { ("home", 800) };
        let code = match idx % 20 {
            3 => 0,
            7 => 503,
            _ => 200,
        };
        let slow_us = if idx == 299 { 40_000 } else { 0 };
        let jitter_us = (idx * 7_919 % 1_009) as u64;
        let lag_us = if (100..120).contains(&idx) { 7_000 } else { 30 + jitter_us / 20 };
        (name, idx * 50, base_us + jitter_us + slow_us, lag_us, code)
    };
    (0..300).map(hit).collect()
}

/// Parses a chart and returns its texts in their order, its own title first, without its data.
fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let is_text = |node: &roxmltree::Node<'_, '_>| {
        node.is_element() && ["title", "text"].contains(&node.tag_name().name())
    };
    let texts = document.descendants().filter(is_text).filter_map(|node| node.text());
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// Returns the data of a chart.
fn data(svg: &str) -> Value {
    let document = roxmltree::Document::parse(svg).unwrap();
    let found = document.descendants().find(|node| node.tag_name().name() == "metadata");
    serde_json::from_str(found.unwrap().text().unwrap()).unwrap()
}

/// Returns the values of a series of a chart's first panel.
fn values(svg: &str, name: &str) -> Vec<Option<f64>> {
    let data = data(svg);
    let series = data["panels"][0]["series"].as_array().unwrap();
    let found = series.iter().find(|series| series["name"] == name).unwrap();
    found["y"].as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// Compares with the file of that name under tests/golden, or rewrites it under `UPDATE_GOLDEN=1`.
fn check_golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plot").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(actual == expected, "{} differs; UPDATE_GOLDEN=1 rewrites it", path.display());
}

#[test]
fn charts_look_as_they_did() {
    let one = plot(4000, "mix", &run());
    for chart in Chart::ALL {
        check_golden(&format!("{}.svg", chart.word()), &svg(&one, chart));
    }
    let mut several = plot(4000, "old", &run());
    add(&mut several, 1, "new", &run()[..200]);
    for chart in [Chart::Latency, Chart::Rate] {
        check_golden(&format!("{}-of-two.svg", chart.word()), &svg(&several, chart));
    }
}

#[test]
fn every_chart_has_a_title_and_a_unit() {
    let plot = plot(4000, "mix", &run());
    let table = [
        (Chart::Latency, "Latency over time", "latency, logarithmic"),
        (Chart::Heatmap, "Hits by time and latency", "latency, logarithmic"),
        (Chart::Percentiles, "Latency by percentile", "latency, logarithmic"),
        (Chart::Rate, "Rate over time", "hits per second"),
        (Chart::Codes, "Status codes and failures over time", "hits per second, logarithmic"),
        (Chart::Lag, "Lag of the generator over time", "released after it was due, logarithmic"),
        (Chart::Inflight, "Hits in flight over time", "hits in flight"),
        (Chart::Names, "Latency over time by name", "100 hits"),
    ];
    assert_eq!(table.map(|(chart, ..)| chart), Chart::ALL);
    for (chart, title, measure) in table {
        let texts = texts(&svg(&plot, chart));
        assert_eq!(texts[..3], [title, title, "Verdict: valid"], "{chart:?}");
        assert!(texts.iter().any(|text| text == measure), "{chart:?}: {texts:?}");
        assert_eq!(chart.word().parse::<Chart>().unwrap(), chart);
    }
}

#[test]
fn an_unknown_chart_is_refused_with_those_there_are() {
    let error = "pie".parse::<Chart>().unwrap_err().to_string();
    assert!(error.starts_with("bad chart 'pie': expected one of latency, "), "{error}");
    assert!(Chart::ALL.iter().all(|chart| error.contains(chart.word())), "{error}");
}

#[test]
fn no_chart_depends_on_the_order_of_records() {
    let sorted = run();
    let shuffled: Vec<Hit> = (0..300).map(|idx| sorted[idx * 7 % 300]).collect();
    assert_ne!(sorted, shuffled);
    for chart in Chart::ALL {
        let drawn = |hits: &[Hit]| svg(&plot(4000, "", hits), chart);
        assert!(drawn(&shuffled) == drawn(&sorted), "{chart:?}");
    }
}

#[test]
fn runs_count_time_from_their_own_first_hit() {
    let late: Vec<Hit> =
        run().into_iter().map(|(name, at, ..)| (name, at + 9_000_000, 1_000, 0, 200)).collect();
    let early: Vec<Hit> =
        run().into_iter().map(|(name, at, ..)| (name, at, 1_000, 0, 200)).collect();
    let beside = |hits: &[Hit]| {
        let mut plot = plot(4000, "a", &run());
        add(&mut plot, 0, "b", hits);
        svg(&plot, Chart::Percentiles)
    };
    assert_eq!(beside(&late), beside(&early));
}

#[test]
fn runs_are_separated_by_name_or_else_by_file() {
    let table = [
        (vec![(0, "")], vec!["latency"]),
        (vec![(0, "attack-10"), (0, "attack-2")], vec!["attack-2: latency", "attack-10: latency"]),
        (vec![(0, "old"), (1, "new")], vec!["new: latency", "old: latency"]),
        (vec![(0, ""), (1, "")], vec!["a.arrow: latency", "b.arrow: latency"]),
        (vec![(0, "x"), (1, "x")], vec!["x (a.arrow): latency", "x (b.arrow): latency"]),
    ];
    for (runs, labels) in table {
        let mut plot = Plot::new(4000);
        plot.set_input(0, "a.arrow");
        plot.set_input(1, "b.arrow");
        runs.iter().for_each(|(input, attack)| {
            add(&mut plot, *input, attack, &[("", 0, 700, 0, 200), ("", 9, 900, 0, 200)]);
        });
        let texts = texts(&svg(&plot, Chart::Percentiles));
        assert_eq!(texts[3..3 + labels.len()], labels, "{runs:?}");
    }
}

#[test]
fn beyond_eight_runs_the_remark_counts_the_hidden_ones() {
    let mut plot = Plot::new(4000);
    for run in 0..10 {
        add(&mut plot, 0, &format!("run {run}"), &[("", 0, 1, 0, 200), ("", 5, 1, 0, 200)]);
    }
    for chart in Chart::ALL {
        let texts = texts(&svg(&plot, chart));
        assert!(texts[0].ends_with(", 8 of 10 runs"), "{chart:?}: {texts:?}");
    }
}

#[test]
fn rates_are_those_of_the_hits() {
    // 100 a second for 4 s, of which the second half is answered a second late.
    let hit = |idx: i64| ("", idx * 10, if idx < 200 { 1_000 } else { 1_000_000 }, 0, 200);
    let hits: Vec<Hit> = (0..400).map(hit).collect();
    let drawn = svg(&plot(4000, "", &hits), Chart::Rate);
    for name in ["due", "released"] {
        let rates = values(&drawn, name);
        let rates: Vec<f64> = rates.into_iter().flatten().collect();
        assert!(rates.iter().all(|rate| (99.0..101.5).contains(rate)), "{name}: {rates:?}");
    }
    let succeeded: Vec<f64> = values(&drawn, "succeeded").into_iter().flatten().collect();
    let between = |from: f64, to: f64| succeeded.iter().any(|rate| (from..=to).contains(rate));
    assert!(between(0.0, 0.0) && between(99.0, 103.0), "{succeeded:?}");
}

#[test]
fn in_flight_is_arrivals_times_latency() {
    // 100 a second that each take 200 ms: 20 at any time, once the first are over.
    let hits: Vec<Hit> = (0..1_000).map(|idx| ("", idx * 10, 200_000, 0, 200)).collect();
    let in_flight = values(&svg(&plot(4000, "", &hits), Chart::Inflight), "in flight");
    let settled = &in_flight[1..in_flight.len() - 1];
    assert!(settled.len() > 5);
    for average in settled.iter().flatten() {
        assert!((average - 20.0).abs() < 0.5, "{in_flight:?}");
    }
}

#[test]
fn two_ways_of_answering_are_two_stripes() {
    let hit = |idx: i64| ("", idx * 10, if idx % 2 == 0 { 1_000 } else { 64_000 }, 0, 200);
    let hits: Vec<Hit> = (0..1_000).map(hit).collect();
    let data = data(&svg(&plot(4000, "", &hits), Chart::Heatmap));
    let counts = data["panels"][0]["series"][0]["cells"]["counts"].as_array().unwrap();
    for slice in counts {
        let filled = slice.as_array().unwrap().iter().filter(|count| **count != 0).count();
        assert_eq!(filled, 2, "{slice}");
    }
}

#[test]
fn response_times_have_a_curve_only_if_hits_were_late() {
    let late: Vec<Hit> =
        run().into_iter().map(|hit| Hit::from((hit.0, hit.1, hit.2, 90_000, hit.4))).collect();
    let prompt: Vec<Hit> = run().into_iter().map(|hit| (hit.0, hit.1, hit.2, 0, hit.4)).collect();
    let legend =
        |hits: &[Hit]| texts(&svg(&plot(4000, "", hits), Chart::Percentiles))[3..5].to_vec();
    assert_eq!(legend(&late), ["response time, from the schedule", "latency, from the release"]);
    assert_eq!(legend(&prompt)[0], "latency");
}

#[test]
fn percentiles_reach_to_the_slowest_hit() {
    let slowest =
        values(&svg(&plot(4000, "", &run()), Chart::Percentiles), "latency, from the release");
    let most_us = run().iter().map(|hit| hit.2).max().unwrap();
    assert_eq!(slowest.last().unwrap().unwrap(), (most_us * 1_000) as f64);
}

#[test]
fn rates_of_statuses_are_those_of_the_release_to_the_end() {
    // The last responses are late, so the last bin ends after the load.
    let hits: Vec<Hit> = (0..1_000)
        .map(|idx| ("", idx * 5, if idx > 990 { 400_000 } else { 1_000 }, 0, 200))
        .collect();
    let plot = plot(4000, "", &hits);
    let [released, answered] =
        [(Chart::Rate, "released"), (Chart::Codes, "200")].map(|(chart, name)| {
            values(&svg(&plot, chart), name).into_iter().flatten().collect::<Vec<f64>>()
        });
    assert_eq!(released, answered[..released.len()]);
    assert!(released.iter().all(|rate| (190.0..210.0).contains(rate)), "{released:?}");
}

#[test]
fn statuses_and_causes_of_failure_are_counted() {
    let texts = texts(&svg(&plot(4000, "", &run()), Chart::Codes));
    assert_eq!(
        texts[3..6],
        [
            "200 (270 hits)",
            "503 (15 hits)",
            "no response: dial tcp h:80: connection refused (15 hits)"
        ]
    );
}

#[test]
fn few_hits_have_a_mark_each_and_many_are_bands() {
    let names = |threshold| -> Vec<String> {
        let drawn = svg(&plot(threshold, "", &[run(), run()].concat()), Chart::Latency);
        let data = data(&drawn);
        let series = data["panels"][0]["series"].as_array().unwrap().iter();
        series.map(|series| series["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(4000), ["max", "p99", "p90", "p50", "hit", "failed"]);
    assert_eq!(names(0), names(4000));
    assert_eq!(names(100), ["max", "p99", "p90", "p50", "failed"]);
    let few = data(&svg(&plot(4000, "", &run()[..10]), Chart::Latency));
    assert_eq!(few["panels"][0]["series"].as_array().unwrap().len(), 2);
}

#[test]
fn failed_hits_have_at_most_the_threshold_of_marks() {
    let drawn = svg(&plot(5, "", &run()), Chart::Latency);
    assert_eq!(values(&drawn, "failed").len(), 5);
    assert!(texts(&drawn).contains(&"a failed hit, 5 of 30 drawn".to_owned()));
    for threshold in [1, 2] {
        let plot = plot(threshold, "", &run());
        let error = plot.svg(Chart::Latency, None, &annotations()).unwrap_err().to_string();
        let expected = "expected 0 for every point, or at least 3 (-threshold)";
        assert_eq!(error, format!("bad threshold '{threshold}': {expected}"));
    }
}

#[test]
fn names_have_a_panel_each_on_one_scale() {
    let data = data(&svg(&plot(4000, "", &run()), Chart::Names));
    let panels = data["panels"].as_array().unwrap();
    let names: Vec<&Value> = panels.iter().map(|panel| &panel["name"]).collect();
    assert_eq!(names, ["home", "search"]);
    assert_eq!(panels[0]["y"], panels[1]["y"]);
}

#[test]
fn more_names_than_panels_are_counted() {
    let names: Vec<&'static str> =
        (0..15).map(|n| &*Box::leak(format!("n{n}").into_boxed_str())).collect();
    let hits: Vec<Hit> =
        (0..300).map(|idx| (names[idx % 15], idx as i64 * 20, 500, 0, 200)).collect();
    let drawn = svg(&plot(4000, "", &hits), Chart::Names);
    assert_eq!(data(&drawn)["panels"].as_array().unwrap().len(), 12);
    assert_eq!(texts(&drawn)[2], "not shown: 60 hits of further names");
}

#[test]
fn stages_and_limits_are_lines_with_their_labels() {
    let plot = plot(4000, "", &run());
    let table = [
        (Chart::Latency, vec!["stage 2: 50/s", "p99 < 5ms"]),
        (Chart::Rate, vec!["stage 2: 50/s"]),
        (Chart::Lag, vec!["stage 2: 50/s", "limit of the verdict: p99 of 5 ms"]),
        (Chart::Percentiles, vec!["p99 < 5ms"]),
    ];
    for (chart, labels) in table {
        let texts = texts(&svg(&plot, chart));
        assert_eq!(texts[texts.len() - labels.len()..], labels, "{chart:?}");
    }
}

#[test]
fn lines_beyond_the_axes_are_left_out() {
    let hits: Vec<Hit> = (0..500).map(|idx| ("", idx * 2, 50_000, 0, 200)).collect();
    let texts = texts(&svg(&plot(4000, "", &hits), Chart::Heatmap));
    let drawn = ["stage 2: 50/s", "p99 < 5ms"].map(|label| texts.iter().any(|text| text == label));
    assert_eq!(drawn, [false, false], "{texts:?}");
}

#[test]
fn runs_share_the_marks_that_there_may_be() {
    let hits: Vec<Hit> = (0..100).map(|idx| ("", idx * 10, 1_000, 0, 0)).collect();
    let mut plot = plot(20, "a", &hits);
    ["b", "c"].into_iter().for_each(|attack| add(&mut plot, 0, attack, &hits));
    let svg = svg(&plot, Chart::Latency);
    for run in ["a", "b", "c"] {
        assert_eq!(values(&svg, &format!("{run}: failed")).len(), 6, "{run}");
        let label = format!("{run}: a failed hit, 6 of 100 drawn");
        assert!(texts(&svg).contains(&label), "{:?}", texts(&svg));
    }
}

#[test]
fn a_page_has_the_charts_with_content() {
    let count = |hits: &[Hit]| plot(4000, "", hits).charts(&annotations()).unwrap().len();
    assert_eq!(count(&run()), Chart::ALL.len());
    let unnamed: Vec<Hit> = run().into_iter().map(|hit| ("", hit.1, hit.2, hit.3, hit.4)).collect();
    assert_eq!(count(&unnamed), Chart::ALL.len() - 1);
    assert_eq!(Plot::new(4000).charts(&annotations()).unwrap().len(), 1);
}

#[test]
fn hostile_names_and_titles_stay_text() {
    let hostile = "</text></svg><script>alert(1)</script>\u{1b}\0\"&'";
    let mut plot = plot(4000, hostile, &run());
    add(&mut plot, 0, "</metadata><script>", &[("<b onclick='x'>", 0, 1, 0, 200)]);
    for chart in Chart::ALL {
        let svg = plot.svg(chart, Some(hostile), &annotations()).unwrap();
        assert!(!svg.contains("<script") && !svg.contains("<b"), "{svg}");
        let shown = "</text></svg><script>alert(1)</script>\u{fffd}\u{fffd}\"&'";
        assert_eq!(texts(&svg)[..2], [shown, shown], "{chart:?}");
    }
}

#[test]
fn charts_without_results_say_so() {
    for chart in Chart::ALL {
        let texts = texts(&svg(&Plot::new(2), chart));
        assert_eq!(texts.last().unwrap(), "no results", "{chart:?}");
    }
}

#[test]
fn extreme_streams_make_well_formed_charts() {
    let table: [(&str, Vec<Hit>); 7] = [
        ("one hit", vec![("", 0, 1_000, 0, 200)]),
        ("one instant", vec![("", 5, 1, 3, 200), ("", 5, 2_000_000, 0, 0)]),
        ("latency 0", vec![("", 0, 0, 0, 200), ("", 1_000, 0, 0, 200)]),
        ("all the same", (0..3).map(|n| ("", n * 7, 1_000, 0, 200)).collect()),
        ("all of time", vec![("", -9_000_000_000_000, 1, 9, 200), ("", 0, 2, 0, 200)]),
        ("the longest latency", vec![("", 0, u64::MAX / 1_000, 0, 200), ("", 1, 1, 0, 200)]),
        ("the longest lag", vec![("", 0, 1, u64::MAX / 1_000, 200), ("", 1, 1, 0, 200)]),
    ];
    for (name, hits) in table {
        for chart in Chart::ALL {
            let svg = svg(&plot(4000, "", &hits), chart);
            assert!(texts(&svg).len() > 3, "{name}: {chart:?}");
            assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{name}: {chart:?}");
        }
    }
}

#[test]
fn all_charts_of_a_long_run_are_a_modest_page() {
    let mut plot = Plot::new(4000);
    let hit = |idx: i64| {
        let scattered_us = 1_000 + (idx.unsigned_abs() * 7_919 % 100_003);
        ("home", idx, scattered_us, scattered_us % 977, if idx % 9 == 0 { 503 } else { 200 })
    };
    let hits: Vec<Hit> = (0..60_000).map(hit).collect();
    add(&mut plot, 0, "", &hits);
    let bytes: usize = plot.charts(&annotations()).unwrap().iter().map(String::len).sum();
    assert!(bytes < 800_000, "{bytes} bytes");
}
