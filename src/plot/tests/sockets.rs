//! The charts of WebSockets.

use super::{annotations, check_golden, svg, texts, values};
use crate::metrics::samples::chat::chat;
use crate::metrics::samples::mixed_calls;
use crate::plot::{Chart, Plot};

fn chats() -> Plot {
    let mut plot = Plot::new(4000);
    plot.add_batch(&chat());
    plot
}

#[test]
fn the_charts_of_sockets_look_as_they_did() {
    check_golden("sockets-of-one.svg", &svg(&chats(), Chart::Sockets));
    check_golden("deliveries-of-one.svg", &svg(&chats(), Chart::Deliveries));
}

#[test]
fn sockets_that_were_opened_before_the_first_message_are_open() {
    let open = values(&svg(&chats(), Chart::Sockets), "open");
    let open: Vec<f64> = open.into_iter().flatten().collect();
    assert_eq!(open.first().map(|open| open.round()), Some(20.0), "{open:?}");
    // After 12.1 s, all sockets are closed.
    let while_open = open.iter().copied().filter(|open| *open > 0.0);
    let least = while_open.fold(f64::INFINITY, f64::min);
    assert!((7.0..8.9).contains(&least), "{open:?}");
    assert!(texts(&svg(&chats(), Chart::Sockets)).iter().any(|text| text == "32 opened"));
}

#[test]
fn only_a_run_with_sockets_has_their_charts_on_a_page() {
    let titles = ["Open sockets over time", "Deliveries over time"];
    let has_charts = |plot: &Plot| {
        let charts = plot.charts(&annotations()).unwrap();
        titles.map(|title| charts.iter().any(|svg| svg.contains(title)))
    };
    let mut streams = Plot::new(4000);
    streams.add_batch(&mixed_calls());
    assert_eq!(has_charts(&chats()), [true, true]);
    let charts = chats().charts(&annotations()).unwrap();
    assert!(charts.iter().all(|svg| !svg.contains("Messages over time")));
    assert_eq!(has_charts(&streams), [false, false]);
    let empty = texts(&svg(&streams, Chart::Sockets));
    assert!(empty.iter().any(|text| text == "no WebSocket was opened"), "{empty:?}");
    let empty = texts(&svg(&streams, Chart::Deliveries));
    assert!(empty.iter().any(|text| text == "nothing was delivered"), "{empty:?}");
}

#[test]
fn only_messages_are_hits_of_a_chart() {
    let runs = chats();
    let hits: Vec<u64> = runs.runs().map(|run| run.requests).collect();
    assert_eq!(hits, [500]);
}
