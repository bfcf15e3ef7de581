//! The headers of a request: their order on the wire and who adds them.

use std::cell::RefCell;
use std::rc::Rc;

use http::Method;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName,
    HeaderValue, InvalidHeaderValue, PROXY_AUTHORIZATION, RANGE, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use url::Url;

use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::request::body::Body;
use crate::client::request::credentials;
use crate::client::request::origin::Origin;

/// Header with the number of the hit, from 0.
pub const SEQ: HeaderName = HeaderName::from_static("x-drumfire-seq");

/// Header with the name of the attack, if it has one.
const ATTACK: HeaderName = HeaderName::from_static("x-drumfire-attack");

/// Default value of User-Agent.
pub const PRODUCT: &str = concat!("drumfire/", env!("CARGO_PKG_VERSION"));

/// One header. A list may hold several with the same name.
pub type Header = (HeaderName, HeaderValue);

/// The headers of one request while it is built, in the order of the wire.
#[derive(Debug)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// Starts with a target's own headers: Host and User-Agent first, then the others.
    ///
    /// Host and User-Agent get default values if the target has none. The first of several counts.
    /// An empty Host is the URL's, and an empty User-Agent is not sent, as in Go. The headers of the
    /// framing are left out, since the client sets them.
    pub fn of_target(own: &[Header], host: &HeaderValue) -> Self {
        let mut headers = Vec::with_capacity(own.len() + 3);
        let named =
            |wanted: HeaderName| own.iter().filter(move |(name, _)| *name == wanted).cloned();
        let is_set = |(_, value): &Header| !value.is_empty();
        headers.push(named(HOST).find(is_set).unwrap_or_else(|| (HOST, host.clone())));
        let default = || (USER_AGENT, HeaderValue::from_static(PRODUCT));
        headers.extend(Some(named(USER_AGENT).next().unwrap_or_else(default)).filter(is_set));
        let elsewhere = [HOST, USER_AGENT, CONTENT_LENGTH, TRANSFER_ENCODING];
        headers.extend(own.iter().filter(|(name, _)| !elsewhere.contains(name)).cloned());
        Self(headers)
    }

    /// Adds the credentials in the URL, unless the target has its own Authorization.
    pub fn with_credentials(mut self, url: &Url) -> Self {
        if let Some(value) = credentials::basic(url)
            && !self.has(&AUTHORIZATION)
        {
            self.0.push((AUTHORIZATION, value));
        }
        self
    }

    /// Sets the credentials for the proxy that forwards requests to the origin.
    pub fn with_proxy_credentials(mut self, origin: &Origin) -> Self {
        let authorization = origin.forwarder.as_ref().and_then(|it| it.authorization.clone());
        if let Some(value) = authorization {
            self.set(PROXY_AUTHORIZATION, value);
        }
        self
    }

    /// Adds the framing of the body, except for a Content-Length that the encoder writes.
    ///
    /// An empty body is announced if its method usually has one. Chunks are announced because
    /// hyper would otherwise not send them with a method that usually has no body.
    ///
    /// Source: RFC 9110, section 8.6; Go, package net/http, shouldSendContentLength.
    pub fn with_body(mut self, method: &Method, body: &Body) -> Self {
        if body.is_chunked() {
            self.0.push((TRANSFER_ENCODING, HeaderValue::from_static("chunked")));
        }
        if body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(method) {
            self.0.push((CONTENT_LENGTH, HeaderValue::from_static("0")));
        }
        self
    }

    /// Asks for gzip, unless the target has its own Accept-Encoding or wants no whole body.
    ///
    /// Source: Go, package net/http, Transport.DisableCompression.
    pub fn with_encodings(mut self, method: &Method) -> (Self, AcceptedEncodings) {
        let is_own = self.has(&ACCEPT_ENCODING) || self.has(&RANGE);
        if is_own || method == Method::HEAD {
            let accepted = AcceptedEncodings::named_by(&self.0);
            return (self, accepted);
        }
        self.0.push((ACCEPT_ENCODING, HeaderValue::from_static("gzip")));
        (self, AcceptedEncodings::Gzip)
    }

    /// Sets the headers that the client sends with every request.
    pub fn with_client_headers(mut self, client: &ClientHeaders) -> Self {
        if let Some(attack) = &client.attack {
            self.set(ATTACK, attack.clone());
        }
        if client.closes {
            self.set(CONNECTION, HeaderValue::from_static("close"));
        }
        self
    }

    /// Sets the headers of a WebSocket's handshake, except for its key, which is another one for each
    /// connection.
    ///
    /// Source: RFC 6455, section 4.1.
    pub fn with_upgrade(mut self) -> Self {
        self.0.retain(|(name, _)| *name != SEC_WEBSOCKET_KEY);
        self.set(CONNECTION, HeaderValue::from_static("Upgrade"));
        self.set(UPGRADE, HeaderValue::from_static("websocket"));
        self.set(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        self
    }

    /// Returns the first value of a header; None if it is not set.
    pub fn get(&self, wanted: &HeaderName) -> Option<&HeaderValue> {
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
    }

    fn has(&self, wanted: &HeaderName) -> bool {
        self.get(wanted).is_some()
    }

    fn set(&mut self, name: HeaderName, value: HeaderValue) {
        set(&mut self.0, name, value);
    }

    /// Returns the headers as a map, with a placeholder for the number of the hit.
    fn to_map(&self) -> HeaderMap {
        let mut map: HeaderMap = self.0.iter().cloned().collect();
        map.insert(SEQ, HeaderValue::from_static("0"));
        // Unlike the original, a clone has no spare capacity.
        map.clone()
    }

    /// Returns whether a map holds exactly these headers, in this order, and the placeholder.
    fn equal(&self, map: &HeaderMap) -> bool {
        let pairs = self.0.iter().map(|(name, value)| (name, value));
        map.len() == self.0.len() + 1 && pairs.zip(map).all(|(a, b)| a == b)
    }
}

/// Sets a header: removes all with its name and appends the new one.
pub fn set(headers: &mut Vec<Header>, name: HeaderName, value: HeaderValue) {
    headers.retain(|(other, _)| *other != name);
    headers.push((name, value));
}

/// The headers that a client sends with every request.
#[derive(Debug, Default)]
pub struct ClientHeaders {
    /// Name of the attack; None if it has none.
    attack: Option<HeaderValue>,
    /// Whether each request asks to close its connection. HTTP/2 cannot express this.
    closes: bool,
}

impl ClientHeaders {
    /// Creates the headers of an attack; an empty name is not sent.
    ///
    /// # Errors
    ///
    /// If the name cannot be the value of a header.
    pub fn new(attack: &str, closes: bool) -> Result<Self, InvalidHeaderValue> {
        let attack = (!attack.is_empty()).then(|| HeaderValue::from_str(attack)).transpose()?;
        Ok(Self { attack, closes })
    }
}

/// The headers of the last request, shared with the next one if that has the same.
///
/// Most lists of targets repeat the same headers hundreds of thousands of times.
#[derive(Debug, Default)]
pub struct HeaderCache(RefCell<Option<Rc<HeaderMap>>>);

impl HeaderCache {
    /// Returns headers as a shared map, with a placeholder for the number of the hit.
    pub fn share(&self, headers: &Headers) -> Rc<HeaderMap> {
        let mut last = self.0.borrow_mut();
        if let Some(last) = last.as_ref().filter(|last| headers.equal(last)) {
            return last.clone();
        }
        last.insert(Rc::new(headers.to_map())).clone()
    }
}
