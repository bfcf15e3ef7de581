//! Tests of whole flow files.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::flow::{Flow, Next, Scope, Session, Source, Value};
use crate::schedule::seed::{Purpose, Seed};

/// Reads a file of tests/golden/flows.
fn source(name: &str) -> Source {
    let path = PathBuf::from("tests/golden/flows").join(name);
    Source { content: fs::read(&path).unwrap(), path }
}

/// A scope with variables of these names.
fn scope(names: &[&str]) -> Scope {
    let variables = names.iter().map(|name| ((*name).to_owned(), Value::text("http://a")));
    Scope { columns: Vec::new(), variables: variables.collect() }
}

const NAMES: [&str; 5] = ["base", "email", "password", "module", "host"];

#[test]
fn flows_of_real_suites_are_read() {
    let table = [
        ("auth.hurl", "auth", 3, Some(10), 4),
        ("burst.hurl", "burst", 1, Some(2), 4),
        ("chat.hurl", "chat", 1, None, 1),
        ("generation.hurl", "generation", 5, None, 4),
        ("high-load.hurl", "high-load", 1, None, 3),
        ("payments.hurl", "payments", 2, None, 3),
        ("web-client.hurl", "web-client", 8, None, 10),
    ];
    for (file, name, weight, endless, n_steps) in table {
        let flow = Flow::read(&[source(file)], &scope(&NAMES)).unwrap();
        let found = (flow.name(), flow.weight(), flow.endless_loop(), flow.step_names().count());
        assert_eq!(found, (name, weight, endless, n_steps), "{file}");
    }
}

#[test]
fn a_flow_sends_its_requests_in_order() {
    let flow = Flow::read(&[source("generation.hurl")], &scope(&NAMES)).unwrap();
    let mut session = Session::new(&flow, 0, None, &Seed(1).rngs(Purpose::Flows));
    assert_eq!(session.next(&flow, Duration::ZERO, |_| false), Next::Send);
    let step = session.request(&flow, 0).unwrap();
    assert_eq!((step.number, step.name, step.keeps_body), (1, "auth.login", true));
    assert_eq!(step.target.url, "http://a/api/v1/auth/login");
}
