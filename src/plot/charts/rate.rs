//! Hits per second over time: due, released, and successful.

use crate::plot::charts::scene::{Scene, Shown, reach};
use crate::plot::data::bin::Tally;
use crate::plot::render::axis::{Axis, Unit};
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::palette::{PLAN, SERIES};

const TITLE: &str = "Rate over time";

/// Widths of lines that may cover each other: the later a line is drawn, the thinner it is.
const DUE: Stroke = Stroke { color: PLAN, width: 7.0, dashes: &[] };
const RELEASED: Stroke = Stroke { color: SERIES[0], width: 3.5, dashes: &[] };
const SUCCEEDED: Stroke = Stroke { color: SERIES[4], width: 1.5, dashes: &[5.0, 3.0] };

/// Returns the rates at which hits were due, were released, and succeeded.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let (legend, mut panel) = match scene.only() {
        Some(shown) => one(scene, shown),
        None => several(scene),
    };
    let most = reach(&panel.series).map_or(0.0, |(_, most)| most);
    panel.y = Axis::of_numbers(most, Unit::PerSecond, "hits per second");
    panel.guides = scene.stage_guides().collect();
    if !scene.runs.is_empty() && !scene.has_span() {
        panel.empty = Some("all hits were released at one instant".to_owned());
    }
    scene.figure(TITLE, legend, vec![panel])
}

fn blank(scene: &Scene<'_>) -> Panel {
    Panel::new(scene.end_axis(), Axis::of_numbers(1.0, Unit::PerSecond, ""))
}

fn one(scene: &Scene<'_>, shown: &Shown<'_>) -> (Vec<Entry>, Panel) {
    let mut panel = Panel {
        name: shown.label.clone(),
        note: shown.note(),
        slices: vec![shown.slices()],
        ..blank(scene)
    };
    let mut legend = Vec::new();
    let mut add = |name: &str, label: &str, values, stroke| {
        let drawn = Drawn::Steps { slices: 0, values, stroke };
        let entries = vec![legend.len()];
        panel.series.push(Series { name: name.to_owned(), entries, drawn });
        legend.push(Entry { sign: Sign::Line(stroke), label: label.to_owned() });
    };
    if shown.run.response().count() > 0 {
        add("due", "offered: due by the plan", while_loaded(shown, |tally| tally.due), DUE);
    }
    add("released", "achieved: released", while_loaded(shown, released), RELEASED);
    add("succeeded", "successful: ended well", succeeded(shown), SUCCEEDED);
    (legend, panel)
}

fn several(scene: &Scene<'_>) -> (Vec<Entry>, Panel) {
    let (mut legend, mut panel) = (Vec::new(), blank(scene));
    for (idx, (shown, stroke)) in scene.runs.iter().zip(scene.strokes(2.0)).enumerate() {
        panel.slices.push(shown.slices());
        let thin = Stroke { width: 1.0, ..stroke };
        let lines = [
            ("released", while_loaded(shown, released), thin),
            ("succeeded", succeeded(shown), stroke),
        ];
        for (name, values, stroke) in lines {
            let drawn = Drawn::Steps { slices: idx, values, stroke };
            let entries = vec![legend.len()];
            panel.series.push(Series { name: shown.named(name), entries, drawn });
            legend.push(Entry { sign: Sign::Line(stroke), label: shown.named(name) });
        }
    }
    (legend, panel)
}

fn released(tally: &Tally) -> u64 {
    tally.releases.count
}

fn succeeded(shown: &Shown<'_>) -> Vec<Option<f64>> {
    shown.each(|slice| Some(slice.kept.succeeded as f64 / slice.seconds()))
}

/// Returns counts per second for the bins in which hits were released.
fn while_loaded(shown: &Shown<'_>, count: impl Fn(&Tally) -> u64) -> Vec<Option<f64>> {
    shown.each(|slice| Some(count(&slice.kept) as f64 / shown.loaded_seconds(slice)?))
}
