//! The comparison of a run with a baseline, statistic by statistic.

use crate::compare::flows::{self, FlowRow};
use crate::compare::row::Row;
use crate::compare::run::Run;
use crate::compare::warnings;
use crate::metrics::{By, Groups, Metrics, Statistic};
use crate::schedule::seed::Seed;

/// The comparison of a run with a baseline.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    base: Run<'a>,
    new: Run<'a>,
    whole: Vec<Row>,
    /// Empty unless both runs have flows.
    flows: Vec<FlowRow>,
    /// Empty unless both runs have calls.
    calls: Vec<FlowRow>,
    /// Each group that is in both runs, by rising name.
    groups: Vec<(String, Vec<Row>)>,
    /// Reasons to trust the result less.
    warnings: Vec<String>,
}

impl<'a> Comparison<'a> {
    /// Compares a new run with a baseline. The same runs and the same seed give the same intervals.
    pub fn of(base: Run<'a>, new: Run<'a>, seed: Seed) -> Self {
        Self {
            base,
            new,
            whole: rows(base.whole, new.whole, seed),
            flows: flows::rows(base.whole, new.whole),
            calls: flows::call_rows(base.whole, new.whole),
            groups: shared_groups(base, new)
                .map(|(name, base, new)| (name, rows(base, new, seed)))
                .collect(),
            warnings: warnings::of(base, new),
        }
    }

    /// Returns the rows of the whole runs, one for each [`Statistic`].
    pub fn rows(&self) -> &[Row] {
        &self.whole
    }

    /// Returns the rows of the flows of the whole runs; none unless both have flows.
    pub fn flows(&self) -> &[FlowRow] {
        &self.flows
    }

    /// Returns the rows of the calls of the whole runs; none unless both have calls.
    pub fn calls(&self) -> &[FlowRow] {
        &self.calls
    }

    /// Returns the rows of each group that is in both runs, by rising name.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &[Row])> {
        self.groups.iter().map(|(name, rows)| (name.as_str(), rows.as_slice()))
    }

    /// Returns the key of the groups; None if only the whole runs are compared.
    pub(super) fn key(&self) -> Option<By> {
        self.base.groups.map(Groups::by)
    }

    /// Returns the two runs, each with its role.
    pub(super) fn sides(&self) -> [(&'static str, &Run<'_>); 2] {
        [("base", &self.base), ("new", &self.new)]
    }

    /// Returns the reasons to trust the result less, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn rows(base: &Metrics, new: &Metrics, seed: Seed) -> Vec<Row> {
    // With the same seed, two runs of equal length would have the same draws, and vary together.
    let resampled = [base.resampled(seed), new.resampled(Seed(seed.0.wrapping_add(1)))];
    let row = |statistic| Row::of(statistic, [base, new], [&resampled[0], &resampled[1]]);
    Statistic::ALL.into_iter().map(row).collect()
}

/// Returns each group that is in both runs.
fn shared_groups<'a>(
    base: Run<'a>,
    new: Run<'a>,
) -> impl Iterator<Item = (String, &'a Metrics, &'a Metrics)> {
    let of_base = base.groups.into_iter().flat_map(Groups::iter);
    of_base.filter_map(move |(name, metrics)| {
        let mut of_new = new.groups.into_iter().flat_map(Groups::iter);
        let (_, other) = of_new.find(|(other, _)| *other == name)?;
        Some((name.text, metrics, other))
    })
}
