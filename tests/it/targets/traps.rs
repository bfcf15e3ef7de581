//! Lists and flags that probably mean something else: a warning, and the attack begins.

use std::fs;

use crate::support::harness::drumfire;

/// Compares the warnings of an attack on a list, with a feed of some rows.
#[track_caller]
fn check(list: &str, n_rows: usize, flags: &[&str], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..n_rows).map(|row| format!("{row}\n")).collect();
    fs::write(folder.path().join("feed.csv"), format!("id\n{rows}")).unwrap();
    let feed = (n_rows > 0).then_some("-feed=feed.csv");
    // Without a schedule there is no line about a generator that could not keep up.
    let run = drumfire("attack -rate=0 -max-workers=1 -requests=1")
        .args(feed)
        .args(flags)
        .dir(folder.path());
    let output = run.stdin(list).run();
    let expected: String =
        expected.iter().map(|line| format!("drumfire attack: {line}\n")).collect();
    assert_eq!((output.status, output.stderr), (Some(0), expected), "{list} {flags:?}");
}

#[test]
fn a_variable_that_is_sent_as_written_is_reported() {
    let warning = |name: &str| {
        format!(
            "{{{{{name}}}}} is sent as written: for a value in its place, give -feed=FILE with a \
             column of this name"
        )
    };
    let url = "http://127.0.0.1:1/";
    check(&format!("GET {url}{{{{id}}}}"), 0, &[], &[&warning("id")]);
    check(&format!("GET {url}\nX: {{{{ user.name }}}}"), 0, &[], &[&warning("user.name")]);
    check(&format!("PUT {url}"), 0, &["-data={{id|json}}"], &[&warning("id|json")]);
    check(&format!("PUT {url}"), 0, &["-header=X: {{$seq}}", "-quiet"], &[]);
    // These braces are no variables, or are replaced.
    check(&format!("PUT {url}\n# @body\n{{{{\"a\": 1}}}}"), 0, &[], &[]);
    check(&format!("GET {url}{{{{ $uuid }}}}"), 0, &[], &[]);
    check(&format!("GET {url}{{{{id}}}}"), 3, &[], &[]);
}

#[test]
fn a_feed_of_which_a_target_gets_only_some_rows_is_reported() {
    let list = "# @weight 3\nGET http://127.0.0.1:1/{{id}}\n\nGET http://127.0.0.1:1/\n";
    let warning = "each target gets only some rows of the feed, since 6 rows and a total weight of \
                   4 have the common divisor 2: give -feed-order=shuffle";
    check(list, 6, &[], &[warning]);
    check(list, 5, &[], &[]);
    check(list, 6, &["-feed-order=shuffle"], &[]);
    check(list, 6, &["-order=random"], &[]);
    check("GET http://127.0.0.1:1/{{id}}", 6, &[], &[]);
}

#[test]
fn an_output_with_the_name_of_another_format_is_reported() {
    let list = "GET http://127.0.0.1:1/";
    let csv = "x.csv will be an Arrow stream: to get csv, convert it with 'drumfire encode -to=csv \
               x.csv'";
    let html = "x.html will be an Arrow stream: to get a report, run 'drumfire report x.html'";
    check(list, 0, &["-output=x.csv"], &[csv]);
    check(list, 0, &["-output=x.html"], &[html]);
    check(list, 0, &["-output=x.bin"], &[]);
}

#[test]
fn files_may_begin_with_a_byte_order_mark_and_end_lines_as_windows_does() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("list.txt", "\u{feff}GET http://127.0.0.1:1/{{id}}\r\n"),
        ("feed.csv", "\u{feff}id;name\r\n1;a\r\n"),
        ("plan.csv", "\u{feff}seconds,rate\r\n0,5\r\n1,5\r\n"),
        ("limits.txt", "\u{feff}requests = 5\r\nbytes_in < 1 kb\r\n"),
        ("routes.toml", "\u{feff}[[route]]\r\npath = \"/\"\r\n"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let attack = drumfire("attack -targets=list.txt -feed=feed.csv -stages=@plan.csv -quiet");
    let stream = attack.dir(folder.path()).run();
    assert_eq!((stream.status, stream.stderr.as_str()), (Some(0), ""));
    let report = drumfire("report -thresholds=limits.txt").dir(folder.path());
    let report = report.stdin(stream.stdout).run();
    assert_eq!(report.status, Some(0), "{}", report.stderr);
    let serve = drumfire("serve -listen=127.0.0.1:0 -routes=routes.toml");
    serve.dir(folder.path()).spawn().line("listening at ");
}
