//! BETTER OR WORSE: two runs held against each other, and what chance alone may do.

mod row;
mod warnings;
mod table;
mod text;
mod json;
mod markdown;
mod bar;
mod html;
mod regression_limit;

pub use html::Extras;
pub use regression_limit::{Gate, Judgement, Outcome};
pub use row::{Row, Verdict};

use std::io;
use std::str::FromStr;

use crate::error::Error;
use crate::metrics::{Groups, Metrics, Statistic};
use crate::schedule::seed::Seed;
use crate::units::parse_keyword;

/// One of the two runs.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Where it was read from, as it is to be shown.
    pub name: &'a str,
    /// Its figures, which must be [sliced](Metrics::sliced).
    pub whole: &'a Metrics,
    /// Those of each group, sliced too; None where the runs are compared as wholes alone.
    pub groups: Option<&'a Groups>,
}

/// Two runs held against each other.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    base: Run<'a>,
    new: Run<'a>,
    whole: Vec<Row>,
    /// Each group that both runs have, by rising name.
    groups: Vec<(String, Vec<Row>)>,
    /// What makes the figures less worth than they seem.
    warnings: Vec<String>,
}

impl<'a> Comparison<'a> {
    /// Compares a new run with that on which it is to be judged. The same runs and the same seed give
    /// the same intervals.
    pub fn of(base: Run<'a>, new: Run<'a>, seed: Seed) -> Self {
        Self {
            base,
            new,
            whole: rows(base.whole, new.whole, seed),
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

    /// Returns the rows of each group that both runs have, by rising name.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &[Row])> {
        self.groups.iter().map(|(name, rows)| (name.as_str(), rows.as_slice()))
    }

    /// Returns what makes the figures less worth than they seem, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Writes it, and the judgements on it, where there are any. Only a page has extras.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the output does not take it.
    pub fn write(
        &self,
        kind: Kind,
        judgements: &[Judgement<'_>],
        extras: &Extras<'_>,
        out: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let document = match kind {
            Kind::Text => text::render(self, judgements),
            Kind::Json => json::render(self, judgements)?,
            Kind::Markdown => markdown::render(self, judgements),
            Kind::Html => return html::write(self, judgements, extras, out).map_err(Error::Io),
        };
        out.write_all(document.as_bytes())?;
        Ok(())
    }
}

fn rows(base: &Metrics, new: &Metrics, seed: Seed) -> Vec<Row> {
    // Two runs of the same length would be drawn alike by the same seed, and vary together.
    let resampled = [base.resampled(seed), new.resampled(Seed(seed.0.wrapping_add(1)))];
    let row = |figure| Row::of(figure, [base, new], [&resampled[0], &resampled[1]]);
    Statistic::ALL.into_iter().map(row).collect()
}

/// Returns each group that both runs have.
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

/// How a comparison is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A table for a terminal.
    Text,
    /// One line of JSON.
    Json,
    /// A table for a pull request.
    Markdown,
    /// A page with charts of both runs.
    Html,
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(kind: &str) -> Result<Self, Error> {
        let choices = [
            ("text", Kind::Text),
            ("json", Kind::Json),
            ("markdown", Kind::Markdown),
            ("html", Kind::Html),
        ];
        parse_keyword("comparison type", kind, &choices)
    }
}

#[cfg(test)]
mod tests;
