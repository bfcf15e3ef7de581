//! Runs of the suites against a slow or broken server. They fail with exit code 99, and in the rows
//! that the fault affects.

use std::fs;

use serde_json::Value;

use super::{missed, quick_suite, report};
use crate::support::patient::patient;
use crate::targets::load_test::Place;

/// A fault of the server on one path, and the thresholds that are missed because of it, each with
/// the name of its group.
struct Harm {
    path: &'static str,
    /// Keys of the route.
    keys: &'static str,
    missed: &'static [(&'static str, &'static str)],
}

/// Runs a suite against a server with a fault, and compares the missed thresholds. Each loop of its
/// flows has one round. With few flows, only some seeds choose every alternative.
#[track_caller]
fn check_red(suite: &str, variables: &[(&str, &str)], harm: &Harm) {
    let place = Place::new();
    let Harm { path, keys, missed: expected } = harm;
    let table = if path.starts_with("/ws/") { "ws" } else { "route" };
    let routes = fs::read_to_string(format!("targets/{suite}/routes.toml")).unwrap();
    let routes = format!("[[{table}]]\npath = '{path}'\n{keys}\n\n{routes}");
    let routes = place.write("routes.toml", &routes);
    let suite = quick_suite(place.path(), suite, "1");
    let variables = [&[("SUITE", suite.as_str()), ("ROUTES", &routes)], variables].concat();
    let output = place.load_test(&variables);
    assert_eq!(output.status, Some(99), "{} {}", output.stderr, output.text());
    let report = report(&place.results());
    let expected: Vec<_> = expected.iter().map(|(expr, name)| (patient(expr), *name)).collect();
    let expected: Vec<_> = expected.iter().map(|(expr, name)| (expr.as_str(), *name)).collect();
    assert_eq!((&report["pass"], missed(&report)), (&Value::Bool(false), expected));
}

#[test]
fn slow_lists_of_runs_fail_the_tail_of_each_flow_that_reads_them() {
    let harm = Harm {
        path: "/api/runs",
        keys: "method = 'GET'\nlatency = '2.5s'",
        missed: &[("burst:p95<200ms", "burst"), ("high-load:p95<200ms", "high-load")],
    };
    let load = [("FLOW", "high-load burst"), ("RATE", "40"), ("DURATION", "1s")];
    check_red("dashboard", &load, &harm);
}

#[test]
fn slow_settings_of_modules_fail_their_own_mean() {
    let harm = Harm {
        path: "/api/modules/*/config",
        keys: "method = 'GET'\nlatency = '1.5s'\nbody = '{\"retries\": 1}'",
        missed: &[("get.*:mean<100ms", "get.module-config")],
    };
    let load = [("FLOW", "web-client"), ("RATE", "40"), ("DURATION", "1s"), ("FLAGS", "-seed=1")];
    check_red("dashboard", &load, &harm);
}

#[test]
fn failing_health_checks_fail_every_flow_of_the_dashboard() {
    let harm = Harm {
        path: "/api/health",
        keys: "errors = 1",
        missed: &[
            ("success>99%", ""),
            ("burst:flow.p95<1s", "burst"),
            ("burst:flow.success>=99%", "burst"),
            ("high-load:success>99%", "high-load"),
            ("high-load:flow.success>=99%", "high-load"),
            ("get.*:mean<100ms", "get.health"),
            ("web-client:flow.success>=99%", "web-client"),
            ("web-client:checks>=99%", "web-client"),
        ],
    };
    check_red("dashboard", &[("DURATION", "2s"), ("FLAGS", "-seed=1")], &harm);
}

#[test]
fn slow_payments_leave_the_other_parts_of_the_platform_passing() {
    let harm = Harm {
        path: "/payments",
        keys: "method = 'POST'\nstatus = 201\nlatency = '3.5s'\n\
               body = '{\"id\": 1, \"state\": \"authorized\"}'",
        missed: &[("payments.*:p95<=300ms", "payments.create")],
    };
    check_red("platform", &[("DURATION", "1s")], &harm);
}

