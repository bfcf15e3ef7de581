//! What a flow says about itself.

use std::path::Path;

use super::*;
use crate::feed::Row;
use crate::flow::Session;
use crate::schedule::seed::{Purpose, Seed};

const NAMES: [&str; 5] = ["base", "email", "password", "module", "host"];

#[test]
fn flows_of_real_suites_are_read() {
    let table = [
        ("auth", 3, Some(10), 4),
        ("burst", 1, Some(2), 4),
        ("chat", 1, None, 5),
        ("generation", 5, None, 4),
        ("high-load", 1, None, 3),
        ("payments", 2, None, 3),
        ("web-client", 8, None, 10),
    ];
    for (name, weight, endless, n_steps) in table {
        let path = format!("tests/golden/flows/{name}.hurl");
        let text = std::fs::read_to_string(&path).unwrap();
        let flow = Flow::read(&[source(&path, &text)], &scope(&NAMES)).unwrap();
        let found = (flow.name(), flow.weight(), flow.endless_loop(), flow.step_names().count());
        assert_eq!(found, (name, weight, endless, n_steps));
    }
}

#[test]
fn steps_of_web_sockets_are_steps_like_others() {
    let path = "tests/golden/flows/chat.hurl";
    let text = std::fs::read_to_string(path).unwrap();
    let flow = Flow::read(&[source(path, &text)], &scope(&NAMES)).unwrap();
    let names = ["auth.login", "chat.connect", "chat.message", "chat.follow-up", "chat.close"];
    assert_eq!(flow.step_names().collect::<Vec<_>>(), names);
    assert!(flow.has_sockets() && !flow.has_receives());
}

#[test]
fn a_step_with_captures_alone_or_any_status_checks_nothing() {
    let table = [
        ("GET http://a/", false),
        ("GET http://a/\nHTTP *", false),
        ("GET http://a/\nHTTP *\n[Captures]\nid: body", false),
        ("GET http://a/\nHTTP 200", true),
        ("GET http://a/\nHTTP/2 *", true),
        ("GET http://a/\nHTTP *\nServer: x", true),
        ("GET http://a/\nHTTP *\n`x`", true),
        ("GET http://a/\nHTTP *\n[Asserts]\nbody == \"x\"", true),
    ];
    for (text, is_checked) in table {
        let flow = Flow::read(&[source("a.hurl", text)], &Scope::default()).unwrap();
        let checked: Vec<_> = flow.checked_steps().collect();
        assert_eq!(checked, ["GET /"].repeat(usize::from(is_checked)), "{text}");
    }
}

#[test]
fn a_flow_without_a_name_has_that_of_its_file() {
    let table = [
        ("GET http://a/", "login", 1),
        ("# @flow my flow weight 7\nGET http://a/", "my flow", 7),
        ("# a\n# @flow weight 7\nGET http://a/", "weight 7", 1),
    ];
    for (text, name, weight) in table {
        let flow = Flow::read(&[source("a/login.hurl", text)], &Scope::default()).unwrap();
        assert_eq!((flow.name(), flow.weight()), (name, weight), "{text}");
    }
}

#[test]
fn joined_files_are_one_flow() {
    let first = "POST {{base}}/login\nHTTP 200\n[Captures]\ntoken: body\n\nGET {{base}}/\n";
    let second = "# @flow browse weight 2\n# @name home\nGET {{base}}/{{token}}\n";
    let sources = [source("login.hurl", first), source("browse.hurl", second)];
    let flow = Flow::read(&sources, &scope(&["base"])).unwrap();
    assert_eq!((flow.name(), flow.weight()), ("browse", 2));
    let names: Vec<_> = flow.step_names().collect();
    assert_eq!(names, ["POST /login", "GET /", "home"]);
    assert_eq!(
        [1, 2, 3, 4].map(|number| flow.step_name(number)),
        ["POST /login", "GET /", "home", ""]
    );

    let places = [1, 2, 3, 4].map(|number| flow.step_place(number));
    let [login, browse] = ["login.hurl", "browse.hurl"].map(Path::new);
    assert_eq!(places, [Some((login, 1)), Some((login, 6)), Some((browse, 3)), None]);
    assert_eq!(flow.files().collect::<Vec<_>>(), [login, browse]);

    let sources = [source("b.hurl", second), source("a.hurl", first)];
    let problem = Flow::read(&sources, &scope(&["base"])).unwrap_err().to_string();
    let expected = "b.hurl:3: 'token' may be unset here: set in line 4 of file 2 only; expected it \
                    earlier, or -variable=token=…";
    assert_eq!(problem, expected);
}

