//! The parts of a target that both kinds of lists share: URL, header, and how they are quoted.

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use url::{Position, Url};

use crate::error::Error;
use crate::targets::{Defaults, path};

/// Most bytes of a URL, percent-encoded: what the HTTP library takes.
pub(super) const LONGEST_URL: usize = 65_534;

/// The front of URLs that a list writes as bare paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Parses the front of URLs, such as `http://127.0.0.1:8080` or `https://example.com/v1/`.
///
/// A slash at its end does not count, since the paths behind it begin with one.
///
/// # Errors
///
/// [`Error::Value`] where it has no scheme http or https, no host, or a query or fragment.
pub fn parse_base_url(text: &str) -> Result<BaseUrl, Error> {
    parse_address(text)
        .ok()
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .map(|_| BaseUrl(text.trim_end_matches('/').to_owned()))
        .ok_or_else(|| Error::Value {
            what: "base URL",
            input: text.to_owned(),
            expected: "http:// or https:// and a host, as in http://127.0.0.1:8080",
        })
}

/// Parses a header in the form `Key: Value`; white space around either part does not count.
///
/// # Errors
///
/// [`Error::Value`] where a part is missing or is not allowed in HTTP.
pub fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let (name, value) = text.split_once(':').unwrap_or_default();
    let (name, value) = (name.trim(), value.trim());
    let header = if name.is_empty() || value.is_empty() {
        Err("'Key: Value'")
    } else {
        checked_header(name, value)
    };
    header.map_err(|expected| Error::Value { what: "header", input: clip(text), expected })
}

/// Returns a header that HTTP allows, or what was expected.
pub(super) fn checked_header(
    name: &str,
    value: &str,
) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "a key of letters, digits and hyphens, as in 'Key: Value'")?;
    let value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| "a value without control characters")?;
    Ok((name, value))
}

/// The whole URL of a target, and what it says.
#[derive(Debug)]
pub(super) struct Place {
    pub url: String,
    pub address: Url,
    pub path: PathAndQuery,
}

/// Puts the base URL in front of a bare path, and parses the whole.
///
/// The error is what is wrong with the URL and what was expected.
pub(super) fn complete_url(text: &str, defaults: &Defaults) -> Result<Place, String> {
    let bad = |problem: String| format!("bad URL '{}': {problem}", clip(text));
    let url = match &defaults.base_url {
        Some(BaseUrl(base)) if text.starts_with('/') => format!("{base}{text}"),
        None if text.starts_with('/') => return Err(bad("a path needs -base-url".to_owned())),
        _ => text.to_owned(),
    };
    let address = parse_address(&url).map_err(bad)?;
    // What stands in a request may be up to three times as long, percent-encoded.
    let host = &address[..Position::BeforePath];
    let path = path::as_written(&url).ok();
    let path = path.filter(|path| host.len() + path.as_str().len() <= LONGEST_URL);
    let path = path.ok_or_else(|| bad(format!("expected at most {LONGEST_URL} bytes")))?;
    Ok(Place { url, address, path })
}

/// Parses an absolute URL more strictly than browsers do, which repair what a list has mistyped.
fn parse_address(text: &str) -> Result<Url, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err("expected http:// or https://".to_owned());
    }
    let problem = if rest.starts_with(['/', '\\']) {
        "empty host".to_owned()
    } else if text.contains(char::is_control) {
        "control character".to_owned()
    } else {
        match Url::parse(&with_host(text, rest)) {
            Ok(address) => return Ok(address),
            Err(error) => error.to_string(),
        }
    };
    Err(format!("{problem}, expected http://HOST[:PORT][/PATH]"))
}

/// Names the host of `http://:8080/`, which Go's clients and so Vegeta's users leave out.
fn with_host(text: &str, rest: &str) -> String {
    if rest.starts_with(':') {
        return text.replacen("://", "://localhost", 1);
    }
    text.to_owned()
}

/// Returns a text as an error quotes it: on one line, cut where it is too long for that.
pub(super) fn clip(text: &str) -> String {
    const MOST: usize = 80; // characters
    let (quoted, end) = match text.char_indices().nth(MOST) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    let shown = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    quoted.chars().map(shown).chain([end.to_owned()]).collect()
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
            (&bare, "foobar", Err("expected http:// or https://".to_owned())),
            (&bare, "localhost:8080/", Err("expected http:// or https://".to_owned())),
            (&bare, "http:/a", Err("expected http:// or https://".to_owned())),
            (&bare, "ftp://a/", Err("expected http:// or https://".to_owned())),
            (&bare, "http://", Err(format!("empty host, {shape}"))),
            (&bare, "http:///a", Err(format!("empty host, {shape}"))),
            (&bare, "http://a:99999/", Err(format!("invalid port number, {shape}"))),
            (&bare, "http://a/\tb", Err(format!("control character, {shape}"))),
        ];
        for (defaults, text, expected) in table {
            let address = complete_url(text, defaults).map(|place| place.address.to_string());
            let expected = expected
                .map(str::to_owned)
                .map_err(|problem| format!("bad URL '{}': {problem}", clip(text)));
            assert_eq!(address, expected, "{text}");
        }
    }

    #[test]
    fn the_url_of_the_records_is_the_list_s_own_behind_the_base() {
        let base_url = parse_base_url("http://:80").ok();
        let defaults = Defaults { base_url, ..Defaults::default() };
        assert_eq!(complete_url("/a b", &defaults).unwrap().url, "http://:80/a b");
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
            ("foo", Err("bad header 'foo': expected 'Key: Value'")),
            ("foo:", Err("bad header 'foo:': expected 'Key: Value'")),
            (": 1234", Err("bad header ': 1234': expected 'Key: Value'")),
            ("", Err("bad header '': expected 'Key: Value'")),
            (
                "X Bad: 1",
                Err("bad header 'X Bad: 1': expected a key of letters, digits and hyphens, \
                     as in 'Key: Value'"),
            ),
            (
                "X: a\u{1}b",
                Err("bad header 'X: a\\u{1}b': expected a value without control characters"),
            ),
        ];
        for (text, expected) in table {
            let parsed = parse_header(text);
            let parsed = parsed.as_ref().map(|(name, value)| (name.as_str(), value.as_bytes()));
            let expected = expected.map(|(name, value)| (name, value.as_bytes()));
            assert_eq!(parsed.map_err(ToString::to_string), expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn a_text_is_quoted_on_one_line() {
        assert_eq!(clip(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(clip(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(clip("a\r\n\tb\u{1b}[0m 'c'\\"), r"a\r\n\tb\u{1b}[0m 'c'\");
    }
}
