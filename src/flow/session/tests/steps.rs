//! Single steps: options, tries, repeats, failures.

use super::*;

const OK: Reply = Some((200, "body"));

#[test]
fn steps_follow_each_other() {
    check("GET http://a/a\nPOST http://a/b\n", "GET/a POST/b end");
    check(
        "# @think 1s\nGET http://a/a\n# @think 2s\nGET http://a/b\n",
        "think=1s GET/a think=2s GET/b end",
    );
}

#[test]
fn a_delay_stands_before_each_repeat_and_not_before_retries() {
    let text = "GET http://a/a\n[Options]\nrepeat: 2\ndelay: 100\nretry: 1\nretry-interval: 2s\nHTTP 200\n";
    check(text, "delay=100ms GET/a delay=100ms GET/a end");
    let mut user = User::new(text);
    for reply in [Some((500, "")), OK, OK] {
        assert!(user.go_to_request());
        user.answer(reply, Duration::ZERO);
    }
    assert!(!user.go_to_request());
    let expected = "delay=100ms GET/a retry=2s GET/a#1 delay=100ms GET/a end";
    assert_eq!(user.log(), expected);
    assert!(!user.session.is_failed());
}

#[test]
fn a_step_is_retried_until_it_holds() {
    let text = "GET http://a/a\n[Options]\nretry: 2\nHTTP 200\n[Asserts]\nbody == \"done\"\nGET http://a/b\n";
    let mut user = User::new(text);
    for reply in [None, Some((200, "busy")), Some((200, "done")), OK] {
        assert!(user.go_to_request());
        user.answer(reply, Duration::ZERO);
    }
    assert!(!user.go_to_request());
    assert_eq!(user.log(), "GET/a retry=1s GET/a#1 retry=1s GET/a#2 GET/b end");
    // Tries before the last count no checks.
    let made: Vec<_> = user.checks.iter().map(|checks| (checks.made, checks.failed)).collect();
    assert_eq!(made, [(Some(0), 0), (Some(0), 0), (Some(2), 0), (None, 0)]);
    assert!(user.checks.iter().all(|checks| checks.error.is_none()));
}

#[test]
fn only_the_last_try_fails() {
    let text = "GET http://a/a\n[Options]\nretry: {{two}}\nretry-interval: 0\nHTTP 200\n[Asserts]\n\
                body == \"done\"\nGET http://a/b\n";
    let mut user = User::new(text);
    user.run(Some((200, "secret")));
    assert_eq!(user.log(), "GET/a GET/a#1 GET/a#2 end");
    let last = user.checks.last().unwrap();
    assert_eq!((last.made, last.failed), (Some(2), 1));
    assert_eq!(last.error.as_deref(), Some("check: body == \"done\""));
    assert!(user.session.is_failed());
    assert_eq!(user.session.step(&user.flow), (1, "GET /a"));
}

#[test]
fn a_step_is_skipped_or_made_as_often_as_its_options_say() {
    let table = [
        ("skip: true", "GET/b end"),
        ("skip: {{yes}}", "GET/b end"),
        ("skip: false", "GET/a GET/b end"),
        ("repeat: 0", "GET/b end"),
        ("repeat: {{zero}}", "GET/b end"),
        ("repeat: {{two}}", "GET/a GET/a GET/b end"),
        ("repeat: 3", "GET/a GET/a GET/a GET/b end"),
        ("variable: n=2\nrepeat: {{n}}", "GET/a GET/a GET/b end"),
    ];
    for (options, expected) in table {
        check(&format!("GET http://a/a\n[Options]\n{options}\nGET http://a/b\n"), expected);
    }
}

#[test]
fn variables_of_options_last() {
    let text = "GET http://a/{{n}}\n[Options]\nvariable: n=1\n\
                GET http://a/{{n}}\n[Options]\nskip: true\nvariable: n=2\nGET http://a/{{n}}\n";
    check(text, "GET/1 GET/2 end");
    // They are set again for each repeat, and not for a retry.
    let text = "GET http://a/{{id}}\n[Options]\nvariable: id={{newUuid}}\nrepeat: 2\nretry: 1\n\
                retry-interval: 0\nHTTP 200\n";
    let mut user = User::new(text);
    user.run(Some((500, "")));
    let mut log: Vec<_> =
        user.log.iter().map(|line| line.trim_end_matches("#1").to_owned()).collect();
    assert_eq!(log.len(), 3, "{log:?}");
    log.dedup();
    assert_eq!(log.len(), 2, "{log:?}");
    let mut user = User::new(text);
    user.run(OK);
    assert_ne!(user.log[0], user.log[1]);
}

#[test]
fn captures_are_used_by_later_steps() {
    let text = "GET http://a/a\nHTTP 200\n[Captures]\nid: body\nGET http://a/{{id}}\n";
    check(text, "GET/a GET/body end");
    let mut user = User::new(text);
    assert!(user.session.captures(&user.flow).is_empty());
    user.run(OK);
    let expected = vec![("id".to_owned(), Value::text("body"))];
    assert_eq!(user.session.captures(&user.flow), expected);
}

