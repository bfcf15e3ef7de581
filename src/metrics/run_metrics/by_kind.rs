//! Folds records by kind: the main kinds together, each kind apart if there are several.

use crate::metrics::histogram::user_buckets::BucketCounts;
use crate::metrics::run_metrics::Metrics;
use crate::metrics::tally::kinds::{Kinds, RecordKind};
use crate::record::Rows;

impl Metrics {
    /// Adds records of a stream with calls or messages.
    pub(super) fn add_kinds(&mut self, rows: &Rows<'_>) {
        self.add_sockets(rows);
        let kinds = rows.kinds();
        let Some(first) = kinds.first() else { return };
        if kinds.iter().all(|kind| kind == first) {
            return self.add_uniform((*first).into(), rows);
        }
        let present = RecordKind::ALL.into_iter().filter(|kind| kinds.contains(&kind.0));
        let present: Vec<RecordKind> = present.collect();
        present.iter().filter(|kind| kind.is_main()).for_each(|kind| self.begin(*kind));
        for kind in present {
            if self.kinds.is_only(kind) {
                continue;
            }
            let places = kinds.iter().enumerate().filter(|(_, other)| **other == kind.0);
            // Kinds may alternate. A run of one record costs several times its share of a longer run.
            let batch = rows.in_order(&places.map(|(place, _)| place).collect::<Vec<_>>());
            self.part(kind).add_figures(&batch.rows(0..batch.len()));
        }
        rows.main_runs().for_each(|run| self.add_figures(&run));
    }

    /// Adds records of one kind.
    pub(super) fn add_uniform(&mut self, kind: RecordKind, rows: &Rows<'_>) {
        if rows.is_empty() {
            return;
        }
        if kind.is_main() {
            self.begin(kind);
            if !self.kinds.is_only(kind) {
                self.part(kind).add_figures(rows);
            }
            self.add_figures(rows);
        } else {
            self.part(kind).add_figures(rows);
        }
    }

    /// Adds steps of any kind to the flows: a flow may begin with a connect and end with a close.
    pub(super) fn add_all_flows(&mut self, rows: &Rows<'_>) {
        let has_steps = rows.extras().flows && rows.flow_steps().any(|step| step.is_some());
        if has_steps {
            let Self { flows, all_flows, .. } = self;
            // Until now, all steps were of a main kind.
            let all = all_flows.get_or_insert_with(|| flows.clone().unwrap_or_default());
            all.add_rows(rows);
        }
    }

    /// Adds the flows of another part of the same run, with steps of any kind. To be called before
    /// the main flows are added.
    pub(super) fn merge_all_flows(&mut self, other: &Metrics) {
        if self.all_flows.is_some() || other.all_flows.is_some() {
            let Self { flows, all_flows, .. } = self;
            let all = all_flows.get_or_insert_with(|| flows.clone().unwrap_or_default());
            other.flows().into_iter().for_each(|flows| all.merge(flows));
        }
    }

    /// Adds the metrics by kind of another part of the same run. The other values are added later.
    pub(super) fn merge_kinds(&mut self, other: &Metrics) {
        if let Some(kind) = other.kinds.only() {
            self.begin(kind);
        } else if other.kinds.is_mixed() {
            self.split();
        }
        let own = other.kinds.only().filter(|kind| !self.kinds.is_only(*kind));
        for (kind, metrics) in other.kinds.parts().chain(own.map(|kind| (kind, other))) {
            self.part(kind).merge_figures(metrics);
        }
    }

    /// Notes a main kind that the next records have. The first kind needs no part, because its
    /// metrics are those of the whole. They become its part when a second kind follows.
    fn begin(&mut self, kind: RecordKind) {
        if self.kinds.only().is_some_and(|only| only != kind) {
            self.split();
        }
        self.kinds.begin(kind);
    }

    /// Keeps a part for each main kind from now on.
    fn split(&mut self) {
        let own = self.kinds.only().map(|kind| (kind, self.alone()));
        self.kinds.split(own);
    }

    pub(super) fn part(&mut self, kind: RecordKind) -> &mut Metrics {
        let Self { buckets, slices, .. } = &*self;
        let empty = Metrics {
            buckets: buckets.as_ref().map(BucketCounts::emptied),
            slices: slices.as_ref().map(|_| Default::default()),
            ..Metrics::default()
        };
        self.kinds.part_mut(kind, || empty)
    }

    /// Returns the values without those by kind and those about attacks.
    fn alone(&self) -> Self {
        let mut alone = self.clone();
        alone.kinds = Kinds::default();
        alone.sockets = Default::default();
        alone.deliveries = Default::default();
        alone.all_flows = None;
        alone.plan = Default::default();
        alone.origins = Default::default();
        alone.facts = Default::default();
        alone
    }
}
