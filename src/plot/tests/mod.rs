//! Whole charts: their texts, their values, their form and their look.

mod charts;
mod flows;
mod calls;
mod sockets;
mod marks;

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
