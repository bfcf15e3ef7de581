//! Latency by percentile.

use crate::metrics::Distribution;
use crate::plot::charts::scene::{Plotted, Scene, duration_axis};
use crate::plot::render::axis::Axis;
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Sign, Stroke};

const TITLE: &str = "Latency by percentile";

/// Points on a curve for each nine of its axis.
const PLACES_PER_NINE: f64 = 40.0;

/// Minimum ratio of a response time quantile to the latency quantile at which the two curves count
/// as different.
const PARTING: f64 = 1.02;

/// Quantiles at which the two curves are compared.
const PROBES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

/// Returns latency by percentile, on an axis that gives each further nine the same width. If hits
/// were released late, there are two curves: measured from the schedule, and from the release.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let mut plotted = Plotted::default();
    for (shown, stroke) in scene.runs.iter().zip(scene.strokes(2.0)) {
        let (response, latency) = (shown.run.response(), shown.run.latency());
        let mut add = |what, of, stroke| {
            let name = shown.named(what);
            let entry = Entry { sign: Sign::Line(stroke), label: name.clone() };
            plotted.add(entry, name, Drawn::Line { places: curve(of), stroke });
        };
        if part(response, latency) {
            add("response time, from the schedule", response, stroke);
            add("latency, from the release", latency, Stroke { width: 1.0, ..stroke });
        } else {
            add("latency", latency, stroke);
        }
    }
    let Plotted { legend, series } = plotted;
    let n_hits = scene.runs.iter().map(|shown| shown.run.n_hits()).max().unwrap_or(0);
    let guides: Vec<_> = scene.latency_guides().collect();
    let y = duration_axis(&series, &guides, "latency");
    let panel = Panel { guides, series, ..Panel::new(Axis::of_quantiles(n_hits), y) };
    scene.figure(TITLE, legend, vec![panel])
}

/// Returns whether response times differ visibly from latencies.
fn part(response: &Distribution, latency: &Distribution) -> bool {
    let [late, prompt] = [response, latency].map(Distribution::quantiles);
    let parts = |q: f64| late.at(q).as_nanos() as f64 > prompt.at(q).as_nanos() as f64 * PARTING;
    response.count() > 0 && PROBES.into_iter().any(parts)
}

/// Returns the quantiles of a distribution from its minimum to its maximum; for n durations the
/// maximum is at the quantile 1 - 1 / 2n.
///
/// Source: as [`Quantiles::at`](crate::metrics::Quantiles::at).
fn curve(of: &Distribution) -> Vec<(f64, f64)> {
    let nines = (2.0 * of.count().max(1) as f64).log10();
    let n_places = (nines * PLACES_PER_NINE).ceil() as i32;
    let quantile = |place: i32| 1.0 - 10_f64.powf(-nines * f64::from(place) / f64::from(n_places));
    let (places, quantiles) = ((0..=n_places).map(quantile), of.quantiles());
    places.map(|q| (q, quantiles.at(q).as_nanos() as f64)).collect()
}
