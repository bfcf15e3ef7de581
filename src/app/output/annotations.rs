//! What charts show besides the records: the verdict, a limit on lag, and stages.

use std::time::Duration;

use drumfire::metrics::Metrics;
use drumfire::plan::{Arrivals, Plan};
use drumfire::plot::Annotations;
use drumfire::schedule::Pacer;
use drumfire::schedule::seed::Seed;
use drumfire::schedule::stages::{Hits, Stages};

/// Maximum number of stages with marks. More marks would hide the chart.
const MAX_STAGES: usize = 24;

/// Returns the annotations that the metrics of a stream provide.
pub fn annotations(metrics: &Metrics) -> Annotations {
    Annotations {
        remark: remark(metrics),
        lag: metrics.lag_limit(),
        stages: metrics.plan().map(stage_marks).unwrap_or_default(),
        ..Annotations::default()
    }
}

/// Returns the verdict, after the label of a closed loop. None if there is neither.
fn remark(metrics: &Metrics) -> Option<String> {
    let is_closed = metrics.plan().is_some_and(|plan| plan.users.is_some());
    let verdict = metrics.verdict().map(|verdict| format!("Verdict: {verdict}"));
    match (is_closed, verdict) {
        (true, Some(verdict)) => Some(format!("Closed loop. {verdict}")),
        (true, None) => Some("Closed loop".to_owned()),
        (false, verdict) => verdict,
    }
}

/// Returns where the stages of a plan begin, except the first, counted from the first hit as charts
/// count. Empty if there are more than [`MAX_STAGES`].
fn stage_marks(plan: &Plan) -> Vec<(Duration, String)> {
    let Some(stages) = plan.stages().filter(|stages| stages.placed().len() <= MAX_STAGES) else {
        return Vec::new();
    };
    let first = first_slot(plan, &stages);
    let later = stages.placed().iter().filter(|placed| placed.start > first);
    later.map(|placed| (placed.start - first, placed.stage.to_string())).collect()
}

/// Returns when the first hit was due, counted from the beginning of the plan. Random arrivals are
/// drawn again from the plan's seed.
fn first_slot(plan: &Plan, stages: &Stages) -> Duration {
    let random = plan.seed.filter(|_| plan.arrivals == Arrivals::Poisson).and_then(|seed| {
        Pacer::staged(stages.clone(), None).with_poisson_arrivals(Seed(seed)).slot(0)
    });
    random.or_else(|| stages.slot(Hits::default())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_loop_is_labelled() {
        let mut metrics = Metrics::default();
        assert_eq!(remark(&metrics), None);
        metrics.add_plan(&Plan { users: Some("50".to_owned()), ..Plan::default() });
        assert_eq!(remark(&metrics).as_deref(), Some("Closed loop"));
    }

    #[test]
    fn stages_are_marked_from_the_first_hit() {
        let long = vec!["1s@5"; MAX_STAGES + 1].join(",");
        let table: [(&str, &[(u64, &str)]); 4] = [
            ("", &[]),
            ("30s@10,20s@50", &[(30_000, "20s@50")]),
            ("5s@0,10s@20,10s@40", &[(10_000, "10s@40")]),
            (&long, &[]),
        ];
        for (stages, expected) in table {
            let rate = stages.parse().unwrap();
            let marks = stage_marks(&Plan { rate, ..Plan::default() });
            let marks: Vec<(u64, &str)> =
                marks.iter().map(|(at, label)| (at.as_millis() as u64, label.as_str())).collect();
            assert_eq!(marks, expected, "{stages}");
        }
    }

    #[test]
    fn stages_are_marked_from_the_first_random_hit() {
        let plan = Plan {
            rate: "10s@2,20s@50".parse().unwrap(),
            arrivals: Arrivals::Poisson,
            seed: Some(7),
            ..Plan::default()
        };
        let first =
            Pacer::staged(plan.stages().unwrap(), None).with_poisson_arrivals(Seed(7)).slot(0);
        let first = first.unwrap();
        assert!(first > Duration::from_millis(1), "{first:?}");
        let marks = stage_marks(&plan);
        assert_eq!(marks, [(Duration::from_secs(10) - first, "20s@50".to_owned())]);
    }
}
