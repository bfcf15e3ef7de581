//! Whether each row of a feed can be sent in each target that names its columns.

use crate::feed::Row;
use crate::targets::Target;
use crate::targets::fields::LONGEST_URL;
use crate::targets::template::Template;
use crate::targets::template::text::{Piece, Site, Text, encoded};
use crate::targets::template::variable::Variable;

/// Looks at rows before the attack, so that no hit meets a cell that it cannot carry.
#[derive(Debug)]
pub struct Check {
    columns: Vec<String>,
    in_headers: Vec<Use>,
    in_urls: Vec<Use>,
    urls: Vec<Url>,
}

/// A column in a part of a target.
#[derive(Debug, PartialEq)]
struct Use {
    column: usize,
    json: bool,
    /// Of the list, where it stands first.
    line: usize,
    /// Most bytes that any cell so far takes there.
    most_bytes: usize,
}

/// A URL with columns.
#[derive(Debug)]
struct Url {
    line: usize,
    /// Most bytes of all but the cells.
    fixed: usize,
    /// Places in `in_urls`.
    uses: Vec<usize>,
}

impl Check {
    /// Takes the targets of a list and the names of the columns that it was read with.
    pub fn new(targets: &[Target], columns: &[String]) -> Self {
        let (in_headers, in_urls, urls) = Default::default();
        let mut check = Self { columns: columns.to_vec(), in_headers, in_urls, urls };
        for target in targets {
            let Some(template) = &target.template else { continue };
            check.take(template, target);
        }
        check
    }

    fn take(&mut self, template: &Template, target: &Target) {
        for (_, text) in &template.headers {
            cells(text).for_each(|(column, json)| {
                place_of(&mut self.in_headers, column, json, text.line);
            });
        }
        let Some(text) = &template.url else { return };
        let uses = cells(text)
            .map(|(column, json)| place_of(&mut self.in_urls, column, json, text.line))
            .collect();
        let variables = text.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { variable, .. } => variable.most_bytes(),
            Piece::Fixed(_) => None,
        });
        let fixed = target.address.as_str().len() + variables.sum::<usize>();
        self.urls.push(Url { line: text.line, fixed, uses });
    }

    /// Looks at a row.
    ///
    /// The error is what is wrong with it and what was expected.
    pub fn row(&mut self, row: &Row) -> Result<(), String> {
        for Use { column, json, line, .. } in &self.in_headers {
            let value = encoded(row.cell(*column), *json, Site::Header);
            if value.contains(|letter: char| letter.is_ascii_control() && letter != '\t') {
                let name = &self.columns[*column];
                return Err(format!(
                    "a control character in '{name}', which is for a header in line {line} of the \
                     list: expected text on one line, or {{{{{name}|json}}}} there"
                ));
            }
        }
        let mut is_longer = false;
        for used in &mut self.in_urls {
            let len = encoded(row.cell(used.column), used.json, Site::Url).len();
            is_longer |= len > used.most_bytes;
            used.most_bytes = used.most_bytes.max(len);
        }
        if is_longer { self.lengths() } else { Ok(()) }
    }

    /// Holds URLs with the longest cells so far against the most that a request can carry.
    fn lengths(&self) -> Result<(), String> {
        for Url { line, fixed, uses } in &self.urls {
            let cells = uses.iter().map(|place| self.in_urls[*place].most_bytes).sum::<usize>();
            if fixed + cells > LONGEST_URL {
                return Err(format!(
                    "cells too long for the URL in line {line} of the list: expected at most \
                     {LONGEST_URL} bytes with the longest of each column, percent-encoded"
                ));
            }
        }
        Ok(())
    }
}

/// Returns the columns that a text names.
fn cells(text: &Text) -> impl Iterator<Item = (usize, bool)> {
    text.pieces.iter().filter_map(|piece| match piece {
        Piece::Variable { variable: Variable::Column(column), json } => Some((*column, *json)),
        _ => None,
    })
}

/// Returns the place of a use among those known, of which there is one for each kind.
fn place_of(uses: &mut Vec<Use>, column: usize, json: bool, line: usize) -> usize {
    let known = uses.iter().position(|used| used.column == column && used.json == json);
    known.unwrap_or_else(|| {
        uses.push(Use { column, json, line, most_bytes: 0 });
        uses.len() - 1
    })
}
