//! Checks that every row of a feed can be sent in every target that uses its columns.

use http::{HeaderName, HeaderValue};

use crate::feed::Row;
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use crate::targets::path::MAX_URL_BYTES;
use crate::targets::template::Template;
use crate::targets::template::messages::Messages;
use crate::targets::template::text::{Piece, RequestPart, Text, encoded};
use crate::targets::template::variable::Variable;
use crate::targets::variable_problem::RowProblem;
use crate::targets::{Target, Values, check_metadata};

/// Checks rows before the attack, so that no hit fails because of its cells.
#[derive(Debug)]
pub struct Check {
    columns: Vec<String>,
    in_headers: Vec<Use>,
    in_urls: Vec<Use>,
    urls: Vec<Url>,
    /// The messages of gRPC targets that have variables.
    messages: Vec<Messages>,
    /// The metadata of gRPC targets that have variables.
    metadata: Vec<(HeaderName, Text)>,
    rngs: HitRngs,
}

/// The use of a column in one kind of text.
#[derive(Debug, PartialEq)]
struct Use {
    column: usize,
    json: bool,
    /// First line of the list with this use, from 1.
    line: usize,
    /// Length of the longest encoded cell so far, in bytes.
    max_bytes: usize,
}

/// A URL with columns.
#[derive(Debug)]
struct Url {
    line: usize,
    /// Length of the longest URL without its cells, in bytes.
    fixed: usize,
    /// Indices into `in_urls`.
    uses: Vec<usize>,
}

impl Check {
    /// Returns a check for the targets of a list that was read with these columns.
    pub fn new(targets: &[Target], columns: &[String]) -> Self {
        let mut check = Self {
            columns: columns.to_vec(),
            in_headers: Vec::new(),
            in_urls: Vec::new(),
            urls: Vec::new(),
            messages: Vec::new(),
            metadata: Vec::new(),
            rngs: Seed(0).rngs(Purpose::Values),
        };
        for target in targets {
            let Some(template) = &target.template else { continue };
            check.add(template, target);
        }
        check
    }

    fn add(&mut self, template: &Template, target: &Target) {
        self.messages.extend(template.messages.clone());
        if target.call.is_some() {
            let name = |index: usize| target.headers[index].0.clone();
            let metadata = template.headers.iter();
            self.metadata.extend(metadata.map(|(index, text)| (name(*index), text.clone())));
        }
        for (_, text) in &template.headers {
            cells(text).for_each(|(column, json)| {
                use_of(&mut self.in_headers, column, json, text.line);
            });
        }
        let Some(text) = &template.url else { return };
        let uses = cells(text)
            .map(|(column, json)| use_of(&mut self.in_urls, column, json, text.line))
            .collect();
        let variables = text.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { variable, .. } => variable.max_bytes(),
            Piece::Fixed(_) => None,
        });
        let fixed = target.address.as_str().len() + variables.sum::<usize>();
        self.urls.push(Url { line: text.line, fixed, uses });
    }

    /// Checks a row.
    ///
    /// # Errors
    ///
    /// If a hit with this row cannot be sent.
    pub fn row(&mut self, row: &Row) -> Result<(), RowProblem> {
        for Use { column, json, line, .. } in &self.in_headers {
            let value = encoded(row.cell(*column), *json, RequestPart::Header);
            if value.contains(|letter: char| letter.is_ascii_control() && letter != '\t') {
                let column = self.columns[*column].clone();
                return Err(RowProblem::ControlCharacter { column, line: *line });
            }
        }
        for messages in &self.messages {
            // Only cells can fail to fit: the values of other variables are numbers and UUIDs.
            let filled = messages.fill(&mut Values::new(0, 0, Some(row), &self.rngs));
            filled.map_err(|problem| RowProblem::Message {
                line: messages.line,
                problem: problem.text(),
            })?;
        }
        for (name, text) in &self.metadata {
            let value = text.expand(&mut Values::new(0, 0, Some(row), &self.rngs));
            // Control characters were found above.
            let Ok(value) = HeaderValue::try_from(value) else { continue };
            check_metadata(&[(name.clone(), value)])
                .map_err(|problem| RowProblem::Message { line: text.line, problem })?;
        }
        let mut is_longer = false;
        for used in &mut self.in_urls {
            let len = encoded(row.cell(used.column), used.json, RequestPart::Url).len();
            is_longer |= len > used.max_bytes;
            used.max_bytes = used.max_bytes.max(len);
        }
        if is_longer { self.check_lengths() } else { Ok(()) }
    }

    /// Checks that each URL with the longest cells so far fits into a request.
    fn check_lengths(&self) -> Result<(), RowProblem> {
        for Url { line, fixed, uses } in &self.urls {
            let cells = uses.iter().map(|index| self.in_urls[*index].max_bytes).sum::<usize>();
            if fixed + cells > MAX_URL_BYTES {
                return Err(RowProblem::UrlTooLong { line: *line });
            }
        }
        Ok(())
    }
}

/// Returns the columns that a text uses, each with whether its cells are escaped for JSON.
fn cells(text: &Text) -> impl Iterator<Item = (usize, bool)> {
    text.pieces.iter().filter_map(|piece| match piece {
        Piece::Variable { variable: Variable::Column(column), json } => Some((*column, *json)),
        _ => None,
    })
}

/// Returns the index of a use, which is added if it is new.
fn use_of(uses: &mut Vec<Use>, column: usize, json: bool, line: usize) -> usize {
    let known = uses.iter().position(|used| used.column == column && used.json == json);
    known.unwrap_or_else(|| {
        uses.push(Use { column, json, line, max_bytes: 0 });
        uses.len() - 1
    })
}
