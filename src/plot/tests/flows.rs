//! The chart of flows.

use super::{annotations, check_golden, data, plot, run, svg, texts};
use crate::metrics::samples::{flow_batch, flow_samples};
use crate::plot::{Chart, Plot};

/// Plots 100 flows, one each 100 ms, of which 10 fail and 4 are cut. Each takes 20 to 119 ms without
/// its think time of 1 s.
fn flows() -> Plot {
    let mut plot = Plot::new(4000);
    plot.add_batch(&flow_batch(&flow_samples()));
    plot
}

/// Returns the values of a series and the length in seconds of each of its bins.
fn series(svg: &str, panel: usize, name: &str) -> Vec<(f64, f64)> {
    let data = data(svg);
    let panel = &data["panels"][panel];
    let all = panel["series"].as_array().unwrap();
    let found = all.iter().find(|series| series["name"] == name).unwrap();
    let values = found["y"].as_array().unwrap().iter();
    let ends = |idx: usize| panel["slices"][0][idx].as_array().unwrap().iter();
    let bins = ends(0).zip(ends(1));
    let lengths = bins.map(|(from, to)| to.as_f64().unwrap() - from.as_f64().unwrap());
    values.zip(lengths).filter_map(|(value, length)| Some((value.as_f64()?, length))).collect()
}

#[test]
fn the_chart_of_flows_looks_as_it_did() {
    check_golden("flows-of-one.svg", &svg(&flows(), Chart::Flows));
}

#[test]
fn flows_are_counted_where_they_start_and_end() {
    let chart = svg(&flows(), Chart::Flows);
    let total = |name| series(&chart, 0, name).iter().map(|(rate, length)| rate * length).sum();
    let table: [(&str, f64); 3] = [("started", 100.0), ("finished", 86.0), ("failed", 10.0)];
    for (name, expected) in table {
        let found: f64 = total(name);
        assert!((found - expected).abs() < 3.0, "{name}: {found}");
    }
    // Each flow takes a second, and ten start per second.
    let present = series(&chart, 1, "in progress");
    let (middle, _) = present[present.len() / 2];
    assert!((10.0..13.0).contains(&middle), "{present:?}");
    let times = series(&chart, 2, "p50");
    assert!(times.iter().all(|(ns, _)| (19e6..120e6).contains(ns)), "{times:?}");
    assert!(texts(&chart).iter().any(|text| text == "100 flows, 4 unfinished"), "{chart}");
}

#[test]
fn only_a_run_with_flows_has_their_chart_on_a_page() {
    let n_charts = |plot: &Plot| plot.charts(&annotations()).unwrap().len();
    let is_flows = |svg: &String| svg.contains("Flows over time");
    assert!(flows().charts(&annotations()).unwrap().iter().any(is_flows));
    let plain = plot(4000, "mix", &run());
    assert!(!plain.charts(&annotations()).unwrap().iter().any(is_flows));
    assert_eq!(n_charts(&plain), Chart::ALL.len() - 4);
}

#[test]
fn several_runs_with_flows_are_drawn_side_by_side() {
    let mut two = flows();
    let batch = flow_batch(&flow_samples());
    two.set_input(0, "a.arrow");
    two.set_input(1, "b.arrow");
    two.add_rows(1, &batch.rows(0..batch.len()));
    let texts = texts(&svg(&two, Chart::Flows));
    for name in ["a.arrow: started", "b.arrow: p95"] {
        assert!(texts.iter().any(|text| text == name), "{texts:?}");
    }
}
