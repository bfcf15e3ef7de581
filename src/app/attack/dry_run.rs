//! `drumfire attack -dry-run`: what the attack would be, without a request.

use std::fmt::Write as _;
use std::time::Duration;

use drumfire::attack::{Attack, TargetSource};
use drumfire::plan::{Arrivals, Plan};
use drumfire::schedule::stages::Stages;
use drumfire::units::GoDuration;

use crate::app::os::terminal::blocks;
use drumfire::report::terminal::{Axes, chart};

/// Most stages that are listed; of a plan with more the chart tells enough.
const MOST_LISTED: usize = 50;

/// Instants that a chart shows, one a column.
const COLUMNS: u32 = 60;

/// Returns the attack's plan as text, one figure a line: what it amounts to, its stages, and its
/// rate over time.
pub fn describe(attack: &Attack) -> String {
    let plan = attack.plan();
    let course = attack.pacer.stages();
    let mut text = String::new();
    let mut row = |name: &str, figure: String| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name:<10}{figure}");
    };
    row("Hits", hits(&plan, course));
    row("Duration", plan.duration().map_or("until stopped".to_owned(), shown));
    let last = plan.requests.checked_sub(1).and_then(|k| attack.pacer.clone().slot(k));
    if let Some(last) = last.filter(|_| plan.is_scheduled()) {
        row("Last hit", format!("at {}", shown(last)));
    }
    row("Rate", course.map_or("as fast as -max-workers allows".to_owned(), rates));
    if let Some(seed) = plan.seed {
        row("Seed", seed.to_string());
    }
    if !plan.arrivals.is_constant() {
        row("Arrivals", plan.arrivals.as_str().to_owned());
    }
    row("Targets", targets(&attack.targets));
    if let Some(course) = course.filter(|_| plan.duration().is_some()) {
        text += &stages(course, &plan.arrivals);
        text += &over_time(course);
    }
    text
}

fn hits(plan: &Plan, course: Option<&Stages>) -> String {
    match (plan.requests, course.filter(|_| plan.duration_ns > 0)) {
        (0, Some(course)) if plan.arrivals == Arrivals::Poisson => {
            format!("about {}", course.integral().round())
        }
        (0, _) => "as many as there are until the end".to_owned(),
        (requests, _) => requests.to_string(),
    }
}

fn rates(course: &Stages) -> String {
    match course.steady_rate() {
        Some(rate) => rate.to_string(),
        None => format!("{}/s mean, {}/s peak", rounded(course.mean()), rounded(course.peak())),
    }
}

fn targets(targets: &TargetSource) -> String {
    match targets {
        TargetSource::Fixed(list) => list.targets.len().to_string(),
        TargetSource::Streamed(_) => "read as they are needed".to_owned(),
    }
}

/// Returns a table of stages; nothing where there is one alone, or too many.
///
/// The hits of a stage are those whose slots lie in it, by chance in the mean.
fn stages(course: &Stages, arrivals: &Arrivals) -> String {
    let placed = course.placed();
    if placed.len() < 2 || placed.len() > MOST_LISTED {
        return String::new();
    }
    let hits = if *arrivals == Arrivals::Poisson { "mean hits" } else { "hits" };
    let mut rows = vec![["Stage", "from", "length", "rate", hits].map(str::to_owned)];
    let ends = placed.iter().skip(1).map(|next| next.before).chain([course.integral()]);
    for ((number, at), end) in (1..).zip(placed).zip(ends) {
        let hits = end.ceil() - at.before.ceil();
        let shape = at.stage.shape.to_string();
        let (start, length) = (shown(at.start), shown(at.stage.length));
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

/// Returns a chart of the mean rate in each of equal parts of the plan.
fn over_time(course: &Stages) -> String {
    let part = |idx: u32| course.length().mul_f64(f64::from(idx) / f64::from(COLUMNS));
    let rates: Vec<f64> = (0..COLUMNS)
        .map(|idx| {
            let hits = course.hits_by(part(idx + 1)).minus(course.hits_by(part(idx)));
            hits.as_f64() / (part(idx + 1) - part(idx)).as_secs_f64().max(1e-9)
        })
        .collect();
    let label = format!("{}/s", rounded(course.peak()));
    let axes = Axes { top: course.peak(), label: &label, end: &shown(course.length()) };
    format!("\n{}", chart(&rates, axes, blocks()))
}

fn shown(duration: Duration) -> String {
    GoDuration(duration).to_string()
}

/// Returns a figure with at most two decimals.
fn rounded(figure: f64) -> String {
    let text = format!("{figure:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
