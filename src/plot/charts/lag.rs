//! Lag over time: how late the generator released its hits.

use crate::plot::charts::scene::{
    Scene, Shown, bands, bands_legend, duration_axis, empty, quantile,
};
use crate::plot::render::axis::Axis;
use crate::plot::render::figure::{Drawn, Entry, Figure, Guide, Panel, Place, Series, Sign};
use crate::plot::render::labels::duration_label;

const TITLE: &str = "Lag of the generator over time";

/// Shown if there is no lag.
const UNKNOWN: &str = "no lag: nothing was scheduled, or the format does not record it";

/// Lags below this value, in ns, are drawn at this value: clocks cannot distinguish them.
const LEAST_NS: f64 = 100.0;

/// Returns the lag over time: for one run its quantiles as bands, for several runs the p99 of each;
/// with the limit above which a run is generator-limited.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let (legend, mut panel) = match scene.only() {
        Some(shown) => one(scene, shown),
        None => several(scene),
    };
    if scene.runs.iter().all(|shown| shown.run.response().count() == 0) {
        return scene.figure(TITLE, Vec::new(), vec![empty(UNKNOWN)]);
    }
    panel.series.iter_mut().for_each(raise);
    panel.guides = scene.stage_guides().chain(limit(scene)).collect();
    panel.y = duration_axis(&panel.series, &panel.guides, "released after it was due");
    scene.figure(TITLE, legend, vec![panel])
}

fn blank(scene: &Scene<'_>) -> Panel {
    Panel::new(scene.release_axis(false), Axis::of_durations(1, 1, ""))
}

fn one(scene: &Scene<'_>, shown: &Shown<'_>) -> (Vec<Entry>, Panel) {
    let panel = Panel {
        name: shown.label.clone(),
        note: shown.note(),
        slices: vec![shown.slices()],
        series: bands(shown, |tally| &tally.lag),
        ..blank(scene)
    };
    (bands_legend(), panel)
}

fn several(scene: &Scene<'_>) -> (Vec<Entry>, Panel) {
    let (mut legend, mut panel) = (Vec::new(), blank(scene));
    for (idx, (shown, stroke)) in scene.runs.iter().zip(scene.strokes(2.0)).enumerate() {
        panel.slices.push(shown.slices());
        let values = shown.each(|slice| quantile(&slice.kept.lag, 0.99));
        let name = shown.named("p99");
        legend.push(Entry { sign: Sign::Line(stroke), label: name.clone() });
        let drawn = Drawn::Steps { slices: idx, values, stroke };
        panel.series.push(Series { name, entries: vec![idx], drawn });
    }
    (legend, panel)
}

/// Raises values that are below the axis to its lower end.
fn raise(series: &mut Series) {
    let lift = |values: &mut Vec<Option<f64>>| {
        values.iter_mut().flatten().for_each(|ns| *ns = ns.max(LEAST_NS));
    };
    match &mut series.drawn {
        Drawn::Steps { values, .. } => lift(values),
        Drawn::Band { low, high, .. } => [low, high].into_iter().for_each(lift),
        _ => {}
    }
}

/// Returns the guide at the verdict's limit for lag.
fn limit(scene: &Scene<'_>) -> Option<Guide> {
    let (percentile, limit) = scene.annotations.lag?;
    let limit_ns = limit.as_nanos() as u64;
    let label = format!("limit of the verdict: p{percentile} of {}", duration_label(limit_ns));
    Some(Guide { at: Place::Up(limit_ns as f64), label })
}
