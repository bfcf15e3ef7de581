//! What the checks and captures of an entry need of a response.

use crate::flow::tree::assert::Expected;
use crate::flow::tree::query::Query;
use crate::flow::tree::request::Entry;

/// What is kept of a response until it has been evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The body.
    pub body: bool,
    /// The body as it was sent, maybe compressed.
    pub raw_body: bool,
    /// The headers, besides those for cookies and redirects.
    pub headers: bool,
}

impl Needs {
    /// Returns what an entry needs.
    pub fn of(entry: &Entry) -> Self {
        entry.expected.as_ref().map(Self::of_expected).unwrap_or_default()
    }

    fn of_expected(expected: &Expected) -> Self {
        let queries: Vec<&Query> = queries(expected).map(|(_, query)| query).collect();
        Self {
            raw_body: queries.iter().any(|query| matches!(query, Query::RawBytes)),
            body: expected.body.is_some() || queries.iter().any(|query| reads_body(query)),
            headers: !expected.headers.is_empty()
                || queries.iter().any(|query| reads_headers(query)),
        }
    }
}

/// Returns the line of a `rawbytes` in an entry that also reads the decompressed body, since only one
/// of them is kept. None if there is none.
pub fn mixed_raw_body(entry: &Entry) -> Option<usize> {
    let expected = entry.expected.as_ref()?;
    let mut queries_of_body = queries(expected).map(|(_, query)| query);
    let is_read = expected.body.is_some()
        || queries_of_body.any(|query| reads_body(query) && !matches!(query, Query::RawBytes));
    let raw = queries(expected).find(|(_, query)| matches!(query, Query::RawBytes));
    raw.filter(|_| is_read).map(|(line, _)| line)
}

/// Returns the line of a `rawbytes` in a gRPC call, whose messages are read as JSON. None if there is
/// none.
pub fn raw_body_of_call(entry: &Entry) -> Option<usize> {
    let expected = entry.expected.as_ref().filter(|_| entry.call.is_some())?;
    let raw = queries(expected).find(|(_, query)| matches!(query, Query::RawBytes));
    raw.map(|(line, _)| line)
}

/// Returns the queries of captures and asserts, each with its line.
fn queries(expected: &Expected) -> impl Iterator<Item = (usize, &Query)> {
    let captured = expected.captures.iter().map(|capture| (capture.line, &capture.query));
    captured.chain(expected.asserts.iter().map(|assert| (assert.line, &assert.query)))
}

fn reads_body(query: &Query) -> bool {
    matches!(
        query,
        Query::Body
            | Query::Bytes
            | Query::RawBytes
            | Query::JsonPath(_)
            | Query::Regex(_)
            | Query::Sha256
    )
}

/// Returns whether a query reads headers. Texts are decoded as Content-Type says.
fn reads_headers(query: &Query) -> bool {
    let reads_text = matches!(query, Query::Body | Query::JsonPath(_) | Query::Regex(_));
    reads_text || matches!(query, Query::Header(_) | Query::Cookie(..))
}
