//! The request that follows a redirect.

use std::borrow::Cow;
use std::fmt::Display;

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION,
    CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, PROXY_AUTHORIZATION,
    REFERER, USER_AGENT, WWW_AUTHENTICATE,
};
use http::uri::PathAndQuery;
use http::{Method, StatusCode};
use url::{Host, Position, Url};

use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::request::body::Body;
use crate::client::request::headers::{self, Header};
use crate::client::request::{Parts, Request};
use crate::markup::redact::{cut, of_bad_url, without_password};

/// Maximum length of a Location in bytes: longer paths cannot be sent.
const MAX_LOCATION: usize = 65_534;

/// Maximum length in bytes of a Location in a message.
const MAX_SHOWN: usize = 256;

/// A redirect that is about to be followed.
#[derive(Clone, Copy, Debug)]
pub struct Redirect<'a> {
    /// URL of the request that was redirected.
    pub from: &'a Url,
    /// Status of the response that redirects.
    pub status: StatusCode,
    /// Headers of the response that redirects.
    pub headers: &'a HeaderMap,
    /// URL of the next request.
    pub to: &'a Url,
}

/// Sees the redirects of a hit before they are followed.
pub trait OnRedirect {
    /// Returns the value of the Cookie header of the next request. `Some(None)` sends none. None
    /// leaves the header to the rules for redirects.
    fn cookies(&mut self, redirect: Redirect<'_>) -> Option<Option<HeaderValue>>;
}

/// Follows redirects without cookies.
impl OnRedirect for () {
    fn cookies(&mut self, _: Redirect<'_>) -> Option<Option<HeaderValue>> {
        None
    }
}

/// Returns the Location of a response that redirects; None for any other response.
///
/// A redirect without a Location, or with an empty one, is an ordinary response. A Location that is
/// too long is cut, but remains too long for [`follow`].
pub fn location(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];
    let location = headers.get(LOCATION).filter(|location| !location.is_empty())?;
    let location = location.as_bytes();
    let location = &location[..location.len().min(MAX_LOCATION + 1)];
    REDIRECTS.contains(&status.as_u16()).then(|| String::from_utf8_lossy(location).into_owned())
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
pub fn follow(
    last: &Request,
    response: (StatusCode, &HeaderMap),
    location: &str,
    watcher: &mut impl OnRedirect,
) -> Result<Parts, String> {
    let (status, headers) = response;
    if location.len() > MAX_LOCATION {
        let problem = format!("it is longer than {MAX_LOCATION} bytes");
        return Err(bad_location(location, &problem));
    }
    let from = last.url().map_err(|error| bad_location(location, &error))?;
    let url = from.join(location).map_err(|error| bad_location(location, &error))?;
    let repeats = matches!(status.as_u16(), 307 | 308);
    let keeps_method = repeats || [Method::GET, Method::HEAD].contains(&last.method);
    let step = Step { last, from: &from, to: &url, location, repeats };
    let cookies = watcher.cookies(Redirect { from: &from, status, headers, to: &url });
    // The path of a URL that check_scheme refuses need not be one of HTTP.
    let path = match check_scheme(&url) {
        Ok(()) => url[Position::BeforePath..Position::AfterQuery].parse::<PathAndQuery>(),
        Err(_) => Ok(PathAndQuery::from_static("/")),
    };
    Ok(Parts {
        method: if keeps_method { last.method.clone() } else { Method::GET },
        body: if repeats { last.body.clone() } else { Body::default() },
        path: path.map_err(|error| bad_location(location, &error))?,
        // A failure is reported with the whole URL, as the Location spells it if that is one.
        text: shown(if is_absolute(location) { location } else { url.as_str() }),
        has_referer_of_client: step.sets_referer(),
        headers: step.headers(cookies),
        url,
    })
}

/// Checks that requests can be sent to a URL that a redirect leads to.
///
/// # Errors
///
/// Why they cannot, as a text for the record.
pub fn check_scheme(url: &Url) -> Result<(), String> {
    match ["http", "https"].contains(&url.scheme()) {
        true => Ok(()),
        false => Err(format!("unsupported protocol scheme {:?}", url.scheme())),
    }
}

/// Returns the text of a Location that cannot be followed.
pub fn bad_location(location: &str, problem: &dyn Display) -> String {
    format!("failed to parse Location header {:?}: {problem}", cut(&shown(location), MAX_SHOWN))
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
        Ok(_) if may_have_password(&location) => of_bad_url(&location),
        Ok(_) => location,
    }
}

/// Returns whether a Location may have a password although no URL parser finds one, because its
/// scheme or a slash is missing: `me:pw@h`, `http:/me:pw@h`.
fn may_have_password(location: &str) -> bool {
    let users = location.split(['?', '#']).next().and_then(|path| path.rsplit_once('@'));
    let is_odd = |users: &str| !users.starts_with('/') && !users.contains("://");
    users.is_some_and(|(users, _)| users.contains(':') && is_odd(users))
}

