//! Loops, picks and chances.

use super::*;

const OK: Reply = Some((200, "body"));

#[test]
fn a_loop_makes_its_rounds() {
    check("# @loop 3\nGET http://a/a\n# @end\nGET http://a/b\n", "GET/a GET/a GET/a GET/b end");
    check("# @loop 0\nGET http://a/a\n# @end\nGET http://a/b\n", "GET/b end");
    check("# @loop 1\nGET http://a/a\n# @end\n", "GET/a end");
    let nested = "# @loop 2\nGET http://a/a\n# @loop 2\nGET http://a/b\n# @loop 2\nGET http://a/c\n\
                  # @end\n# @end\n# @end\n";
    let inner = "GET/b GET/c GET/c";
    check(nested, &format!("GET/a {inner} {inner} GET/a {inner} {inner} end"));
}

#[test]
fn a_think_time_at_the_end_of_a_round_is_made_before_more_requests() {
    let text = "# @loop 2\nGET http://a/a\n# @think 1s\n# @end\n";
    check(text, "GET/a think=1s GET/a end");
    check(&format!("{text}GET http://a/b\n"), "GET/a think=1s GET/a think=1s GET/b end");
    // Waits of the same kind add up.
    check(
        &format!("{text}# @think 2s\nGET http://a/b\n"),
        "GET/a think=1s GET/a think=3s GET/b end",
    );
    check(&format!("# @think 1s\n{text}"), "think=1s GET/a think=1s GET/a end");
}

#[test]
fn a_loop_ends_after_its_time() {
    let text = "# @loop 3s\nGET http://a/a\n# @think 1s\n# @end\nGET http://a/b\n";
    let gets = "GET/a think=1s ".repeat(3);
    check(text, &format!("{gets}GET/b end"));
    // There is at least one round, and latencies count.
    let mut user = User::new("# @loop 3s\nGET http://a/a\n# @end\n");
    for latency in [1, 1, 1] {
        assert!(user.go_to_request());
        user.answer(OK, Duration::from_secs(latency));
    }
    assert!(!user.go_to_request());
    let mut user = User::new("# @loop 3s\nGET http://a/a\n# @end\n");
    assert!(user.go_to_request());
    user.answer(OK, Duration::from_secs(5));
    assert!(!user.go_to_request());
}

#[test]
fn a_pace_holds_rounds_apart() {
    let text = "# @loop 3\n# @pace 4s\nGET http://a/a\n# @think 1s\n# @end\n";
    let mut user = User::new(text);
    for latency in [0, 2, 9] {
        assert!(user.go_to_request());
        user.answer(OK, Duration::from_secs(latency));
    }
    assert!(!user.go_to_request());
    assert_eq!(user.log(), "GET/a think=1s pace=3s GET/a think=1s pace=1s GET/a end");
    // After a round that was longer than the pace, the next one follows at once.
    let mut user = User::new(text);
    for latency in [9, 0] {
        assert!(user.go_to_request());
        user.answer(OK, Duration::from_secs(latency));
    }
    assert!(user.go_to_request());
    assert_eq!(user.log(), "GET/a think=1s GET/a think=1s pace=3s");
}

#[test]
fn a_pick_makes_one_alternative() {
    let text = "# @loop 400\n# @pick\n# @weight 3\nGET http://a/a\nGET http://a/b\n# @weight 1\n\
                GET http://a/c\n# @end\n# @end\n";
    let mut user = User::new(text);
    user.run(OK);
    let count = |name: &str| user.log.iter().filter(|line| *line == name).count();
    let [a, b, c] = ["GET/a", "GET/b", "GET/c"].map(count);
    assert_eq!((a, a + c), (b, 400));
    assert!((270..330).contains(&a), "{a}");
}

#[test]
fn a_chance_covers_a_step_with_its_think_time() {
    let text = "# @loop 400\n# @think 1s\n# @chance 25%\nGET http://a/a\nGET http://a/b\n# @end\n";
    let mut user = User::new(text);
    user.run(OK);
    let count = |name: &str| user.log.iter().filter(|line| *line == name).count();
    let [a, b, thinks] = ["GET/a", "GET/b", "think=1s"].map(count);
    assert_eq!((a, b), (thinks, 400));
    assert!((70..130).contains(&a), "{a}");
    check("# @chance 0%\nGET http://a/a\nGET http://a/b\n", "GET/b end");
    check("# @chance 100%\nGET http://a/a\n", "GET/a end");
}

#[test]
fn random_rounds_have_their_range_and_mean() {
    let rounds = |text: &str| -> Vec<usize> {
        let lengths = (0..500).map(|number| {
            let mut user = User::with_number(text, number);
            user.run(OK);
            user.log.len() - 1
        });
        lengths.collect()
    };
    let uniform = rounds("# @loop 2..4\nGET http://a/a\n# @end\n");
    for n in 2..=4 {
        let count = uniform.iter().filter(|length| **length == n).count();
        assert!((120..220).contains(&count), "{n}: {count}");
    }
    assert!(uniform.iter().all(|length| (2..=4).contains(length)));
    let geometric = rounds("# @loop geom:5\nGET http://a/a\n# @end\n");
    assert!(geometric.iter().all(|length| *length >= 1));
    let mean = geometric.iter().sum::<usize>() as f64 / 500.0;
    assert!((4.3..5.7).contains(&mean), "{mean}");
    assert_eq!(rounds("# @loop geom:1\nGET http://a/a\n# @end\n"), [1; 500]);
}

#[test]
fn a_loop_that_sends_nothing_for_long_ends_the_flow() {
    let text = "# @loop\nGET http://a/a\n[Options]\nskip: {{yes}}\n# @end\nGET http://a/b\n";
    let mut user = User::new(text);
    assert_eq!(user.session.next(&user.flow, user.at, |_| false), Next::End);
}
