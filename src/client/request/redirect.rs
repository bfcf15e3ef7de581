//! Where a response sends us, and with what.

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, HeaderMap,
    HeaderValue, LOCATION, PROXY_AUTHORIZATION, REFERER,
};
use http::uri::InvalidUri;
use http::{Method, StatusCode};
use url::{Position, Url};

use crate::client::Client;
use crate::client::request::body::Body;
use crate::client::request::{self, Goal, Header, Manner, Request};
use crate::client::response::decode::Unpacks;

/// How redirects are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Followed so many times; one more is a failure.
    Follow(u32),
    /// Taken as the response.
    Ignore,
}

/// Returns the Location of a response that redirects; None for any other.
///
/// A redirect without a Location, or with an empty one, is a plain response.
pub fn location(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];
    let location = headers.get(LOCATION).filter(|location| !location.is_empty())?;
    REDIRECTS
        .contains(&status.as_u16())
        .then(|| String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// Returns the request that follows a redirect.
///
/// 301, 302 and 303 turn every method but GET and HEAD into a GET without body; 307 and 308 send
/// the same again. Credentials do not go to another host.
///
/// Source: Go, package net/http, Client.Do, redirectBehavior and makeHeadersCopier.
///
/// # Errors
///
/// Why the Location cannot be followed, for the record.
pub fn follow(
    client: &Client,
    last: &Request,
    status: StatusCode,
    location: &str,
) -> Result<Request, String> {
    let bad = |problem: &dyn std::fmt::Display| {
        format!("failed to parse Location header {location:?}: {problem}")
    };
    let from = last.url().map_err(|error| bad(&error))?;
    let url = from.join(location).map_err(|error| bad(&error))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(format!("unsupported protocol scheme {:?}", url.scheme()));
    }
    let resend = matches!(status.as_u16(), 307 | 308);
    let keep_method = resend || [Method::GET, Method::HEAD].contains(&last.method);
    let method = if keep_method { last.method.clone() } else { Method::GET };
    let body = if resend { last.body.clone() } else { Body::default() };
    let headers = headers_for(last, (&from, &url), location, resend);
    let pool = client.pool_of(&url);
    let path = url[Position::BeforePath..Position::AfterQuery].parse();
    let path = path.map_err(|error: InvalidUri| bad(&error))?;
    let goal = Goal { url, text: location.to_owned(), path };
    // What the client says itself is among the headers.
    let manner = Manner::default();
    Request::new(pool, (method, body), goal, &headers, &manner).map_err(|error| bad(&error))
}

/// Returns the last request's headers as they go from one URL to the next.
fn headers_for(
    last: &Request,
    (from, to): (&Url, &Url),
    location: &str,
    resend: bool,
) -> Vec<Header> {
    // Each request has that of its own proxy.
    let mut left = vec![PROXY_AUTHORIZATION];
    // A relative Location keeps a Host that the target set.
    if Url::parse(location).is_ok() || location.starts_with("//") {
        left.push(HOST);
    }
    if last.unpacks == Unpacks::Gzip {
        // Our own word, which the next request says again.
        left.push(ACCEPT_ENCODING);
    }
    if !resend {
        left.extend([CONTENT_TYPE, CONTENT_ENCODING]);
    }
    if from.host() != to.host() {
        left.extend([AUTHORIZATION, COOKIE]);
    }
    let stay = last.headers().filter(|(name, _)| !left.contains(name));
    let mut headers: Vec<_> = stay.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(referer) = referer(from, to) {
        request::set(&mut headers, REFERER, referer);
    }
    headers
}

/// Returns the URL we come from, without user and fragment; none from https to http.
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
    fn the_referer_tells_no_secrets() {
        let from = Url::parse("https://me:secret@a.example/x?q=1#f").unwrap();
        let to = |text| Url::parse(text).unwrap();
        assert_eq!(referer(&from, &to("https://b.example/")).unwrap(), "https://a.example/x?q=1");
        assert_eq!(referer(&from, &to("http://b.example/")), None);
    }
}
