//! The cookies of one session.
//!
//! Rules of RFC 6265 with the limits below, and two that curl has: a Secure cookie is taken and sent
//! only over https or to the local host, and a domain needs a dot in it. There is no list of public
//! suffixes, so a server of `a.co.uk` may set a cookie for `co.uk`. Flows are short: a cookie that has
//! not expired when it is set never does.

mod stored;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use url::{Host, Url};

use crate::flow::cookies::stored::Stored;

/// Most cookies of a session, and most lines of a response that are looked at.
const MAX_COOKIES: usize = 50;

/// Most bytes of name and value of a cookie.
const MAX_COOKIE: usize = 4096;

/// Most bytes of all cookies of a session, with their domains and paths.
const MAX_TOTAL: usize = 16 << 10;

/// The cookies of one session. 16 bytes without any.
#[derive(Clone, Debug, Default)]
pub struct Cookies(Box<[Stored]>);

impl Cookies {
    /// Returns the value of the Cookie header for a request to a URL: the cookies that match it,
    /// those of longer paths first, then `extra`, such as `a=1; b=2`. None if there is nothing to
    /// send.
    pub fn header_for(&self, url: &Url, extra: &str) -> Option<HeaderValue> {
        let mut matching: Vec<_> = self.0.iter().filter(|cookie| cookie.matches(url)).collect();
        matching.sort_by_key(|cookie| std::cmp::Reverse(cookie.path().len()));
        let pairs = matching.iter().map(|cookie| cookie.pair());
        let extra = Some(extra).filter(|extra| !extra.is_empty());
        let text = pairs.chain(extra).collect::<Vec<_>>().join("; ");
        let is_empty = text.is_empty();
        HeaderValue::from_maybe_shared(Bytes::from(text)).ok().filter(|_| !is_empty)
    }

    /// Takes the cookies that the response from a URL sets. One that has expired at the wall time,
    /// in ns since 1970 UTC, removes the cookie with the same name, domain and path. Cookies beyond
    /// the limits are ignored.
    pub fn store(&mut self, url: &Url, headers: &HeaderMap, wall_ns: i64) {
        let lines = headers.get_all(SET_COOKIE).iter().take(MAX_COOKIES);
        let mut lines = lines.filter_map(|line| str::from_utf8(line.as_bytes()).ok()).peekable();
        // Fast path: most responses set none.
        if lines.peek().is_none() {
            return;
        }
        let mut all = std::mem::take(&mut self.0).into_vec();
        for cookie in lines.filter_map(|line| Cookie::parse(line).ok()) {
            if let Some(stored) = accept(url, &cookie) {
                store_one(&mut all, stored, has_expired(&cookie, wall_ns));
            }
        }
        self.0 = all.into();
    }
}

/// Adds a cookie within the limits, or removes it if it has expired.
fn store_one(all: &mut Vec<Stored>, cookie: Stored, has_expired: bool) {
    let place = all.iter().position(|known| known.is_same(&cookie));
    let others = all.iter().filter(|known| !known.is_same(&cookie));
    let total = others.map(Stored::len).sum::<usize>() + cookie.len();
    match place {
        Some(place) if has_expired => drop(all.remove(place)),
        _ if has_expired || total > MAX_TOTAL => {}
        // A cookie keeps the place of the one that it replaces.
        Some(place) => all[place] = cookie,
        None if all.len() < MAX_COOKIES => all.push(cookie),
        None => {}
    }
}

/// Returns a cookie as it is kept. None if the rules do not allow it for a response from a URL.
fn accept(url: &Url, cookie: &Cookie<'_>) -> Option<Stored> {
    let (name, value) = cookie.name_value();
    let has_control = [name, value].iter().any(|text| text.contains(char::is_control));
    if has_control || name.len() + value.len() > MAX_COOKIE {
        return None;
    }
    let host = url.host_str()?;
    let domain = cookie.domain().map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
    let domain = domain.filter(|domain| !domain.is_empty() && domain != host);
    let is_allowed = |domain: &str| {
        // An address has no parts that are domains.
        let is_name = matches!(url.host(), Some(Host::Domain(_)));
        is_name && domain.contains('.') && stored::is_within(host, domain)
    };
    if domain.as_deref().is_some_and(|domain| !is_allowed(domain)) {
        return None;
    }
    // With its own host as domain, a cookie is for subdomains too.
    let is_for_subdomains = cookie.domain().is_some_and(|domain| !domain.is_empty());
    let own_path = cookie.path().filter(|path| path.starts_with('/'));
    let path = own_path.unwrap_or_else(|| default_path(url));
    let is_secure = cookie.secure() == Some(true);
    let keeps_prefix = match name {
        name if name.starts_with("__Host-") => is_secure && path == "/" && !is_for_subdomains,
        name if name.starts_with("__Secure-") => is_secure,
        _ => true,
    };
    if !keeps_prefix || (is_secure && !stored::is_secure(url)) {
        return None;
    }
    let domain = domain.as_deref().unwrap_or(host);
    Stored::new((name, value), domain, path, is_for_subdomains, is_secure)
}

/// Returns the path of a cookie that names none: that of the URL up to its last slash.
fn default_path(url: &Url) -> &str {
    match url.path().rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((path, _)) => path,
    }
}

/// Returns whether a cookie is set to be removed.
fn has_expired(cookie: &Cookie<'_>, wall_ns: i64) -> bool {
    let expires = cookie.expires_datetime().map(|date| date.unix_timestamp());
    match (cookie.max_age(), expires) {
        (Some(age), _) => age.is_zero(),
        (None, Some(seconds)) => seconds <= wall_ns.div_euclid(1_000_000_000),
        (None, None) => false,
    }
}
