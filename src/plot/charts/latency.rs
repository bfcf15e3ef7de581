//! Latency over time.

use plotters::prelude::RGBColor;

use crate::error::Error;
use crate::plot::charts::scene::{
    Plotted, RunLines, Scene, Shown, bands, bands_legend, duration_axis, quantile, quantile_lines,
    thin_entry,
};
use crate::plot::data::marks;
use crate::plot::data::sampled_hits::Point;
use crate::plot::render::figure::{Drawn, Entry, Figure, Mark, Panel, Sign};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::{FAILED, HIT};
use crate::plot::render::shape::Shape;

const TITLE: &str = "Latency over time";

/// Number of hits from which on quantiles by bin say more than individual hits.
const MANY: u64 = 400;

/// Radius in CSS pixels and opacity of marks, by the number of marks on the chart: few marks must
/// be visible, many must not hide each other.
const SIZES: [(usize, f64, f64); 3] = [(60, 4.0, 0.8), (1_500, 2.5, 0.6), (usize::MAX, 1.5, 0.45)];

/// Returns latency over time. One run shows its quantiles as bands, failed hits as marks, and every
/// hit if there are few. Several runs show the median and the p99 of each as lines.
///
/// # Errors
///
/// [`Error::Value`] if the threshold is 1 or 2 and more hits failed.
pub fn figure(scene: &Scene<'_>) -> Result<Figure, Error> {
    let (legend, mut panel) = match scene.only() {
        Some(shown) => one(scene, shown)?,
        None => several(scene)?,
    };
    panel.guides = scene.stage_guides().chain(scene.latency_guides()).collect();
    panel.y = duration_axis(&panel.series, &panel.guides, "latency");
    Ok(scene.figure(TITLE, legend, vec![panel]))
}

fn blank(scene: &Scene<'_>) -> Panel {
    Panel::new(scene.release_axis(false), duration_axis(&[], &[], "latency"))
}

fn one(scene: &Scene<'_>, shown: &Shown<'_>) -> Result<(Vec<Entry>, Panel), Error> {
    let mut plotted = Plotted::default();
    let answered = shown.run.answered();
    let has_bands = shown.run.n_hits() >= MANY || answered.is_empty() && has_answers(shown);
    if has_bands {
        let series = bands(shown, |tally| &tally.latency);
        plotted = Plotted { legend: bands_legend(), series };
    }
    if !answered.is_empty() {
        let places = answered.iter().map(|hit| place(shown, hit)).collect();
        let mark = mark(answered.len(), Shape::Dot, HIT);
        let sign = Sign::Mark(mark.shape, mark.color);
        let entry = Entry { sign, label: "a hit".to_owned() };
        plotted.add(entry, "hit".to_owned(), Drawn::Marks { places, mark });
    }
    add_failed(scene, shown, FAILED, &mut plotted)?;
    let Plotted { legend, series } = plotted;
    let note = if has_bands { shown.note() } else { String::new() };
    let name = shown.label.clone();
    Ok((legend, Panel { name, note, slices: vec![shown.slices()], series, ..blank(scene) }))
}

fn several(scene: &Scene<'_>) -> Result<(Vec<Entry>, Panel), Error> {
    let (mut plotted, mut slices) = (Plotted::default(), Vec::new());
    for (idx, (shown, stroke)) in scene.runs.iter().zip(scene.strokes(2.0)).enumerate() {
        slices.push(shown.slices());
        let values = |q| shown.each(|slice| quantile(&slice.kept.latency, q));
        let lines = RunLines { stroke, entry: idx, thin_entry: scene.runs.len() };
        plotted.series.extend(quantile_lines(shown, lines, idx, values));
        plotted.legend.push(Entry { sign: Sign::Line(stroke), label: shown.named("p50") });
    }
    plotted.legend.push(thin_entry());
    for (shown, stroke) in scene.runs.iter().zip(scene.strokes(2.0)) {
        add_failed(scene, shown, stroke.color, &mut plotted)?;
    }
    let Plotted { legend, series } = plotted;
    Ok((legend, Panel { slices, series, ..blank(scene) }))
}

/// Adds marks of failed hits, and a legend entry with the number they represent.
fn add_failed(
    scene: &Scene<'_>,
    shown: &Shown<'_>,
    color: RGBColor,
    plotted: &mut Plotted,
) -> Result<(), Error> {
    let failed = shown.run.failed();
    if failed.n_hits() == 0 {
        return Ok(());
    }
    // Marks are chosen by visual distance, hence on a logarithmic axis.
    let points = failed.points();
    let seen = points.iter().map(|hit| place(shown, hit)).map(|(x, y)| (x, y.max(1.0).log10()));
    let chosen = marks::choose(seen.collect(), scene.most_marks())?;
    let n_failed = grouped(failed.n_hits());
    let label = match chosen.len() as u64 == failed.n_hits() {
        true => format!("a failed hit, {n_failed} in all"),
        false => format!("a failed hit, {} of {n_failed} drawn", grouped(chosen.len() as u64)),
    };
    let Mark { shape, radius, opacity, .. } = mark(chosen.len(), Shape::Triangle, color);
    let mark = Mark { shape, color, radius: radius + 1.0, opacity: opacity + 0.15 };
    let places = chosen.into_iter().map(|(x, y)| (x, 10_f64.powf(y).round())).collect();
    let entry = Entry { sign: Sign::Mark(shape, color), label: shown.named(&label) };
    plotted.add(entry, shown.named("failed"), Drawn::Marks { places, mark });
    Ok(())
}

fn has_answers(shown: &Shown<'_>) -> bool {
    shown.run.failed().n_hits() < shown.run.n_hits()
}

/// Returns the position of a hit: seconds since the first hit, and ns.
fn place(shown: &Shown<'_>, hit: &Point) -> (f64, f64) {
    (shown.run.extent().seconds_to(i128::from(hit.at_ns)), hit.latency_ns as f64)
}

/// Returns the style of marks; the more marks, the smaller they are.
fn mark(n_marks: usize, shape: Shape, color: RGBColor) -> Mark {
    let (_, radius, opacity) = SIZES[SIZES.partition_point(|(most, ..)| *most < n_marks)];
    Mark { shape, color, radius, opacity }
}
