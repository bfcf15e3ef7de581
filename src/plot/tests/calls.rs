//! The charts of calls.

use super::{annotations, check_golden, data, plot, run, svg, texts};
use crate::metrics::samples::{calls, mixed_calls};
use crate::plot::{Chart, Plot};

/// Plots 100 server streams, one each 10 ms, of which ten fail. All others receive 40 messages.
fn streams() -> Plot {
    let mut plot = Plot::new(4000);
    plot.add_batch(&calls());
    plot
}

#[test]
fn the_chart_of_messages_looks_as_it_did() {
    check_golden("messages-of-one.svg", &svg(&streams(), Chart::Messages));
}

#[test]
fn messages_are_counted_where_their_calls_end() {
    let chart = svg(&streams(), Chart::Messages);
    let panel = &data(&chart)["panels"][2];
    let received = panel["series"].as_array().unwrap();
    let received = received.iter().find(|series| series["name"] == "received").unwrap();
    let values = received["y"].as_array().unwrap().iter();
    let end = |idx: usize| panel["slices"][0][idx].as_array().unwrap().iter();
    let bins = end(0).zip(end(1)).map(|(from, to)| to.as_f64().unwrap() - from.as_f64().unwrap());
    let total: f64 = values.zip(bins).filter_map(|(rate, s)| Some(rate.as_f64()? * s)).sum();
    assert!((total - 3_600.0).abs() < 40.0, "{total}");
    assert!(
        texts(&chart).iter().any(|text| text == "100 calls, 3,600 messages received"),
        "{chart}"
    );
}

#[test]
fn calls_are_drawn_by_the_status_that_the_server_sent() {
    let texts = texts(&svg(&streams(), Chart::Codes));
    for label in ["OK (90 hits)", "NotFound (5 hits)", "Unavailable (4 hits)"] {
        assert!(texts.iter().any(|text| text == label), "{texts:?}");
    }
}

#[test]
fn only_a_run_with_streams_of_messages_has_their_chart_on_a_page() {
    let has_chart = |plot: &Plot| {
        plot.charts(&annotations()).unwrap().iter().any(|svg| svg.contains("Messages over time"))
    };
    let mut mixed = Plot::new(4000);
    mixed.add_batch(&mixed_calls());
    assert!(has_chart(&streams()) && has_chart(&mixed));
    assert!(!has_chart(&plot(4000, "mix", &run())));
}
