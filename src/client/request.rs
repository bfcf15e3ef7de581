//! A request made ready once for all hits on its target.

use std::rc::Rc;

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName,
    HeaderValue, PROXY_AUTHORIZATION, RANGE, TRANSFER_ENCODING, USER_AGENT,
};
use http::uri::{Authority, PathAndQuery};
use http::{Method, Uri};
use url::{Position, Url};

use super::body::Body;
use super::connect::Connector;
use super::credentials;
use super::dial::Proxy;
use super::pool::Pool;
use super::unpack::Unpacks;
use crate::error::Error;

/// Number of the hit, from 0.
const SEQ: HeaderName = HeaderName::from_static("x-drumfire-seq");

/// Name of the attack, where it has one.
const ATTACK: HeaderName = HeaderName::from_static("x-drumfire-attack");

/// What we call ourselves, unless told otherwise.
pub const PRODUCT: &str = concat!("drumfire/", env!("CARGO_PKG_VERSION"));

/// A request made ready once for all hits on its target.
pub struct Request {
    /// Where its connections come from.
    pub pool: Rc<Pool<Connector>>,
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: Url,
    /// The URL as the target or the redirect has it, for messages.
    pub text: String,
    /// Path and query, or for a proxy the whole URL, as HTTP/1.1 has them on the wire.
    asked: Uri,
    /// All headers but the hit's number, as HTTP/1.1 has them.
    pub headers: HeaderMap,
    /// The same for HTTP/2.
    http2: Head,
    /// The body; empty for none.
    pub body: Body,
    /// What its response is unpacked from.
    pub unpacks: Unpacks,
}

/// What a request asks for.
pub struct Goal {
    /// The whole URL.
    pub url: Url,
    /// The URL as the target or the redirect has it, for messages.
    pub text: String,
    /// Path and query.
    pub path: PathAndQuery,
}

impl Request {
    /// Makes a request ready. `headers` are the target's own; those that describe the connection
    /// or that every request has are put in or replaced here.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] where a part cannot go over the wire.
    pub fn new(
        pool: Rc<Pool<Connector>>,
        method: Method,
        goal: Goal,
        headers: HeaderMap,
        body: Body,
    ) -> Result<Self, Error> {
        let Goal { url, text, path } = goal;
        let bad = |part: &str| Error::Attack(format!("bad {part} in URL '{text}'"));
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let whole = Uri::builder().scheme(url.scheme()).authority(host);
        let whole = whole.path_and_query(path.clone()).build().map_err(|_| bad("host"))?;
        let forwarder = pool.connector().forwarder();
        let asked = if forwarder.is_some() { whole.clone() } else { path.into() };
        let host = HeaderValue::from_str(host).map_err(|_| bad("host"))?;
        let mut headers = in_order(&headers, host);
        if let Some(user) = credentials::basic(&url) {
            headers.entry(AUTHORIZATION).or_insert(user);
        }
        if let Some(user) = forwarder.and_then(Proxy::authorization) {
            headers.insert(PROXY_AUTHORIZATION, user);
        }
        announce_body(&mut headers, &method, &body);
        let unpacks = ask_for_gzip(&mut headers, &method);
        let http2 = Head::of_http2(&whole, &headers);
        Ok(Self { pool, method, url, text, asked, headers, http2, body, unpacks })
    }

    /// Names the attack in a header; an empty name in none.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] where the name cannot stand in a header.
    pub fn set_attack(&mut self, name: &str) -> Result<(), Error> {
        if !name.is_empty() {
            let value = HeaderValue::from_str(name);
            let value = value.map_err(|_| {
                Error::Attack(format!("bad -name '{name}': expected printable text"))
            })?;
            self.headers.insert(ATTACK, value.clone());
            self.http2.headers.insert(ATTACK, value);
        }
        Ok(())
    }

    /// Asks for a connection of its own. HTTP/2 has no word for that.
    pub fn close_after(&mut self) {
        self.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }

