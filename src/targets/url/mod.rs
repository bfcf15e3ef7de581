//! URLs and headers of targets, in lists and in flags.

pub mod grpc;
pub mod websocket;

use std::net::Ipv6Addr;

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method};
use url::{Position, Url};

use crate::error::Error;
use crate::markup::redact::{of_bad_line, of_bad_url};
use crate::targets::path::{MAX_URL_BYTES, host_as_written};
use crate::targets::problem::{HeaderProblem, Problem, UrlProblem};
use crate::targets::{Defaults, path};

/// The start of URLs that a list gives as bare paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Returns the URL without a slash at its end.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parses the start of URLs, such as `http://127.0.0.1:8080` or `https://example.com/v1/`. A list of
/// gRPC targets may also have `grpc://localhost:50051`, and one of WebSockets `ws://localhost:8080`.
///
/// A slash at its end is ignored, because the paths that follow begin with one.
///
/// # Errors
///
/// [`Error::Value`] if the scheme is none of http, https, ws, wss, grpc and grpcs, if there is no
/// host, or if there is a query or fragment. Its input is redacted.
pub fn parse_base_url(text: &str) -> Result<BaseUrl, Error> {
    let of_http = parse_address(text).ok();
    of_http
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .map(drop)
        .or_else(|| grpc::parse_base(text).or_else(|_| websocket::parse_base(text)).ok())
        .map(|()| BaseUrl(text.trim_end_matches('/').to_owned()))
        .ok_or_else(|| Error::Value {
            what: "base URL",
            input: of_bad_url(text),
            expected: "http:// or https:// and a host, as in http://127.0.0.1:8080",
        })
}

/// Parses a header in the form `Key: Value`; white space around either part is ignored.
///
/// # Errors
///
/// [`Error::Value`] if a part is missing or HTTP does not allow it. Its input is redacted.
pub fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), Error> {
    split_header(text).map_err(|problem| Error::Value {
        what: "header",
        input: of_bad_line(text),
        expected: problem.expected(),
    })
}

/// Parses a header line of a list.
pub fn list_header(text: &str) -> Result<(HeaderName, HeaderValue), Problem> {
    split_header(text).map_err(|problem| Problem::Header { text: text.to_owned(), problem })
}

fn split_header(text: &str) -> Result<(HeaderName, HeaderValue), HeaderProblem> {
    let (name, value) = text.split_once(':').unwrap_or_default();
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() {
        return Err(HeaderProblem::Form);
    }
    checked_header(name, value)
}

/// Returns a header if HTTP allows it.
pub fn checked_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HeaderProblem> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderProblem::Key)?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| HeaderProblem::Value)?;
    Ok((name, value))
}

/// The complete URL of a target, as text and parsed.
#[derive(Debug)]
pub struct ParsedUrl {
    /// The base URL, if it was needed, and the text of the list.
    pub url: String,
    /// The same URL, parsed.
    pub address: Url,
    /// Path and query as written.
    pub path: PathAndQuery,
}

/// Puts the base URL before a bare path, and parses the complete URL of a request with a method.
pub fn complete_url(
    method: &Method,
    text: &str,
    defaults: &Defaults,
) -> Result<ParsedUrl, Problem> {
    let (is_grpc, is_ws) = (grpc::is_grpc(method), websocket::is_ws(method));
    let bad = |problem| Problem::Url { text: text.to_owned(), problem };
    let url = match &defaults.base_url {
        Some(base) if text.starts_with('/') && is_grpc => grpc::with_base(base, text),
        Some(base) if text.starts_with('/') && is_ws => websocket::with_base(base, text),
        Some(BaseUrl(base)) if text.starts_with('/') => format!("{base}{text}"),
        None if text.starts_with('/') => return Err(bad(UrlProblem::NoBaseUrl)),
        _ => text.to_owned(),
    };
    let parsed = match () {
        () if is_grpc => grpc::parsed(url),
        () if is_ws => websocket::parsed(url),
        () => absolute_url(url),
    };
    parsed.map_err(bad)
}

/// Parses the complete URL of a target.
///
/// # Errors
///
/// If no request can be sent to it.
pub fn absolute_url(url: String) -> Result<ParsedUrl, UrlProblem> {
    let address = parse_address(&url)?;
    let host = &address[..Position::BeforePath];
    let path = path::as_written(&url).ok();
    // Percent-encoding can make the URL in a request three times as long as its text.
    let path = path
        .filter(|path| host.len() + path.as_str().len() <= MAX_URL_BYTES)
        .ok_or(UrlProblem::TooLong)?;
    Ok(ParsedUrl { url, address, path })
}

/// Parses an absolute URL more strictly than browsers do, which repair typing errors.
fn parse_address(text: &str) -> Result<Url, UrlProblem> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        let is_grpc = ["grpc", "grpcs"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        return Err(match () {
            () if is_grpc => UrlProblem::NeedsGrpc,
            () if websocket::is_scheme(scheme) => UrlProblem::NeedsWs,
            () => UrlProblem::Scheme,
        });
    }
    if rest.starts_with(['/', '\\']) {
        return Err(UrlProblem::NoHost);
    }
    if text.contains(char::is_control) {
        return Err(UrlProblem::ControlCharacter);
    }
    Url::parse(&with_host(text, rest)).map_err(|problem| match with_brackets(text) {
        Some(url) => UrlProblem::Brackets(url),
        None => UrlProblem::Malformed(problem),
    })
}

