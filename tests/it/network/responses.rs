//! Responses that are unusual, hostile or part of a redirect: how they are recorded.

use crate::support::attacks::{attack, hits, hits_of};
use crate::support::harness::drumfire;
use crate::support::servers::{Answer, Scripted, response, scripted};

/// Starts a server that responds with these bytes.
fn sending(response: &[u8]) -> Scripted {
    let response = response.to_vec();
    scripted(move |_| Answer::Bytes(response.clone()))
}

#[test]
fn responses_that_go_accepts_are_recorded() {
    let utf8 = "HTTP/1.1 500 Gr\u{f6}\u{df}er\r\nContent-Length: 2\r\n\r\nno";
    let table: [(&[u8], u16, &str); 4] = [
        (b"HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", 200, ""),
        (b"HTTP/1.1 500 Gr\xf6\xdfer\r\nContent-Length: 2\r\n\r\nno", 500, "500 Gr\u{f6}\u{df}er"),
        (utf8.as_bytes(), 500, "500 Gr\u{f6}\u{df}er"),
    ];
    for (bytes, code, error) in table {
        let hit = hits(&sending(bytes).url("/"), 1, &[]).remove(0);
        let found = (hit.code, hit.error.as_str(), hit.bytes_in);
        assert_eq!(found, (code, error, 2), "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_header_that_cannot_be_read_is_named() {
    let server = sending(b"HTTP/1.1 200 OK\r\nA: b\r\nno name: c\r\n\r\n");
    let hit = hits(&server.url("/"), 1, &[]).remove(0);
    let cause = "malformed HTTP response (invalid header name: \"no name\")";
    assert!(hit.error.ends_with(cause), "{}", hit.error);
}

#[test]
fn a_long_text_of_a_server_is_cut_in_records_and_reports() {
    let server = scripted(|_| {
        let reason = "R".repeat(100_000);
        Answer::Text(response(&format!("500 {reason}"), "", ""))
    });
    let output = attack(format!("GET {}\n", server.url("/")), 2, &[]).run();
    let stream = output.stdout;
    let record = crate::support::results::records(&stream).remove(0);
    assert_eq!(record.error, format!("500 {}\u{2026}", "R".repeat(1020)));
    let report = drumfire("report").stdin(stream).run();
    assert!(report.text().len() < 10_000, "{}", report.text().len());
}

#[test]
fn a_long_text_of_another_program_is_cut_in_reports() {
    let error = format!("500 {}", "R".repeat(1_000_000));
    let record = format!(
        "{{\"attack\":\"\",\"seq\":0,\"code\":500,\"timestamp\":\"2026-01-01T00:00:00Z\",\
         \"latency\":1,\"bytes_out\":0,\"bytes_in\":0,\"error\":\"{error}\",\"body\":null,\
         \"method\":\"GET\",\"url\":\"http://a.test/\",\"headers\":null}}\n"
    );
    for kind in ["text", "json", "markdown", "html", "failures-csv"] {
        let report = drumfire(&format!("report -type={kind}")).stdin(record.clone()).run();
        let text = report.text();
        assert!(!text.contains(&"R".repeat(1025)), "{kind}");
    }
    let copy = drumfire("encode -to=json").stdin(record).run();
    assert!(copy.text().contains(&error), "a conversion changes nothing");
}

#[test]
fn a_failed_redirect_is_reported_with_the_first_method_and_the_whole_url() {
    let long = "x".repeat(70_000);
    let table = [
        ("/next", "Post \"BASE/next\": EOF"),
        ("//HOST/next", "Post \"BASE/next\": EOF"),
        ("BASE/next#part", "Post \"BASE/next#part\": EOF"),
        (
            "http://[",
            "Post \"BASE/\": failed to parse Location header \"http://[\": invalid IPv6 address",
        ),
        ("mailto:me", "Post \"mailto:me\": unsupported protocol scheme \"mailto\""),
        ("ftp://a.test/", "Post \"ftp://a.test/\": unsupported protocol scheme \"ftp\""),
        (
            long.as_str(),
            "Post \"BASE/\": failed to parse Location header \"LONG\u{2026}\": it is longer than \
             65534 bytes",
        ),
    ];
    for (location, expected) in table {
        let location = location.to_owned();
        let server = scripted(move |head| {
            let host = head.split("Host: ").nth(1).and_then(|rest| rest.lines().next());
            let host = host.unwrap_or_default();
            let location =
                location.replace("BASE", &format!("http://{host}")).replace("HOST", host);
            match head.starts_with("POST / ") {
                true => {
                    let location = format!("Location: {location}\r\n");
                    Answer::Text(response("303 See Other", &location, ""))
                }
                false => Answer::Last(String::new()),
            }
        });
        let list = format!("POST {}\n", server.url("/"));
        let hit = hits_of(attack(list, 1, &[])).remove(0);
        let base = format!("http://{}", server.address);
        let expected = expected.replace("BASE", &base).replace("LONG", &"x".repeat(256));
        assert_eq!((hit.code, hit.error), (0, expected));
    }
}

#[test]
fn a_timeout_after_a_redirect_names_the_url_of_the_redirect() {
    let server = scripted(|head| match head.starts_with("GET / ") {
        true => Answer::Text(response("302 Found", "Location: /slow\r\n", "")),
        false => Answer::Silence(String::new()),
    });
    let hit = hits(&server.url("/"), 1, &["-timeout=2s"]).remove(0);
    let expected = format!(
        "Get \"{}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        server.url("/slow")
    );
    assert_eq!(hit.error, expected);
}

#[test]
fn headers_of_a_target_follow_a_redirect_as_in_go() {
    let server = scripted(|head| match head.starts_with("POST / ") {
        true => Answer::Text(response("302 Found", "Location: http://localhost:1/\r\n", "")),
        false => Answer::Text(response("307 Again", "Location: /third\r\n", "")),
    });
    let headers = ["User-Agent", "Referer", "Cookie", "Authorization", "X-Own", "Content-Language"];
    let values = ["\"\"", "\"http://own.test/\"", "\"c\"", "\"a\"", "\"x\"", "\"de\""];
    let pairs = headers.iter().zip(values).map(|(name, value)| format!("\"{name}\":[{value}]"));
    let pairs = pairs.collect::<Vec<_>>().join(",");
    let list =
        format!("{{\"method\":\"POST\",\"url\":\"{}\",\"header\":{{{pairs}}}}}", server.url("/"));
    let detour = format!("-connect-to=localhost:1:{}", server.address);
    let _ = hits_of(attack(list, 1, &["-format=json", "-redirects=1", &detour]));
    let seen = server.seen();
    assert!(seen.iter().all(|head| !head.contains("User-Agent:")), "{seen:?}");
    assert!(seen.iter().all(|head| head.contains("Referer: http://own.test/\n")), "{seen:?}");
    assert!(seen[0].contains("Cookie: c\n") && seen[0].contains("Authorization: a\n"), "{seen:?}");
    assert!(seen[1].starts_with("GET / HTTP/1.1\n") && seen[1].contains("X-Own: x\n"), "{seen:?}");
    for name in ["Cookie", "Authorization", "Content-Language"] {
        assert!(!seen[1].contains(&format!("{name}:")), "{name}: {seen:?}");
    }
}
