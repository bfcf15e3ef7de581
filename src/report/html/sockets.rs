//! The tables of WebSockets, and their tiles.

use crate::markup::html::{Cell, Page, Table, Tile, Tone};
use crate::metrics::{Deliveries, Metrics, Recovery, Sockets};
use crate::report::html::cells::{bounded, duration, text};
use crate::report::parts::sockets;

/// Close codes of sockets that ended as planned.
///
/// Source: RFC 6455, 7.4.1: normal closure, and going away.
const GOOD_CODES: [&str; 2] = ["1000", "1001"];

/// Adds the section of WebSockets; none without them.
pub(super) fn add(page: &mut Page, metrics: &Metrics) {
    let sockets = metrics.sockets();
    let tables = [
        sockets.as_ref().map(counts),
        deliveries(metrics),
        sockets.as_ref().and_then(closes),
        sockets.as_ref().and_then(recoveries),
    ];
    if tables.iter().any(Option::is_some) {
        page.section("WebSockets");
        tables.into_iter().flatten().for_each(|table| page.table(&table));
    }
}

/// Returns the number of sockets, by what became of them.
fn counts(of: &Sockets) -> Table {
    Table {
        caption: "Sockets".to_owned(),
        head: sockets::COUNTS.map(str::to_owned).to_vec(),
        rows: vec![sockets::counts(of).map(count).into_iter().collect()],
        ..Table::default()
    }
}

/// Returns a cell with a count, or with a dash for an unknown one.
fn count(count: String) -> Cell {
    match count.parse::<u64>() {
        Ok(value) => Cell::figure(count, value),
        Err(_) => Cell::text(count),
    }
}

/// Returns the number of deliveries and their times. None if there are none.
fn deliveries(metrics: &Metrics) -> Option<Table> {
    let [expected, got, reach] = sockets::counts_of_deliveries(metrics)?;
    let share = metrics.deliveries().and_then(Deliveries::reach);
    let reach = match share {
        Some(share) => Cell::figure(reach, share),
        None => Cell::text(reach),
    };
    let counts = [count(expected), count(got), reach];
    let times = sockets::times_of_deliveries(metrics).map(|times| {
        let quantiles = times.quantiles();
        let shown = [0.5, 0.95, 0.99].map(|quantile| bounded(quantiles.at(quantile)));
        shown.into_iter().chain([bounded(times.max())]).collect()
    });
    let unknown = || (0..4).map(|_| Cell::text("-")).collect::<Vec<_>>();
    let head = ["expected", "got", "reach", "p50", "p95", "p99", "max"];
    Some(Table {
        caption: "Deliveries".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: vec![counts.into_iter().chain(times.unwrap_or_else(unknown)).collect()],
        ..Table::default()
    })
}

/// Returns the number of closes with each code. None without closes.
fn closes(of: &Sockets) -> Option<Table> {
    let codes = sockets::codes(of);
    let all: u64 = codes.iter().map(|(_, count)| count).sum();
    let row = |(code, count): &(String, u64)| {
        let is_good = code == sockets::NO_CODE || GOOD_CODES.contains(&code.as_str());
        let share = *count as f64 / all as f64;
        vec![
            text(code).toned(if is_good { Tone::Plain } else { Tone::Bad }),
            Cell::figure(count.to_string(), count),
            Cell::figure(format!("{:.2}%", share * 100.0), share),
        ]
    };
    (all > 0).then(|| Table {
        caption: "Closes by code".to_owned(),
        head: ["code", "closes", "share"].map(str::to_owned).to_vec(),
        rows: codes.iter().map(row).collect(),
        ..Table::default()
    })
}

/// Returns the drops of several sockets, and the times until all were back. None without drops.
fn recoveries(of: &Sockets) -> Option<Table> {
    let row = |recovery: &Recovery| {
        let [_, back, time] = sockets::recovery_values(recovery);
        let time = match recovery.time {
            Some(known) => duration(known),
            None => Cell::text(time).toned(Tone::Bad),
        };
        vec![duration(recovery.drop), Cell::text(back), time]
    };
    (!of.recoveries.is_empty()).then(|| Table {
        caption: "Drops of several sockets".to_owned(),
        head: ["after", "back", "time until all were back"].map(str::to_owned).to_vec(),
        rows: of.recoveries.iter().map(row).collect(),
        ..Table::default()
    })
}

/// Returns the tiles of open sockets and of the reach of broadcasts.
pub(super) fn tiles(metrics: &Metrics) -> Vec<Tile> {
    let open = metrics.sockets().map(|sockets| {
        let Sockets { planned, lost, reopened, at_end, .. } = sockets;
        let planned_too = planned.map_or(String::new(), |planned| format!("{planned} planned, "));
        let note = format!("{planned_too}{lost} lost, {reopened} reopened");
        let is_bad = planned.is_some_and(|planned| at_end < u64::from(planned));
        let tile = Tile::new("Open sockets", at_end.to_string(), at_end).noted(note);
        tile.toned(if is_bad { Tone::Bad } else { Tone::Plain })
    });
    let reach = metrics.deliveries().and_then(|deliveries| {
        let missing = deliveries.expected - deliveries.in_time;
        let tile = Tile::new("Reach", sockets::reach(deliveries)?, deliveries.reach()?);
        let tile =
            tile.noted(if missing > 0 { format!("{missing} missing") } else { String::new() });
        Some(tile.toned(if missing > 0 { Tone::Bad } else { Tone::Plain }))
    });
    open.into_iter().chain(reach).collect()
}
