//! Folds the records of all inputs for a report.

use std::mem;
use std::time::Duration;

use drumfire::codec::Metadata;
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::Annotations;
use drumfire::record::Columns;
use drumfire::report::{Contents, Kind};
use drumfire::threshold::{
    KindScope, Metric, RunParts, Scope, Series, Threshold, ThresholdResults,
};

use crate::app::flags::thresholds::{TargetNames, grouping};
use crate::app::input::files::Input;
use crate::app::input::merge::Round;
use crate::app::input::reader::{Sink, add_metadata};
use crate::app::output::annotations::annotations;
use crate::app::output::html_page::{CHART_POINTS, PageData};
use crate::app::output::run_view::RunView;

/// Everything that a report needs from the records.
pub struct Fold {
    /// The numbers of all records.
    pub metrics: Metrics,
    /// The data of a page. None if the report is not a page.
    pub page: Option<PageData>,
    /// The view on a terminal. None if a terminal shows only the report.
    pub view: Option<RunView>,
    /// The records grouped in each way that is needed.
    groups: Vec<Groups>,
    /// The flows. None unless the report or a threshold needs each one, and without flows.
    flows: Option<Groups>,
    /// Whether flows are needed one by one.
    needs_flows: bool,
    /// The grouping that was requested. None if there was none.
    requested_by: Option<By>,
    /// The grouping that the report shows: on a page by name, unless another was requested.
    shown_by: Option<By>,
    /// The grouping that the thresholds need. None if they need none.
    thresholds_by: Option<By>,
    thresholds: Vec<Threshold>,
    /// Names of the targets, which thresholds may mention.
    target_names: TargetNames,
    /// Number of inputs whose target names must be checked before the first record; 0 after the
    /// check.
    n_unchecked: usize,
}

impl Fold {
    /// Returns a fold without records.
    pub fn new(kind: &Kind, by: Option<By>, thresholds: Vec<Threshold>, inputs: &[Input]) -> Self {
        let (requested_by, thresholds_by) = (by.or(kind.by()), grouping(by, &thresholds));
        let page = matches!(kind, Kind::Html).then(|| PageData::new(CHART_POINTS));
        page.iter().for_each(|page| page.name_inputs(inputs));
        let shown_by = requested_by.or(page.as_ref().map(|_| By::Name));
        let further = thresholds_by.filter(|by| shown_by != Some(*by));
        let groupings = shown_by.into_iter().chain(further);
        Self {
            metrics: Metrics::new(kind.buckets().cloned()),
            page,
            view: None,
            groups: groupings.map(|by| Groups::new(by, kind.buckets().cloned())).collect(),
            flows: None,
            needs_flows: kind.shows_flows() || thresholds_by.is_some(),
            requested_by,
            shown_by,
            thresholds_by,
            thresholds,
            target_names: TargetNames::default(),
            n_unchecked: if thresholds_by == Some(By::Name) { inputs.len() } else { 0 },
        }
    }

    /// Also keeps what confidence intervals are computed from.
    pub fn with_intervals(self) -> Self {
        let Self { metrics, groups, .. } = self;
        Self {
            metrics: metrics.sliced(),
            groups: groups.into_iter().map(Groups::sliced).collect(),
            ..self
        }
    }

    /// Also keeps what the view on a terminal shows. `has_intervals` says whether the view is drawn
    /// repeatedly.
    pub fn with_view(self, has_intervals: bool) -> Self {
        Self { view: Some(RunView::new(has_intervals)), ..self }
    }

    /// Returns the columns to read.
    pub fn columns(&self) -> Columns {
        match (&self.page, self.groups.is_empty()) {
            (Some(_), _) => Columns::Identified,
            (None, false) => Columns::Labelled,
            (None, true) => Columns::Numbers,
        }
    }

    fn groups_by(&self, by: Option<By>) -> Option<&Groups> {
        self.groups.iter().find(|groups| Some(groups.by()) == by)
    }

    /// Returns what to try if the requested grouping separates nothing. None otherwise.
    pub fn hint(&self) -> Option<String> {
        self.groups_by(self.requested_by).and_then(Groups::hint)
    }

    /// Returns a warning if the inputs are not parts of one attack. None otherwise.
    pub fn mixture(&self) -> Option<String> {
        let reason = self.metrics.unrelated()?;
        Some(format!(
            "{reason}, but are reported as one: see them side by side with 'drumfire compare BASE \
             NEW' or 'drumfire plot FILE...'"
        ))
    }

    /// Returns the annotations of charts, with the thresholds for the latency of all requests.
    pub fn annotations(&self) -> Annotations {
        let limit = |threshold: &Threshold| {
            let is_shown = matches!(threshold.metric, Metric::Time(Series::Latency, _))
                && threshold.kind == KindScope::Main
                && threshold.scope == Scope::Whole;
            let limit = Duration::from_nanos(threshold.value as u64);
            is_shown.then(|| (limit, threshold.expr.clone()))
        };
        let latencies = self.thresholds.iter().filter_map(limit).collect();
        Annotations { latencies, ..annotations(&self.metrics) }
    }

    /// Returns the contents of a report.
    pub fn contents<'a>(&'a self, thresholds: Option<&'a ThresholdResults>) -> Contents<'a> {
        let (groups, flows) = (self.groups_by(self.shown_by), self.flows.as_ref());
        Contents { whole: &self.metrics, groups, flows, thresholds }
    }

    /// Evaluates the thresholds. None if there are none.
    pub fn threshold_results(&self) -> Option<ThresholdResults> {
        (!self.thresholds.is_empty()).then(|| {
            let groups = self.groups_by(self.thresholds_by);
            let run = RunParts { whole: &self.metrics, groups, flows: self.flows.as_ref() };
            ThresholdResults::of(&self.thresholds, run)
        })
    }
}

impl Sink for Fold {
    fn take_metadata(&mut self, metadata: &Metadata) -> anyhow::Result<()> {
        add_metadata(&mut self.metrics, metadata);
        if let Metadata::Plan(plan) = metadata {
            self.target_names.add(plan);
        }
        Ok(())
    }

    fn take_round(&mut self, round: &Round) -> anyhow::Result<()> {
        // The plans of all inputs arrive before the first record.
        if self.n_unchecked > 0 {
            self.target_names.check(mem::take(&mut self.n_unchecked), &self.thresholds)?;
        }
        for rows in round.runs() {
            self.metrics.add_rows(&rows);
            self.groups.iter_mut().for_each(|groups| groups.add_rows(&rows));
            if self.needs_flows && rows.extras().flows {
                self.flows.get_or_insert_with(|| Groups::new(By::Flow, None)).add_rows(&rows);
            }
            self.view.iter_mut().for_each(|view| view.add_rows(&rows));
        }
        self.page.iter().for_each(|page| page.add_round(round));
        Ok(())
    }
}