#[test]
fn a_failed_step_ends_the_flow_unless_it_goes_on() {
    let rest = "GET http://a/a\nHTTP 200\n[Captures]\nid: jsonpath \"$.id\"\nGET http://a/b\n";
    let table = [
        ("", "GET/a end"),
        ("# @on-failure go-on\n", "GET/a GET/b end"),
        ("# @flow x\n# @on-failure go-on\n", "GET/a GET/b end"),
        ("# @flow x\n# @on-failure go-on\n\n# @on-failure end\n", "GET/a end"),
    ];
    for (head, expected) in table {
        for reply in [None, Some((500, "")), Some((200, "{}"))] {
            let mut user = User::new(&format!("{head}{rest}"));
            assert!(user.go_to_request());
            user.answer(reply, Duration::ZERO);
            user.run(OK);
            assert_eq!(user.log(), expected, "{head} {reply:?}");
            assert!(user.session.is_failed());
        }
    }
}

#[test]
fn a_response_without_expectations_holds() {
    let mut user = User::new("GET http://a/a\nGET http://a/b\n");
    user.run(Some((500, "")));
    assert_eq!(user.log(), "GET/a GET/b end");
    assert_eq!(user.checks, [Checks::default(), Checks::default()]);
    assert!(!user.session.is_failed());

    let mut user = User::new("GET http://a/a\nHTTP *\nGET http://a/b\n");
    user.run(None);
    assert_eq!(user.log(), "GET/a end");
    assert_eq!(user.checks, [Checks { made: Some(0), failed: 0, error: None }]);
}

#[test]
fn a_request_that_cannot_be_made_fails_its_step() {
    let table = [
        ("GET {{text}}/a\n", "bad URL"),
        ("GET http://a/\n[Options]\ndelay: {{text}}\n", "variable 'text' is a text for an option"),
        ("GET http://a/\n[Options]\nretry: {{text}}\n", "variable 'text' is a text for an option"),
        ("GET http://a/\n[Options]\nskip: {{two}}\n", "variable 'two' is an integer for an option"),
        (
            "GET http://a/\n[Options]\nmax-time: {{text}}\n",
            "variable 'text' is a text for an option",
        ),
        ("GET http://a/\n[Options]\nretry: 3\n[\n{{text}}]", "variable 'text' is a text outside"),
    ];
    for (text, expected) in table {
        let mut user = User::new(&format!("{text}\nGET http://a/b\n"));
        user.run(OK);
        let log = user.log();
        assert!(log.starts_with("error: ") && log.contains(expected), "{text}: {log}");
        assert!(log.ends_with(" end") && !log.contains("GET"), "{text}: {log}");
        assert!(user.session.is_failed());

        let mut user = User::new(&format!("# @on-failure go-on\n{text}\nGET http://a/b\n"));
        user.run(OK);
        assert!(user.log().ends_with(" GET/b end"), "{}", user.log());
    }
}

#[test]
fn a_step_says_what_its_request_needs() {
    let response = "GET http://a/\n[Options]\nmax-time: 2s\nlocation: true\nHTTP 200\n";
    let table = [
        ("GET http://a/\nHTTP 200\n".to_owned(), (None, None, false, false)),
        (response.to_owned(), (Some(2), Some(50), false, false)),
        (response.replace("location", "max-redirs: 3\nlocation"), (Some(2), Some(3), false, false)),
        (format!("{response}[Asserts]\nheader \"A\" exists\n"), (Some(2), Some(50), false, true)),
        (format!("{response}[Asserts]\nsha256 exists\n"), (Some(2), Some(50), true, false)),
        (format!("{response}[Captures]\na: jsonpath \"$\"\n"), (Some(2), Some(50), true, true)),
        (format!("{response}`text`\n"), (Some(2), Some(50), true, false)),
    ];
    for (text, expected) in table {
        let mut user = User::new(&text);
        assert!(user.go_to_request());
        let step = user.session.request(&user.flow, 0).unwrap();
        let seconds = step.max_time.map(|time| time.as_secs());
        assert_eq!(
            (seconds, step.redirects, step.keeps_body, step.needs_headers),
            expected,
            "{text}"
        );
    }
}

#[test]
fn an_answer_without_a_request_changes_nothing() {
    let mut user = User::new("GET http://a/a\nHTTP 200\n");
    user.run(OK);
    let answer = Answer {
        code: 500,
        version: "1.1",
        url: "http://a/",
        headers: &HeaderMap::new(),
        body: b"",
        is_truncated: false,
        is_undecodable: false,
        is_good: true,
        latency: Duration::ZERO,
        redirects: &[],
        ip: None,
        error: None,
    };
    assert_eq!(user.session.answer(&user.flow, &answer, &mut ()), Checks::default());
    assert!(!user.session.is_failed());
}
