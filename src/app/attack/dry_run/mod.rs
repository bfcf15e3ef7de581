//! `drumfire attack -dry-run`: describes an attack without sending anything.

mod flows;

use std::fmt::Write as _;
use std::time::Duration;

use drumfire::attack::{Attack, TargetSource, Work};
use drumfire::plan::{Arrivals, Plan};
use drumfire::report::terminal::{Axes, chart};
use drumfire::schedule::Opening;
use drumfire::schedule::stages::Stages;
use drumfire::units::GoDuration;

use crate::app::os::terminal::blocks;

/// Maximum number of stages that are listed. For a longer plan, the chart is clearer.
const MAX_LISTED: usize = 50;

/// Number of columns of a chart.
const COLUMNS: u32 = 60;

/// Returns the attack's plan as text: its numbers, one per line, its stages, and a chart of its
/// rate.
pub fn describe(attack: &Attack) -> String {
    let plan = attack.plan();
    let stages = attack.pacer.stages();
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<10}{value}");
    };
    match plan.flows {
        None => row(if plan.streams.is_some() { "Messages" } else { "Hits" }, hits(&plan, stages)),
        Some(_) => row("Flows", flows::count(&plan)),
    }
    row("Duration", plan.duration().map_or("until stopped".to_owned(), duration_text));
    let last = plan.requests.checked_sub(1).and_then(|k| attack.pacer.clone().slot(k));
    if let Some(last) = last.filter(|_| plan.is_scheduled()) {
        let opening = attack.work.streams().map_or(Duration::ZERO, |list| list.opening.length());
        let name = if plan.streams.is_some() { "Last" } else { "Last hit" };
        row(name, format!("at {}", duration_text(opening + last)));
    }
    if attack.users.is_none() {
        row("Rate", stages.map_or("as fast as -max-workers allows".to_owned(), rates));
    }
    if let Some(seed) = plan.seed {
        row("Seed", seed.to_string());
    }
    if !plan.arrivals.is_constant() {
        row("Arrivals", plan.arrivals.as_str().to_owned());
    }
    let list = match &attack.work {
        Work::Hits(source) => {
            row("Targets", targets(source));
            None
        }
        Work::Streams(list) => {
            let Opening { n_streams, rate, .. } = list.opening;
            row(
                if list.sockets.is_some() { "Sockets" } else { "Streams" },
                format!("{n_streams}, opened at {rate}"),
            );
            row("First", format!("message at {}", duration_text(list.opening.length())));
            row("Targets", list.targets.targets.len().to_string());
            None
        }
        Work::Flows(list) => Some(list),
    };
    let users = attack.users.as_ref().map(|users| flows::user_rows(users, list));
    let flows = list.map(|list| flows::rows(list, attack));
    users.into_iter().chain(flows).flatten().for_each(|(name, value)| row(name, value));
    if let Some(stages) = stages.filter(|_| plan.duration().is_some()) {
        text += &stage_table(stages, &plan.arrivals);
        text += &rate_chart(stages);
    }
    text
}

fn hits(plan: &Plan, stages: Option<&Stages>) -> String {
    match (plan.requests, stages.filter(|_| plan.duration_ns > 0)) {
        (0, Some(stages)) if plan.arrivals == Arrivals::Poisson => {
            format!("about {}", stages.integral().round())
        }
        (0, _) => "unlimited until the end".to_owned(),
        (requests, _) => requests.to_string(),
    }
}

fn rates(stages: &Stages) -> String {
    match stages.steady_rate() {
        Some(rate) => rate.to_string(),
        None => format!("{}/s mean, {}/s peak", rounded(stages.mean()), rounded(stages.peak())),
    }
}

fn targets(targets: &TargetSource) -> String {
    match targets {
        TargetSource::Fixed(list) => list.targets.len().to_string(),
        TargetSource::Streamed(_) => "read when needed".to_owned(),
    }
}

/// Returns a table of the stages; empty for a single stage, or more than [`MAX_LISTED`].
///
/// The hits of a stage are those whose slots are in it; with random arrivals, their mean number.
fn stage_table(stages: &Stages, arrivals: &Arrivals) -> String {
    let placed = stages.placed();
    if placed.len() < 2 || placed.len() > MAX_LISTED {
        return String::new();
    }
    let hits = if *arrivals == Arrivals::Poisson { "mean hits" } else { "hits" };
    let mut rows = vec![["Stage", "from", "length", "rate", hits].map(str::to_owned)];
    let ends = placed.iter().skip(1).map(|next| next.before).chain([stages.integral()]);
    for ((number, at), end) in (1..).zip(placed).zip(ends) {
        let hits = end.ceil() - at.before.ceil();
        let shape = at.stage.shape.to_string();
        let (start, length) = (duration_text(at.start), duration_text(at.stage.length));
        rows.push([format!("{number}"), start, length, shape, hits.to_string()]);
    }
    format!("\n{}", aligned(&rows))
}

fn aligned(rows: &[[String; 5]]) -> String {
    let widths: [usize; 5] = std::array::from_fn(|column| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    });
    let line = |row: &[String; 5]| {
        let [stage, from, length, rate, hits] = row;
        let [_, w1, w2, w3, w4] = widths;
        format!("{stage:<10}{from:<w1$}  {length:<w2$}  {rate:<w3$}  {hits:>w4$}\n")
    };
    rows.iter().map(line).collect()
}

/// Returns a chart of the rate. Each column is the mean rate of an equal part of the plan.
fn rate_chart(stages: &Stages) -> String {
    let part = |idx: u32| stages.length().mul_f64(f64::from(idx) / f64::from(COLUMNS));
    let rates: Vec<f64> = (0..COLUMNS)
        .map(|idx| {
            let hits = stages.hits_by(part(idx + 1)).minus(stages.hits_by(part(idx)));
            hits.as_f64() / (part(idx + 1) - part(idx)).as_secs_f64().max(1e-9)
        })
        .collect();
    let label = format!("{}/s", rounded(stages.peak()));
    let end = duration_text(stages.length());
    let axes = Axes { top: stages.peak(), label: &label, end: &end };
    format!("\n{}", chart(&rates, axes, blocks()))
}

fn duration_text(duration: Duration) -> String {
    GoDuration(duration).to_string()
}

/// Returns a number with at most two decimals.
fn rounded(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
