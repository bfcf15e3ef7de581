//! The key of a handshake, and what a server must answer.
//!
//! Source: RFC 6455, sections 1.3 and 4.1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::{StatusCode, Version};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::client::response::head::Head;

/// What a server appends to the key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The key of one handshake, which proves that the server has read it.
#[derive(Debug)]
pub struct Key(String);

impl Key {
    /// Returns a key that no other handshake has.
    pub fn random() -> Self {
        Self(STANDARD.encode(rand::random::<[u8; 16]>()))
    }

    /// Returns the key as the value of a header. None never happens: base64 fits into a header.
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }

    /// Returns the answer of a server.
    pub fn accept(&self) -> String {
        let text = [&self.0, GUID].concat();
        STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
    }
}

/// Checks a response to a handshake that offered some subprotocols. One with any other status than
/// 101 is a refusal, and has nothing to check.
///
/// # Errors
///
/// Why the response begins no WebSocket.
pub fn check(head: &Head, key: &Key, offered: &[String]) -> Result<(), String> {
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    match problem(head, key, offered) {
        Some(problem) => Err(format!("websocket: bad handshake: {problem}")),
        None => Ok(()),
    }
}

fn problem(head: &Head, key: &Key, offered: &[String]) -> Option<&'static str> {
    let Head { version, headers, .. } = head;
    if *version != Version::HTTP_11 {
        return Some("the server answered with HTTP/1.0: expected HTTP/1.1");
    }
    if !lists(headers, &UPGRADE, "websocket") {
        return Some("the response has no header 'Upgrade: websocket'");
    }
    if !lists(headers, &CONNECTION, "upgrade") {
        return Some("the response has no header 'Connection: Upgrade'");
    }
    match headers.get(SEC_WEBSOCKET_ACCEPT) {
        None => return Some("the response has no header Sec-WebSocket-Accept"),
        Some(accept) if accept.as_bytes() != key.accept().as_bytes() => {
            return Some("the Sec-WebSocket-Accept of the response does not fit the key");
        }
        Some(_) => {}
    }
    if headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter().any(|value| !value.is_empty()) {
        return Some("the server uses an extension, but none was offered");
    }
    // A server may choose none of the subprotocols.
    let is_offered = |chosen: &HeaderValue| {
        offered.iter().any(|offered| offered.as_bytes() == chosen.as_bytes())
    };
    let mut chosen = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    match (chosen.next(), chosen.next()) {
        (None, _) => None,
        (Some(chosen), None) if is_offered(chosen) => None,
        (Some(_), None) => Some("the server chose a subprotocol that was not offered"),
        (Some(_), Some(_)) => Some("the server chose several subprotocols"),
    }
}

/// Returns the words of a header that is a list, such as the subprotocols that are offered.
pub fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter();
    let texts = values.map(|value| str::from_utf8(value.as_bytes()).unwrap_or_default());
    texts.flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    words(headers, name).any(|word| word.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_as_in_the_standard() {
        // Source: RFC 6455, section 1.3.
        let key = Key("dGhlIHNhbXBsZSBub25jZQ==".to_owned());
        assert_eq!(key.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let [one, other] = [Key::random(), Key::random()];
        assert_eq!((one.0.len(), one.0 == other.0), (24, false));
    }

    #[test]
    fn a_response_must_fit_the_handshake() {
        let key = Key("dGhlIHNhbXBsZSBub25jZQ==".to_owned());
        let good = [
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ];
        // A header with an empty name is left out; the others are added or replaced.
        let table = [
            (("x-other", "1"), None),
            (("sec-websocket-protocol", "chat"), None),
            (("sec-websocket-extensions", ""), None),
            (("upgrade", "h2c"), Some("the response has no header 'Upgrade: websocket'")),
            (("connection", "close"), Some("the response has no header 'Connection: Upgrade'")),
            (
                ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xO0="),
                Some("the Sec-WebSocket-Accept of the response does not fit the key"),
            ),
            (
                ("sec-websocket-extensions", "permessage-deflate"),
                Some("the server uses an extension, but none was offered"),
            ),
            (
                ("sec-websocket-protocol", "other"),
                Some("the server chose a subprotocol that was not offered"),
            ),
        ];
        for ((name, value), expected) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in good.into_iter().chain([(name, value)]) {
                headers.insert(name, HeaderValue::from_static(value));
            }
            let status = StatusCode::SWITCHING_PROTOCOLS;
            let version = Version::HTTP_11;
            let head = Head { status, reason: None, headers, version };
            let expected =
                expected.map_or(Ok(()), |it| Err(format!("websocket: bad handshake: {it}")));
            assert_eq!(check(&head, &key, &["chat".to_owned()]), expected, "{name}: {value}");
        }
    }
}