    /// Returns the request of one hit, in the form of HTTP/2 or of HTTP/1.1.
    pub fn numbered(&self, seq: u64, http2: bool) -> http::Request<Body> {
        let (uri, headers) = match http2 {
            true => (&self.http2.uri, &self.http2.headers),
            false => (&self.asked, &self.headers),
        };
        let mut request = http::Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        request.headers_mut().insert(SEQ, HeaderValue::from(seq));
        request
    }

    /// Returns whether sending it twice has the effect of sending it once.
    ///
    /// Source: RFC 9110, section 9.2.2; the key as in Go, package net/http, Transport.
    pub fn is_idempotent(&self) -> bool {
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
        safe.contains(&self.method)
            || self.headers.contains_key("idempotency-key")
            || self.headers.contains_key("x-idempotency-key")
    }
}

/// The head of a request in the form of HTTP/2.
struct Head {
    /// Scheme, authority, path and query.
    uri: Uri,
    /// All headers but the hit's number.
    headers: HeaderMap,
}

impl Head {
    /// Turns a head of HTTP/1.1, with the whole URL, into one of HTTP/2: the host becomes the
    /// authority, and headers that speak of the connection go. A Host that can be no authority
    /// leaves the URL's.
    ///
    /// Source: RFC 9113, sections 8.2.2 and 8.3.1.
    fn of_http2(whole: &Uri, headers: &HeaderMap) -> Self {
        const OF_THE_CONNECTION: [&str; 5] =
            ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
        let mut parts = whole.clone().into_parts();
        let authority =
            headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
        parts.authority = authority.or(parts.authority);
        let uri = Uri::from_parts(parts).expect("it has a scheme, an authority and a path");
        let elsewhere =
            |name: &HeaderName| name == HOST || OF_THE_CONNECTION.contains(&name.as_str());
        Self { uri, headers: without(headers, elsewhere).collect() }
    }
}

/// Returns a target's own headers in the order of the wire: Host and User-Agent, which have the
/// values given or ours unless it has its own, then the others, but for those of the framing.
///
/// They leave in the order in which they were put in, as long as none is taken out.
fn in_order(own: &HeaderMap, host: HeaderValue) -> HeaderMap {
    let first = [(HOST, host), (USER_AGENT, HeaderValue::from_static(PRODUCT))];
    let mut headers = HeaderMap::with_capacity(own.len() + 8);
    for (name, value) in &first {
        let values = own.get_all(name).iter();
        headers.extend(values.map(|value| (name.clone(), value.clone())));
        headers.entry(name).or_insert_with(|| value.clone());
    }
    let elsewhere = [HOST, USER_AGENT, CONTENT_LENGTH, TRANSFER_ENCODING];
    headers.extend(without(own, |name| elsewhere.contains(name)));
    headers
}

/// Returns headers in their order without some of them: taking one out would move another.
fn without(
    headers: &HeaderMap,
    leaves: impl Fn(&HeaderName) -> bool,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let stay = headers.iter().filter(move |(name, _)| !leaves(name));
    stay.map(|(name, value)| (name.clone(), value.clone()))
}

/// Announces an empty body of methods that have one by rule, and one in chunks, which hyper would
/// not send with a method that has none by rule; any other the connection frames.
///
/// Source: RFC 9110, section 8.6; Go, package net/http, shouldSendContentLength.
fn announce_body(headers: &mut HeaderMap, method: &Method, body: &Body) {
    if body.is_chunked() {
        headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    if body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
}

/// Asks for gzip, unless the target asks for something itself, or for a part or no body.
///
/// Source: Go, package net/http, Transport.DisableCompression.
fn ask_for_gzip(headers: &mut HeaderMap, method: &Method) -> Unpacks {
    let own = headers.contains_key(ACCEPT_ENCODING) || headers.contains_key(RANGE);
    if own || method == Method::HEAD {
        return Unpacks::named_by(headers);
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    Unpacks::Gzip
}
