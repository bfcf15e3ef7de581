//! Constant rate: when requests arrive, whether all arrive, and their cost.

use crate::arrivals;
use crate::quantile::quantile;
use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "rated";

/// Requests per second, and seconds. The slowest run longer, so that starting the program adds
/// little to the CPU time of a request.
const RATES: [(u64, u64); 5] = [(1_000, 3), (5_000, 2), (10_000, 2), (20_000, 2), (40_000, 2)];

/// The rates at which punctuality is compared.
const PUNCTUAL: [u64; 3] = [1_000, 5_000, 10_000];

/// Highest CPU time per request in µs, by rate.
const CPU: [(u64, f64); 4] = [(1_000, 45.0), (10_000, 36.0), (20_000, 20.0), (40_000, 15.0)];

/// Runs each tool at each rate.
pub fn measure(turn: &mut Turn) {
    for (rate, seconds) in RATES {
        turn.each(NAME, &setting(rate), &Tool::ALL, |stage, tool| hold(stage, tool, rate, seconds));
    }
}

fn setting(rate: u64) -> String {
    format!("{rate}/s")
}

fn hold(stage: &Stage, tool: Tool, rate: u64, seconds: u64) -> anyhow::Result<Option<Run>> {
    let server = stage.serve_noting()?;
    let Some(call) = tool.rated(&server.url, rate, seconds) else { return Ok(None) };
    let generator = stage.run(&call, Core::Generator)?;
    server.stop()?;
    let arrivals = stage.arrivals()?;
    let errors = arrivals::errors_on_fitted_grid(&arrivals, rate);
    let (planned, arrived) = ((rate * seconds) as f64, arrivals.len() as f64);
    Ok(Some(Run::new(
        call,
        [
            ("p50_us", quantile(&errors, 0.5) as f64 / 1e3),
            ("p99_us", quantile(&errors, 0.99) as f64 / 1e3),
            ("arrived_of_planned", arrived / planned),
            ("cpu_us_per_request", generator.cpu.as_secs_f64() * 1e6 / arrived),
        ],
    )))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let punctual = PUNCTUAL.iter().flat_map(|rate| {
        let p50 = [Goal::AtMost(20.0), Goal::AtMostOf(Tool::Oha, 1.0 / 25.0)];
        let p99 = [Goal::AtMostOf(Tool::Oha, 1.0 / 5.0)];
        [
            punctuality(samples, *rate, Tool::Drumfire, "p50_us", &p50),
            punctuality(samples, *rate, Tool::Drumfire, "p99_us", &p99),
            punctuality(samples, *rate, Tool::Polling, "p50_us", &[Goal::AtMost(8.0)]),
        ]
    });
    let arrived = RATES.iter().map(|(rate, _)| {
        let what = format!("share of planned requests that arrived, {rate}/s");
        row(samples, &what, *rate, "arrived_of_planned", Unit::Share, Better::More)
            .goals(&[Goal::Exactly(1.0)])
    });
    let cpu = CPU.iter().map(|(rate, most)| {
        let what = format!("CPU time per request, {rate}/s");
        row(samples, &what, *rate, "cpu_us_per_request", Unit::Micros, Better::Less)
            .goals(&[Goal::AtMost(*most)])
    });
    punctual.chain(arrived).chain(cpu).collect()
}

fn punctuality(
    samples: &Samples,
    rate: u64,
    tool: Tool,
    figure: &'static str,
    goals: &[Goal],
) -> Row {
    let how = if tool == Tool::Polling { ", `-wait=poll`" } else { "" };
    let quantile = figure.trim_end_matches("_us");
    let what = format!("distance of arrivals from their slots, {quantile}, {rate}/s{how}");
    let setting = setting(rate);
    let key = Key { measure: NAME, setting: &setting, figure };
    Row::new(what, Unit::Micros, Better::Less).measured(samples, key, tool).goals(goals)
}

fn row(samples: &Samples, what: &str, rate: u64, figure: &str, unit: Unit, better: Better) -> Row {
    let setting = setting(rate);
    let key = Key { measure: NAME, setting: &setting, figure };
    Row::new(what, unit, better).measured(samples, key, Tool::Drumfire)
}
