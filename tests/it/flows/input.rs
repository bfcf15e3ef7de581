//! Bad files and flags are refused with one line, and nothing is sent.

use super::Place;
use crate::support::harness::drumfire;

/// Runs an attack with a flow, which must be refused with a message.
#[track_caller]
fn check(text: &str, flags: &str, status: i32, message: &str) {
    let place = Place::new(&[("a.hurl", text), ("rows.csv", "user\nann\n")]);
    let output = place.attack(&format!("-flow=a.hurl -flow-count=1 {flags}")).run();
    let first = output.stderr.lines().next().unwrap_or_default();
    assert_eq!(
        (output.status, first),
        (Some(status), format!("drumfire attack: {message}").as_str())
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_loop_without_an_end_needs_users() {
    let message = "flow 'a', line 1: a loop without a count ends only with -users: give -users=N, \
                   or a count, as in '# @loop 10' or '# @loop 30s'";
    check("# @loop\nGET {{base}}/a\n# @end\n", "", 2, message);
}

#[test]
fn a_column_that_the_feed_lacks_is_unset() {
    let place =
        Place::new(&[("a.hurl", "GET {{base}}/{{missing}}\n"), ("rows.csv", "user\nann\n")]);
    let output = place.attack("-flow=a.hurl -feed=rows.csv").run();
    let expected = "drumfire attack: a.hurl:1: 'missing' is not set";
    assert_eq!(output.status, Some(1));
    assert!(output.stderr.starts_with(expected), "{}", output.stderr);
}

#[test]
fn flags_of_lists_do_not_apply_to_flows() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n")]);
    for flag in ["-targets=x", "-requests=5", "-lazy", "-redirects=3", "-order=random"] {
        let output = place.attack(&format!("-flow=a.hurl {flag}")).run();
        assert_eq!(output.status, Some(2), "{flag}: {}", output.stderr);
    }
    for flag in ["-rate=5", "-stages=1s@5", "-max-flows=3", "-max-workers=3", "-max-connections=2"]
    {
        let output = place.attack(&format!("-flow=a.hurl -users=2 {flag}")).run();
        assert_eq!(output.status, Some(2), "{flag}: {}", output.stderr);
    }
}

#[test]
fn files_may_begin_with_a_byte_order_mark_and_end_lines_as_windows_does() {
    let place = Place::new(&[("a.hurl", "\u{feff}GET {{base}}/a\r\nHTTP 200\r\n")]);
    let steps = place.steps("-flow=a.hurl -rate=100 -flow-count=1");
    assert!(steps[0].is_success, "{steps:?}");
    std::fs::write(place.folder.path().join("a.hurl"), b"GET http://a/\xff\n").unwrap();
    let output = place.attack("-flow=a.hurl").run();
    assert_eq!(output.status, Some(1));
    assert!(output.stderr.starts_with("drumfire attack: a.hurl:1: "), "{}", output.stderr);
}

#[test]
fn a_dry_run_says_what_the_flows_would_do() {
    let text = "# @flow browse weight 3\n# @loop 4\nGET {{base}}/a\n# @think 500ms\n# @end\n";
    let place = Place::new(&[("a.hurl", text), ("b.hurl", "GET {{base}}/b\n")]);
    let output = place.attack("-flow=a.hurl -flow=b.hurl -rate=50 -duration=60s -dry-run").run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    for line in [
        "Flows     3000",
        "Mix       browse 75%, b 25%",
        "Requests  3.25 per flow (1 to 4), about 162.5/s once the first flows have ended",
    ] {
        assert!(output.text().contains(line), "{}", output.text());
    }
}

#[test]
fn a_dry_run_of_users_states_the_open_rate_or_why_there_is_none() {
    let text = "# @flow browse\nGET {{base}}/a\n# @think 500ms\n";
    let endless = "# @flow stay\n# @loop\nGET {{base}}/a\n# @think 1s\n# @end\n";
    let files = [("a.hurl", text), ("b.hurl", "GET {{base}}/b\n"), ("c.hurl", endless)];
    let place = Place::new(&files);
    for (flags, rate) in [
        ("-flow=b.hurl", "unknown, since it depends on the time of responses: the report"),
        ("-flow=a.hurl -flow=c.hurl", "none: a user makes flow 'stay' only once; for -rate, give"),
    ] {
        let output = place.attack(&format!("{flags} -users=2 -duration=2s -dry-run")).run();
        assert!(output.text().contains(&format!("Open rate {rate}")), "{}", output.text());
    }
    let list = "GET http://127.0.0.1:1/\n";
    let output = drumfire("attack -users=5 -duration=2s -dry-run").stdin(list).run();
    assert!(output.text().contains("Open rate unknown, since"), "{}", output.text());
    let output = place.attack("-flow=a.hurl -users=10s@0..10,20s@10 -dry-run").run();
    for line in
        ["Users     10 at most, 8.33 on average", "Loop      closed", "Open rate at most -rate="]
    {
        assert!(output.text().contains(line), "{}", output.text());
    }
}

#[test]
fn mistakes_in_any_flow_are_found_before_anything_is_sent() {
    let place = Place::new(&[
        ("a.hurl", "GET {{base}}/a\n"),
        ("clean.hurl", "DELETE {{base}}/{{unknown}}\n"),
    ]);
    let output = place.attack("-flow=a.hurl -after=clean.hurl -rate=50 -flow-count=1").run();
    assert_eq!(output.status, Some(1));
    assert!(output.stderr.contains("clean.hurl:1: 'unknown' is not set"), "{}", output.stderr);
    assert!(output.stdout.is_empty());
}

#[test]
fn flags_of_flows_need_a_flow() {
    let place = Place::new(&[]);
    let url = place.server.url.clone();
    for flag in ["-try", "-before=a.hurl", "-secret=a=b", "-max-flows=2", "-own-connections"] {
        let output = crate::support::harness::drumfire(&format!("attack {url} {flag}")).run();
        let name = flag.split('=').next().unwrap();
        let message = format!("drumfire attack: {name} needs -flow: only flows use it\n");
        assert_eq!(output.status, Some(2), "{flag}");
        assert!(output.stderr.starts_with(&message), "{}", output.stderr);
    }
    let output = place.attack("-flow=a.hurl -grace=-1s").run();
    assert_eq!(output.status, Some(2), "{}", output.stderr);
}

#[test]
fn a_condition_on_checks_that_are_never_made_is_refused_before_anything_is_sent() {
    let plain = "# @name home\nGET {{base}}/a\nHTTP *\n# @name item\nGET {{base}}/b\n";
    let checked = "# @name pay\nGET {{base}}/c\nHTTP 200\n# @name end\nGET {{base}}/d\n";
    let place = Place::new(&[("a.hurl", plain), ("b.hurl", checked), ("seed.hurl", plain)]);
    let run = |flags: &str, condition: &str| {
        let condition = format!("-abort={condition}<100% for 2s");
        place.attack(&format!("-before=seed.hurl {flags}")).arg(condition).run()
    };
    let both = "-flow=a.hurl -flow=b.hurl";
    for (flags, metric) in [
        ("-flow=a.hurl", "checks"),
        (both, "a:checks"),
        (both, "item:checks"),
        (both, "end:checks"),
    ] {
        let output = run(flags, metric);
        let expected = format!(
            "drumfire attack: bad abort condition '{metric}<100% for 2s': no step that it covers \
             has a check: add a line such as 'HTTP 200' to a request, or use success\nsee \
             'drumfire attack -h'\n"
        );
        assert_eq!((output.status, output.stderr), (Some(2), expected), "{flags}");
    }
    for metric in ["checks", "b:checks", "pay:checks", "*:checks", "a:success", "flow.success"] {
        let output = run(&format!("{both} -dry-run"), metric);
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{metric}");
    }
    let log = std::fs::read_to_string(place.folder.path().join("arrivals.csv")).unwrap();
    assert!(log.lines().count() <= 1, "{log}");
}

#[test]
fn a_flow_is_read_from_a_file() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n")]);
    let none = "no name of a flow: expected a file, as in order.hurl, or several joined by +";
    let stdin = "a flow cannot be read from standard input: expected the name of a file";
    let table = [
        ("-flow=", none),
        ("-flow=a.hurl+", none),
        ("-flow=-", stdin),
        ("-flow=stdin", stdin),
        ("-flow=a.hurl -before=-", stdin),
        ("-flow=a.hurl -after=+a.hurl", none),
    ];
    for (flags, message) in table {
        let output = place.attack(&format!("{flags} -flow-count=1")).run();
        let first = output.stderr.lines().next().unwrap_or_default();
        let expected = (Some(2), format!("drumfire attack: {message}"));
        assert_eq!((output.status, first.to_owned()), expected, "{flags}");
    }
}

#[test]
fn messages_about_rows_name_the_feed() {
    let empty = ("rows.csv", "user\n");
    let uneven = ("rows.jsonl", "{\"user\": \"ann\"}\n{\"name\": \"bob\"}\n");
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n"), empty, uneven]);
    for (file, _) in [empty, uneven] {
        let output = place.attack(&format!("-flow=a.hurl -feed={file}")).run();
        let expected = format!("drumfire attack: {file}: line 2: ");
        assert!(output.stderr.starts_with(&expected), "{}", output.stderr);
    }
}
