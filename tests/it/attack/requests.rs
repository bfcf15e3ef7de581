//! Requests of `attack`: what reaches the server, and what the stream records.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::attacks::{self, hits_of};
use crate::support::harness::drumfire;
use crate::support::results::{Kept, records};
use crate::support::servers::{
    Answer, Scripted, hello, refusing, response, scripted, serve, serve_limited,
};

/// Attacks one URL with `requests` hits, one after the other, as fast as possible.
fn attack(url: &str, requests: u64, flags: &[&str]) -> Vec<Kept> {
    attack_list(&format!("GET {url}\n"), requests, flags)
}

fn attack_list(list: &str, requests: u64, flags: &[&str]) -> Vec<Kept> {
    let hits = hits_of(attacks::attack(list, requests, flags));
    assert_eq!(hits.len() as u64, requests);
    hits
}

/// Checks the code, the error and the body of a single hit.
#[track_caller]
fn check_hit(server: &Scripted, flags: &[&str], code: u16, error: &str, body: &str) {
    let records = attack(&server.url("/x"), 1, flags);
    let error = error.replace("URL", &server.url("/x"));
    let hit = &records[0];
    let found = (hit.code, hit.error.as_str(), String::from_utf8_lossy(&hit.body).into_owned());
    assert_eq!(found, (code, error.as_str(), body.to_owned()));
}

#[test]
fn two_thousand_requests_arrive_in_the_order_of_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve(&["-arrivals", log.to_str().unwrap()]);
    // On one connection. A request on a new connection also waits to be accepted, so on a busy
    // machine the server may first read the next request from another connection.
    let output = drumfire("attack -rate=1000 -duration=2s -max-connections=1")
        .stdin(format!("GET {}/\n", server.url))
        .run();
    server.interrupt();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let arrivals = fs::read_to_string(log).unwrap();
    let mut lines = arrivals.lines();
    assert_eq!(
        lines.next(),
        Some("seq,timestamp_ns,delay_ns,method,path,route,status,socket,replies")
    );
    let seqs: Vec<u64> =
        lines.map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(seqs.len(), 2_000);
    let records = records(&output.stdout);
    let early = seqs.windows(2).find(|pair| pair[0] > pair[1]);
    assert_eq!(early, None, "one arrived before the one that was due before it");
    let recorded: BTreeSet<u64> = records.iter().map(|record| record.seq).collect();
    assert_eq!(recorded.len(), 2_000);
    assert!(records.iter().all(|record| record.code == 200 && record.lag.is_some()));
}

