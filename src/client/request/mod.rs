//! A request made ready once for all hits on its target.

pub mod body;
pub mod credentials;
pub mod redirect;

use std::cell::{OnceCell, RefCell};
use std::io::Write;
use std::rc::Rc;

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName,
    HeaderValue, InvalidHeaderValue, PROXY_AUTHORIZATION, RANGE, TRANSFER_ENCODING, USER_AGENT,
};
use http::uri::{self, Authority, PathAndQuery};
use http::{Method, Uri};
use url::{Position, Url};

use crate::client::connection::connector::Connector;
use crate::client::dial::Proxy;
use crate::client::pool::Pool;
use crate::client::request::body::Body;
use crate::client::response::decode::Unpacks;
use crate::error::Error;
use crate::targets;

/// Number of the hit, from 0.
const SEQ: HeaderName = HeaderName::from_static("x-drumfire-seq");

/// Name of the attack, where it has one.
const ATTACK: HeaderName = HeaderName::from_static("x-drumfire-attack");

/// What we call ourselves, unless told otherwise.
pub const PRODUCT: &str = concat!("drumfire/", env!("CARGO_PKG_VERSION"));

/// A header, of which a list may have several under one name.
pub type Header = (HeaderName, HeaderValue);

/// A request made ready once for all hits on its target. There may be hundreds of thousands.
pub struct Request {
    /// Where its connections come from.
    pub pool: Rc<Pool<Connector>>,
    /// The HTTP method.
    pub method: Method,
    /// The URL as the target or the redirect has it, for messages.
    pub text: String,
    /// Host and port as HTTP/2 has them.
    authority: Authority,
    /// Path and query.
    path: PathAndQuery,
    heads: Rc<Heads>,
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

/// What every request of a client says beside its own.
#[derive(Default)]
pub struct Manner {
    /// Name of the attack; None for none.
    attack: Option<HeaderValue>,
    /// Whether it asks for a connection of its own. HTTP/2 has no word for that.
    closes: bool,
    /// The headers of the last request, for the next one, which may have the same.
    last: RefCell<Option<Rc<Heads>>>,
}

impl Manner {
    /// Returns how requests of a named attack go out, each on a connection of its own where it
    /// `closes` that; an empty name is none.
    ///
    /// # Errors
    ///
    /// Where the name cannot stand in a header.
    pub fn new(attack: &str, closes: bool) -> Result<Self, InvalidHeaderValue> {
        let named = (!attack.is_empty()).then(|| HeaderValue::from_str(attack));
        Ok(Self { attack: named.transpose()?, closes, last: RefCell::default() })
    }

    /// Returns the headers of a request, the same ones as the last time where they say the same.
    fn heads(&self, headers: &[Header]) -> Rc<Heads> {
        let mut last = self.last.borrow_mut();
        if let Some(last) = last.as_ref().filter(|last| last.say(headers)) {
            return last.clone();
        }
        last.insert(Rc::new(Heads::new(headers))).clone()
    }
}

impl Request {
    /// Makes a request ready. `own` are the target's headers; those that describe the connection
    /// or that every request has are put in or replaced here.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] where a part cannot go over the wire.
    pub fn new(
        pool: Rc<Pool<Connector>>,
        (method, body): (Method, Body),
        goal: Goal,
        own: &[Header],
        manner: &Manner,
    ) -> Result<Self, Error> {
        let Goal { url, text, path } = goal;
        let connector = pool.connector();
        let host = host_of(&url, &text);
        let (mut authority, host) = match connector.authority() {
            // Most requests to one origin share its text.
            Some((authority, header)) if authority.as_str() == host => {
                (authority.clone(), header.clone())
            }
            _ => authority(host, &text)?,
        };
        let mut headers = in_order(own, &host);
        if let Some(user) = credentials::basic(&url)
            && !has(&headers, &AUTHORIZATION)
        {
            headers.push((AUTHORIZATION, user));
        }
        if let Some(user) = connector.forwarder().and_then(Proxy::authorization) {
            set(&mut headers, PROXY_AUTHORIZATION, user);
        }
        announce_body(&mut headers, &method, &body);
        let unpacks = ask_for_gzip(&mut headers, &method);
        if let Some(attack) = &manner.attack {
            set(&mut headers, ATTACK, attack.clone());
        }
        if manner.closes {
            set(&mut headers, CONNECTION, HeaderValue::from_static("close"));
        }
        // A Host that can be no authority leaves the URL's.
        if headers[0].1 != host {
            authority = Authority::try_from(headers[0].1.as_bytes()).unwrap_or(authority);
        }
        let heads = manner.heads(&headers);
        Ok(Self { pool, method, text, authority, path, heads, body, unpacks })
    }