/// Returns whether a Location is a whole URL, with a scheme.
fn is_absolute(location: &str) -> bool {
    Url::parse(location).is_ok()
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
    /// Returns the headers of the next request: those of the last one that still apply, and these
    /// cookies in place of the last one's.
    fn headers(&self, cookies: Option<Option<HeaderValue>>) -> Vec<Header> {
        let mut dropped = self.dropped();
        if cookies.is_some() {
            dropped.push(COOKIE);
        }
        let stay = self.last.headers.iter().filter(|(name, _)| !dropped.contains(name));
        let mut headers: Vec<_> = stay.map(|(name, value)| (name.clone(), value.clone())).collect();
        if let Some(referer) = referer(self.from, self.to).filter(|_| self.sets_referer()) {
            headers::set(&mut headers, REFERER, referer);
        }
        headers.extend(cookies.flatten().map(|cookies| (COOKIE, cookies)));
        if !self.last.headers.contains_key(USER_AGENT) {
            // The target has an empty one, so that none is sent.
            headers.push((USER_AGENT, HeaderValue::from_static("")));
        }
        headers
    }

    /// Returns whether the client sets the Referer. A target's own one stays.
    fn sets_referer(&self) -> bool {
        self.last.has_referer_of_client || !self.last.headers.contains_key(REFERER)
    }

    fn dropped(&self) -> Vec<HeaderName> {
        // Each request has the credentials of the proxy it uses.
        let mut dropped = vec![PROXY_AUTHORIZATION];
        // A relative Location keeps a Host that the target set.
        if is_absolute(self.location) || self.location.starts_with("//") {
            dropped.push(HOST);
        }
        // The client added it, and adds it again to the next request.
        if self.last.accepted == AcceptedEncodings::Gzip {
            dropped.push(ACCEPT_ENCODING);
        }
        if !self.repeats {
            dropped.extend([CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION]);
        }
        if !is_within(self.to.host(), self.from.host()) {
            let cookie2 = HeaderName::from_static("cookie2");
            dropped.extend([AUTHORIZATION, WWW_AUTHENTICATE, COOKIE, cookie2]);
        }
        dropped
    }
}

/// Returns whether a host is another one, or a subdomain of it.
///
/// Source: Go, package net/http, shouldCopyHeaderOnRedirect.
fn is_within(host: Option<Host<&str>>, other: Option<Host<&str>>) -> bool {
    match (host, other) {
        (Some(Host::Domain(host)), Some(Host::Domain(other))) => {
            let prefix = host.strip_suffix(other);
            prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
        }
        (host, other) => host == other,
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
            ("me:s3cret@h:1/x", "***@h:1/…"),
            ("foo:me:s3cret@h/", "***@h/…"),
            ("http:/me:s3cret@h/", "***@h/…"),
            ("http:me:s3cret@h/", "***@h/…"),
            ("http://h:80/@me", "http://h:80/@me"),
            ("/@me:x", "/@me:x"),
        ];
        for (location, expected) in table {
            assert_eq!(shown(location), expected, "{location}");
        }
    }

    #[test]
    fn credentials_stay_within_a_domain() {
        let table = [
            ("http://a.test/", "https://a.test:8080/", true),
            ("http://a.test/", "http://sub.a.test/", true),
            ("http://sub.a.test/", "http://a.test/", false),
            ("http://a.test/", "http://evila.test/", false),
            ("http://127.0.0.1:1/", "http://127.0.0.1:2/", true),
            ("http://127.0.0.1/", "http://127.0.0.2/", false),
            ("http://[::1]/", "http://[::1]:80/", true),
        ];
        for (from, to, expected) in table {
            let [from, to] = [from, to].map(|url| Url::parse(url).unwrap());
            assert_eq!(is_within(to.host(), from.host()), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_location_is_read_up_to_its_maximum_length() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_bytes(&[0xff; 1 << 20]).unwrap());
        let location = location(StatusCode::FOUND, &headers).unwrap();
        assert!(location.len() > MAX_LOCATION && location.len() <= 3 * (MAX_LOCATION + 1));
        let shown = bad_location(&location, &"too long");
        assert!(shown.len() < 400, "{shown}");
    }

    #[test]
    fn the_referer_holds_no_password() {
        let from = Url::parse("https://me:secret@a.example/x?q=1#f").unwrap();
        let to = |text| Url::parse(text).unwrap();
        assert_eq!(referer(&from, &to("https://b.example/")).unwrap(), "https://a.example/x?q=1");
        assert_eq!(referer(&from, &to("http://b.example/")), None);
    }
}