#[test]
fn the_server_logs_how_long_each_response_took_or_that_it_sent_none() {
    for (latency, flags, least_ns) in [
        ("0", "-timeout=30s", Some(0)),
        ("3ms", "-timeout=30s", Some(3_000_000)),
        // Long enough that each request arrives on a busy machine, too.
        ("1h", "-timeout=3s", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("arrivals.csv");
        let server = serve(&["-arrivals", log.to_str().unwrap(), "-latency", latency]);
        let output = drumfire(&format!("attack -rate=1000 -requests=20 {flags}"))
            .stdin(format!("GET {}/\n", server.url))
            .run();
        assert_eq!(output.status, Some(0), "{}", output.stderr);
        server.interrupt();
        let mut arrivals = crate::support::arrivals::read(&log).unwrap();
        arrivals.sort_by_key(|arrival| arrival.seq);
        let seqs: Vec<_> = arrivals.iter().map(|arrival| arrival.seq).collect();
        assert_eq!(seqs, (0..20).map(Some).collect::<Vec<_>>());
        for arrival in arrivals {
            assert_eq!(arrival.delay_ns.is_some(), least_ns.is_some(), "{arrival:?}");
            assert!(arrival.delay_ns >= least_ns, "{arrival:?}");
        }
    }
}

#[test]
fn a_server_without_delays_opens_one_file_per_connection() {
    let server = serve_limited(64);
    let address = server.url.trim_start_matches("http://");
    let mut held: Vec<_> = (0..45).map(|_| TcpStream::connect(address).unwrap()).collect();
    for (k, stream) in held.iter_mut().enumerate() {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap_or_else(|error| panic!("connection {k}: {error}"));
        assert_eq!(&status, b"HTTP/1.1 200", "connection {k}");
    }
}

#[test]
fn a_request_has_the_headers_of_the_target_and_of_drumfire_in_order() {
    let server = scripted(|_| hello());
    let list = format!(
        "POST {}\nX-One: 1\nX-One: 2\nHost: example.test\n\nGET {}\nUser-Agent: mine\n",
        server.url("/a%20b?q=1#part"),
        server.url("/").replace("http://", "http://me:secret@"),
    );
    attack_list(&list, 2, &["-name=smoke", "-header=Accept: text/plain"]);
    let version = env!("CARGO_PKG_VERSION");
    let [first, second] = <[String; 2]>::try_from(server.seen()).unwrap();
    let expected = [
        "POST /a%20b?q=1 HTTP/1.1",
        "Host: example.test",
        &format!("User-Agent: drumfire/{version}"),
        "Accept: text/plain",
        "X-One: 1",
        "X-One: 2",
        "Content-Length: 0",
        "Accept-Encoding: gzip",
        "X-Drumfire-Attack: smoke",
        "X-Drumfire-Seq: 0",
    ];
    assert_eq!(first.lines().collect::<Vec<_>>(), expected);
    let beginning = format!("GET / HTTP/1.1\nHost: {}\nUser-Agent: mine\n", server.address);
    assert!(second.starts_with(&beginning) && second.contains("X-Drumfire-Seq: 1\n"), "{second}");
    assert!(second.contains("Authorization: Basic bWU6c2VjcmV0\n"));
}

#[test]
fn a_path_is_sent_as_written_and_joined_after_a_redirect() {
    let server = scripted(|head| match head.starts_with("GET /echo/") {
        true => Answer::Text(response("302 Found", "Location: ../%2e%2e/y?q='b'\r\n", "")),
        false => hello(),
    });
    let hit = attack(&server.url("/echo/x/%2e%2e/b?q='a'&z=\\"), 1, &[]).remove(0);
    assert_eq!((hit.code, hit.error.as_str()), (200, ""));
    let lines = server.seen().into_iter().filter_map(|head| Some(head.lines().next()?.to_owned()));
    let expected = ["GET /echo/x/%2e%2e/b?q='a'&z=\\ HTTP/1.1", "GET /y?q=%27b%27 HTTP/1.1"];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[test]
fn a_host_that_is_no_valid_authority_is_sent_as_written() {
    let server = scripted(|_| hello());
    attack(&server.url("/"), 1, &["-header=Host: a b/c"]);
    assert!(server.seen()[0].contains("\nHost: a b/c\n"));
}

#[test]
fn a_body_is_sent_in_chunks_if_the_flag_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    fs::write(&body, "hello").unwrap();
    let server = scripted(|_| hello());
    let hit = |list: String| attack_list(&list, 1, &["-chunked"]).remove(0);
    let head = || server.heads.recv().unwrap();

    for method in ["POST", "GET"] {
        let sent = hit(format!("{method} {}\n@{}\n", server.url("/"), body.display()));
        assert_eq!((sent.code, sent.bytes_out), (200, 5));
        let request = head();
        assert!(request.contains("Transfer-Encoding: chunked\n") && !request.contains("Length"));
        assert_eq!(request.matches("chunked").count(), 1);
        assert_eq!(head(), "5\nhello\n0\n", "this server takes chunks for a request");
    }

    hit(format!("POST {}\n", server.url("/")));
    let request = head();
    assert!(request.contains("Content-Length: 0\n") && !request.contains("chunked"));
    hit(format!("GET {}\n", server.url("/")));
    let request = head();
    assert!(!request.contains("Length") && !request.contains("chunked"), "{request}");
}

#[test]
fn a_response_is_recorded_in_full() {
    let server = scripted(|_| {
        Answer::Text(response("201 Created", "Set-Cookie: a=1\r\nset-cookie: b=2\r\n", "hello"))
    });
    let list = format!("POST {}\n@Cargo.toml\n", server.url("/x"));
    let hit = attack_list(&list, 1, &[]).remove(0);
    let sent = fs::metadata("Cargo.toml").unwrap().len();
    assert_eq!((hit.code, hit.bytes_in, hit.bytes_out), (201, 5, sent));
    assert_eq!((hit.method.as_str(), hit.url), ("POST", server.url("/x")));
    let headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Length", "5")];
    let headers: Vec<_> = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    assert_eq!(hit.headers, Some(headers));
    assert!(hit.connect.is_some_and(|connect| connect <= hit.latency));
    assert!(hit.first_byte.is_some_and(|first| first <= hit.latency));
}

#[test]
fn connections_are_kept_alive_unless_disabled() {
    let server = scripted(|_| hello());
    let kept = attack(&server.url("/"), 5, &[]);
    assert_eq!(kept.iter().filter(|hit| hit.connect.is_some()).count(), 1);
    assert!(server.seen().iter().all(|head| !head.contains("Connection:")));
    let closed = attack(&server.url("/"), 5, &["-keepalive=false"]);
    assert_eq!(closed.iter().filter(|hit| hit.connect.is_some()).count(), 5);
    assert!(server.seen().iter().all(|head| head.contains("Connection: close")));
    let none_idle = attack(&server.url("/"), 5, &["-connections=0"]);
    assert_eq!(none_idle.iter().filter(|hit| hit.connect.is_some()).count(), 5);
}

#[test]
fn bodies_are_recorded_up_to_the_limit_and_read_to_the_end() {
    let server = scripted(|_| hello());
    for (flag, kept) in [("-max-body=-1", "hello"), ("-max-body=2", "he"), ("-max-body=0", "")] {
        let hits = attack(&server.url("/"), 2, &[flag]);
        assert!(hits.iter().all(|hit| hit.body == kept.as_bytes()));
        assert!(hits.iter().all(|hit| hit.bytes_in == kept.len() as u64));
        assert!(hits[1].connect.is_none(), "the rest was read, so that the connection is kept");
    }
}

#[test]
fn a_requested_gzip_body_is_decompressed() {
    // gzip of "hello", as `printf hello | gzip -n` makes it.
    const PACKED: &[u8] =
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0";
    let server = scripted(|_| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            PACKED.len()
        );
        Answer::Bytes([head.as_bytes(), PACKED].concat())
    });
    let hit = attack(&server.url("/"), 1, &[]).remove(0);
    assert_eq!((hit.bytes_in, hit.body.as_slice(), hit.headers), (5, &b"hello"[..], Some(vec![])));
    let asked = attack(&server.url("/"), 1, &["-header=Accept-Encoding: gzip"]).remove(0);
    assert_eq!((asked.bytes_in, asked.body.as_slice()), (PACKED.len() as u64, PACKED));
    assert_eq!(asked.headers.unwrap().len(), 2);
}

