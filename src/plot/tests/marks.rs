//! Curves, marks, guides and names; hostile, extreme and long streams.

use serde_json::Value;

use crate::plot::tests::{Hit, add, annotations, data, plot, run, svg, texts, values};
use crate::plot::*;

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
    // The hits are in no flow, no calls, and no messages on sockets.
    assert_eq!(count(&run()), Chart::ALL.len() - 4);
    let unnamed: Vec<Hit> = run().into_iter().map(|hit| ("", hit.1, hit.2, hit.3, hit.4)).collect();
    assert_eq!(count(&unnamed), Chart::ALL.len() - 5);
    // Hits of one instant have no rate.
    assert_eq!(count(&unnamed[..1]), Chart::ALL.len() - 6);
    assert_eq!(count(&[]), 0);
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
