//! HTTP/2 servers with odd frames: each costs only the requests that it was sent for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::frames::*;
use crate::support::harness::drumfire;
use crate::support::results::{Kept, records};

/// Settings that a server announces.
///
/// Source: RFC 9113, section 6.5.2.
const MAX_CONCURRENT_STREAMS: u16 = 3;

/// Attacks URLs in turn, and returns the records by the number of the hit.
fn attack(urls: &[String], flags: &[&str]) -> Vec<Kept> {
    let targets: String = urls.iter().map(|url| format!("GET {url}\n")).collect();
    let output = drumfire("attack -h2c").args(flags).stdin(targets).run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let mut records = records(&output.stdout);
    records.sort_by_key(|record| record.seq);
    records
}

/// Returns the error of a record without its request.
fn cause<'a>(record: &'a Kept, server: &FrameServer) -> &'a str {
    let request = format!("Get \"{}\": ", server.url());
    record.error.strip_prefix(&request).unwrap_or(&record.error)
}

#[test]
fn many_small_data_frames_of_many_streams_arrive() {
    const N_FRAMES: usize = 1_000;
    let server = serve_frames(&[], |incoming| {
        let Incoming { kind: HEADERS, stream, .. } = incoming else { return good(incoming) };
        let token = frame(DATA, 0, stream, b"data: token\n\n");
        let head = frame(HEADERS, END_HEADERS, stream, STATUS_200);
        let end = frame(DATA, END_STREAM, stream, b"");
        Reaction::Say([head, token.repeat(N_FRAMES), end].concat())
    });
    let flags = ["-rate=0", "-max-workers=64", "-requests=64", "-threads=1"];
    let hits = attack(&[server.url()], &flags);
    let whole = hits.iter().filter(|hit| hit.code == 200 && hit.error.is_empty()).count();
    assert_eq!(whole, 64, "{:?}", hits.iter().find(|hit| !hit.error.is_empty()));
    assert!(hits.iter().all(|hit| hit.body.len() == N_FRAMES * 13));
}

