//! How flows end: by themselves, by a failure, or because the user is asked to leave.

use super::*;

const OK: Reply = Some((200, "body"));

#[test]
fn the_end_comes_at_once_and_think_times_before_it_are_a_pause() {
    let table = [
        ("GET http://a/a\n", 0),
        ("GET http://a/a\n# @think 2s\n", 2),
        ("# @loop 1\nGET http://a/a\n# @think 3s\n# @end\n# @think 2s\n", 5),
        (
            "# @loop 1\nGET http://a/a\n# @think 3s\n# @end\n# @chance 0%\n# @think 9s\nGET http://a/b\n",
            3,
        ),
    ];
    for (text, pause) in table {
        let mut user = User::new(text);
        assert!(user.go_to_request());
        assert_eq!(user.session.pause(), Duration::ZERO);
        user.answer(OK, Duration::ZERO);
        let next = user.session.next(&user.flow, user.at, |_| false);
        assert_eq!((next, user.session.pause()), (Next::End, Duration::from_secs(pause)), "{text}");
    }
}

#[test]
fn a_failed_flow_has_the_pause_of_the_end_of_the_file() {
    let text = "# @loop 5\nGET http://a/a\nHTTP 200\n# @think 3s\n# @end\n# @think 2s\n";
    let mut user = User::new(text);
    user.run(Some((500, "")));
    assert_eq!(user.log(), "GET/a end");
    assert_eq!(user.session.pause(), Duration::from_secs(2));
}

#[test]
fn a_user_who_is_asked_to_leave_ends_its_round() {
    let text = "GET http://a/0\n# @loop\nGET http://a/a\nGET http://a/b\n# @think 2s\n# @end\nGET http://a/c\n";
    let table = [
        // The first round is made all the same.
        (0, "GET/0 GET/a GET/b think=2s GET/c end"),
        // The think time belongs to the round: at its end, the user is asked.
        (2, "GET/0 GET/a GET/b think=2s GET/c end"),
        (3, "GET/0 GET/a GET/b think=2s GET/a GET/b think=2s GET/c end"),
    ];
    for (leaves_at, expected) in table {
        let mut user = User::new(text);
        user.leaves_at = Some(Duration::from_secs(leaves_at));
        user.run(OK);
        assert_eq!(user.log(), expected, "{leaves_at}");
    }
}

#[test]
fn leaving_ends_loops_with_a_number_of_rounds_too() {
    let text = "# @loop 100\n# @loop 100\nGET http://a/a\n# @think 1s\n# @end\n# @end\n";
    let mut user = User::new(text);
    user.leaves_at = Some(Duration::from_secs(3));
    user.run(OK);
    assert_eq!(user.log(), "GET/a think=1s GET/a think=1s GET/a end");
}

#[test]
fn a_user_begins_its_next_flow_from_scratch() {
    let text = "# @loop 2\nGET http://a/{{newUuid}}\nHTTP 200\n[Captures]\nid: body\n# @end\n";
    let mut user = User::new(text);
    user.run(OK);
    let first = std::mem::take(&mut user.log);
    user.session.reset(&user.flow, 1, None);
    assert!(user.session.captures(&user.flow).is_empty());
    user.run(Some((500, "")));
    assert!(user.session.is_failed());
    assert_ne!(user.log[0], first[0]);
    user.log.clear();
    user.session.reset(&user.flow, 0, None);
    assert!(!user.session.is_failed());
    user.run(OK);
    assert_eq!(user.log, first);
    // The next flow may be another one.
    let other = User::new("GET http://a/{{text}}\n");
    user.session.reset(&other.flow, 2, None);
    user.flow = other.flow;
    user.log.clear();
    user.run(OK);
    assert_eq!(user.log(), "GET/a end");
}