    /// Writes the head of one hit's request in the form of HTTP/1.1 behind some bytes.
    pub fn write_head(&self, seq: u64, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.method.as_str().as_bytes());
        bytes.push(b' ');
        let connector = self.pool.connector();
        if let (Some(_), Some(host)) = (connector.forwarder(), connector.origin().authority()) {
            // Proxies are sent the whole URL.
            let scheme = connector.origin().scheme_str().unwrap_or("http");
            bytes.extend([scheme, "://", host.as_str()].iter().flat_map(|part| part.bytes()));
        }
        bytes.extend_from_slice(self.path.as_str().as_bytes());
        bytes.extend_from_slice(b" HTTP/1.1\r\n");
        self.heads.http1.write(seq, bytes);
        if !self.body.is_empty() && !self.body.is_chunked() {
            bytes.extend_from_slice(b"Content-Length: ");
            write_decimal(self.body.len() as u64, bytes);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
    }

    /// Returns the request of one hit in the form of HTTP/2.
    pub fn http2(&self, seq: u64) -> http::Request<Body> {
        let mut request = http::Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.whole_uri();
        *request.headers_mut() = self.heads.http2(seq);
        request
    }

    fn whole_uri(&self) -> Uri {
        let mut parts = uri::Parts::default();
        parts.scheme = self.pool.connector().origin().scheme().cloned();
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(self.path.clone());
        Uri::from_parts(parts).expect("it has a scheme, an authority and a path")
    }

    /// Returns all headers, the hit's number among them, which may be any.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.heads.all.iter()
    }

    /// Returns the URL without user and fragment.
    ///
    /// # Errors
    ///
    /// Where a path that went out as written is not in one.
    pub fn url(&self) -> Result<Url, url::ParseError> {
        let origin = self.pool.connector().origin();
        let host = origin.authority().unwrap_or(&self.authority);
        Url::parse(&format!("{}://{host}{}", origin.scheme_str().unwrap_or("http"), self.path))
    }

    /// Returns whether sending it twice has the effect of sending it once.
    ///
    /// Source: RFC 9110, section 9.2.2; the key as in Go, package net/http, Transport.
    pub fn is_idempotent(&self) -> bool {
        const KEYS: [HeaderName; 2] = [
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-idempotency-key"),
        ];
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
        safe.contains(&self.method) || KEYS.iter().any(|key| self.heads.all.contains_key(key))
    }
}

/// The headers of a request, which those of like targets share.
struct Heads {
    /// All of them, in their order, with a number of the hit that stands for any.
    all: HeaderMap,
    /// As HTTP/1.1 has them on the wire.
    http1: Lines,
    /// As HTTP/2 has them; none before the first such connection.
    http2: OnceCell<Box<HeaderMap>>,
}

impl Heads {
    fn new(headers: &[Header]) -> Self {
        let mut all: HeaderMap = headers.iter().cloned().collect();
        all.insert(SEQ, HeaderValue::from_static("0"));
        // A copy takes no more room than it needs.
        Self { http1: Lines::of(&all), all: all.clone(), http2: OnceCell::new() }
    }

    /// Returns whether they are these headers, in this order.
    fn say(&self, headers: &[Header]) -> bool {
        let pairs = headers.iter().map(|(name, value)| (name, value));
        self.all.len() == headers.len() + 1 && pairs.zip(&self.all).all(|(a, b)| a == b)
    }

    /// Returns the headers of one hit over HTTP/2.
    fn http2(&self, seq: u64) -> HeaderMap {
        let template = self.http2.get_or_init(|| Box::new(self.without_the_connection()));
        let mut headers = HeaderMap::clone(template);
        headers.insert(SEQ, HeaderValue::from(seq));
        headers
    }

    /// Returns the headers as HTTP/2 has them: the host is the authority, and those that speak of
    /// the connection go.
    ///
    /// Source: RFC 9113, sections 8.2.2 and 8.3.1.
    fn without_the_connection(&self) -> HeaderMap {
        const OF_THE_CONNECTION: [&str; 6] = [
            "host",
            "connection",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "upgrade",
        ];
        let stay = self.all.iter().filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()));
        stay.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// The lines of headers over HTTP/1.1, but for the number of the hit.
struct Lines {
    ahead: Box<[u8]>,
    behind: Box<[u8]>,
}

impl Lines {
    fn of(headers: &HeaderMap) -> Self {
        let (mut ahead, mut behind) = (Vec::new(), Vec::new());
        let mut lines = &mut ahead;
        for (name, value) in headers {
            write_in_title_case(name.as_str(), lines);
            lines.extend_from_slice(b": ");
            match *name == SEQ {
                true => lines = &mut behind,
                false => lines.extend_from_slice(value.as_bytes()),
            }
            lines.extend_from_slice(b"\r\n");
        }
        Self { ahead: ahead.into(), behind: behind.into() }
    }

    fn write(&self, seq: u64, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.ahead);
        write_decimal(seq, bytes);
        bytes.extend_from_slice(&self.behind);
    }
}

/// Writes a header's name with a capital at its start and after each hyphen.
fn write_in_title_case(name: &str, bytes: &mut Vec<u8>) {
    let mut last = b'-';
    for letter in name.bytes() {
        bytes.push(if last == b'-' { letter.to_ascii_uppercase() } else { letter });
        last = letter;
    }
}

