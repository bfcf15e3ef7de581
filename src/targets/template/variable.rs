//! Variables: their names, and what they stand for.

use std::collections::HashMap;
use std::fmt::Write;

use rand::{Rng, RngExt};

use crate::targets::template::Values;

/// What the variables of a list may name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Columns of the feed; None without one.
    pub columns: Option<Vec<String>>,
    /// The environment.
    pub env: HashMap<String, String>,
}

/// What is known of a variable when its list is read.
#[derive(Debug)]
pub enum Known {
    /// Its value, for all hits.
    Fixed(String),
    /// Where the value of each hit comes from.
    Variable(Variable),
}

/// Where the value of a variable comes from at each hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// A cell of the hit's row, by its place.
    Column(usize),
    /// 122 random bits, as a UUID of version 4.
    Uuid,
    /// The number of the hit, from 0.
    Seq,
    /// Seconds since 1970 UTC.
    Timestamp,
    /// A whole number from `from` to below `to`, as editors of .http files have it.
    RandomInt {
        /// The least.
        from: i64,
        /// One more than the greatest, > `from`.
        to: i64,
    },
}

impl Scope {
    /// Returns what a name stands for.
    ///
    /// The error is what is wrong with it and what was expected.
    pub fn known(&self, text: &str) -> Result<Known, String> {
        let text = text.trim();
        let variable = match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["$uuid"] => Variable::Uuid,
            ["$seq"] => Variable::Seq,
            ["$timestamp"] => Variable::Timestamp,
            ["$randomInt", from, to] => random_int(from, to)?,
            ["$randomInt", ..] => return Err(bad_random_int(text)),
            ["$env", name] => return self.of_environment(name),
            ["$open"] => return Ok(Known::Fixed("{{".to_owned())),
            _ if text.starts_with('$') => return Err(self.unknown(text)),
            _ => self.column(text)?,
        };
        Ok(Known::Variable(variable))
    }

    fn column(&self, name: &str) -> Result<Variable, String> {
        let columns = self.columns.iter().flatten();
        let column = columns.into_iter().position(|column| column == name);
        column.map(Variable::Column).ok_or_else(|| self.unknown(name))
    }

    fn of_environment(&self, name: &str) -> Result<Known, String> {
        let value = self.env.get(name).cloned().map(Known::Fixed);
        value.ok_or_else(|| format!("no '{name}' in the environment: expected it to be set"))
    }

    fn unknown(&self, name: &str) -> String {
        /// Columns that an error names at most.
        const MOST: usize = 20;
        let rest = match &self.columns {
            _ if name.starts_with('$') => {
                "expected $uuid, $seq, $timestamp, $randomInt A B, $env NAME or $open".to_owned()
            }
            None => "expected a column of -feed, which is not given".to_owned(),
            Some(columns) => {
                let named: Vec<_> = columns.iter().take(MOST).map(String::as_str).collect();
                let more = if columns.len() > MOST { ", …" } else { "" };
                format!("the feed has: {}{more}", named.join(", "))
            }
        };
        format!("unknown variable '{name}'; {rest}")
    }
}

fn random_int(from: &str, to: &str) -> Result<Variable, String> {
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if from < to => Ok(Variable::RandomInt { from, to }),
        _ => Err(bad_random_int(&format!("$randomInt {from} {to}"))),
    }
}

fn bad_random_int(text: &str) -> String {
    format!("bad variable '{text}': expected $randomInt A B, whole numbers, from A to below B")
}

impl Variable {
    /// Returns whether it draws random numbers.
    pub fn is_random(self) -> bool {
        matches!(self, Self::Uuid | Self::RandomInt { .. })
    }

    /// Returns the most bytes that its value takes; None for a cell.
    pub fn most_bytes(self) -> Option<usize> {
        match self {
            Self::Column(_) => None,
            Self::Uuid => Some(36),
            Self::Seq | Self::Timestamp | Self::RandomInt { .. } => Some(20),
        }
    }

    /// Writes the value of a hit; of a cell nothing, whose text is encoded by whoever has it.
    pub fn write(self, values: &mut Values<'_>, text: &mut String) {
        let written = match self {
            Self::Column(_) => Ok(()),
            Self::Uuid => write_uuid(values.numbers(), text),
            Self::Seq => write!(text, "{}", values.seq),
            Self::Timestamp => write!(text, "{}", values.unix),
            Self::RandomInt { from, to } => {
                write!(text, "{}", values.numbers().random_range(from..to))
            }
        };
        written.expect("a string takes all that is written");
    }
}

/// Source: RFC 9562, section 5.4.
fn write_uuid(numbers: &mut impl Rng, text: &mut String) -> std::fmt::Result {
    let (high, low) = (numbers.next_u64(), numbers.next_u64());
    let version = (high & !0xf000) | 0x4000;
    let variant = (low & !(0b11 << 62)) | 0b10 << 62;
    let (a, b, c) = (version >> 32, version >> 16 & 0xffff, version & 0xffff);
    let (d, e) = (variant >> 48, variant & 0xffff_ffff_ffff);
    write!(text, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}
