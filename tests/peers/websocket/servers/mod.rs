//! Servers of others, as the target of WebSockets. What they count is compared with the records.

use drumfire::record::Kind;
use rustix::process::Signal;

use crate::setup::installed::{installed, python, websocket};
use crate::support::harness::{Run, Running, drumfire, program};
use crate::support::results::whole;

const WEBSOCKETS: &str = include_str!("websockets.py");
const PICOWS: &str = include_str!("picows.py");
const WS: &str = include_str!("ws.js");

/// A server that echoes messages.
struct Server {
    running: Running,
    url: String,
}

fn listening(run: Run) -> Server {
    let mut running = run.spawn();
    let line = running.line("listening at ");
    let url = format!("ws://127.0.0.1:{}/", line.trim().trim_start_matches("listening at "));
    Server { running, url }
}

fn of_python(script: &str) -> Server {
    listening(program(python()).args(["-c", script]))
}

fn ws() -> Server {
    let script = ["--input-type=module", "-e", WS];
    // The package is found from the current directory.
    listening(program(installed("node")).args(script).dir(websocket()))
}

impl Server {
    /// Ends the server, and returns what it counted.
    fn counts(self) -> String {
        self.running.signal(Signal::TERM);
        let output = self.running.wait();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
        output.text().trim().to_owned()
    }
}

/// Attacks a server with messages that some flags describe, and checks that each is a record and
/// none is lost.
#[track_caller]
fn check(server: Server, flags: &[&str]) {
    let output = drumfire("attack -sockets=20 -rate=1000 -requests=1000 -settle=100ms -quiet")
        .args(flags)
        .stdin(format!("WS {}\n# @body\n{{\"id\": \"{{{{$mark}}}}\"}}\n", server.url))
        .run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let counts = server.counts();
    let (mut n_connects, mut n_messages, mut n_closes) = (0, 0, 0);
    for batch in whole(output.stdout) {
        for record in batch.records() {
            assert_eq!(record.error, None, "{:?}", record.url);
            match record.messaging.map(|messaging| messaging.kind) {
                Some(Kind::Connect) => n_connects += 1,
                Some(Kind::Message) => n_messages += 1,
                Some(Kind::Close) => n_closes += 1,
                _ => (),
            }
        }
    }
    assert_eq!((n_connects, n_messages, n_closes), (20, 1000, 20));
    assert_eq!(counts, "20 sockets, 1000 messages");
}

#[test]
fn each_message_to_websockets_is_a_record() {
    check(of_python(WEBSOCKETS), &[]);
}

#[test]
fn each_message_to_picows_is_a_record() {
    check(of_python(PICOWS), &["-binary"]);
}

#[test]
fn each_message_to_ws_is_a_record() {
    check(ws(), &["-reply=order", "-ping-interval=200ms"]);
}
