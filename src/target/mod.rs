//! Target: what a hit asks for, and the lists that targets are read from.

mod fields;
mod http;
mod json;
mod lines;

use ::http::{HeaderName, HeaderValue, Method};
use bytes::Bytes;
use url::Url;

pub use fields::{BaseUrl, parse_base_url, parse_header};
pub use http::read_http;
pub use json::read_json;

/// One request of a list, ready to be sent any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The target's own name; empty where the list gives none.
    pub name: String,
    /// HTTP method.
    pub method: Method,
    /// The URL as the list has it, behind the base URL where there is one: what records show.
    pub url: String,
    /// The same URL parsed, with a host: what the hit goes to. Its scheme is http or https.
    pub address: Url,
    /// Default headers, then the target's own; in order, repeats kept.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Request body; empty for none.
    pub body: Bytes,
}

/// What every target of a list gets beside its own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Put in front of the target's own headers, never replaced by them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Body of the targets that have none.
    pub body: Bytes,
    /// Put in front of URLs that begin with `/`; None refuses them.
    pub base_url: Option<BaseUrl>,
}
