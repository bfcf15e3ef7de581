//! Which requests failed with which error.

use std::cmp::Reverse;
use std::hash::Hash;

use indexmap::Equivalent;

use crate::bounded_map::Bounded;
use crate::failure_names::normalized;
use crate::markup::redact::{HIDDEN_USER, cut, without_users};
use crate::metrics::tally::errors::MAX_TEXTS;
use crate::record::{Label, Rows};

/// Distinct requests of one error, at most.
const MAX_REQUESTS: usize = 20;

/// Bytes of a method and of a target that are shown, at most. A few more are kept, which show that
/// the text is longer.
const MAX_TEXT_BYTES: usize = 100;
const KEPT_BYTES: usize = MAX_TEXT_BYTES + 4;

/// The requests of each error text, by method and target. A target is identified by its name, or by
/// its URL without the query if it has no name.
///
/// The first 1000 texts and the first 20 requests of each text are kept, about 5 MB at most. All
/// further requests of a text are counted together.
#[derive(Clone, Debug)]
pub struct FailingRequests {
    errors: Bounded<String, Bounded<Request, u64>>,
    /// The error text that was counted last, and its place: failures mostly come in series.
    last: (String, usize),
}

/// A method and a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request {
    method: String,
    target: String,
}

/// A method and a target that are looked up.
#[derive(Hash)]
struct RequestRef<'a> {
    method: &'a str,
    target: &'a str,
}

impl Equivalent<Request> for RequestRef<'_> {
    fn equivalent(&self, kept: &Request) -> bool {
        self.method == kept.method && self.target == kept.target
    }
}

impl Default for FailingRequests {
    fn default() -> Self {
        Self { errors: Bounded::new(MAX_TEXTS), last: (String::new(), 0) }
    }
}

impl FailingRequests {
    /// Counts the failures in a run of records. Their labels must have been read; see
    /// [`Columns::Identified`](crate::record::Columns::Identified).
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let [names, methods, urls] =
            [Label::Name, Label::Method, Label::Url].map(|label| rows.labels(label));
        for (row, error) in rows.errors() {
            let place = self.place(error);
            let target = match names.at(row) {
                "" => without_query(urls.at(row)),
                name => name,
            };
            let requests = self.errors.at(place, no_requests);
            count(requests, methods.at(row), &without_users(target, HIDDEN_USER));
        }
    }

    /// Returns the requests of an error, given its [normalized] text: each as method and target,
    /// and its number of failures, the most frequent first. The second value counts the failures of
    /// all further requests.
    pub fn of(&self, error: &str) -> (Vec<(String, u64)>, u64) {
        let requests = match self.errors.find(error) {
            Some(place) => self.errors.iter().nth(place).map(|(_, requests)| requests),
            None => self.errors.other(),
        };
        let Some(requests) = requests else { return (Vec::new(), 0) };
        let shown = |(Request { method, target }, count): (&Request, &u64)| {
            let [method, target] = [method, target].map(|text| cut(text, MAX_TEXT_BYTES));
            (format!("{method} {target}").trim().to_owned(), *count)
        };
        let mut known: Vec<(String, u64)> = requests.iter().map(shown).collect();
        known.sort_by(|(a, few), (b, many)| (Reverse(few), a).cmp(&(Reverse(many), b)));
        (known, requests.other().copied().unwrap_or_default())
    }

    fn place(&mut self, error: &str) -> usize {
        if self.last.0 != error {
            let text = normalized(error);
            let place = match self.errors.find(&*text) {
                Some(place) => place,
                None => self.errors.place(text.into_owned(), no_requests),
            };
            self.last = (error.to_owned(), place);
        }
        self.last.1
    }
}

fn no_requests() -> Bounded<Request, u64> {
    Bounded::new(MAX_REQUESTS)
}

/// Counts a request.
fn count(requests: &mut Bounded<Request, u64>, method: &str, target: &str) {
    let [method, target] =
        [method, target].map(|text| &text[..text.floor_char_boundary(KEPT_BYTES)]);
    let place = match requests.find(&RequestRef { method, target }) {
        Some(place) => place,
        None => {
            let [method, target] = [method, target].map(str::to_owned);
            requests.place(Request { method, target }, u64::default)
        }
    };
    *requests.at(place, u64::default) += 1;
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, Record};

    fn failing(records: impl IntoIterator<Item = Record<'static>>) -> FailingRequests {
        let mut builder = BatchBuilder::new();
        records.into_iter().for_each(|record| builder.push(&record));
        let batch = builder.finish();
        let mut failing = FailingRequests::default();
        failing.add_rows(&batch.rows(0..batch.len()));
        failing
    }

    fn record(name: &'static str, method: &'static str, error: &'static str) -> Record<'static> {
        let url = "http://me:pw@h/items?id=7";
        Record {
            name,
            method,
            url,
            error: (!error.is_empty()).then_some(error),
            ..Record::default()
        }
    }

    #[test]
    fn requests_are_counted_by_method_and_target_the_most_frequent_first() {
        let found = failing([
            record("home", "GET", "EOF"),
            record("order", "POST", "EOF"),
            record("order", "POST", "EOF"),
            record("order", "POST", ""),
            record("", "GET", "EOF"),
            record("home", "GET", "reset"),
        ]);
        let expected = [("POST order", 2), ("GET home", 1), ("GET http://***@h/items", 1)];
        let expected = expected.map(|(request, count)| (request.to_owned(), count)).to_vec();
        assert_eq!(found.of("EOF"), (expected, 0));
        assert_eq!(found.of("reset"), (vec![("GET home".to_owned(), 1)], 0));
        assert_eq!(found.of("unknown"), (Vec::new(), 0));
    }

    #[test]
    fn texts_and_requests_are_limited_in_number_and_length() {
        let leak = |text: String| -> &'static str { text.leak() };
        let long = leak("é".repeat(5000));
        let names = (0..50).map(|n| record(leak(format!("name {n}")), "GET", "EOF"));
        let errors = (0..1100).map(|n| record("home", "GET", leak(format!("error {n}"))));
        let found = failing(names.chain(errors).chain([record(long, long, "error 3")]));
        let (requests, further) = found.of("EOF");
        assert_eq!((requests.len(), further), (MAX_REQUESTS, 30));
        assert_eq!(found.of("other errors").0, [("GET home".to_owned(), 101)]);
        let (requests, _) = found.of("error 3");
        assert!(requests.iter().all(|(text, _)| text.len() <= 2 * (MAX_TEXT_BYTES + 3) + 1));
    }
}
