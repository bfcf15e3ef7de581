//! Flow files: each is refused with a line, or can be followed to its end.

#![no_main]

use std::time::Duration;

use drumfire::feed::Row;
use drumfire::flow::{Answer, Flow, Next, Scope, Session, Source};
use drumfire::schedule::seed::{Purpose, Seed};
use http::HeaderMap;
use libfuzzer_sys::fuzz_target;

/// Names that files may use without setting them.
const COLUMNS: [&str; 4] = ["base", "id", "a", "token"];

/// Most requests that are followed.
const MAX_REQUESTS: usize = 50;

/// The body of all responses.
const BODY: &str = r#"{"id": "é", "token": "a.b", "status": "completed", "list": [1, 2.5, null]}"#;

fuzz_target!(|content: &[u8]| {
    // A folder that is missing, so that no file is read.
    let source = Source { path: "/nonexistent/x.hurl".into(), content: content.to_vec() };
    let scope = Scope { columns: COLUMNS.map(str::to_owned).into(), variables: Vec::new() };
    match Flow::read(&[source], &scope) {
        Ok(flow) => follow(&flow),
        Err(problem) => {
            let n_lines = content.iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!(problem.line.is_none_or(|line| (1..=n_lines).contains(&line)), "{problem}");
            assert!(problem.text.contains("expected"), "{problem}");
        }
    }
});

/// Follows a flow whose requests all have the same response.
fn follow(flow: &Flow) {
    let row = Row::from_iter(["http://127.0.0.1", "1", "b", "c"]);
    let mut session = Session::new(flow, 0, Some(&row), &Seed(1).rngs(Purpose::Flows));
    let headers = HeaderMap::new();
    let mut at = Duration::ZERO;
    for _ in 0..MAX_REQUESTS {
        loop {
            match session.next(flow, at, |at| at > Duration::from_secs(60)) {
                Next::Wait(_, length) => at = at.saturating_add(length),
                Next::Send => break,
                Next::End => return,
            }
        }
        let Ok(step) = session.request(flow, 0) else { continue };
        let url = step.target.url;
        let answer = Answer {
            code: 200,
            version: "1.1",
            url: &url,
            headers: &headers,
            body: BODY.as_bytes(),
            is_truncated: false,
            is_undecodable: false,
            is_good: true,
            latency: Duration::ZERO,
            redirects: &[],
            ip: None,
            error: None,
        };
        let checks = session.answer(flow, &answer, &mut ());
        assert!(checks.failed <= checks.made.unwrap_or(0));
    }
}
