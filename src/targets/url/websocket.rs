//! Addresses of WebSocket targets: `ws://HOST[:PORT][/PATH]` or `wss://…`.

use url::{Position, Url};

use crate::targets::problem::UrlProblem;
use crate::targets::url::{BaseUrl, ParsedUrl, absolute_url};

/// The method of WebSocket targets in lists.
pub const WS: &str = "WS";

/// The schemes, each with the scheme of the handshake.
const SCHEMES: [(&str, &str); 2] = [("ws", "http"), ("wss", "https")];

/// Returns whether a method marks a WebSocket target.
pub fn is_ws(method: &http::Method) -> bool {
    method.as_str() == WS
}

/// Returns whether a scheme is one of WebSockets.
pub fn is_scheme(scheme: &str) -> bool {
    SCHEMES.iter().any(|(known, _)| scheme.eq_ignore_ascii_case(known))
}

/// Parses the address of a WebSocket target. The address of the result is that of the handshake,
/// with the scheme http or https.
///
/// # Errors
///
/// If no connection can be opened to it.
pub fn parsed(text: String) -> Result<ParsedUrl, UrlProblem> {
    let (scheme, rest) = text.split_once("://").ok_or(UrlProblem::WsScheme)?;
    let known = SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known));
    let (_, below) = known.ok_or(UrlProblem::WsScheme)?;
    // A fragment would never be sent.
    //
    // Source: RFC 6455, section 3.
    if rest.contains('#') {
        return Err(UrlProblem::WsFragment);
    }
    let ParsedUrl { address, path, .. } = absolute_url(format!("{below}://{rest}"))?;
    Ok(ParsedUrl { url: text, address, path })
}

/// Returns scheme, host and port of a WebSocket, as in `ws://localhost:8080`, from the address of
/// its handshake.
pub fn ws_origin(address: &Url) -> String {
    let known = SCHEMES.iter().find(|(_, below)| address.scheme() == *below);
    let scheme = known.map_or(address.scheme(), |(ws, _)| ws);
    format!("{scheme}://{}", &address[Position::BeforeHost..Position::AfterPort])
}

/// Returns the address of a target that is a bare path.
pub fn with_base(base: &BaseUrl, text: &str) -> String {
    let base = base.as_str();
    let swapped = SCHEMES.iter().find_map(|(ws, below)| {
        let rest = base.strip_prefix(below)?.strip_prefix("://")?;
        Some(format!("{ws}://{rest}{text}"))
    });
    swapped.unwrap_or_else(|| format!("{base}{text}"))
}

/// Parses the start of the addresses of WebSocket targets, such as `ws://localhost:8080`.
///
/// # Errors
///
/// If it is not a scheme of WebSockets and a host, or if it has a query.
pub fn parse_base(text: &str) -> Result<(), UrlProblem> {
    let ParsedUrl { address, .. } = parsed(text.to_owned())?;
    if address.query().is_some() { Err(UrlProblem::WsScheme) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::parse_base_url;

    #[test]
    fn addresses_are_parsed_or_refused_with_what_was_expected() {
        let shape = "expected http://HOST[:PORT][/PATH]";
        let table = [
            ("ws://localhost:8000/ws", Ok("http://localhost:8000/ws /ws")),
            ("WSS://a.test/chat?room=1", Ok("https://a.test/chat?room=1 /chat?room=1")),
            ("ws://[::1]:1", Ok("http://[::1]:1/ /")),
            ("ws://a/x#y", Err(UrlProblem::WsFragment.to_string())),
            ("http://a/x", Err(UrlProblem::WsScheme.to_string())),
            ("a:1/ws", Err(UrlProblem::WsScheme.to_string())),
            ("ws://a:99999/", Err(format!("invalid port number, {shape}"))),
        ];
        for (text, expected) in table {
            let shown = parsed(text.to_owned())
                .map(|parsed| format!("{} {}", parsed.address, parsed.path))
                .map_err(|problem| problem.to_string());
            assert_eq!(shown, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_base_url_of_http_means_the_same_server_for_websockets() {
        let table = [
            ("http://a:1", "ws://a:1/chat"),
            ("https://a/v1/", "wss://a/v1/chat"),
            ("ws://a:1/", "ws://a:1/chat"),
            ("wss://a", "wss://a/chat"),
        ];
        for (base, expected) in table {
            let base = parse_base_url(base).unwrap();
            assert_eq!(with_base(&base, "/chat"), expected);
        }
        assert!(parse_base_url("ws://").is_err() && parse_base_url("ws://a/?b").is_err());
    }
}
