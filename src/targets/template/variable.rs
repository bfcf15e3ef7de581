//! Variables: their names, and where their values come from.

use std::collections::HashMap;
use std::fmt::Write;

use rand::RngExt;

use crate::mark::Mark;
use crate::targets::template::Values;
use crate::targets::variable_problem::VariableProblem;
use crate::units::write_uuid;

/// The names that the variables of a list may have.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Columns of the feed; None without a feed.
    pub columns: Option<Vec<String>>,
    /// Environment variables, by name.
    pub env: HashMap<String, String>,
}

/// The meaning of a name in a list.
#[derive(Debug)]
pub enum Resolved {
    /// The same value for all hits.
    Fixed(String),
    /// A value that each hit has.
    Variable(Variable),
}

/// Where the value of a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// A cell of the hit's row, by the index of its column.
    Column(usize),
    /// 122 random bits as a UUID, version 4.
    Uuid,
    /// The number of the hit, from 0.
    Seq,
    /// Seconds since 1970 UTC.
    Timestamp,
    /// The mark by which a message is recognized.
    Mark,
    /// A random whole number in `from..to`, as in the .http files of editors.
    RandomInt {
        /// The smallest number.
        from: i64,
        /// One more than the largest number, > `from`.
        to: i64,
    },
}

impl Scope {
    /// Returns the meaning of a name.
    ///
    /// # Errors
    ///
    /// If no variable has the name.
    pub fn resolve(&self, text: &str) -> Result<Resolved, VariableProblem> {
        let text = text.trim();
        let variable = match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["$uuid"] => Variable::Uuid,
            ["$seq"] => Variable::Seq,
            ["$timestamp"] => Variable::Timestamp,
            ["$mark"] => Variable::Mark,
            ["$randomInt", from, to] => random_int(from, to)?,
            ["$randomInt", ..] => return Err(VariableProblem::RandomInt(text.to_owned())),
            ["$env", name] => return self.environment(name),
            ["$open"] => return Ok(Resolved::Fixed("{{".to_owned())),
            _ if text.starts_with('$') => return Err(VariableProblem::Generator(text.to_owned())),
            _ => self.column(text)?,
        };
        Ok(Resolved::Variable(variable))
    }

    fn column(&self, name: &str) -> Result<Variable, VariableProblem> {
        let Some(columns) = &self.columns else {
            return Err(VariableProblem::NoFeed(name.to_owned()));
        };
        let index = columns.iter().position(|column| column == name);
        index.map(Variable::Column).ok_or_else(|| VariableProblem::Column {
            name: name.to_owned(),
            columns: columns.clone(),
        })
    }

    fn environment(&self, name: &str) -> Result<Resolved, VariableProblem> {
        let value = self.env.get(name).cloned().map(Resolved::Fixed);
        value.ok_or_else(|| VariableProblem::Environment(name.to_owned()))
    }
}

fn random_int(from: &str, to: &str) -> Result<Variable, VariableProblem> {
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if from < to => Ok(Variable::RandomInt { from, to }),
        _ => Err(VariableProblem::RandomInt(format!("$randomInt {from} {to}"))),
    }
}

impl Variable {
    /// Returns whether the variable draws random numbers.
    pub fn is_random(self) -> bool {
        matches!(self, Self::Uuid | Self::RandomInt { .. })
    }

    /// Returns the length of the longest value, in bytes; None for a cell.
    pub fn max_bytes(self) -> Option<usize> {
        match self {
            Self::Column(_) => None,
            Self::Uuid => Some(36),
            Self::Mark => Some(Mark::LEN),
            Self::Seq | Self::Timestamp | Self::RandomInt { .. } => Some(20),
        }
    }

    /// Writes the value of a hit as it is, without any encoding.
    pub fn write_raw(self, values: &mut Values<'_>, text: &mut String) {
        match self {
            Self::Column(column) => text.push_str(values.cell(column)),
            _ => self.write(values, text),
        }
    }

    /// Writes the value of a hit. Writes nothing for a cell, which the caller has to encode.
    pub fn write(self, values: &mut Values<'_>, text: &mut String) {
        let written = match self {
            Self::Column(_) => Ok(()),
            Self::Uuid => write_uuid(values.numbers(), text),
            Self::Seq => write!(text, "{}", values.seq),
            Self::Timestamp => write!(text, "{}", values.unix),
            Self::Mark => write!(text, "{}", values.mark),
            Self::RandomInt { from, to } => {
                write!(text, "{}", values.numbers().random_range(from..to))
            }
        };
        written.expect("writing to a String cannot fail");
    }
}
