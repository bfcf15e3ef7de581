//! A run over time: one line each for rate, latencies and failures.

use std::time::Duration;

use crate::metrics::{History, Moment, Slice, Timeline};
use crate::report::terminal::short_numbers::{DURATION_LEN, RATE_LEN, brief, percent, rate};
use crate::report::terminal::styled_line::{Ink, Line};
use crate::report::terminal::{Blocks, Look};

/// Width in columns of a line's name, and of each value after it.
const NAME: usize = 8;
const FIGURE: usize = RATE_LEN + 1;

const _: () = assert!(DURATION_LEN < FIGURE);

/// A line over time.
struct Row<'a> {
    name: &'static str,
    ink: Ink,
    /// One value per time bin, >= 0; None if the bin has no value.
    values: Vec<Option<f64>>,
    /// The value that fills a column; 0 for the greatest value.
    full: f64,
    /// How a value is printed.
    say: &'a dyn Fn(f64) -> String,
}

/// Returns the lines under a header with their scale; empty if there is at most one time bin. A
/// finished run with few bins uses several columns for each. While the run goes on, the space stays
/// empty, so that the columns do not move with each new bin.
///
/// Columns start at zero, so that a steady series looks steady. Columns of failures end at all
/// hits.
pub(super) fn sparklines(history: &History, is_over: bool, look: Look) -> Vec<Line> {
    let room = look.width.saturating_sub(NAME + 2 * FIGURE);
    let timeline = history.timeline(room);
    if timeline.slices.len() < 2 {
        return Vec::new();
    }
    let n_columns = if is_over { room / timeline.slices.len() } else { 1 };
    let values = |value: &dyn Fn(&Moment) -> f64| {
        let known = |slice: &Slice<Moment>| (slice.kept.n_hits > 0).then(|| value(&slice.kept));
        timeline.slices.iter().map(known).collect()
    };
    let rates = timeline.slices.iter().map(|slice| Some(slice.rate())).collect();
    let p50 = values(&|moment| moment.latency(0.5).as_secs_f64());
    let p99 = values(&|moment| moment.latency(0.99).as_secs_f64());
    let failed = values(&|moment| moment.n_failed as f64 / moment.n_hits as f64);
    let time = |seconds| brief(Duration::from_secs_f64(seconds), look.blocks);
    let row = |name, ink, values, full, say| Row { name, ink, values, full, say };
    let rows = [
        row("rate", Ink::Bar, rates, 0.0, &rate as &dyn Fn(f64) -> String),
        row("p50", Ink::Bar, p50, 0.0, &time),
        row("p99", Ink::Bar, p99, 0.0, &time),
        row("failed", Ink::Alarm, failed, 1.0, &percent),
    ];
    let head = Line::of(Ink::Faint, head(&timeline, NAME + room, look));
    std::iter::once(head)
        .chain(rows.iter().map(|row| row.line(n_columns, room, look.blocks)))
        .collect()
}

fn head(timeline: &Timeline<Moment>, width: usize, look: Look) -> String {
    let [span, length] = [timeline.span, timeline.length].map(|time| brief(time, look.blocks));
    let scale = format!("over {span}, {length} per step");
    let scale = if scale.chars().count() < width { scale } else { format!("over {span}") };
    format!("{scale:<width$}{:>FIGURE$}{:>FIGURE$}", "least", "most")
}

impl Row<'_> {
    fn line(&self, n_columns: usize, room: usize, blocks: Blocks) -> Line {
        let known = || self.values.iter().flatten().copied();
        let (least, most) = known()
            .fold((f64::MAX, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
        let full = if self.full > 0.0 { self.full } else { most };
        let steps = blocks.levels();
        let column = |value: &Option<f64>| match value {
            Some(value) if *value > 0.0 => {
                let level = (value / full * (steps.len() - 1) as f64).round() as usize;
                steps[level.clamp(1, steps.len() - 1)]
            }
            _ => steps[0],
        };
        let columns = self.values.iter().map(|value| column(value).to_string().repeat(n_columns));
        let columns: String = columns.collect();
        let figures = match self.ink {
            Ink::Alarm if most == 0.0 => format!("{:>FIGURE$}{:>FIGURE$}", "", "none"),
            _ => format!("{:>FIGURE$}{:>FIGURE$}", (self.say)(least), (self.say)(most)),
        };
        Line::of(Ink::Faint, format!("{:<NAME$}", self.name))
            .with(self.ink, format!("{columns:<room$}"))
            .with(Ink::Plain, figures)
    }
}