#[test]
fn a_large_head_is_accepted_and_one_beyond_the_limit_fails_alone() {
    // The number of the stream is that of the request: 1, 3, 5, 7, 9.
    let sizes = [17_000, 70_000, 1_000_000, 3_000_000, 10];
    let server = serve_frames(&[], move |incoming| {
        let Incoming { kind: HEADERS, stream, .. } = incoming else { return good(incoming) };
        let value = vec![b'a'; sizes[stream as usize / 2]];
        Reaction::Say(response(stream, &[STATUS_200, &field("x-b", &value)].concat()))
    });
    let flags = ["-rate=0", "-max-workers=1", "-requests=5", "-threads=1"];
    let hits = attack(&[server.url()], &flags);
    let codes: Vec<_> = hits.iter().map(|hit| hit.code).collect();
    assert_eq!(codes, [200, 200, 200, 0, 200]);
    let too_large = "the head of the response is too large: more than 1 MB";
    assert_eq!(cause(&hits[3], &server), too_large);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_limit_of_the_client_is_its_own_and_makes_the_run_generator_limited() {
    let server = serve_frames(&[], |incoming| {
        let Incoming { kind: HEADERS, stream, .. } = incoming else { return good(incoming) };
        Reaction::Say(response(stream, &field("x-b", &vec![b'a'; 6_000_000])))
    });
    let output = drumfire("attack -h2c -rate=100 -requests=1")
        .stdin(format!("GET {}\n", server.url()))
        .run();
    let hit = records(&output.stdout).remove(0);
    let limit = "http2: connection closed (a head of more than 4 MB): a limit of drumfire's HTTP/2 \
                 client";
    assert_eq!((hit.code, cause(&hit, &server)), (0, limit));
    let verdict = "1 requests failed because of a limit of drumfire itself";
    assert!(output.stderr.contains(verdict), "{}", output.stderr);
}

#[test]
fn a_new_connection_gets_no_more_requests_than_its_server_allows() {
    const N_HITS: usize = 5;
    let n_seen = Arc::new(AtomicUsize::new(0));
    let server = serve_frames(&[(MAX_CONCURRENT_STREAMS, 1)], move |incoming| {
        if incoming.kind == HEADERS {
            // No response before all requests have arrived, so none may wait for another.
            n_seen.fetch_add(1, Ordering::Relaxed);
            while n_seen.load(Ordering::Relaxed) < N_HITS {
                thread::yield_now();
            }
        }
        good(incoming)
    });
    let flags = ["-rate=0", "-max-workers=5", "-requests=5", "-threads=1", "-timeout=20s"];
    let hits = attack(&[server.url()], &flags);
    let found: Vec<_> = hits.iter().map(|hit| (hit.code, hit.retries)).collect();
    assert_eq!((found, server.connections()), (vec![(200, 0); N_HITS], N_HITS));
}

#[test]
fn goaway_is_reported_with_its_code_and_text() {
    let server = serve_frames(&[], |incoming| match incoming.kind {
        HEADERS => Reaction::Last(goaway(1, 11, "calm \"down\"\n")),
        _ => good(incoming),
    });
    let flags = ["-rate=0", "-max-workers=1", "-requests=1"];
    let hit = attack(&[server.url()], &flags).remove(0);
    let text = "http2: server sent GOAWAY and closed the connection; LastStreamID=1, \
                ErrCode=ENHANCE_YOUR_CALM, debug=\"calm \\\"down\\\"\\n\"";
    assert_eq!((cause(&hit, &server), hit.retries), (text, 0));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_server_that_drops_every_request_is_dialed_a_few_times() {
    let server = serve_frames(&[], |incoming| match incoming.kind {
        HEADERS => Reaction::Last(goaway(0, 0, "later")),
        _ => good(incoming),
    });
    let flags = ["-rate=0", "-max-workers=1", "-requests=1"];
    let hit = attack(&[server.url()], &flags).remove(0);
    let text = "http2: server sent GOAWAY and closed the connection; LastStreamID=0, \
                ErrCode=NO_ERROR, debug=\"later\"";
    assert_eq!((cause(&hit, &server), hit.retries), (text, 5));
    assert_eq!(server.connections(), 6);
}

#[test]
fn a_connection_that_falls_silent_costs_about_one_timeout() {
    let server = serve_frames(&[], |incoming| match incoming {
        // The first connection responds to one request, and then to nothing, not even a PING.
        Incoming { connection: 1, stream: 3.., .. }
        | Incoming { connection: 1, kind: PING, .. } => Reaction::Say(Vec::new()),
        _ => good(incoming),
    });
    let flags = ["-rate=50", "-requests=150", "-timeout=300ms", "-threads=1"];
    let hits = attack(&[server.url()], &flags);
    let n_failed = hits.iter().filter(|hit| hit.code != 200).count();
    // 15 are due in one timeout. A busy machine may time out others.
    assert!((10..75).contains(&n_failed), "{n_failed}");
    assert!(server.connections() >= 2);
}

#[test]
fn a_response_without_its_request_s_body_is_kept_despite_a_reset() {
    let server = serve_frames(&[], |incoming| match incoming.kind {
        HEADERS => Reaction::Say(
            [hello(incoming.stream), frame(RST_STREAM, 0, incoming.stream, &[0; 4])].concat(),
        ),
        _ => good(incoming),
    });
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    std::fs::write(&body, vec![b'x'; 1 << 20]).unwrap();
    let body = format!("-body={}", body.display());
    let flags = ["-rate=0", "-max-workers=1", "-requests=3", &body];
    for hit in attack(&[server.url()], &flags) {
        assert_eq!((hit.code, hit.error.as_str(), hit.body.as_slice()), (200, "", &b"hello"[..]));
    }
}

/// Returns frames that break the rules, or bend them, in place of a response.
fn oddities(stream: u32) -> Vec<Vec<u8>> {
    let head = |fields: &[u8]| frame(HEADERS, END_HEADERS | END_STREAM, stream, fields);
    let many: Vec<u8> = (0..30_000).flat_map(|k| field(&format!("x-{k}"), b"")).collect();
    vec![
        frame(DATA, END_STREAM, 0, b"stream 0"),
        frame(DATA, 0, stream, b"before the head"),
        frame(HEADERS, END_HEADERS, stream + 2, STATUS_200),
        frame(HEADERS, 0, stream, STATUS_200).repeat(2),
        frame(CONTINUATION, END_HEADERS, stream, STATUS_200),
        frame(HEADERS, END_HEADERS | PADDED, stream, b"\xff\x88"),
        head(b"\xff\xff\xff\xff\xff\xff\xff"),
        head(b""),
        head(&[STATUS_200, STATUS_200].concat()),
        head(&[STATUS_200, &field("X-Upper", b"1")].concat()),
        head(&[STATUS_200, &field("connection", b"close")].concat()),
        head(&[STATUS_200, &field("content-length", b"5")].concat()),
        head(&field(":status", b"abc")),
        [frame(HEADERS, END_HEADERS, stream, b"\x08\x03100").repeat(500), hello(stream)].concat(),
        response(stream, &[STATUS_200, &many].concat()),
        [frame(HEADERS, END_HEADERS, stream, STATUS_200), frame(DATA, 0, stream, b"").repeat(200)]
            .concat(),
        frame(PUSH_PROMISE, END_HEADERS, stream, &[&[0, 0, 0, 2], STATUS_200].concat()),
        frame(RST_STREAM, 0, 0, &[0; 4]),
        frame(RST_STREAM, 0, stream + 200, &[0; 4]),
        frame(RST_STREAM, 0, stream, &[0, 0, 0, 99]),
        frame(RST_STREAM, 0, stream, &[0; 3]),
        frame(SETTINGS, 0, 0, &[0; 5]),
        frame(SETTINGS, 0, 0, b"\0\x04\xff\xff\xff\xff"),
        frame(SETTINGS, ACK, 0, b"").repeat(3),
        [frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\0"), hello(stream)].concat(),
        [frame(PING, 0, 0, b"12345678").repeat(20_000), hello(stream)].concat(),
        frame(PING, 0, 0, b"short"),
        frame(GOAWAY, 0, 0, &[0; 7]),
        goaway(u32::MAX, 99, &"long".repeat(4_000)),
        frame(WINDOW_UPDATE, 0, stream, &[0; 4]),
        frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]).repeat(2),
        [frame(0x77, 0xff, 77, b"unknown"), hello(stream)].concat(),
        frame(DATA, 0, stream, &[b'x'; 20_000]),
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0; 5],
    ]
}

