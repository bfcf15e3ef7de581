//! The tables and the chart of the audit.

use std::fs;
use std::time::Duration;

use crate::Row;
use crate::chart::{Line, Panel, draw};
use crate::punctuality::micros;
use crate::run::{GENERATOR_CORE, SERVER_CORE};
use crate::server::can_pin;
use crate::table::markdown;
use crate::thinking::Thinking;

const WORDS: [&str; 3] = ["attack", "rate", "responses"];

/// Returns the results as Markdown.
pub fn text(rows: &[Row], length: Duration, thinking: &Thinking) -> String {
    let [errors, regularity, biases] = tables(rows);
    let bounds = rows.iter().map(|row| row.bias.clock_bounds());
    let (ahead, late) = bounds.fold((i64::MAX, i64::MAX), |(ahead, late), bounds| {
        (ahead.min(bounds.0), late.min(bounds.1))
    });
    format!(
        "# Audit\n\n\
         {}; {}.\n\
         {length:?} per attack. All times are in µs.\n\n\
         ## Arrival minus slot\n\n{errors}\n\
         ## Regularity of the arrivals\n\n{regularity}\n\
         ## Recorded latency minus the server's delay\n\n{biases}\n\
         ## Think times of flows\n\n{}\n\
         The server's clock was at most {} µs ahead of the generator's and at most {} µs late.\n",
        machine(),
        cores(),
        thinking.table(),
        micros(ahead),
        micros(late),
    )
}

fn tables(rows: &[Row]) -> [String; 3] {
    let errors = ["arrived", "p50", "p90", "p99", "max", "fitted p50", "fitted p99", "others"];
    let regularity =
        ["per ms: mean", "variance", "most", "planned gap", "gap p1", "p50", "p99", "max"];
    let biases = [
        "delay p50",
        "delay p99",
        "bias p50",
        "p90",
        "p99",
        "max",
        "of p50",
        "of p99",
        "there p50",
        "back p50",
    ];
    [
        table(&errors, rows, |row| [row.punctuality.error_cells(), vec![others(row)]].concat()),
        table(&regularity, rows, |row| row.punctuality.regularity_cells()),
        table(&biases, rows, |row| row.bias.cells()),
    ]
}

fn table(names: &[&str], rows: &[Row], cells: impl Fn(&Row) -> Vec<String>) -> String {
    let names: Vec<&str> = WORDS.iter().chain(names).copied().collect();
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.setting.words().into_iter().chain(cells(row)).collect())
        .collect();
    markdown(&names, WORDS.len(), &rows)
}

/// Returns the share of a core that others took during the run, as text.
fn others(row: &Row) -> String {
    row.others.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn machine() -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name\t: "));
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{}, Linux {}", model.unwrap_or("unknown processor"), kernel.trim())
}

fn cores() -> String {
    match can_pin(SERVER_CORE) && can_pin(GENERATOR_CORE) {
        true => format!("server on core {SERVER_CORE}, generator on core {GENERATOR_CORE}"),
        false => "server and generator where the system put them".to_owned(),
    }
}

/// Returns the chart: a row for each generator, with arrivals on the left and bias on the right.
///
/// # Errors
///
/// The chart cannot be drawn.
pub fn chart(rows: &[Row]) -> anyhow::Result<String> {
    let of_generators: Vec<_> = rows
        .chunk_by(|a, b| a.setting.flags == b.setting.flags)
        .map(|rows| [arrival_panel(rows), bias_panel(rows)])
        .collect();
    draw("How far drumfire's requests and latencies are off", &of_generators)
}

/// Arrivals at each rate, if the server responds at once.
fn arrival_panel(rows: &[Row]) -> Panel {
    let lines = rows.iter().filter(|row| row.setting.latency == "0").map(|row| Line {
        name: format!("{}/s", row.setting.rate),
        values_ns: row.punctuality.errors_ns.clone(),
    });
    Panel { title: title("Arrival after its slot", rows), lines: lines.collect() }
}

/// Bias under each of the delays, and at the same rate without one.
fn bias_panel(rows: &[Row]) -> Panel {
    let delayed = rows.iter().find(|row| row.setting.latency != "0");
    let rate = delayed.map(|row| row.setting.rate);
    let rows_at_rate = rows.iter().filter(|row| Some(row.setting.rate) == rate);
    let lines = rows_at_rate.map(|row| {
        let [_, rate, responses] = row.setting.words();
        Line { name: format!("{rate}, {responses}"), values_ns: row.bias.biases_ns.clone() }
    });
    Panel { title: title("Latency beyond the server's delay", rows), lines: lines.collect() }
}

fn title(what: &str, rows: &[Row]) -> String {
    let generator = rows.first().map(|row| row.setting.generator()).unwrap_or_default();
    format!("{what} ({generator})")
}
