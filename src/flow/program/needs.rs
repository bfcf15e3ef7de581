//! What the checks and captures of an entry need of a response.

use crate::flow::tree::assert::Expected;
use crate::flow::tree::query::Query;
use crate::flow::tree::request::Entry;

/// What is kept of a response until it has been evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The body.
    pub body: bool,
    /// The headers, besides those for cookies and redirects.
    pub headers: bool,
}

impl Needs {
    /// Returns what an entry needs.
    pub fn of(entry: &Entry) -> Self {
        entry.expected.as_ref().map(Self::of_expected).unwrap_or_default()
    }

    fn of_expected(expected: &Expected) -> Self {
        let captured = expected.captures.iter().map(|capture| &capture.query);
        let asserted = expected.asserts.iter().map(|assert| &assert.query);
        let queries: Vec<&Query> = captured.chain(asserted).collect();
        Self {
            body: expected.body.is_some() || queries.iter().any(|query| reads_body(query)),
            headers: !expected.headers.is_empty()
                || queries.iter().any(|query| reads_headers(query)),
        }
    }
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
