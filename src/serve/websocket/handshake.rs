//! The handshake: which requests ask for a WebSocket, and whether they do so correctly.
//!
//! Source: RFC 6455, section 4.2.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// What follows the key of a handshake in the text whose digest accepts it.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Size in bytes of the key of a handshake.
const KEY_SIZE: usize = 16;

/// Returns whether a request asks for a WebSocket. HTTP/2 has no upgrades.
pub fn is_upgrade<B>(request: &Request<B>) -> bool {
    request.version() < Version::HTTP_2 && has_token(request.headers(), &UPGRADE, "websocket")
}

/// A valid handshake.
#[derive(Debug, PartialEq)]
pub struct Handshake {
    /// The proof that the server understood the request.
    accept: HeaderValue,
    /// The subprotocol. None if the client offers none.
    protocol: Option<HeaderValue>,
}

/// Why a handshake is refused.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    /// Status of the response.
    pub status: StatusCode,
    /// One line that says what was expected.
    pub line: String,
}

impl Refusal {
    fn expected(status: StatusCode, expected: &str) -> Self {
        Self { status, line: format!("bad WebSocket handshake: expected {expected}") }
    }
}

impl Handshake {
    /// Reads the head of a request. The first subprotocol that it offers is accepted; extensions
    /// are not.
    ///
    /// # Errors
    ///
    /// The handshake is invalid.
    pub fn of(head: &Parts) -> Result<Self, Refusal> {
        let bad = |expected| Refusal::expected(StatusCode::BAD_REQUEST, expected);
        if head.method != Method::GET {
            return Err(bad("the method GET"));
        }
        if head.version < Version::HTTP_11 {
            return Err(bad("HTTP/1.1"));
        }
        if !has_token(&head.headers, &CONNECTION, "upgrade") {
            return Err(bad("the header 'Connection: Upgrade'"));
        }
        if head.headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            let expected = "the header 'Sec-WebSocket-Version: 13'";
            return Err(Refusal::expected(StatusCode::UPGRADE_REQUIRED, expected));
        }
        let key = head.headers.get(SEC_WEBSOCKET_KEY).filter(|key| is_key(key.as_bytes()));
        let key = key.ok_or_else(|| bad("16 bytes in base64 as 'Sec-WebSocket-Key'"))?;
        let mut offered = tokens(&head.headers, &SEC_WEBSOCKET_PROTOCOL);
        let protocol = offered.find_map(|name| HeaderValue::from_str(name).ok());
        Ok(Self { accept: accept(key.as_bytes()), protocol })
    }

    /// Returns the headers of the response.
    pub fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(protocol) = self.protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        headers
    }
}

fn is_key(text: &[u8]) -> bool {
    BASE64_STANDARD.decode(text).is_ok_and(|key| key.len() == KEY_SIZE)
}

/// Returns the value that accepts a key.
fn accept(key: &[u8]) -> HeaderValue {
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(key);
    digest.update(GUID);
    let text = BASE64_STANDARD.encode(digest.finish());
    HeaderValue::from_str(&text).expect("base64 has no control characters")
}

/// Returns whether a header contains a word, in any case.
fn has_token(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    tokens(headers, name).any(|token| token.eq_ignore_ascii_case(word))
}

/// Returns the words of all headers of a name, which commas separate.
fn tokens<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let texts = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a handshake with the key of the RFC, after some changes.
    fn read(change: impl Fn(&mut Parts)) -> Result<Handshake, Refusal> {
        let request = Request::get("/chat")
            .header("upgrade", "websocket")
            .header("connection", "keep-alive, Upgrade")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        change(&mut head);
        Handshake::of(&head)
    }

    fn set(head: &mut Parts, name: &'static str, value: &'static str) {
        head.headers.insert(name, HeaderValue::from_static(value));
    }

    #[test]
    fn the_key_of_the_rfc_is_accepted_as_the_rfc_says() {
        let headers = read(|_| ()).unwrap().headers();
        assert_eq!(headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(headers.get("sec-websocket-protocol"), None);
    }

    #[test]
    fn the_first_subprotocol_is_accepted() {
        let handshake = read(|head| set(head, "sec-websocket-protocol", " , mqtt, stomp"));
        assert_eq!(handshake.unwrap().headers()["sec-websocket-protocol"], "mqtt");
    }

    #[test]
    fn an_invalid_handshake_is_refused() {
        type Change = fn(&mut Parts);
        let table: [(Change, u16, &str); 7] = [
            (|head| head.method = Method::POST, 400, "the method GET"),
            (|head| head.version = Version::HTTP_10, 400, "HTTP/1.1"),
            (|head| set(head, "connection", "close"), 400, "the header 'Connection: Upgrade'"),
            (
                |head| set(head, "sec-websocket-version", "8"),
                426,
                "the header 'Sec-WebSocket-Version: 13'",
            ),
            (
                |head| drop(head.headers.remove("sec-websocket-version")),
                426,
                "the header 'Sec-WebSocket-Version: 13'",
            ),
            (
                |head| drop(head.headers.remove("sec-websocket-key")),
                400,
                "16 bytes in base64 as 'Sec-WebSocket-Key'",
            ),
            (
                |head| set(head, "sec-websocket-key", "c2hvcnQ="),
                400,
                "16 bytes in base64 as 'Sec-WebSocket-Key'",
            ),
        ];
        for (change, status, expected) in table {
            let refusal = read(change).unwrap_err();
            let line = format!("bad WebSocket handshake: expected {expected}");
            assert_eq!((refusal.status.as_u16(), refusal.line), (status, line));
        }
    }

    #[test]
    fn only_an_upgrade_to_websocket_over_http1_is_a_handshake() {
        let table = [
            (Version::HTTP_11, "websocket", true),
            (Version::HTTP_11, "h2c, WebSocket", true),
            (Version::HTTP_10, "websocket", true),
            (Version::HTTP_11, "h2c", false),
            (Version::HTTP_11, "websockets", false),
            (Version::HTTP_2, "websocket", false),
        ];
        for (version, upgrade, expected) in table {
            let request = Request::get("/").version(version).header("upgrade", upgrade);
            assert_eq!(is_upgrade(&request.body(()).unwrap()), expected, "{version:?} {upgrade}");
        }
        assert!(!is_upgrade(&Request::new(())));
    }
}
