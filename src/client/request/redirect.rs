//! The request that follows a redirect.

use std::borrow::Cow;
use std::fmt::Display;

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, HeaderMap,
    HeaderName, HeaderValue, LOCATION, PROXY_AUTHORIZATION, REFERER,
};
use http::uri::PathAndQuery;
use http::{Method, StatusCode};
use url::{Position, Url};

use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::request::body::Body;
use crate::client::request::headers::{self, Header};
use crate::client::request::{Parts, Request};
use crate::markup::redact::{of_bad_url, without_password};

/// Returns the Location of a response that redirects; None for any other response.
///
/// A redirect without a Location, or with an empty one, is an ordinary response.
pub fn location(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];
    let location = headers.get(LOCATION).filter(|location| !location.is_empty())?;
    REDIRECTS
        .contains(&status.as_u16())
        .then(|| String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// Returns what the request after a redirect asks for.
///
/// 301, 302 and 303 turn every method except GET and HEAD into a GET without a body; 307 and 308
/// repeat the request. Credentials are not sent to another host.
///
/// Source: Go, package net/http, Client.Do, redirectBehavior and makeHeadersCopier.
///
/// # Errors
///
/// Why the Location cannot be followed, as a text for the record.
pub fn follow(last: &Request, status: StatusCode, location: &str) -> Result<Parts, String> {
    let from = last.url().map_err(|error| bad_location(location, &error))?;
    let url = from.join(location).map_err(|error| bad_location(location, &error))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(format!("unsupported protocol scheme {:?}", url.scheme()));
    }
    let repeats = matches!(status.as_u16(), 307 | 308);
    let keeps_method = repeats || [Method::GET, Method::HEAD].contains(&last.method);
    let path = url[Position::BeforePath..Position::AfterQuery].parse::<PathAndQuery>();
    Ok(Parts {
        method: if keeps_method { last.method.clone() } else { Method::GET },
        headers: Step { last, from: &from, to: &url, location, repeats }.headers(),
        body: if repeats { last.body.clone() } else { Body::default() },
        path: path.map_err(|error| bad_location(location, &error))?,
        text: shown(location),
        url,
    })
}

/// Returns the text of a Location that cannot be followed.
pub fn bad_location(location: &str, problem: &dyn Display) -> String {
    format!("failed to parse Location header {:?}: {problem}", shown(location))
}

/// Returns a Location as failures show it, without a password. URL parsers accept forms that do not
/// look like URLs, such as `https:me:pw@h`, and skip tabs.
pub fn shown(location: &str) -> String {
    let location = location.replace('\t', "");
    // Fast path: without an `@` there is no password.
    if !location.contains('@') {
        return location;
    }
    let base = Url::parse("http://h/").ok();
    match Url::options().base_url(base.as_ref()).parse(&location) {
        Err(_) => of_bad_url(&location),
        Ok(url) if url.password().is_some() => match without_password(&location) {
            Cow::Owned(shown) => shown,
            Cow::Borrowed(_) => without_password(url.as_str()).into_owned(),
        },
        Ok(_) => location,
    }
}

/// The step from one URL to the next.
struct Step<'a> {
    last: &'a Request,
    from: &'a Url,
    to: &'a Url,
    location: &'a str,
    /// Whether the request is repeated with its method and body.
    repeats: bool,
}

impl Step<'_> {
    /// Returns the headers of the next request: those of the last one that still apply.
    fn headers(&self) -> Vec<Header> {
        let dropped = self.dropped();
        let stay = self.last.headers.iter().filter(|(name, _)| !dropped.contains(name));
        let mut headers: Vec<_> = stay.map(|(name, value)| (name.clone(), value.clone())).collect();
        if let Some(referer) = referer(self.from, self.to) {
            headers::set(&mut headers, REFERER, referer);
        }
        headers
    }

    fn dropped(&self) -> Vec<HeaderName> {
        // Each request has the credentials of the proxy it uses.
        let mut dropped = vec![PROXY_AUTHORIZATION];
        // A relative Location keeps a Host that the target set.
        if Url::parse(self.location).is_ok() || self.location.starts_with("//") {
            dropped.push(HOST);
        }
        // The client added it, and adds it again to the next request.
        if self.last.accepted == AcceptedEncodings::Gzip {
            dropped.push(ACCEPT_ENCODING);
        }
        if !self.repeats {
            dropped.extend([CONTENT_TYPE, CONTENT_ENCODING]);
        }
        if self.from.host() != self.to.host() {
            dropped.extend([AUTHORIZATION, COOKIE]);
        }
        dropped
    }
}

/// Returns the URL of the last request without credentials and fragment; None from https to http.
fn referer(from: &Url, to: &Url) -> Option<HeaderValue> {
    if from.scheme() == "https" && to.scheme() == "http" {
        return None;
    }
    let mut url = from.clone();
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    HeaderValue::from_str(url.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_redirect_with_a_location_redirects() {
        let mut headers = HeaderMap::new();
        assert_eq!(location(StatusCode::FOUND, &headers), None);
        headers.insert(LOCATION, HeaderValue::from_static(""));
        assert_eq!(location(StatusCode::FOUND, &headers), None);
        headers.insert(LOCATION, HeaderValue::from_static("/next"));
        assert_eq!(location(StatusCode::FOUND, &headers), Some("/next".to_owned()));
        assert_eq!(location(StatusCode::NOT_MODIFIED, &headers), None);
        assert_eq!(location(StatusCode::CREATED, &headers), None);
    }

    #[test]
    fn a_location_is_shown_without_its_password() {
        let table = [
            ("/next?a=b@c", "/next?a=b@c"),
            ("//me:s3cret@h/x", "//me:***@h/x"),
            ("/\t/me:s3cret@h/x", "//me:***@h/x"),
            ("https:me:s3cret@h/x", "https://me:***@h/x"),
            (r"\\me:s3cret@h/x", r"\\me:***@h/x"),
            ("//me:s3/cret@h:99999/x", "***@h:99999/…"),
            ("mailto:me@h", "mailto:me@h"),
        ];
        for (location, expected) in table {
            assert_eq!(shown(location), expected, "{location}");
        }
    }

    #[test]
    fn the_referer_holds_no_password() {
        let from = Url::parse("https://me:secret@a.example/x?q=1#f").unwrap();
        let to = |text| Url::parse(text).unwrap();
        assert_eq!(referer(&from, &to("https://b.example/")).unwrap(), "https://a.example/x?q=1");
        assert_eq!(referer(&from, &to("http://b.example/")), None);
    }
}