fn write_decimal(number: u64, bytes: &mut Vec<u8>) {
    // Into memory, which does not fail.
    let _ = write!(bytes, "{number}");
}

/// Returns host and port of a URL as its text has them, which may name them in capitals and with
/// the port that is meant anyway; where it has them otherwise, as they were understood.
pub fn host_of<'a>(url: &'a Url, text: &'a str) -> &'a str {
    let understood = &url[Position::BeforeHost..Position::AfterPort];
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    let is_absolute = scheme.eq_ignore_ascii_case(url.scheme());
    let written = if is_absolute { targets::host_as_written(text) } else { understood };
    let port = url.port_or_known_default().filter(|_| url.port().is_none());
    let usual = port.map(|port| format!(":{port}")).unwrap_or_default();
    let bare = written.strip_suffix(usual.as_str()).unwrap_or(written);
    if bare.eq_ignore_ascii_case(understood) { written } else { understood }
}

/// Returns host and port for HTTP/2, and as a header.
///
/// # Errors
///
/// [`Error::Attack`] where they cannot go over the wire; it quotes the URL's text.
pub fn authority(host: &str, text: &str) -> Result<(Authority, HeaderValue), Error> {
    let bad = || Error::Attack(format!("bad host in URL '{text}'"));
    let authority = Authority::try_from(host).map_err(|_| bad())?;
    let header = HeaderValue::from_str(host).map_err(|_| bad())?;
    Ok((authority, header))
}

/// Returns a target's own headers in the order of the wire: Host and User-Agent, which have the
/// values given or ours unless it has its own, then the others, but for those of the framing. Of
/// several Hosts the first counts.
fn in_order(own: &[Header], host: &HeaderValue) -> Vec<Header> {
    let mut headers = Vec::with_capacity(own.len() + 3);
    let named = |wanted: HeaderName| own.iter().filter(move |(name, _)| *name == wanted).cloned();
    headers.push(named(HOST).next().unwrap_or_else(|| (HOST, host.clone())));
    headers.extend(named(USER_AGENT));
    if headers.len() == 1 {
        headers.push((USER_AGENT, HeaderValue::from_static(PRODUCT)));
    }
    let elsewhere = [HOST, USER_AGENT, CONTENT_LENGTH, TRANSFER_ENCODING];
    headers.extend(own.iter().filter(|(name, _)| !elsewhere.contains(name)).cloned());
    headers
}

fn has(headers: &[Header], wanted: &HeaderName) -> bool {
    headers.iter().any(|(name, _)| name == wanted)
}

/// Puts a header at the end, in place of those of its name.
pub fn set(headers: &mut Vec<Header>, name: HeaderName, value: HeaderValue) {
    headers.retain(|(other, _)| *other != name);
    headers.push((name, value));
}

/// Announces an empty body of methods that have one by rule, and one in chunks, which hyper would
/// not send with a method that has none by rule; any other the connection frames.
///
/// Source: RFC 9110, section 8.6; Go, package net/http, shouldSendContentLength.
fn announce_body(headers: &mut Vec<Header>, method: &Method, body: &Body) {
    if body.is_chunked() {
        headers.push((TRANSFER_ENCODING, HeaderValue::from_static("chunked")));
    }
    if body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        headers.push((CONTENT_LENGTH, HeaderValue::from_static("0")));
    }
}

/// Asks for gzip, unless the target asks for something itself, or for a part or no body.
///
/// Source: Go, package net/http, Transport.DisableCompression.
fn ask_for_gzip(headers: &mut Vec<Header>, method: &Method) -> Unpacks {
    let own = has(headers, &ACCEPT_ENCODING) || has(headers, &RANGE);
    if own || method == Method::HEAD {
        return Unpacks::named_by(headers);
    }
    headers.push((ACCEPT_ENCODING, HeaderValue::from_static("gzip")));
    Unpacks::Gzip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_goes_out_as_it_was_written_where_that_is_the_same() {
        let table = [
            ("http://a.test/", "a.test"),
            ("http://X.Test:80/x?y#z", "X.Test:80"),
            ("https://me:p@X.test:443", "X.test:443"),
            ("https://x.test:80?q=@y", "x.test:80"),
            ("HTTP://[::AB]:80/", "[::AB]:80"),
            ("http://[0:0::1]:8080/", "[::1]:8080"),
            ("http://:8080/", "localhost:8080"),
            ("http://a.test:/", "a.test"),
            ("http://127.1/", "127.0.0.1"),
            ("http://b\u{fc}cher.test/", "xn--bcher-kva.test"),
            ("/relative?to=http://A.TEST/", "a.test"),
            ("?relative", "a.test"),
        ];
        for (text, expected) in table {
            let url = match text.strip_prefix("http://:") {
                Some(rest) => Url::parse(&format!("http://localhost:{rest}")),
                None => Url::parse("http://a.test/").unwrap().join(text),
            };
            assert_eq!(host_of(&url.unwrap(), text), expected, "{text}");
        }
    }
}