#[test]
fn the_last_variable_of_a_name_hides_others_and_a_column() {
    let text = "GET http://a/{{id}}/{{other}}\n";
    let mut scope = Scope {
        columns: ["unused", "other", "id"].map(str::to_owned).into(),
        variables: vec![("id".to_owned(), Value::Integer(1)), ("id".to_owned(), Value::Integer(2))],
    };
    let row = Row::from_iter(["u", "o", "i"]);
    for expected in ["http://a/2/o", "http://a/i/o"] {
        let flow = Flow::read(&[source("x.hurl", text)], &scope).unwrap();
        let rngs = Seed(1).rngs(Purpose::Flows);
        let mut session = Session::new(&flow, 0, Some(&row), &rngs);
        session.next(&flow, Default::default(), |_| false);
        assert_eq!(session.request(&flow, 0).unwrap().target.url, expected);
        let mut used: Vec<_> = flow.used_columns().collect();
        used.sort_unstable();
        assert_eq!(used, ["id", "other"]);
        scope.variables.clear();
    }
}

#[test]
fn a_flow_knows_what_it_sets() {
    let text =
        "GET http://a/\n[Options]\nvariable: a=1\nHTTP 200\n[Captures]\nb: body\na: status\n";
    let flow = read(text).unwrap();
    assert_eq!(flow.captured().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(flow.n_slots(), 2);
}

#[test]
fn random_choices_are_known_before() {
    let table = [
        ("GET http://a/", false),
        ("# @think 1s\nGET http://a/", false),
        ("# @think 1s..2s\nGET http://a/", true),
        ("GET http://a/\n# @think exp:1s", true),
        ("# @chance 100%\nGET http://a/", false),
        ("# @chance 99%\nGET http://a/", true),
        ("# @loop 3\nGET http://a/\n# @end", false),
        ("# @loop 3..3\nGET http://a/\n# @end", true),
        ("# @loop 2\n# @think 1s..2s\nGET http://a/\n# @end", true),
        ("# @pick\n# @weight 1\nGET http://a/\n# @end", true),
        ("GET http://a/{{newDate}}", false),
        ("GET http://a/{{newUuid}}", true),
        ("GET http://a/\n[Options]\nvariable: a={{newUuid}}", true),
        ("GET http://a/\nHTTP 200\n[Asserts]\nbody == \"{{newUuid}}\"", true),
    ];
    for (text, expected) in table {
        assert_eq!(read(text).unwrap().is_random(), expected, "{text}");
    }
}

#[test]
fn a_flow_needs_a_request() {
    let none = " no request to make: expected one, as in GET http://127.0.0.1:8080/";
    for text in ["", "# nothing\n"] {
        check_refused(text, none);
    }
    let left_out = "no request to make: all are left out by 'skip: true', 'repeat: 0', \
                    '# @chance 0%' or '# @loop 0': expected at least one that is made, or no -flow \
                    with this file";
    for (text, line) in [
        ("GET http://a/\n[Options]\nskip: true", 1),
        ("\nGET http://a/\n[Options]\nrepeat: 0", 2),
        ("# @chance 0%\nGET http://a/", 2),
        ("# @loop 0\nGET http://a/\n# @end", 2),
        ("# @loop 0..0\nGET http://a/\n# @end", 2),
    ] {
        check_refused(text, &format!("{line}: {left_out}"));
    }
    let skipped = "GET http://a/\n# @loop\nGET http://b/\n[Options]\nskip: true\n# @end\n";
    check_refused(skipped, "2: a loop that sends nothing: expected a request");
    let socket = "GET http://a/\n# @loop\nRECEIVE ws://b/\n[Options]\nskip: true\n# @end\n";
    assert_eq!(read(socket).unwrap().endless_loop(), Some(2));
}

#[test]
fn a_raw_body_is_read_alone() {
    let text = "GET http://a/\nHTTP 200\n[Asserts]\nrawbytes count == 1\n";
    assert!(read(&format!("{text}status == 200\nrawbytes exists\n")).is_ok());
    let problem = "4: rawbytes in a response whose body is also read decompressed: expected it in a \
                   separate entry";
    check_refused(&format!("{text}bytes count == 1\n"), problem);
    check_refused(&format!("{text}`body`\n"), problem);
}