#[test]
fn odd_frames_cost_only_the_requests_they_respond_to() {
    let n_oddities = oddities(1).len();
    let next = Arc::new(AtomicUsize::new(0));
    let odd = serve_frames(&[], move |incoming| match incoming.kind {
        HEADERS => {
            let idx = next.fetch_add(1, Ordering::Relaxed) % n_oddities;
            Reaction::Last(oddities(incoming.stream).remove(idx))
        }
        _ => good(incoming),
    });
    let well = serve_frames(&[], good);
    let requests = format!("-requests={}", 4 * n_oddities);
    let flags = ["-rate=0", "-max-workers=1", &requests, "-timeout=10s"];
    let hits = attack(&[odd.url(), well.url()], &flags);
    assert_eq!(hits.len(), 4 * n_oddities);
    let (odd, well): (Vec<_>, Vec<_>) = hits.iter().partition(|hit| hit.seq % 2 == 0);
    assert!(well.iter().all(|hit| hit.code == 200 && hit.error.is_empty()));
    // A failure is never empty, never long, and never a timeout, since the server closes.
    for hit in odd.iter().filter(|hit| !hit.error.is_empty()) {
        assert!(hit.error.len() < 600 && !hit.error.contains("deadline"), "{}", hit.error);
    }
    let n_whole = odd.iter().filter(|hit| hit.body == b"hello").count();
    assert!((2..2 * n_oddities).contains(&n_whole), "{n_whole}");
}
