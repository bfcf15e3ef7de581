//! How an attack with flows ends: grace, flows that are cut, flows before and after.

use rustix::process::Signal;

use super::{Place, steps};
use crate::support::harness::drumfire;
use crate::support::waiting::wait_until;

#[test]
fn flows_that_do_not_finish_in_time_are_cut_and_counted() {
    let text = "GET {{base}}/a\n# @think 1h\nGET {{base}}/b\n";
    let slow = "GET {{base}}/slow\n";
    let place = Place::new(&[("think.hurl", text), ("slow.hurl", slow)]);
    let run = place.attack("-flow=think.hurl -flow=slow.hurl -rate=1000 -flow-count=4 -grace=50ms");
    let output = run.run();
    let steps = steps(&output.stdout);
    // Those that think leave no further record; the requests in flight do.
    assert_eq!(steps.len(), 4);
    let interrupted = steps.iter().filter(|step| step.error.starts_with("interrupted")).count();
    assert_eq!((interrupted, steps.iter().any(|step| step.ended.is_some())), (2, false));
    let report = drumfire("report -type=json").stdin(output.stdout).run();
    let report: serde_json::Value = serde_json::from_str(report.text()).unwrap();
    assert_eq!((&report["flows"]["started"], &report["flows"]["cut"]), (&4.into(), &4.into()));
}

#[test]
fn an_interrupt_ends_arrivals_and_flows_may_finish() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n# @think 300ms\nGET {{base}}/b\n")]);
    let mut running = place.attack("-flow=a.hurl -rate=50").spawn();
    running.await_stdout(10_000);
    running.signal(Signal::INT);
    let output = running.wait();
    let steps = steps(&output.stdout);
    assert_eq!(output.status, Some(0));
    assert!(steps.len() > 2 && steps.len().is_multiple_of(2), "{}", steps.len());
    assert!(steps.iter().all(|step| step.is_success));
}

#[test]
fn flows_run_before_and_after_the_attack_even_after_an_interrupt() {
    let place = Place::new(&[
        ("seed.hurl", "POST {{base}}/login\nHTTP 200\n[Captures]\ntoken: jsonpath \"$.token\"\n"),
        ("a.hurl", "GET {{base}}/t/{{token}}\n"),
        ("clean.hurl", "DELETE {{base}}/t/{{token}}\nHTTP 200\n"),
    ]);
    let mut running =
        place.attack("-flow=a.hurl -before=seed.hurl -after=clean.hurl -rate=50").spawn();
    running.await_stdout(10_000);
    running.signal(Signal::INT);
    let output = running.wait();
    let steps = steps(&output.stdout);
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert!(steps.iter().all(|step| step.url.ends_with("/t/abc")), "{steps:?}");
    let log = || std::fs::read_to_string(place.folder.path().join("arrivals.csv")).unwrap();
    wait_until("the server has logged the last request", || log().contains("DELETE"));
    let log = log();
    let methods: Vec<_> = log.lines().skip(1).map(|line| line.split(',').nth(3).unwrap()).collect();
    assert_eq!((methods[0], *methods.last().unwrap()), ("POST", "DELETE"), "{log}");
    assert_eq!(methods.len(), steps.len() + 2);
}

#[test]
fn no_load_is_sent_if_a_flow_before_the_attack_fails() {
    let place = Place::new(&[
        ("seed.hurl", "GET {{base}}/fails\nHTTP 200\n"),
        ("a.hurl", "GET {{base}}/a\n"),
        ("clean.hurl", "DELETE {{base}}/fails\nHTTP 200\n"),
    ]);
    let output = place.attack("-flow=a.hurl -before=seed.hurl -rate=50").run();
    let expected = "drumfire attack: -before: flow 'seed' failed: step 1 (GET /fails), line 2: \
                    check: status 200\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), expected));
    assert!(output.stdout.is_empty());
    // A failure afterwards does not lose the results.
    let output = place.attack("-flow=a.hurl -after=clean.hurl -rate=50 -flow-count=2").run();
    assert_eq!(output.status, Some(1));
    assert!(output.stderr.contains("-after: flow 'clean' failed"), "{}", output.stderr);
    assert_eq!(steps(&output.stdout).len(), 2);
}

#[test]
fn a_signal_ends_a_flow_that_is_run_afterwards() {
    let slow = "GET {{base}}/slow\n[Options]\nmax-time: 1h\n";
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n"), ("z.hurl", slow)]);
    let flags = "-flow=a.hurl -after=z.hurl -rate=50 -flow-count=1 -output=r.arrow";
    let mut running = place.attack(flags).spawn();
    let stream = place.folder.path().join("r.arrow");
    // The end of a stream is a mark that nothing follows.
    wait_until("the attack is over", || drumfire("encode").arg(&stream).run().status == Some(0));
    wait_until("a signal ends the process", || {
        running.signal(Signal::INT);
        running.status().is_some()
    });
    assert_eq!(running.status(), Some(130));
}
