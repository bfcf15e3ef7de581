//! The requests of a flow: captures, checks, cookies, redirects, retries, and their records.

use std::time::Duration;

use super::{Place, Step};

#[test]
fn a_flow_uses_what_it_captured_and_each_request_has_a_record() {
    let flow = r#"
# @name login
POST {{base}}/login
{"user": "me"}
HTTP 200
[Captures]
token: jsonpath "$.token"
id: jsonpath "$.user.id"

GET {{base}}/echo/{{id}}
Authorization: Bearer {{token}}
HTTP 200
[Asserts]
jsonpath "$.auth" == "Bearer abc"
jsonpath "$.cookie" == "sid=one"
"#;
    let place = Place::new(&[("shop.hurl", flow)]);
    let steps = place.steps("-flow=shop.hurl -rate=100 -flow-count=3");
    assert_eq!(steps.len(), 6);
    for pair in steps.chunks(2) {
        let [first, second] = pair else { panic!("{pair:?}") };
        assert_eq!((first.name.as_str(), first.step, first.checks), ("login", 1, Some((1, 0))));
        assert_eq!((second.name.as_str(), second.step), ("GET /echo/{{id}}", 2));
        assert_eq!((second.checks, &*second.flow), (Some((3, 0)), "shop"));
        assert!(second.url.ends_with("/echo/7"), "{}", second.url);
        assert_eq!((first.flow_hit, second.flow_hit), (0, 1));
        assert!(first.ended.is_none() && second.ended.is_some_and(|end| !end.failed));
    }
    let mut numbers: Vec<_> = steps.iter().map(|step| step.seq).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_failed_check_ends_the_flow_unless_it_goes_on() {
    let end = "GET {{base}}/a\nHTTP 200\n[Asserts]\nheader \"X-None\" exists\nGET {{base}}/b\n";
    let go_on = format!("# @on-failure go-on\n{end}");
    let place = Place::new(&[("end.hurl", end), ("go.hurl", &go_on)]);
    let ended = place.steps("-flow=end.hurl -rate=100 -flow-count=1");
    let [only] = ended.as_slice() else { panic!("{ended:?}") };
    assert_eq!(only.error, "check: header \"X-None\" exists: no value");
    assert_eq!((only.code, only.checks, only.is_success), (200, Some((2, 1)), false));
    assert!(only.ended.is_some_and(|end| end.failed));
    let went_on = place.steps("-flow=go.hurl -rate=100 -flow-count=1");
    assert_eq!(went_on.len(), 2);
    assert!(went_on[1].ended.is_some_and(|end| end.failed));
}

#[test]
fn an_expected_status_is_a_success_and_an_unexpected_one_is_not() {
    let text = "GET {{base}}/fails\nHTTP 500\nGET {{base}}/fails\nGET {{base}}/fails\nHTTP 200\n";
    let place = Place::new(&[("a.hurl", text)]);
    let steps = place.steps("-flow=a.hurl -rate=100 -flow-count=1");
    let found: Vec<_> =
        steps.iter().map(|step| (step.is_success, step.checks, step.error.as_str())).collect();
    let expected = [
        (true, Some((1, 0)), ""),
        // Nothing is expected of it, so the status decides, and the flow goes on.
        (false, None, "500 Internal Server Error"),
        (false, Some((1, 1)), "check: status 200"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_request_is_made_again_until_its_checks_hold() {
    let text = "GET {{base}}/jobs/{{newUuid}}\n[Options]\nvariable: job={{newUuid}}\n\
        GET {{base}}/jobs/{{job}}\n[Options]\nretry: 5\nretry-interval: 1ms\nHTTP 200\n[Asserts]\n\
        jsonpath \"$.state\" == \"completed\"\n";
    let place = Place::new(&[("poll.hurl", text)]);
    let steps = place.steps("-flow=poll.hurl -rate=100 -flow-count=2");
    let tries = |flow: u64| -> Vec<_> {
        let of_flow = steps.iter().filter(|step| step.flow_seq == flow && step.step == 2);
        of_flow.map(|step| (step.attempt, step.checks, step.is_success)).collect()
    };
    let expected = [(0, Some((0, 0)), true), (1, Some((0, 0)), true), (2, Some((2, 0)), true)];
    assert_eq!((tries(0), tries(1)), (expected.to_vec(), expected.to_vec()));
}

#[test]
fn cookies_follow_redirects() {
    let text = "POST {{base}}/login\nHTTP 200\nGET {{base}}/old\n[Options]\nlocation: true\n\
        HTTP 200\n[Asserts]\njsonpath \"$.cookie\" contains \"moved=yes\"\n\
        jsonpath \"$.cookie\" contains \"sid=one\"\nurl endsWith \"/new\"\nredirects count == 1\n";
    let place = Place::new(&[("a.hurl", text)]);
    let steps = place.steps("-flow=a.hurl -rate=100 -flow-count=2");
    assert!(steps.len() == 4 && steps.iter().all(|step| step.is_success), "{steps:#?}");
}

#[test]
fn think_time_counts_from_the_response_and_apart_from_the_flow() {
    let text = "GET {{base}}/a\n# @think 200ms\nGET {{base}}/b\n";
    let place = Place::new(&[("a.hurl", text)]);
    let steps = place.steps("-flow=a.hurl -rate=50 -flow-count=5");
    for pair in steps.chunks(2) {
        let [first, second] = pair else { panic!("{pair:?}") };
        let gap = Duration::from_nanos((second.timestamp_ns - first.timestamp_ns) as u64);
        assert!(gap >= Duration::from_millis(200), "{gap:?}");
        let end = second.ended.unwrap();
        assert_eq!(end.thought, Duration::from_millis(200));
        assert!(end.time >= gap, "{end:?}");
    }
}

#[test]
fn a_body_may_have_the_size_of_the_limit_but_not_more() {
    const LIMIT: usize = 16 << 20;
    let name = "bytes count > 0";
    for (size, error) in [(LIMIT, ""), (LIMIT + 1, "check: the body is larger than 16 MiB")] {
        let size_flag = format!("-body-size={size}");
        let server = crate::support::servers::serve(&[&size_flag]);
        let text = format!("GET {}/\nHTTP 200\n[Asserts]\n{name}\n", server.url);
        let place = Place::new(&[("a.hurl", &text)]);
        for flags in ["", "-max-body=10", "-max-body=20MB"] {
            let steps = place.steps(&format!("-flow=a.hurl -rate=100 -flow-count=1 {flags}"));
            let error = error.replace(": ", &format!(": {name}: "));
            assert_eq!(steps[0].error, error, "{size} {flags}");
        }
        let output = place.attack("-flow=a.hurl -try").run();
        let tried = output.text();
        let shown = match error {
            "" => format!("200 OK, {size} bytes in "),
            _ => format!("FAILED   {name}: the body is larger than 16 MiB"),
        };
        assert!(tried.contains(&shown), "{tried}");
        assert_eq!(tried.contains("200 OK, more than 16 MiB in "), !error.is_empty(), "{tried}");
    }
}

#[test]
fn a_large_body_is_checked_too_and_a_request_that_cannot_be_built_is_recorded() {
    let text = "POST {{base}}/login\nHTTP 200\n[Captures]\nword: jsonpath \"$.token\"\n\
        GET {{base}}/{{word}}\n[Options]\ndelay: {{word}}\n";
    let place = Place::new(&[("a.hurl", text)]);
    let steps = place.steps("-flow=a.hurl -rate=100 -flow-count=1");
    let [_, broken] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(
        broken.error.starts_with("variable 'word' is a text") && !broken.error.contains("abc"),
        "{broken:?}"
    );
    assert_eq!((broken.code, broken.url.as_str()), (0, ""));
    assert!(broken.ended.is_some_and(|end| end.failed));
    let large = format!("[{}1]", "1, ".repeat(200_000));
    let routes = format!("[[route]]\npath = \"/**\"\nbody = '{large}'\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("routes.toml"), routes).unwrap();
    let routes = folder.path().join("routes.toml");
    let server = crate::support::servers::serve(&["-routes", routes.to_str().unwrap()]);
    let text =
        format!("GET {}/\nHTTP 200\n[Asserts]\njsonpath \"$\" count == 200001\n", server.url);
    let place = Place::new(&[("a.hurl", &text)]);
    let steps: Vec<Step> = place.steps("-flow=a.hurl -rate=100 -flow-count=3 -max-body=10");
    assert!(steps.iter().all(|step| step.is_success && step.body.len() == 10), "{steps:?}");
}