/// Returns a URL with brackets around its IPv6 address, without its user and its query. None if its host is
/// not an IPv6 address without brackets.
fn with_brackets(text: &str) -> Option<String> {
    let host = host_as_written(text);
    let is_address = |host: &str| host.parse::<Ipv6Addr>().is_ok();
    // The last part may belong to the address too, but is more often meant as a port.
    let bracketed = match host.rsplit_once(':') {
        Some((address, port)) if is_address(address) => format!("[{address}]:{port}"),
        _ if is_address(host) => format!("[{host}]"),
        _ => return None,
    };
    let (scheme, rest) = text.split_once("://")?;
    let path = rest.find(['/', '\\', '?', '#']).map_or("", |start| &rest[start..]);
    Some(of_bad_url(&format!("{scheme}://{bracketed}{path}")))
}

/// Adds the host to `http://:8080/`, which Go's clients accept and Vegeta's users write.
fn with_host(text: &str, rest: &str) -> String {
    if rest.starts_with(':') {
        return text.replacen("://", "://localhost", 1);
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_completed_or_refused_with_what_was_expected() {
        let base = parse_base_url("https://example.com/v1/").unwrap();
        let based = Defaults { base_url: Some(base), ..Defaults::default() };
        let bare = Defaults::default();
        let shape = "expected http://HOST[:PORT][/PATH]";
        let table = [
            (&bare, "http://a/b?c=d", Ok("http://a/b?c=d")),
            (&bare, "HTTPS://a", Ok("https://a/")),
            (&bare, "http://:8080/x", Ok("http://localhost:8080/x")),
            (&bare, "http://[::1]:80/", Ok("http://[::1]/")),
            (&bare, "http://me:pw@a/", Ok("http://me:pw@a/")),
            (&bare, "http://a/ö b?q=<1>", Ok("http://a/%C3%B6%20b?q=%3C1%3E")),
            (&based, "/x", Ok("https://example.com/v1/x")),
            (&based, "http://a/", Ok("http://a/")),
            (&bare, "/foo", Err("a path needs -base-url".to_owned())),
            (&bare, "foobar/x", Err("expected http:// or https://".to_owned())),
            (&bare, "localhost:8080/", Err("expected http:// or https://".to_owned())),
            (&bare, "http:/a", Err("expected http:// or https://".to_owned())),
            (&bare, "ftp://a/", Err("expected http:// or https://".to_owned())),
            (&bare, "http://", Err(format!("empty host, {shape}"))),
            (&bare, "http:///a", Err(format!("empty host, {shape}"))),
            (&bare, "http://a:99999/", Err(format!("invalid port number, {shape}"))),
            (
                &bare,
                "http://::1:80/x",
                Err("an IPv6 address needs brackets, expected http://[::1]:80/x".to_owned()),
            ),
            (
                &bare,
                "http://fe80::1",
                Err("an IPv6 address needs brackets, expected http://[fe80::1]".to_owned()),
            ),
            (&bare, "http://a/\tb", Err(format!("control character, {shape}"))),
        ];
        for (defaults, text, expected) in table {
            let parsed =
                complete_url(&Method::GET, text, defaults).map_err(|problem| problem.to_string());
            let address = parsed.map(|parsed| parsed.address.to_string());
            let expected = expected
                .map(str::to_owned)
                .map_err(|problem| format!("bad URL '{}': {problem}", text.escape_default()));
            assert_eq!(address, expected, "{text}");
        }
    }

    #[test]
    fn the_url_of_the_records_is_the_base_and_the_text_of_the_list() {
        let base_url = parse_base_url("http://:80").ok();
        let defaults = Defaults { base_url, ..Defaults::default() };
        assert_eq!(complete_url(&Method::GET, "/a b", &defaults).unwrap().url, "http://:80/a b");
    }

    #[test]
    fn a_base_url_has_scheme_and_host_and_no_query() {
        let table = [
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("https://a/v1//", Some("https://a/v1")),
            ("127.0.0.1:8080", None),
            ("http://a/?b", None),
            ("http://a/#b", None),
            ("", None),
        ];
        for (text, base) in table {
            let parsed = parse_base_url(text).ok();
            assert_eq!(parsed, base.map(|base| BaseUrl(base.to_owned())), "{text}");
        }
    }

    #[test]
    fn headers_parse_to_key_and_value_or_say_what_was_expected() {
        let table = [
            ("Accept: text/html", Ok(("accept", "text/html"))),
            ("  X-Id :a:b ", Ok(("x-id", "a:b"))),
            ("X-Name: Zoë", Ok(("x-name", "Zoë"))),
            ("foo", Err("bad header '***': expected 'Key: Value'")),
            ("foo:", Err("bad header 'foo:': expected 'Key: Value'")),
            (": 1234", Err("bad header '***': expected 'Key: Value'")),
            ("", Err("bad header '': expected 'Key: Value'")),
            (
                "X Bad: 1",
                Err("bad header 'X ***': expected a key of letters, digits and hyphens, \
                     as in 'Key: Value'"),
            ),
            ("X: a\u{1}b", Err("bad header 'X: ***': expected a value without control characters")),
        ];
        for (text, expected) in table {
            let parsed = parse_header(text);
            let parsed = parsed.as_ref().map(|(name, value)| (name.as_str(), value.as_bytes()));
            let expected = expected.map(|(name, value)| (name, value.as_bytes()));
            assert_eq!(parsed.map_err(ToString::to_string), expected.map_err(str::to_owned));
            let in_list = list_header(text).map_err(|problem| problem.to_string());
            assert_eq!(in_list.err(), expected.err().map(str::to_owned));
        }
    }
}
