//! What each chart shows, and for which runs.

use std::time::Duration;

use crate::plot::tests::{Hit, add, check_golden, data, plot, run, svg, texts, values};
use crate::plot::*;

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
        (Chart::Flows, "Flows over time", "no request is in a flow"),
        (Chart::Messages, "Messages over time", "no request is a call"),
        (Chart::Sockets, "Open sockets over time", "no WebSocket was opened"),
        (Chart::Deliveries, "Deliveries over time", "nothing was delivered"),
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
fn failures_are_shares_of_the_hits_by_outcome() {
    // A tenth of the hits is refused with 503, and a fifth has no response.
    let code = |idx: i64| match idx % 10 {
        0 => 503,
        1 | 2 => 0,
        _ => 200,
    };
    let hits: Vec<Hit> = (0..1_000).map(|idx| ("", idx * 10, 1_000, 0, code(idx))).collect();
    let drawn = svg(&plot(4000, "", &hits), Chart::Codes);
    let panel = &data(&drawn)["panels"][0];
    let series = panel["series"].as_array().unwrap();
    assert_eq!(series[0]["name"], "503");
    assert_eq!(series[1]["name"], "no response: dial tcp h:80: connection refused");
    assert_eq!((&panel["y"]["unit"], series.len()), (&"share".into(), 2));
    // The areas are on top of each other.
    assert_eq!(series[1]["low"], series[0]["y"]);
    // The first and the last bin do not hold a whole number of tens.
    let top = series[1]["y"].as_array().unwrap();
    assert!(top.len() >= 10);
    assert!(top[1..top.len() - 1].iter().all(|share| *share == 0.3), "{top:?}");
}

#[test]
fn failures_of_several_runs_are_lines_and_without_failures_there_is_no_panel() {
    let run = |code| (0..100).map(|idx| ("", idx * 10, 1_000, 0, code)).collect::<Vec<Hit>>();
    let mut several = plot(4000, "good", &run(200));
    let panels = |plot: &Plot| data(&svg(plot, Chart::Codes))["panels"].as_array().unwrap().len();
    assert_eq!(panels(&several), 1);
    add(&mut several, 0, "bad", &run(500));
    assert_eq!(panels(&several), 3);
    let drawn = svg(&several, Chart::Codes);
    for (name, share) in [("good: failed", 0.0), ("bad: failed", 1.0)] {
        assert!(values(&drawn, name).iter().all(|value| *value == Some(share)), "{name}");
    }
}

#[test]
fn labels_of_close_limits_are_next_to_each_other() {
    let ms = |ms: f64| Duration::from_secs_f64(ms / 1e3);
    let latencies = [(ms(5.0), "p99 < 5ms"), (ms(5.2), "p95 < 5.2ms"), (ms(20.0), "max < 20ms")];
    let latencies = latencies.map(|(at, label)| (at, label.to_owned())).to_vec();
    let annotations = Annotations { latencies, ..Annotations::default() };
    let drawn = plot(4000, "mix", &run()).svg(Chart::Latency, None, &annotations).unwrap();
    let document = roxmltree::Document::parse(&drawn).unwrap();
    let place = |label: &str| {
        let text = document.descendants().find(|node| node.text() == Some(label)).unwrap();
        ["x", "y"].map(|name| text.attribute(name).unwrap().parse::<i32>().unwrap())
    };
    let [first, second, far] = ["p99 < 5ms", "p95 < 5.2ms", "max < 20ms"].map(place);
    assert!(second[0] > first[0] + 100 && first[1].abs_diff(second[1]) < 30, "{first:?}{second:?}");
    assert_eq!(far[0], first[0]);
}
