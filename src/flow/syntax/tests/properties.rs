//! Properties of all files.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

/// Lines of a flow, each with the line that may follow it.
const LINES: [&str; 12] = [
    "GET http://a/{{b}}",
    "A: b {{c}}",
    "[Options]",
    "retry: 1",
    "variable: d={{newUuid}}",
    "[Query]",
    "e: f",
    "{ \"g\": [1, {{h}}, \"{{i}}\"] }",
    "HTTP 200",
    "[Asserts]",
    "jsonpath \"$.j\" count == 2",
    "# @think 1s",
];

/// Returns what a file says, without its lines.
fn meaning(text: &str) -> String {
    let (items, names) = items(text).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    let mut meaning = String::new();
    for item in items {
        match item {
            Item::Entry(mut entry) => {
                (entry.line, entry.body_line) = (0, 0);
                if let Some(expected) = &mut entry.expected {
                    expected.line = 0;
                    expected.asserts.iter_mut().for_each(|assert| assert.line = 0);
                }
                writeln!(meaning, "{entry:?}").unwrap();
            }
            Item::Comment(comment) => {
                writeln!(meaning, "{} {}", comment.word, comment.text).unwrap()
            }
        }
    }
    writeln!(meaning, "{:?}", names.into_names()).unwrap();
    meaning
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = items(&text);
    }

    #[test]
    fn no_mixture_of_words_makes_the_reader_panic(
        words in proptest::collection::vec(prop_oneof![
            proptest::sample::select(&LINES[..]),
            Just("{{"), Just("}}"), Just("\n"), Just("```"), Just("<a"), Just("\""), Just("\\"),
            Just("/"), Just("["), Just("]"), Just(": "), Just("#"), Just("HTTP"), Just("é"),
        ], 0..40),
        separator in proptest::sample::select(&["", " ", "\n", "\r\n"][..]),
    ) {
        let _ = items(&words.join(separator));
    }

    #[test]
    fn blanks_comments_and_line_breaks_mean_nothing(
        between in proptest::collection::vec("[ \t]{0,2}", LINES.len()),
        after in proptest::collection::vec("([ \t]{0,2}(# [a-z]{0,3})?\n){0,2}", LINES.len()),
        line_break in proptest::sample::select(&["\n", "\r\n"][..]),
        has_mark in any::<bool>(),
    ) {
        let plain = LINES.join("\n");
        let mut varied = if has_mark { "\u{feff}".to_owned() } else { String::new() };
        for ((line, blanks), lines) in LINES.iter().zip(&between).zip(&after) {
            write!(varied, "{blanks}{line}{blanks}{line_break}").unwrap();
            varied.push_str(&lines.replace('\n', line_break));
        }
        prop_assert_eq!(meaning(&varied), meaning(&plain));
    }
}

#[test]
fn deep_json_is_refused_before_the_stack_ends() {
    let deep = format!("POST http://a/\n[ {}", "[ ".repeat(100_000));
    check_refused(&deep, "2: JSON is nested too deeply: expected at most 100 levels");
}
