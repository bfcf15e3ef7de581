//! Selects the proxy of a connection from the environment.

use std::fmt;
use std::sync::Arc;

use http::{HeaderValue, Uri};
use url::Url;

use crate::client::dial::address::Address;
use crate::client::dial::no_proxy::NoProxy;
use crate::client::request::credentials::{self, Credentials};
use crate::error::Error;

/// The proxies of an attack, from environment variables; none by default.
///
/// Source: Go, golang.org/x/net/http/httpproxy, FromEnvironment; ALL_PROXY as in curl.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For URLs that begin with `http:`.
    http: Option<Arc<Proxy>>,
    /// For URLs that begin with `https:`.
    https: Option<Arc<Proxy>>,
    /// Hosts that are reached without a proxy.
    excluded: NoProxy,
}

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    /// The protocol of connections to the proxy.
    pub protocol: Protocol,
    /// Host and port of the proxy.
    pub address: Address,
    /// The environment variable that names the proxy.
    pub variable: String,
    /// The URL of the proxy, which may hold a password.
    url: Url,
}

/// The protocol of connections to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP over TCP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5; the proxy resolves names.
    Socks,
}

impl Proxies {
    /// Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and ALL_PROXY in place of the first two. Each
    /// may be in lower case. `variable` returns the value of a variable.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if a variable does not name a proxy.
    pub fn new(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let read = |name: &str| {
            let names = [name.to_owned(), name.to_ascii_lowercase()];
            names.into_iter().find_map(|name| {
                variable(&name).filter(|value| !value.is_empty()).map(|value| (name, value))
            })
        };
        let proxy = |name| {
            let named = read(name).or_else(|| read("ALL_PROXY"));
            named.map(|(name, value)| Proxy::new(name, &value).map(Arc::new)).transpose()
        };
        Ok(Self {
            http: proxy("HTTP_PROXY")?,
            https: proxy("HTTPS_PROXY")?,
            excluded: NoProxy::new(&read("NO_PROXY").map(|(_, list)| list).unwrap_or_default()),
        })
    }

    /// Returns the proxy of a URL; None if its host is reached directly.
    pub fn of(&self, url: &Url) -> Option<Arc<Proxy>> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        proxy.clone().filter(|_| !self.excluded.covers(&Address::of_url(url)))
    }
}

impl Proxy {
    /// Parses the value of a variable: a URL or `HOST[:PORT]`.
    fn new(variable: String, value: &str) -> Result<Self, Error> {
        let url = match value.contains("://") {
            true => Url::parse(value),
            false => Url::parse(&format!("http://{value}")),
        };
        let proxy = url.ok().and_then(|url| {
            let (protocol, default_port) = match url.scheme() {
                "http" => (Protocol::Http, 80),
                "https" => (Protocol::Https, 443),
                "socks5" | "socks5h" => (Protocol::Socks, 1080),
                _ => return None,
            };
            let port = url.port().unwrap_or(default_port);
            let address = Address::new(url.host_str()?, port);
            Some(Self { protocol, address, variable: variable.clone(), url })
        });
        // The value is not quoted, since it may hold a password.
        proxy.ok_or_else(|| {
            Error::Attack(format!(
                "bad {variable} in the environment: expected http, https, socks5 or socks5h, as \
                 in http://127.0.0.1:3128"
            ))
        })
    }

    /// Returns the origin of connections to the proxy.
    pub fn origin(&self) -> Uri {
        let scheme = if self.protocol == Protocol::Https { "https" } else { "http" };
        let authority = self.address.to_string();
        let origin = Uri::builder().scheme(scheme).authority(authority).path_and_query("/");
        origin.build().unwrap_or_default()
    }

    /// Returns the value of Proxy-Authorization; None without credentials.
    pub fn authorization(&self) -> Option<HeaderValue> {
        credentials::basic(&self.url)
    }

    /// Returns the credentials for the proxy; None if its URL has none.
    pub fn credentials(&self) -> Option<Credentials> {
        Credentials::of(&self.url)
    }
}

/// Leaves out the password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.protocol, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the proxy of a URL in an environment of `NAME=VALUE` separated by spaces.
    fn check(environment: &str, url: &str, expected: &str) {
        let variables: Vec<_> =
            environment.split_whitespace().filter_map(|pair| pair.split_once('=')).collect();
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let shown = Proxies::new(value).map_or_else(
            |error| error.to_string(),
            |proxies| match proxies.of(&Url::parse(url).unwrap()) {
                Some(proxy) => format!("{proxy:?}"),
                None => "none".to_owned(),
            },
        );
        assert_eq!(shown, expected, "{environment}: {url}");
    }

    #[test]
    fn the_scheme_of_the_url_selects_the_proxy() {
        let all = "HTTP_PROXY=http://p:1 HTTPS_PROXY=https://q NO_PROXY=b.test";
        check(all, "http://a.test/", "Http p:1");
        check(all, "https://a.test/", "Https q:443");
        check(all, "http://b.test/", "none");
        check(all, "http://localhost/", "none");
        check(all, "http://[::1]:8080/", "none");
        check("", "http://a.test/", "none");
        check("HTTP_PROXY=http://p:1", "https://a.test/", "none");
    }

    #[test]
    fn lower_case_and_all_proxy_are_fallbacks() {
        check("http_proxy=p:1", "http://a.test/", "Http p:1");
        check("HTTP_PROXY= http_proxy=p:1", "http://a.test/", "Http p:1");
        check("HTTP_PROXY=q http_proxy=p", "http://a.test/", "Http q:80");
        check("ALL_PROXY=socks5://p HTTP_PROXY=q", "http://a.test/", "Http q:80");
        check("ALL_PROXY=socks5://p HTTP_PROXY=q", "https://a.test/", "Socks p:1080");
        check("all_proxy=socks5h://me:secret@[::1]:9", "https://a.test/", "Socks [::1]:9");
        check("ALL_PROXY=p no_proxy=*", "https://a.test/", "none");
    }

    #[test]
    fn an_invalid_variable_is_reported_without_its_value() {
        let expected = "bad HTTP_PROXY in the environment: expected http, https, socks5 or \
                        socks5h, as in http://127.0.0.1:3128";
        for value in ["ftp://me:secret@p", "http://p:port", "http://"] {
            check(&format!("HTTP_PROXY={value}"), "http://a.test/", expected);
        }
    }
}
