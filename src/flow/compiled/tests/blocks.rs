//! Annotations, and the blocks that they make.

use super::*;

#[test]
fn annotations_are_refused_with_what_was_expected() {
    let rounds = "expected 10, 5..20, geom:8, a time such as 30s, or nothing for a loop without an \
                  end";
    let table = [
        ("# @flow", "'# @flow' without a name: expected '# @flow NAME'".to_owned()),
        ("# @flow a weight", "no weight of '# @flow a': expected a number".to_owned()),
        (
            "# @flow a weight 0",
            "bad weight '0': expected a whole number from 1 to 4294967295".to_owned(),
        ),
        ("# @name", "'# @name' without a name: expected '# @name NAME'".to_owned()),
        (
            "# @think",
            "bad think time '': expected 2s, 1s..3s, exp:MEAN, normal:MEAN,DEVIATION or \
                      lognormal:MEDIAN,SIGMA"
                .to_owned(),
        ),
        (
            "# @think 5",
            "bad think time '5': expected 2s, 1s..3s, exp:MEAN, normal:MEAN,DEVIATION \
                        or lognormal:MEDIAN,SIGMA"
                .to_owned(),
        ),
        ("# @loop -1", format!("bad rounds '-1': {rounds}")),
        ("# @loop 5..2", format!("bad rounds '5..2': {rounds}")),
        ("# @loop geom:0.5", format!("bad rounds 'geom:0.5': {rounds}")),
        ("# @loop 0s", format!("bad rounds '0s': {rounds}")),
        ("# @loop +1", format!("bad rounds '+1': {rounds}")),
        ("# @end now", "text after '# @end': expected nothing else on its line".to_owned()),
        ("# @pick 1", "text after '# @pick': expected nothing else on its line".to_owned()),
        ("# @pace 0s", "bad pace '0s': expected a time above 0, as in # @pace 4s".to_owned()),
        ("# @weight x", "bad weight 'x': expected a whole number from 1 to 4294967295".to_owned()),
        (
            "# @chance 101%",
            "bad chance '101%': expected 0% to 100%, as in # @chance 30%".to_owned(),
        ),
        ("# @on-failure retry", "bad '# @on-failure retry': expected go-on or end".to_owned()),
    ];
    for (line, expected) in table {
        check_refused(&format!("{line}\nGET http://a/\n"), &format!("1: {expected}"));
    }
}

#[test]
fn annotations_have_their_places() {
    let get = "GET http://a/\n";
    let table = [
        (
            format!("{get}# @flow a\n"),
            "2: '# @flow' after other lines: expected it at the head of the file",
        ),
        (
            format!("# @flow a\n# @flow b\n{get}"),
            "2: '# @flow' is there twice: expected one per file",
        ),
        (
            format!("# @name a\n# @name b\n{get}"),
            "2: '# @name' is there twice: expected one per request",
        ),
        (format!("{get}# @name a\n"), "2: '# @name' has no request: expected one after it"),
        (
            format!("{get}# @chance 3%\n# @think 1s"),
            "2: '# @chance' has no request: expected one after it",
        ),
        (
            format!("# @name a\n# @loop 2\n{get}# @end"),
            "2: '# @name' in line 1 has no request: expected a request after it",
        ),
        (
            format!("# @loop 2\n{get}# @name a\n# @end"),
            "4: '# @name' in line 3 has no request: expected a request after it",
        ),
        (
            format!("{get}# @end"),
            "2: '# @end' without a block: expected '# @loop' or '# @pick' before it",
        ),
        (
            format!("# @loop 2\n{get}"),
            "1: '# @loop' has no end: expected '# @end' after its last request",
        ),
        (
            format!("# @pick\n# @weight 1\n{get}"),
            "1: '# @pick' has no end: expected '# @end' after its last request",
        ),
        (
            format!("# @loop 2\n# @think 1s\n# @end\n{get}"),
            "3: a loop without a request: expected one after '# @loop'",
        ),
        (
            format!("# @pick\n# @end\n{get}"),
            "2: a pick without alternatives: expected '# @weight N' and a request",
        ),
        (
            format!("# @pick\n{get}# @end"),
            "2: no weight after '# @pick': expected '# @weight N' before each alternative",
        ),
        (
            format!("# @pick\n# @loop 2\n{get}# @end\n# @end"),
            "2: no weight after '# @pick': expected '# @weight N' before each alternative",
        ),
        (
            format!("# @pick\n# @weight 1\n# @weight 2\n{get}# @end"),
            "3: an alternative without a request: expected one after '# @weight'",
        ),
        (
            format!("# @pick\n# @weight 1\n{get}# @weight 2\n# @end"),
            "5: an alternative without a request: expected one after '# @weight'",
        ),
        (
            format!("# @weight 1\n{get}"),
            "1: '# @weight' outside of a pick: expected it after '# @pick'",
        ),
        (
            format!("# @loop 2\n# @weight 1\n{get}# @end"),
            "2: '# @weight' in a loop: expected it after '# @pick'",
        ),
        (
            format!("# @pace 1s\n{get}"),
            "1: '# @pace' outside of a loop: expected it after '# @loop'",
        ),
        (
            format!("# @loop 2\n# @pace 1s\n# @pace 1s\n{get}# @end"),
            "3: '# @pace' is there twice: expected one per loop",
        ),
        (
            format!("# @pick\n# @pace 1s\n# @weight 1\n{get}# @end"),
            "2: '# @pace' in a pick: expected it after '# @loop', before '# @pick'",
        ),
        (
            format!("# @pick\n# @weight 1\n{get}# @think 1s\n# @end"),
            "5: '# @think' at the end of an alternative: expected it before a request, or after the \
          '# @end' of the pick",
        ),
        (
            format!("# @pick\n# @weight 1\n{get}# @think 1s\n# @weight 2\n{get}# @end"),
            "5: '# @think' at the end of an alternative: expected it before a request, or after the \
          '# @end' of the pick",
        ),
    ];
    for (text, expected) in table {
        check_refused(&text, expected);
    }
}

#[test]
fn blocks_are_not_nested_without_an_end() {
    let nested = |n: usize, begin: &str| {
        format!("{}GET http://a/\n{}", begin.repeat(n), "# @end\n".repeat(n))
    };
    assert!(read(&nested(3, "# @loop 2\n")).is_ok());
    check_refused(
        &nested(4, "# @loop 2\n"),
        "4: too many loops within each other: expected at most 3",
    );
    assert!(read(&nested(16, "# @pick\n# @weight 1\n")).is_ok());
    check_refused(
        &nested(17, "# @pick\n# @weight 1\n"),
        "33: too many blocks within each other: expected at most 16",
    );
}

#[test]
fn blocks_may_not_cross_files() {
    let sources = [source("a.hurl", "# @loop 2\nGET http://a/\n"), source("b.hurl", "# @end\n")];
    let problem = Flow::read(&sources, &Scope::default()).unwrap_err().to_string();
    let expected = "a.hurl:1: '# @loop' has no end: expected '# @end' after its last request";
    assert_eq!(problem, expected);
}
