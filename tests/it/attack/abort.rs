//! `attack -abort`: attacks on servers that fail or slow down.

use serde_json::Value;

use crate::support::harness::{Output, drumfire};
use crate::support::results::records;
use crate::support::servers::serve;

/// Runs an attack of one hour, unless a condition aborts it earlier.
fn attack(server: &[&str], flags: &[&str]) -> Output {
    let server = serve(server);
    let list = format!("# @name home\nGET {}/\n", server.url);
    drumfire("attack -rate=200 -duration=1h").args(flags).stdin(list).run()
}

fn report(line: &str, stream: &[u8]) -> String {
    let output = drumfire(line).stdin(stream).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    output.text().to_owned()
}

#[test]
fn an_attack_on_a_failing_server_is_aborted_and_says_why() {
    let state = "-abort=success<50% for 1s";
    let output = attack(&["-errors=100%"], &[state]);
    assert_eq!(output.status, Some(99));
    let made = records(&output.stdout).len();
    // A condition needs 20 requests. The attack ends long before its plan.
    assert!((20..100_000).contains(&made), "{made}");
    let found = "success<50% for 1s: 0%";
    let message = format!(
        "drumfire attack: aborted: {found}; stopped after {made} of 720000 planned hits; results \
         cover only these"
    );
    assert!(output.stderr.starts_with(&message), "{}", output.stderr);
    let text = report("report", &output.stdout);
    assert!(text.contains(&format!("Aborted       [limit: found]                    {found}\n")));
    let json: Value = serde_json::from_str(&report("report -type=json", &output.stdout)).unwrap();
    assert_eq!(json["aborted"], found);
    assert_eq!(json["requests"], made);
}

#[test]
fn a_quiet_attack_still_reports_an_abort() {
    let flags = ["-quiet", "-abort=errors>1000000 for 1h", "-abort=home:min>2ms for 1s"];
    let output = attack(&["-latency=5ms"], &flags);
    assert_eq!(output.status, Some(99));
    let message = "drumfire attack: aborted: home:min>2ms for 1s: ";
    assert!(output.stderr.starts_with(message), "{}", output.stderr);
}

#[test]
fn an_attack_that_goes_well_is_not_aborted() {
    let flags = ["-requests=300", "-abort=success<50% for 1s", "-abort=max>1h for 1s"];
    let output = attack(&[], &flags);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    assert_eq!(records(&output.stdout).len(), 300);
    assert!(!report("report", &output.stdout).contains("Aborted"));
}

#[test]
fn an_impossible_abort_condition_is_refused_before_the_attack() {
    let table = [
        (
            "p99>2s",
            "invalid value \"p99>2s\" for flag -abort: expected [NAME:]METRIC OP VALUE for \
             DURATION, at least 1s, as in p99>2s for 10s",
        ),
        (
            "homes:p99>2s for 10s",
            "bad threshold 'homes:p99>2s': no target is named 'homes' (did you mean home?)",
        ),
        (
            "flow.p95>1s for 2s",
            "bad abort condition 'flow.p95>1s for 2s': the attack has no flows: give -flow=FILE, \
             or use a metric of requests, such as p95",
        ),
        (
            "checks<100% for 2s",
            "bad abort condition 'checks<100% for 2s': the attack has no flows, and only flows \
             have checks: give -flow=FILE, or use success",
        ),
        (
            "gap.p99>1s for 2s",
            "bad abort condition 'gap.p99>1s for 2s': the attack makes no gRPC calls and \
             opens no WebSockets: use a metric of requests, such as p95",
        ),
    ];
    for (state, problem) in table {
        let output = attack(&[], &[&format!("-abort={state}")]);
        let message = format!("drumfire attack: {problem}\nsee 'drumfire attack -h'\n");
        assert_eq!((output.status, output.stderr), (Some(2), message));
    }
}
