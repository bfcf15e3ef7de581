//! Bad input to `attack`: one clear message and an exit code other than 0.

use std::fs;

use crate::support::harness::drumfire;

/// Runs `attack` and compares exit code and standard error. The stream must be empty.
#[track_caller]
fn check(flags: &str, stdin: &str, status: i32, problem: &str) {
    let output = drumfire("attack").args(flags.split_whitespace()).stdin(stdin).run();
    let help = if status == 2 { "see 'drumfire attack -h'\n" } else { "" };
    let expected = format!("drumfire attack: {problem}\n{help}");
    assert_eq!((output.status, output.stderr), (Some(status), expected), "attack {flags}");
    assert_eq!(output.stdout, b"", "attack {flags}");
}

#[test]
fn a_bad_flag_is_refused_before_anything_is_read() {
    let rate = "expected COUNT or COUNT/UNIT, COUNT a number, UNIT one of ns, us, ms, s, m, h \
                or a duration such as 500ms; 0 or infinity for no limit";
    let time = "expected a number with a unit, ns, us, ms, s, m or h, as in 300ms or 1m30s";
    let size = "expected -1 for no limit, or a whole number with an optional unit, \
                b, kb, mb, gb, tb, pb or eb, in powers of 1024";
    let table = [
        ("-rat=50", "flag provided but not defined: -rat (did you mean -rate?)".to_owned()),
        ("-rate=10/q", format!("invalid value \"10/q\" for flag -rate: {rate}")),
        ("-rate -1", format!("invalid value \"-1\" for flag -rate: {rate}")),
        ("-duration=5", format!("invalid value \"5\" for flag -duration: {time}")),
        ("-timeout", "flag needs an argument: -timeout".to_owned()),
        ("-max-body=10Kb", format!("invalid value \"10Kb\" for flag -max-body: {size}")),
        (
            "-redirects=-2",
            "invalid value \"-2\" for flag -redirects: expected -1 or more".to_owned(),
        ),
        (
            "-workers=-1",
            "invalid value \"-1\" for flag -workers: expected a whole number".to_owned(),
        ),
        ("-format=xml", "invalid value \"xml\" for flag -format: expected http or json".to_owned()),
        ("-header=foo", "invalid value \"***\" for flag -header: expected 'Key: Value'".to_owned()),
        (
            "-keepalive=maybe",
            "invalid boolean value \"maybe\" for flag -keepalive: expected true or false"
                .to_owned(),
        ),
        (
            "-rate=0",
            "-rate=0 requires setting -max-workers: only the hits in flight then limit the rate"
                .to_owned(),
        ),
        (
            "-lazy -threads=2",
            "-lazy needs -threads=1: a single engine sends hit k to target k".to_owned(),
        ),
    ];
    for (flags, problem) in table {
        check(flags, "", 2, &problem);
    }
}

#[test]
fn a_bad_target_list_is_reported_with_file_and_line() {
    let table = [
        ("", "no targets to attack: expected a line like 'GET http://127.0.0.1:8080/'"),
        ("GET http://x/\nX: 1\nnope\n", "line 3: bad header '***': expected 'Key: Value'"),
        (
            "GET localhost:8080/\n",
            "line 1: bad URL 'localhost:8080/': expected http:// or https://",
        ),
        ("GET /a\n", "line 1: bad URL '/a': a path needs -base-url"),
        (
            "POST http://x/\n@nosuch.json\n",
            "line 2: cannot read body file 'nosuch.json': no such file or directory",
        ),
    ];
    for (list, problem) in table {
        check("", list, 1, &format!("stdin: {problem}"));
    }
    check("-targets=nosuch.txt", "", 1, "open nosuch.txt: no such file or directory");
    check("-body=nosuch.txt", "", 1, "open nosuch.txt: no such file or directory");
}

#[test]
fn a_bad_target_list_leaves_an_earlier_result_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results.arrow");
    fs::write(&results, "precious").unwrap();
    let output = drumfire("attack -output").arg(&results).stdin("nope\n").run();
    assert_eq!(output.status, Some(1));
    assert_eq!(fs::read(&results).unwrap(), b"precious");
}