#[test]
fn a_failure_status_is_recorded_in_the_words_of_the_server() {
    let table = [
        ("404 Not Found", "404 Not Found"),
        ("503 Go Away", "503 Go Away"),
        ("404 ", "404"),
        ("499 Odd", "499 Odd"),
    ];
    for (sent, error) in table {
        let line = sent.to_owned();
        let line: &'static str = line.leak();
        let server = scripted(move |_| Answer::Text(response(line, "", "no")));
        check_hit(&server, &[], sent[..3].parse().unwrap(), error, "no");
    }
}

#[test]
fn redirects_are_followed_up_to_the_limit() {
    let server = scripted(|head| {
        let left: u32 = head.split(['/', ' ']).nth(2).and_then(|n| n.parse().ok()).unwrap_or(0);
        match left {
            0 => hello(),
            n => Answer::Text(response("302 Found", &format!("Location: /{}\r\n", n - 1), "")),
        }
    });
    let list = format!("POST {}\n@targets/order.json\n", server.url("/2"));
    let hit = attack_list(&list, 1, &[]).remove(0);
    assert_eq!((hit.code, hit.url, hit.method.as_str()), (200, server.url("/2"), "POST"));
    assert_eq!(hit.bytes_out, fs::metadata("targets/order.json").unwrap().len());
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].starts_with("GET /1 HTTP/1.1\n"));
    assert!(seen[1].contains(&format!("Referer: {}\n", server.url("/2"))));

    let hit = attack(&server.url("/3"), 1, &["-redirects=2"]).remove(0);
    assert_eq!((hit.code, hit.error.as_str()), (0, "Get \"/0\": stopped after 2 redirects"));
    let hit = attack(&server.url("/3"), 1, &["-redirects=-1"]).remove(0);
    assert_eq!((hit.code, hit.error.as_str()), (302, ""));
}

