//! HTTP/2: many streams on few connections, and servers that end them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use h2::Reason;

use crate::support::harness::drumfire;
use crate::support::http2::{Answer, Server, serve, serve_after};
use crate::support::results::{Kept, records};
use crate::support::servers::{response, scripted};

/// GOAWAY before the first request of a connection.
///
/// Source: RFC 9113, section 6.8.
const GOAWAY: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The head of the first response, with status 200, and a part of its body.
///
/// Source: RFC 9113, sections 6.1 and 6.2; RFC 7541, appendix A.
const HALF: &[u8] = b"\0\0\x01\x01\x04\0\0\0\x01\x88\0\0\x04\0\0\0\0\0\x01hell";

fn attack(server: &Server, requests: u64, flags: &[&str]) -> Vec<Kept> {
    let output = drumfire("attack -h2c -rate=0")
        .arg(format!("-requests={requests}"))
        .args(flags)
        .stdin(format!("POST {}\nX-One: 1\nConnection: keep-alive\n", server.url()))
        .run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let mut records = records(&output.stdout);
    records.sort_by_key(|record| record.seq);
    assert_eq!(records.len() as u64, requests);
    records
}

#[test]
fn the_host_header_of_a_target_is_the_authority_if_valid() {
    let table = [("example.test:81", Some("example.test:81")), ("a b", None), ("a/b", None)];
    for (host, expected) in table {
        let server = serve(10, move |request| {
            let authority = request.uri().authority().map(|authority| authority.as_str());
            // That of the URL, since the host header of the target is no valid authority.
            let own = authority.filter(|authority| !authority.starts_with("127.0.0.1:"));
            assert_eq!(own, expected);
            Answer::Body(5)
        });
        let hit = attack(&server, 1, &["-max-workers=1", &format!("-header=Host: {host}")]);
        assert_eq!((hit[0].code, hit[0].error.as_str()), (200, ""), "{host}");
    }
}

#[test]
fn a_chunked_body_is_sent_without_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    fs::write(&file, "hello").unwrap();
    for (flag, length) in [("-chunked", None), ("-chunked=false", Some("5"))] {
        let server = serve(10, move |request| {
            let found =
                request.headers().get("content-length").map(|found| found.to_str().unwrap());
            assert_eq!(found, length);
            assert!(!request.headers().contains_key("transfer-encoding"));
            assert!(!request.body().is_end_stream(), "it has a body");
            Answer::Body(5)
        });
        let body = format!("-body={}", file.display());
        let hit = attack(&server, 1, &["-max-workers=1", flag, &body]).remove(0);
        let found = (hit.code, hit.error.as_str(), hit.bytes_out);
        assert_eq!(found, (200, "", 5), "{flag}");
    }
}

#[test]
fn a_request_has_the_form_of_http2() {
    let server = serve(10, |request| {
        let headers = request.headers();
        let seen = (request.method().as_str(), request.uri().path_and_query().unwrap().as_str());
        assert_eq!(seen, ("POST", "/x?q=1"));
        assert!(request.uri().authority().is_some());
        assert_eq!(headers.get_all("x-one").iter().count(), 1);
        assert!(headers.contains_key("x-drumfire-seq") && headers.contains_key("user-agent"));
        assert!(!headers.contains_key("host") && !headers.contains_key("connection"));
        Answer::Body(5)
    });
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    assert_eq!((hit.code, hit.error.as_str(), hit.body.as_slice()), (200, "", &b"xxxxx"[..]));
}

#[test]
fn streams_share_connections_up_to_the_server_s_limit() {
    // The server responds to ten streams together, so that ten were open at once.
    let server = serve(10, |_| Answer::Together(10));
    let hits = attack(&server, 10, &["-max-workers=10", "-threads=1"]);
    assert!(hits.iter().all(|hit| hit.code == 200));
    assert_eq!(server.connections(), 1);

    let server = serve(10, |_| Answer::Slowly);
    let hits = attack(&server, 400, &["-max-workers=40", "-threads=1"]);
    assert!(hits.iter().all(|hit| hit.code == 200));
    assert!((4..=40).contains(&server.connections()), "{}", server.connections());
}

#[test]
fn the_connection_limit_counts_connections_not_streams() {
    let server = serve(5, |_| Answer::Body(5));
    let hits = attack(&server, 300, &["-max-workers=50", "-max-connections=1"]);
    assert!(hits.iter().all(|hit| hit.code == 200));
    assert_eq!(server.connections(), 1);
}

#[test]
fn without_keepalive_each_request_has_its_own_connection() {
    let server = serve(5, |_| Answer::Body(5));
    attack(&server, 4, &["-max-workers=2", "-keepalive=false"]);
    assert_eq!(server.connections(), 4);
}

#[test]
fn large_bodies_are_transferred_with_flow_control() {
    const SIZE: usize = 9 << 20;
    let server = serve(10, |_| Answer::Body(SIZE));
    let hits = attack(&server, 6, &["-max-workers=3", "-max-body=0"]);
    assert!(hits.iter().all(|hit| hit.code == 200 && hit.error.is_empty()));
}

