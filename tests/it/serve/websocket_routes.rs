//! `[[ws]]` routes: what sockets answer, refuse, close and lose, and which files are refused.

use std::fs;
use std::time::Duration;

use drumfire::clock::now;

use crate::serve::sockets::{handshake, open, run};
use crate::support::harness::drumfire;
use crate::support::servers::{Serve, serve};

/// Starts a server with routes and further flags.
fn serve_routes(routes: &str, flags: &[&str]) -> Serve {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    fs::write(&file, routes).unwrap();
    serve(&[&["-routes", file.to_str().unwrap()], flags].concat())
}

#[test]
fn the_first_matching_route_applies() {
    let routes = r#"
        [[ws]]
        path = "/ws/chat"
        body = '{"type": "reply", "to": "{{$body./text}}", "user": "{{$query}}", "in": "{{$path.2}}"}'
        connect-latency = "20ms"
        latency = "30ms"

        [[ws]]
        path = "/ws/fixed"
        body = "always"

        [[ws]]
        path = "/ws/*"
        answer = "broadcast"

        [[ws]]
        path = "/ai/**"
        answer = "agent"
        messages = 1
        interval = "20ms"
    "#;
    let server = serve_routes(routes, &[]);
    run(async {
        let start = now();
        let mut chat = open(&server, "/ws/chat?u=1").await;
        assert!(now() - start >= Duration::from_millis(20));
        let start = now();
        let reply = chat.ask(r#"{"text": "a\"b"}"#).await;
        assert_eq!(reply, r#"{"type": "reply", "to": "a\"b", "user": "u=1", "in": "chat"}"#);
        assert!(now() - start >= Duration::from_millis(30));
        chat.send("no JSON").await;
        let problem = "the message has no JSON value at /text";
        assert_eq!(chat.closed().await, (1007, problem.to_owned()));
        assert_eq!(open(&server, "/ws/fixed").await.ask("a").await, "always");
        let mut first = open(&server, "/ws/a").await;
        let mut second = open(&server, "/ws/a").await;
        let mut other = open(&server, "/ws/b?self=1").await;
        other.send("b").await;
        first.send("a").await;
        assert_eq!((second.text().await, other.text().await), ("a".into(), "b".into()));
        let mut agent = open(&server, "/ai/x/y").await;
        let start = now();
        agent.ask("why").await;
        assert_eq!(agent.text().await, r#"{"type":"done","tokens":1}"#);
        assert!(now() - start >= Duration::from_millis(20));
        // What is built in stays.
        assert_eq!(open(&server, "/echo").await.ask("e").await, "e");
    });
    assert_eq!(handshake(&server, "GET /ws/a/b HTTP/1.1", &[]).status, 404);
}

#[test]
fn handshakes_are_refused_by_their_share() {
    let routes = r#"
        [[ws]]
        path = "/half"
        answer = "echo"
        refuse = "50%"

        [[ws]]
        path = "/none"
        answer = "echo"
        refuse = 1
        status = 403
    "#;
    let server = serve_routes(routes, &["-errors=100%"]);
    let statuses: Vec<_> =
        (0..200).map(|_| handshake(&server, "GET /half HTTP/1.1", &[]).status).collect();
    let n_refused = statuses.iter().filter(|status| **status == 503).count();
    assert!((60..140).contains(&n_refused), "{n_refused}");
    assert!(statuses.iter().all(|status| [101, 503].contains(status)));
    let response = handshake(&server, "GET /none HTTP/1.1", &[]);
    assert_eq!((response.status, response.body.as_str()), (403, "forbidden\n"));
    assert_eq!(handshake(&server, "GET /echo HTTP/1.1", &[]).status, 500);
}

#[test]
fn messages_are_answered_with_a_close_by_its_share() {
    let routes = r#"
        [[ws]]
        path = "/all"
        answer = "echo"
        close = { 1013 = "100%" }
        latency = "20ms"

        [[ws]]
        path = "/some"
        answer = "broadcast"
        close = { 1012 = "20%", 4001 = 0.2 }
    "#;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve_routes(routes, &["-arrivals", log.to_str().unwrap()]);
    run(async {
        let mut socket = open(&server, "/all").await;
        let start = now();
        socket.send("a").await;
        socket.send("b").await;
        assert_eq!(socket.closed().await, (1013, "drawn for the route /all".to_owned()));
        assert!(now() - start >= Duration::from_millis(20));
        let mut codes = Vec::new();
        for _ in 0..100 {
            let mut socket = open(&server, "/some?self=1").await;
            socket.send("a").await;
            let reply = socket.receive().await;
            codes.push(reply.as_close().map_or(0, |(code, _)| code.into()));
        }
        let count = |code: u16| codes.iter().filter(|it| **it == code).count();
        for (code, range) in [(0, 40..80), (1012, 5..40), (4001, 5..40)] {
            assert!(range.contains(&count(code)), "{code}: {}", count(code));
        }
    });
    server.interrupt();
    let log = fs::read_to_string(log).unwrap();
    let of_first: Vec<_> = log.lines().filter(|line| line.contains(",/all,")).collect();
    let ends: Vec<_> = of_first.iter().map(|line| line.splitn(4, ',').last().unwrap()).collect();
    let expected = [
        "WS,/all,/all,101,1,",
        "MESSAGE,/all,/all,1013,1,0",
        // The second message has no answer, since a close came before it.
        "MESSAGE,/all,/all,,1,0",
        "CLOSE,/all,/all,1013,1,",
    ];
    assert_eq!(ends, expected);
}

#[test]
fn lost_answers_never_come() {
    let routes = r#"
        [[ws]]
        path = "/lossy"
        answer = "echo"
        lose = "30%"

        [[ws]]
        path = "/room"
        answer = "broadcast"
        lose = "30%"
    "#;
    let server = serve_routes(routes, &[]);
    run(async {
        let mut socket = open(&server, "/lossy").await;
        for number in 0..1_000 {
            socket.send(&number.to_string()).await;
        }
        let received = socket.rest().await;
        let numbers: Vec<i32> = received.iter().map(|text| text.parse().unwrap()).collect();
        assert!(numbers.is_sorted());
        assert!((500..850).contains(&numbers.len()), "{}", numbers.len());
        // Of a broadcast, each delivery is lost by itself.
        let mut members = Vec::new();
        for _ in 0..101 {
            members.push(open(&server, "/room").await);
        }
        for (number, text) in ["a", "b"].into_iter().enumerate() {
            members[number].send(text).await;
            members[number].settle().await;
        }
        let mut n_received = 0;
        for member in members.split_off(2) {
            n_received += member.rest().await.len();
        }
        assert!((90..190).contains(&n_received), "{n_received}");
    });
}

#[test]
fn replies_overtake_each_other_only_if_the_route_says_so() {
    let routes = r#"
        [[ws]]
        path = "/any"
        answer = "echo"
        latency = "0..50ms"
        overtake = true
    "#;
    let server = serve_routes(routes, &[]);
    run(async {
        let mut socket = open(&server, "/any").await;
        for number in 0..100 {
            socket.send(&number.to_string()).await;
        }
        let mut numbers = Vec::new();
        for _ in 0..100 {
            numbers.push(socket.text().await.parse::<u32>().unwrap());
        }
        assert!(!numbers.is_sorted());
        numbers.sort_unstable();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    });
}

#[test]
fn invalid_routes_are_reported_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.toml");
    let table = [
        ("path = '/x'", "line 1: a route without an answer: expected an answer or a body"),
        (
            "path = '/x'\nanswer = 'reply'",
            "line 3: bad answer 'reply': expected echo, broadcast, agent or silent",
        ),
        (
            "path = '/x'\nanswer = 'echo'\nbody = 'a'",
            "line 1: a route has both an answer and a body: expected at most one of them",
        ),
        (
            "path = '/x'\nbody = '{{$path.2}}'",
            "line 3: bad variable '$path.2': expected at most $path.1 with path '/x'",
        ),
        ("answer = 'echo'", "line 1: missing field 'path'"),
        (
            "path = '/x'\nanswer = 'echo'\nmessages = 3",
            "line 1: messages and interval without answer = \"agent\": expected both",
        ),
        (
            "path = '/x'\nanswer = 'echo'\nclose = { 1005 = '1%' }",
            "line 4: bad close code '1005': expected 1000 to 1003, 1007 to 1014, or 3000 to 4999",
        ),
        (
            "path = '/x'\nanswer = 'echo'\nclose = { 1013 = '60%', 1012 = '60%' }",
            "line 1: bad shares of close: expected at most 100% together",
        ),
        (
            "path = '/x'\nanswer = 'echo'\nstatus = 99",
            "line 4: bad status '99': expected a whole number from 200 to 599",
        ),
    ];
    for (keys, problem) in table {
        fs::write(&routes, format!("[[ws]]\n{keys}\n")).unwrap();
        let output = drumfire("serve -listen=127.0.0.1:0 -routes").arg(&routes).run();
        let expected = format!("drumfire serve: {}: {problem}\n", routes.display());
        assert_eq!((output.status, output.stderr), (Some(1), expected), "{keys}");
    }
}