#[test]
fn a_refused_connection_is_a_record() {
    let address = refusing();
    let hits = attack(&format!("http://{address}/"), 3, &[]);
    let error =
        format!("Get \"http://{address}/\": dial tcp {address}: connect: connection refused");
    assert!(hits.iter().all(|hit| hit.code == 0 && hit.error == error && hit.headers.is_none()));
}

#[test]
fn an_unknown_host_is_a_record() {
    let hit = attack("http://nosuch.invalid/", 1, &[]).remove(0);
    assert_eq!(hit.code, 0);
    let error = "Get \"http://nosuch.invalid/\": dial tcp: lookup nosuch.invalid: ";
    assert!(hit.error.starts_with(error), "{}", hit.error);
}

#[test]
fn a_malformed_response_is_a_record() {
    let server = scripted(|_| Answer::Last("GARBAGE\r\n\r\n".to_owned()));
    let hit = attack(&server.url("/x"), 1, &[]).remove(0);
    assert_eq!(hit.code, 0);
    assert!(hit.error.contains("malformed HTTP response"), "{}", hit.error);
}

#[test]
fn a_server_that_closes_without_a_response_is_a_record() {
    let server = scripted(|_| Answer::Last(String::new()));
    check_hit(&server, &[], 0, "Get \"URL\": EOF", "");
}

#[test]
fn a_status_is_recorded_even_if_the_body_breaks_off() {
    let server =
        scripted(|_| Answer::Last("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhell".to_owned()));
    check_hit(&server, &[], 200, "unexpected EOF", "hell");
}

#[test]
fn a_server_that_never_responds_is_a_timeout() {
    let server = scripted(|_| Answer::Silence(String::new()));
    let error = "Get \"URL\": context deadline exceeded \
                 (Client.Timeout exceeded while awaiting headers)";
    check_hit(&server, &["-timeout=500ms"], 0, error, "");
    let hit = attack(&server.url("/x"), 1, &["-timeout=500ms"]).remove(0);
    assert!(hit.latency >= Duration::from_millis(500), "{:?}", hit.latency);
}

#[test]
fn a_body_that_never_ends_is_a_timeout_with_its_status() {
    let server = scripted(|_| {
        Answer::Silence("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhell".to_owned())
    });
    let error = "context deadline exceeded \
                 (Client.Timeout or context cancellation while reading body)";
    check_hit(&server, &["-timeout=2s"], 200, error, "hell");
}

#[test]
fn a_kept_connection_closed_by_the_server_is_retried_and_counted() {
    // The server closes the connection instead of responding to the second request.
    let server = scripted(|head| match head.contains("X-Drumfire-Seq: 1\n") {
        true if !head.contains("X-Again") => Answer::Last(String::new()),
        _ => hello(),
    });
    let hits = attack(&server.url("/"), 3, &[]);
    let _ = server;
    assert_eq!(hits[0].retries, 0);
    // On a new connection, the same silence is the result.
    assert_eq!((hits[1].retries, hits[1].error.ends_with(": EOF")), (1, true));
    assert_eq!((hits[2].retries, hits[2].code), (0, 200));
    let posts = format!("POST {}\n", server.url("/"));
    let hits = attack_list(&posts, 2, &[]);
    assert_eq!((hits[1].retries, hits[1].code), (0, 0), "a POST is not sent twice");
}

#[test]
fn targets_are_hit_in_turn() {
    let server = scripted(|_| hello());
    let list = ["/a", "/b", "/c"].map(|path| format!("GET {}\n", server.url(path))).concat();
    let urls: Vec<_> = attack_list(&list, 7, &[]).into_iter().map(|hit| hit.url).collect();
    let expected = ["/a", "/b", "/c", "/a", "/b", "/c", "/a"].map(|path| server.url(path));
    assert_eq!(urls, expected);
}