#[test]
fn a_stream_refused_before_processing_is_retried_and_counted() {
    let refused = Arc::new(AtomicUsize::new(0));
    let server = serve(10, move |_| match refused.fetch_add(1, Ordering::Relaxed) {
        0 => Answer::Reset(Reason::REFUSED_STREAM),
        _ => Answer::Body(5),
    });
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    assert_eq!((hit.code, hit.retries), (200, 1));
}

#[test]
fn a_server_that_refuses_every_stream_is_a_failure() {
    let server = serve(10, |_| Answer::Reset(Reason::REFUSED_STREAM));
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    let cause = "stream error: stream ID 11; REFUSED_STREAM; received from peer";
    let error = format!("Post \"{}\": {cause}", server.url());
    assert_eq!((hit.code, hit.retries, hit.error), (0, 5, error));
}

#[test]
fn a_request_dropped_by_many_connections_is_sent_until_one_accepts_it() {
    let server = serve_after(4, GOAWAY, 10, |_| Answer::Body(5));
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    assert_eq!((hit.code, hit.retries, hit.error.as_str()), (200, 4, ""));
    assert_eq!(server.connections(), 5);
}

#[test]
fn a_closed_connection_is_reported_as_over_http1() {
    let table = [(&b""[..], 0, "Post \"URL\": EOF", ""), (HALF, 200, "unexpected EOF", "hell")];
    for (said, code, error, body) in table {
        let server = serve_after(1, said, 10, |_| Answer::Body(5));
        let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
        let error = error.replace("URL", &server.url());
        assert_eq!((hit.code, hit.error, hit.body.as_slice()), (code, error, body.as_bytes()));
    }
}

#[test]
fn a_server_without_http2_is_reported_as_such() {
    let server =
        scripted(|_| crate::support::servers::Answer::Text(response("400 Bad Request", "", "")));
    let output = drumfire("attack -h2c -rate=0 -max-workers=1 -requests=1")
        .stdin(format!("GET {}\n", server.url("/")))
        .run();
    let hit = records(&output.stdout).remove(0);
    let cause = "http2: frame too large: the server does not seem to speak HTTP/2";
    assert_eq!((hit.code, hit.error), (0, format!("Get \"{}\": {cause}", server.url("/"))));
}

#[test]
fn a_reset_stream_fails_alone() {
    let server = serve(10, |request| match request.headers()["x-drumfire-seq"].as_bytes() {
        b"3" => Answer::Reset(Reason::INTERNAL_ERROR),
        _ => Answer::Body(5),
    });
    let hits = attack(&server, 8, &["-max-workers=4", "-threads=1"]);
    let failed: Vec<_> = hits.iter().filter(|hit| hit.code == 0).collect();
    assert_eq!((failed.len(), failed[0].seq), (1, 3));
    let (start, end) = ("stream error: stream ID ", "; INTERNAL_ERROR; received from peer");
    assert!(failed[0].error.contains(start) && failed[0].error.ends_with(end));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_stream_that_timed_out_leaves_the_connection_to_others() {
    let server = serve(10, |request| match request.headers()["x-drumfire-seq"].as_bytes() {
        b"0" => Answer::Silence,
        _ => Answer::Body(5),
    });
    // The timeout is long enough for the other hits on a busy machine.
    let hits = attack(&server, 30, &["-max-workers=2", "-timeout=3s", "-threads=1"]);
    assert!(hits[0].error.contains("context deadline exceeded"), "{}", hits[0].error);
    assert!(hits[1..].iter().all(|hit| hit.code == 200));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_graceful_shutdown_of_a_connection_fails_no_hit() {
    let served = Arc::new(AtomicUsize::new(0));
    let server = serve(10, move |_| match served.fetch_add(1, Ordering::Relaxed) % 20 {
        19 => Answer::Last,
        _ => Answer::Body(5),
    });
    let hits = attack(&server, 200, &["-max-workers=5"]);
    let failed: Vec<_> = hits.iter().filter(|hit| hit.code != 200).map(|hit| &hit.error).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(server.connections() >= 5);
}

#[test]
fn a_grpc_status_that_is_not_ok_is_a_failure_of_a_plain_request() {
    let unavailable = "rpc error: code = Unavailable desc = too busy";
    let table = [
        ("application/grpc", "14", true, unavailable),
        ("application/grpc+proto", "14", false, unavailable),
        ("application/grpc", "0", true, ""),
        // Only a response of this type has such a status.
        ("text/plain", "14", true, ""),
    ];
    for (content_type, status, has_trailers, expected) in table {
        let server = serve(10, move |_| Answer::Grpc { content_type, status, has_trailers });
        for hit in attack(&server, 3, &["-max-workers=1"]) {
            let found = (hit.code, hit.error.as_str());
            assert_eq!(found, (200, expected), "{content_type} {status} {has_trailers}");
        }
        // The connection carries all requests.
        assert_eq!(server.connections(), 1);
    }
}
