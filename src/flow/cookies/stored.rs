//! One cookie as it is kept.

use url::Url;

/// A cookie. Its texts are kept as one: `name=value`, domain, path.
#[derive(Clone, Debug)]
pub struct Stored {
    text: Box<str>,
    name_len: u16,
    pair_len: u16,
    domain_len: u16,
    is_for_subdomains: bool,
    is_secure: bool,
}

impl Stored {
    /// Returns a cookie. None if it is longer than 64 KiB.
    pub fn new(
        (name, value): (&str, &str),
        domain: &str,
        path: &str,
        is_for_subdomains: bool,
        is_secure: bool,
    ) -> Option<Self> {
        let [name_len, pair_len, domain_len] =
            [name.len(), name.len() + 1 + value.len(), domain.len()]
                .map(|len| u16::try_from(len).ok());
        let text = [name, "=", value, domain, path].concat().into();
        Some(Self {
            text,
            name_len: name_len?,
            pair_len: pair_len?,
            domain_len: domain_len?,
            is_for_subdomains,
            is_secure,
        })
    }

    /// Returns the number of bytes of its texts.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Returns `name=value`.
    pub fn pair(&self) -> &str {
        &self.text[..usize::from(self.pair_len)]
    }

    fn name(&self) -> &str {
        &self.text[..usize::from(self.name_len)]
    }

    fn domain(&self) -> &str {
        &self.text[usize::from(self.pair_len)..self.path_start()]
    }

    /// Returns the path, which begins with a slash.
    pub fn path(&self) -> &str {
        &self.text[self.path_start()..]
    }

    fn path_start(&self) -> usize {
        usize::from(self.pair_len) + usize::from(self.domain_len)
    }

    /// Returns whether another cookie replaces this one.
    pub fn is_same(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    fn key(&self) -> (&str, &str, &str) {
        (self.name(), self.domain(), self.path())
    }

    /// Returns whether the cookie is sent to a URL.
    pub fn matches(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let is_of_host = host == self.domain();
        let is_of_subdomain = self.is_for_subdomains && is_within(host, self.domain());
        let rest = url.path().strip_prefix(self.path());
        let is_below = rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path().ends_with('/')
        });
        (is_of_host || is_of_subdomain) && is_below && (!self.is_secure || is_secure(url))
    }
}

/// Returns whether a host is a subdomain of a domain.
pub fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|prefix| prefix.ends_with('.'))
}

/// Returns whether Secure cookies may go to a URL.
pub fn is_secure(url: &Url) -> bool {
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || is_local
}
