//! A heat map of hits by time and latency; two modes of a server appear as two stripes.

use crate::metrics::{CoarseHistogram, Timeline};
use crate::plot::charts::scene::{Scene, Shown};
use crate::plot::data::bin::Tally;
use crate::plot::render::axis::Axis;
use crate::plot::render::figure::{Cells, Drawn, Entry, Figure, Panel, Series, Sign};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::HEAT;

const TITLE: &str = "Hits by time and latency";

/// Minimum number of rows on the latency axis, as far as the resolution of latencies allows; the
/// second value applies if bins have [`MANY`] hits on average.
const ROWS: [f64; 2] = [20.0, 40.0];

/// Average number of hits per bin from which on the finer rows are used.
const MANY: u64 = 500;

/// Minimum height of a row in doublings: latencies are recorded with a precision of 1/64.
const FINEST: f64 = 1.0 / 32.0;

/// Returns for each run a map of hits by time and latency; the more hits in a cell, the darker.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let extents = || scene.runs.iter().map(|shown| shown.run.extent());
    let least_ns = extents().map(|extent| extent.least_ns).min().unwrap_or(1);
    let most_ns = extents().map(|extent| extent.most_ns).max().unwrap_or(1);
    let y = Axis::of_durations(least_ns, most_ns, "latency");
    let n_hits: u64 = scene.runs.iter().map(|shown| shown.run.n_hits()).sum();
    let n_slices: usize = scene.runs.iter().map(|shown| shown.timeline.slices.len()).sum();
    let has_many = n_hits >= MANY * n_slices as u64;
    let edges = edges(&y, ROWS[usize::from(has_many)]);
    let counts: Vec<Vec<Vec<u64>>> =
        scene.runs.iter().map(|shown| counts(&shown.timeline, &edges)).collect();
    let most = counts.iter().flatten().flatten().copied().max().unwrap_or(1);
    let panel = |(shown, counts): (&Shown<'_>, Vec<Vec<u64>>)| {
        let edges = edges.clone();
        let drawn = Drawn::Cells(Cells { slices: 0, edges, counts, most, colors: &HEAT });
        Panel {
            name: shown.label.clone(),
            note: shown.note(),
            guides: scene.stage_guides().chain(scene.latency_guides()).collect(),
            slices: vec![shown.slices()],
            series: vec![Series { name: "hits".to_owned(), entries: Vec::new(), drawn }],
            ..Panel::new(scene.release_axis(false), y.clone())
        }
    };
    let panels = scene.runs.iter().zip(counts).map(panel).collect();
    let label = match most {
        1 => "a hit in a cell".to_owned(),
        _ => format!("1 to {} hits in a cell, logarithmic", grouped(most)),
    };
    scene.figure(TITLE, vec![Entry { sign: Sign::Range(&HEAT), label }], panels)
}

/// Returns the edges of at least the given number of rows, equally high on the axis.
fn edges(y: &Axis, rows: f64) -> Vec<f64> {
    let doublings = (y.to / y.from).log2();
    let parts = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0].map(|part| 1.0 / part);
    let row = parts.into_iter().find(|row| doublings / row >= rows).unwrap_or(FINEST);
    // The last row ends at the end of the axis.
    let n_rows = (doublings / row - 1e-9).ceil() as i32;
    (0..=n_rows).map(|n| (y.from * (f64::from(n) * row).exp2()).min(y.to)).collect()
}

/// Returns the hits by bin and row.
fn counts(timeline: &Timeline<Tally>, edges: &[f64]) -> Vec<Vec<u64>> {
    let count = |sketch: &CoarseHistogram| {
        let mut counts = vec![0; edges.len() - 1];
        for bucket in sketch.buckets() {
            let middle = (bucket.from_ns as f64 + bucket.to_ns as f64) / 2.0;
            let row = edges.partition_point(|edge| *edge <= middle).clamp(1, counts.len()) - 1;
            counts[row] += u64::from(bucket.count);
        }
        counts
    };
    timeline.slices.iter().map(|slice| count(&slice.kept.latency)).collect()
}
