//! Tests of cookies.

use proptest::prelude::*;

use super::*;

/// Wall time of the tests: 2026-01-01.
const NOW: i64 = 1_767_225_600_000_000_000;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn set(cookies: &mut Cookies, from: &str, lines: &[&str]) {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(SET_COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    cookies.store(&url(from), &headers, NOW);
}

fn sent(cookies: &Cookies, to: &str) -> String {
    let header = cookies.header_for(&url(to), "");
    header.map_or(String::new(), |header| header.to_str().unwrap().to_owned())
}

#[test]
fn a_session_without_cookies_is_small() {
    assert!(size_of::<Cookies>() <= 16);
    let mut cookies = Cookies::default();
    set(&mut cookies, "http://a.test/", &["a=1", "a=; Max-Age=0"]);
    assert!(cookies.0.is_empty());
}

#[test]
fn a_cookie_goes_to_its_domain_and_path() {
    let table = [
        ("http://a.test/", "a=1", "http://a.test/x?y", true),
        ("http://a.test/", "a=1", "http://b.a.test/", false),
        ("http://a.test/", "a=1; Domain=a.test", "http://b.a.test/", true),
        ("http://a.test/", "a=1; Domain=.A.Test", "http://b.a.test/", true),
        ("http://b.a.test/", "a=1; Domain=a.test", "http://a.test/", true),
        ("http://b.a.test/", "a=1; Domain=a.test", "http://xa.test/", false),
        ("http://a.test/", "a=1; Domain=b.test", "http://b.test/", false),
        ("http://a.test/", "a=1; Domain=b.a.test", "http://b.a.test/", false),
        ("http://a.test/", "a=1; Domain=test", "http://b.test/", false),
        ("http://a.test/", "a=1; Domain=", "http://a.test/", true),
        ("http://localhost/", "a=1; Domain=localhost", "http://localhost:8080/", true),
        ("http://127.0.0.1/", "a=1; Domain=127.0.0.1", "http://127.0.0.1/", true),
        ("http://127.0.0.1/", "a=1; Domain=0.0.1", "http://127.0.0.1/", false),
        ("http://a.test/x/y", "a=1", "http://a.test/x/z", true),
        ("http://a.test/x/y", "a=1", "http://a.test/x", true),
        ("http://a.test/x/y", "a=1", "http://a.test/xy", false),
        ("http://a.test/x/y", "a=1", "http://a.test/", false),
        ("http://a.test/x", "a=1", "http://a.test/", true),
        ("http://a.test/", "a=1; Path=/x/", "http://a.test/x/y", true),
        ("http://a.test/", "a=1; Path=/x/", "http://a.test/x", false),
        ("http://a.test/", "a=1; Path=x", "http://a.test/", true),
        ("https://a.test/", "a=1; Secure", "https://a.test/", true),
        ("https://a.test/", "a=1; Secure", "http://a.test/", false),
        ("http://a.test/", "a=1; Secure", "https://a.test/", false),
        ("http://127.0.0.1/", "a=1; Secure", "http://127.0.0.1/", true),
        ("https://a.test/", "__Secure-a=1; Secure", "https://a.test/", true),
        ("https://a.test/", "__Secure-a=1", "https://a.test/", false),
        ("https://a.test/x/", "__Host-a=1; Secure; Path=/", "https://a.test/", true),
        ("https://a.test/x/", "__Host-a=1; Secure", "https://a.test/x/", false),
        ("https://a.test/", "__Host-a=1; Secure; Domain=a.test", "https://a.test/", false),
        ("http://a.test/", "a=\u{1}", "http://a.test/", false),
        ("http://a.test/", "nothing", "http://a.test/", false),
    ];
    for (from, line, to, is_sent) in table {
        let mut cookies = Cookies::default();
        let mut headers = HeaderMap::new();
        // A control character is no header of a response, but must not become one of a request.
        let Ok(value) = HeaderValue::from_bytes(line.as_bytes()) else { continue };
        headers.append(SET_COOKIE, value);
        cookies.store(&url(from), &headers, NOW);
        assert_eq!(!sent(&cookies, to).is_empty(), is_sent, "{from} {line} {to}");
    }
}

#[test]
fn a_cookie_replaces_the_one_with_its_name_domain_and_path() {
    let mut cookies = Cookies::default();
    set(&mut cookies, "http://a.test/x/", &["a=1", "b=2", "a=3; Path=/", "a=4", "c=\"q\""]);
    assert_eq!(sent(&cookies, "http://a.test/x/"), "a=4; b=2; c=\"q\"; a=3");
    let extra = cookies.header_for(&url("http://a.test/"), "d=5; e=6").unwrap();
    assert_eq!(extra, "a=3; d=5; e=6");
    assert_eq!(Cookies::default().header_for(&url("http://a.test/"), "d=5").unwrap(), "d=5");
}

#[test]
fn a_cookie_that_has_expired_is_removed() {
    let table = [
        ("a=; Max-Age=0", false),
        ("a=; Max-Age=-1", false),
        ("a=2; Max-Age=1", true),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
        ("a=; Expires=Wed, 31-Dec-2025 23:59:59 GMT", false),
        ("a=2; Expires=Thu, 01 Jan 2026 00:00:01 GMT", true),
        ("a=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=10", true),
        ("a=2; Expires=soon", true),
        ("a=; Max-Age=0; Path=/x", true),
    ];
    for (line, remains) in table {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://a.test/", &["a=1", line]);
        assert_eq!(!sent(&cookies, "http://a.test/").is_empty(), remains, "{line}");
    }
}

#[test]
fn a_flood_of_cookies_is_cut() {
    let mut cookies = Cookies::default();
    for batch in 0..10 {
        let lines: Vec<_> = (0..100).map(|i| format!("a{batch}x{i}=1")).collect();
        set(&mut cookies, "http://a.test/", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    }
    assert_eq!(cookies.0.len(), MAX_COOKIES);

    let mut cookies = Cookies::default();
    set(&mut cookies, "http://a.test/", &[&format!("a={}", "x".repeat(MAX_COOKIE))]);
    assert_eq!(sent(&cookies, "http://a.test/"), "");
    let lines: Vec<_> = (0..50).map(|i| format!("a{i}={}", "x".repeat(4000))).collect();
    set(&mut cookies, "http://a.test/", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let total: usize = cookies.0.iter().map(Stored::len).sum();
    assert!((MAX_TOTAL - 4100..=MAX_TOTAL).contains(&total), "{total}");
    // A cookie that is there can still change.
    set(&mut cookies, "http://a.test/", &["a0=short"]);
    assert!(sent(&cookies, "http://a.test/").starts_with("a0=short; "));
}

proptest! {
    #[test]
    fn no_line_makes_a_bad_header(
        lines in prop::collection::vec("[a-c]{0,2}=?[ -~é;]{0,20}(; ?(Path|Domain|Max-Age|Expires)=[ -~]{0,12})?", 0..8),
    ) {
        let mut cookies = Cookies::default();
        set(&mut cookies, "http://b.a.test/x/y", &lines.iter().map(String::as_str).collect::<Vec<_>>());
        for to in ["http://b.a.test/x/y", "http://b.a.test/", "https://a.test/"] {
            if let Some(header) = cookies.header_for(&url(to), "") {
                prop_assert!(!header.is_empty());
            }
        }
    }
}
