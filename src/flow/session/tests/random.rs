//! Random choices depend on seed and number alone.

use super::*;

const TEXT: &str = "# @loop 2..9\n# @think exp:1s\n# @chance 50%\nGET http://a/{{newUuid}}\n# @pick\n\
                    # @weight 1\nGET http://a/a\n# @weight 2\nGET http://a/b\n# @end\n\
                    # @think 1s..2s\n# @end\n";

fn log(number: u64) -> String {
    let mut user = User::with_number(TEXT, number);
    user.run(Some((200, "")));
    user.log()
}

#[test]
fn the_same_number_makes_the_same_choices() {
    let logs: Vec<_> = (0..20).map(log).collect();
    let again: Vec<_> = (0..20).rev().map(log).collect();
    assert!(logs.iter().eq(again.iter().rev()));
    let mut distinct = logs.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 20);
}

#[test]
fn latencies_change_no_choice() {
    let mut user = User::with_number(TEXT, 7);
    while user.go_to_request() {
        user.answer(Some((200, "")), Duration::from_millis(70));
    }
    assert_eq!(user.log(), log(7));
}

#[test]
fn choices_are_the_same_on_every_machine() {
    let text = "# @loop 1..1000\nGET http://a/{{newUuid}}\n# @pick\n# @weight 1\nGET http://a/a\n\
                # @weight 1\nGET http://a/b\n# @end\n# @end\n";
    let mut user = User::with_number(text, 3);
    for _ in 0..4 {
        assert!(user.go_to_request());
        user.answer(Some((200, "")), Duration::ZERO);
    }
    let expected = "GET/f9db2c0b-f3e4-48c2-9900-77d27fdda103 GET/a \
                    GET/e927cf9e-70b9-4fea-b839-3770633c6ce0 GET/b";
    assert_eq!(user.log(), expected);
}
