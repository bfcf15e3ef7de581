//! The table of calls by status, and their tile.

use std::borrow::Cow;

use crate::markup::html::{Cell, Table, Tile, Tone};
use crate::metrics::{Calls, Metrics};
use crate::report::html::cells::text;
use crate::units::GoDuration;

/// Returns the number of calls with each status of gRPC; None without calls.
pub(super) fn statuses(calls: &Calls) -> Option<Table> {
    let all: u64 = calls.statuses().map(|(_, count)| count).sum();
    let row = |(name, count): (Cow<'static, str>, u64)| {
        let share = count as f64 / all as f64;
        let tone = if name == "OK" { Tone::Plain } else { Tone::Bad };
        vec![
            text(&name).toned(tone),
            Cell::figure(count.to_string(), count),
            Cell::figure(format!("{:.2}%", share * 100.0), share),
        ]
    };
    (all > 0).then(|| Table {
        caption: "Calls by gRPC status".to_owned(),
        is_headed: true,
        head: ["status", "calls", "share"].map(str::to_owned).to_vec(),
        rows: calls.statuses().map(row).collect(),
        ..Table::default()
    })
}

/// Returns the tile of the time to the first message; None unless calls have several messages.
pub(super) fn tile(metrics: &Metrics) -> Option<Tile> {
    let calls = metrics.calls().filter(|calls| calls.has_streams())?;
    let quantiles = calls.first_message()?.quantiles();
    let [p95, p99] = [0.95, 0.99].map(|quantile| quantiles.at(quantile));
    let tile =
        Tile::new("First message, p95", GoDuration::rounded(p95).to_string(), p95.as_nanos());
    Some(tile.noted(format!("p99 {}", GoDuration::rounded(p99))))
}
