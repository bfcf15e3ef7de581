//! Cookies that servers set, and the header that is made of them.

#![no_main]

use drumfire::flow::Cookies;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::{Corpus, fuzz_target};
use url::Url;

/// Most cookies that are sent, and most bytes of the header: 16 KiB of cookies, and what joins them.
const MAX_COOKIES: usize = 50;
const MAX_HEADER: usize = (16 << 10) + 2 * MAX_COOKIES;

/// Where cookies are set and sent.
const URLS: [&str; 4] = [
    "https://a.b.test/x/y?z",
    "http://a.b.test/",
    "http://127.0.0.1:8080/",
    "http://other.test/x/",
];

// Each line is a header Set-Cookie. An empty line ends a response; the next one is from another URL.
fuzz_target!(|input: &str| -> Corpus {
    let urls = URLS.map(|url| Url::parse(url).expect("the URL is a constant of this file"));
    let mut cookies = Cookies::default();
    for (response, url) in input.split("\n\n").zip(urls.iter().cycle()) {
        let mut headers = HeaderMap::new();
        let lines = response.lines().filter_map(|line| HeaderValue::from_str(line).ok());
        lines.for_each(|line| drop(headers.try_append(SET_COOKIE, line)));
        cookies.store(url, &headers, 1_767_225_600_000_000_000);
        urls.iter().for_each(|url| check(cookies.header_for(url, "")));
    }
    Corpus::Keep
});

/// Checks a header that goes to a server.
fn check(header: Option<HeaderValue>) {
    let Some(header) = header else { return };
    assert!(!header.is_empty() && header.len() <= MAX_HEADER, "{} bytes", header.len());
    // Each cookie has one `=` at least.
    assert!(header.as_bytes().contains(&b'='), "{header:?}");
}