#[test]
fn failing_logins_fail_every_flow_that_begins_with_one() {
    let harm = Harm {
        path: "/auth/login",
        keys: "errors = '50%'\nbody = '{\"access_token\": \"t\"}'",
        missed: &[
            ("auth.*:success>=99%", "auth.login"),
            ("auth:flow.success>=99%", "auth"),
            ("auth:checks>=99%", "auth"),
            ("generation:flow.success>=95%", "generation"),
            ("generation:checks>=95%", "generation"),
            ("payments:flow.success>=95%", "payments"),
            ("payments:checks>=95%", "payments"),
        ],
    };
    check_red("platform", &[("DURATION", "2s"), ("FLAGS", "-seed=1")], &harm);
}

#[test]
fn a_payment_that_is_declined_fails_although_its_response_is_a_success() {
    let harm = Harm {
        path: "/payments",
        keys: "method = 'POST'\nstatus = 201\nbody = '{\"id\": 1, \"state\": \"declined\"}'",
        missed: &[
            ("payments.*:success>=95%", "payments.create"),
            ("payments.*:p95<=300ms", "payments.create"),
            ("payments:flow.success>=95%", "payments"),
            ("payments:checks>=95%", "payments"),
        ],
    };
    check_red("platform", &[("FLOW", "payments"), ("DURATION", "1s")], &harm);
}

/// Nearly all polls succeed, so only the limits on flows and checks are missed.
#[test]
fn generations_that_are_never_completed_fail_their_flows() {
    let harm = Harm {
        path: "/generations/*/status",
        keys: "body = '{\"state\": \"running\"}'",
        missed: &[
            ("generation:flow.p95<=5s", "generation"),
            ("generation:flow.success>=95%", "generation"),
            ("generation:checks>=95%", "generation"),
        ],
    };
    check_red("platform", &[("FLOW", "generation"), ("DURATION", "1s")], &harm);
}

#[test]
fn failing_messages_fail_success_and_errors_of_the_chat_api() {
    let harm = Harm {
        path: "/chat/**",
        keys: "errors = 1",
        missed: &[("success>95%", ""), ("errors<50", "")],
    };
    check_red("chat-api", &[("SCALE", "0.2")], &harm);
}

#[test]
fn a_slow_page_fails_its_own_maximum_latency() {
    let harm = Harm {
        path: "/",
        keys: "latency = '6s'",
        missed: &[("p95<=300ms", ""), ("page:max<=500ms", "page")],
    };
    check_red("bursts", &[("FLAGS", "-requests=4")], &harm);
}

/// The answer of the chat.
const REPLY: &str = "body = '{\"type\": \"reply\", \"conversation_id\": \"c-1\"}'";

/// Checks that chats with a fault miss some thresholds.
#[track_caller]
fn check_chat(rate: &str, keys: &str, missed: &'static [(&'static str, &'static str)]) {
    let keys = format!("{REPLY}\n{keys}").leak();
    let harm = Harm { path: "/ws/chat", keys, missed };
    check_red("chat-ws", &[("RATE", rate), ("DURATION", "1s")], &harm);
}

#[test]
fn refused_handshakes_fail_the_connects_of_the_chat() {
    check_chat("20", "refuse = '50%'", &[("connect.success>95%", "")]);
}

#[test]
fn closes_in_place_of_answers_fail_the_messages_of_the_chat() {
    // A message without an answer is slower than any limit.
    let missed = &[("message.success>90%", ""), ("message.response.p95<500ms", "")];
    check_chat("20", "close = { 1013 = '50%' }", missed);
}

#[test]
fn slow_handshakes_fail_the_p95_of_connects() {
    check_chat("20", "connect-latency = '10.5s'", &[("connect.p95<1s", "")]);
}

#[test]
fn slow_answers_fail_the_p95_of_messages() {
    check_chat("20", "latency = '5.5s'", &[("message.response.p95<500ms", "")]);
}

#[test]
fn many_failed_chats_fail_the_number_of_errors() {
    let missed =
        &[("message.success>90%", ""), ("message.response.p95<500ms", ""), ("errors<100", "")];
    check_chat("200", "close = { 1013 = 1 }", missed);
}
