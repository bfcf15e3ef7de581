//! Limits held against figures.

use crate::metrics::{Groups, Metrics};
use crate::threshold::{Scope, Threshold};

/// What became of the limits of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    rows: Vec<Row>,
    /// What the verdict says of a generator that could not keep up; None where it kept up, or
    /// nothing was scheduled.
    limited: Option<String>,
}

/// What became of one limit, for one group where it is for several.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The limit as it was typed.
    pub expr: String,
    /// The group that it was held against; None for the whole, and where there is no such group.
    pub name: Option<String>,
    /// What it was held against.
    pub finding: Finding,
    /// Whether that keeps within the limit.
    pub pass: bool,
}

/// What a limit was held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// A figure in its own unit, and as it is shown.
    Figure(f64, String),
    /// No figure, and why not. No limit is kept by what is not known.
    Nothing(&'static str),
}

impl Finding {
    /// Returns the figure; None where there is none.
    pub fn figure(&self) -> Option<f64> {
        match self {
            Finding::Figure(figure, _) => Some(*figure),
            Finding::Nothing(_) => None,
        }
    }

    /// Returns the figure as it is shown, or why there is none.
    pub fn text(&self) -> &str {
        match self {
            Finding::Figure(_, shown) => shown,
            Finding::Nothing(reason) => reason,
        }
    }
}

impl Judgement {
    /// Holds limits against the figures of the whole and of the groups, in their order. A limit for
    /// a name has a row for each group that has such a name.
    pub fn of(thresholds: &[Threshold], whole: &Metrics, groups: Option<&Groups>) -> Self {
        let rows = thresholds.iter().flat_map(|threshold| rows(threshold, whole, groups)).collect();
        let limited = whole.verdict().filter(|verdict| !verdict.is_valid());
        Self { rows, limited: limited.map(|verdict| verdict.to_string()) }
    }

    /// Returns a row for each limit and each group that it is for.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns whether all limits were kept.
    pub fn is_passed(&self) -> bool {
        self.rows.iter().all(|row| row.pass)
    }

    /// Returns what the verdict says where the generator could not keep up, so that the figures are
    /// its own too; None where it kept up, or nothing was scheduled.
    pub fn limited(&self) -> Option<&str> {
        self.limited.as_deref()
    }

    /// Returns on one line which limits were missed, and by what; None where all were kept.
    pub fn missed(&self) -> Option<String> {
        let missed: Vec<_> = self.rows.iter().filter(|row| !row.pass).map(Row::told).collect();
        let count = match (missed.len(), self.rows.len()) {
            (0, _) => return None,
            (missed, 1) => format!("{missed} threshold of 1 missed"),
            (missed, all) => format!("{missed} of {all} thresholds missed"),
        };
        Some(format!("{count}: {}", missed.join("; ")))
    }
}

impl Row {
    fn new(threshold: &Threshold, name: Option<String>, metrics: &Metrics) -> Self {
        let figure = threshold.metric.of(metrics);
        let finding = match figure {
            Some(figure) => Finding::Figure(figure, threshold.metric.unit().show(figure)),
            None if metrics.requests() == 0 => Finding::Nothing("there is no request"),
            None => Finding::Nothing("the stream does not tell"),
        };
        let pass = figure.is_some_and(|figure| threshold.holds(figure));
        Self { expr: threshold.expr.clone(), name, finding, pass }
    }

    /// Returns the limit and what was found, as in `auth.*:p95<=200ms: login 231.4ms`.
    fn told(&self) -> String {
        let name = self.name.as_ref().map_or(String::new(), |name| format!("{name} "));
        format!("{}: {name}{}", self.expr, self.finding.text())
    }
}

fn rows(threshold: &Threshold, whole: &Metrics, groups: Option<&Groups>) -> Vec<Row> {
    if threshold.scope == Scope::Whole {
        return vec![Row::new(threshold, None, whole)];
    }
    let groups = groups.iter().flat_map(|groups| groups.iter());
    let covered = groups.filter(|(name, _)| threshold.scope.covers(&name.text));
    let rows: Vec<_> =
        covered.map(|(name, metrics)| Row::new(threshold, Some(name.text), metrics)).collect();
    if !rows.is_empty() {
        return rows;
    }
    let finding = Finding::Nothing("no request has such a name");
    vec![Row { expr: threshold.expr.clone(), name: None, finding, pass: false }]
}
