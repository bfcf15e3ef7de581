//! Tests of sessions, with answers from a script.

mod blocks;
mod calls;
mod endings;
mod random;
mod sockets;
mod steps;

use std::time::Duration;

use http::HeaderMap;

use crate::flow::{Answer, Checks, Flow, Next, Scope, Session, Source, Value, Wait};
use crate::schedule::seed::{Purpose, Seed};

/// A response: its status and its body. None for a failed request.
type Reply = Option<(u16, &'static str)>;

/// A user of a flow on its way.
struct User {
    flow: Flow,
    session: Session,
    /// Time since the flow began.
    at: Duration,
    /// When the user is asked to leave.
    leaves_at: Option<Duration>,
    /// What happened, one word each: `think=1s`, `GET/a`, `GET/a#1` for a retry, `end`.
    log: Vec<String>,
    /// What became of the checks of each answer.
    checks: Vec<Checks>,
}

impl User {
    fn new(text: &str) -> Self {
        Self::with_number(text, 0)
    }

    /// The user of a flow with this number.
    fn with_number(text: &str, number: u64) -> Self {
        let variables = vec![
            ("zero".to_owned(), Value::Integer(0)),
            ("two".to_owned(), Value::Integer(2)),
            ("yes".to_owned(), Value::Bool(true)),
            ("text".to_owned(), Value::text("a")),
        ];
        let source = Source { path: "x.hurl".into(), content: text.into() };
        let scope = Scope { columns: Vec::new(), variables };
        let flow =
            Flow::read(&[source], &scope).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
        let session = Session::new(&flow, number, None, &Seed(1).rngs(Purpose::Flows));
        let (log, checks) = Default::default();
        Self { flow, session, at: Duration::ZERO, leaves_at: None, log, checks }
    }

    /// Goes on up to the next request. Returns whether there is one.
    fn go_to_request(&mut self) -> bool {
        loop {
            let leaves_at = self.leaves_at;
            let leaves = |at| leaves_at.is_some_and(|leaves_at| at >= leaves_at);
            match self.session.next(&self.flow, self.at, leaves) {
                Next::Wait(wait, length) => {
                    let name = match wait {
                        Wait::Think => "think",
                        Wait::Delay => "delay",
                        Wait::Retry => "retry",
                        Wait::Pace => "pace",
                    };
                    self.log.push(format!("{name}={length:?}"));
                    self.at += length;
                }
                Next::Send => return true,
                Next::End => {
                    self.log.push("end".to_owned());
                    return false;
                }
            }
        }
    }

    /// Makes the request, and answers it after this time.
    fn answer(&mut self, reply: Reply, latency: Duration) {
        let step = match self.session.request(&self.flow, 0) {
            Ok(step) => step,
            Err(text) => return self.log.push(format!("error: {text}")),
        };
        let retry = if step.attempt > 0 { format!("#{}", step.attempt) } else { String::new() };
        let url = step.target.url.clone();
        self.log.push(format!("{}{}{retry}", step.target.method, step.target.address.path()));
        let (code, body) = reply.unwrap_or_default();
        let answer = Answer {
            code,
            version: "1.1",
            url: &url,
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
            is_truncated: false,
            is_undecodable: false,
            is_good: true,
            latency,
            redirects: &[],
            ip: None,
            error: if reply.is_none() { Some("connection refused") } else { None },
        };
        self.at += latency;
        let checks = self.session.answer(&self.flow, &answer, &mut ());
        self.checks.push(checks);
    }

    /// Follows the flow to its end with the same reply to all requests, or for 1000 requests.
    fn run(&mut self, reply: Reply) {
        for _ in 0..1000 {
            if !self.go_to_request() {
                return;
            }
            self.answer(reply, Duration::ZERO);
        }
    }

    fn log(&self) -> String {
        self.log.join(" ")
    }
}

/// Follows a flow to its end with successful responses.
#[track_caller]
fn check(text: &str, expected: &str) {
    let mut user = User::new(text);
    user.run(Some((200, "body")));
    assert_eq!(user.log(), expected, "{text}");
}

#[test]
fn a_session_is_small() {
    assert!(size_of::<Session>() <= 160, "{} bytes", size_of::<Session>());
    assert!(size_of::<Value>() <= 24);
    fn is_send<T: Send>() {}
    is_send::<Session>();
}
