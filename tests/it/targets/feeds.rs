//! Values in targets: rows of a feed and variables, as the server receives them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::harness::{Output, drumfire};
use crate::support::results::{Kept, records};
use crate::support::servers::{Answer, Scripted, scripted};

/// A server that keeps the heads of requests and sends their bodies back.
fn server() -> Scripted {
    scripted(|_| Answer::Echo)
}

/// A directory with a feed of this name.
fn folder(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

fn attack(folder: &Path, flags: &str, list: &str) -> Output {
    let attack = drumfire("attack -quiet -rate=0 -max-workers=1").dir(folder);
    attack.args(flags.split_whitespace()).stdin(list).run()
}

/// Returns the records in the order of their numbers.
#[track_caller]
fn hits(output: &Output) -> Vec<Kept> {
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let mut hits = records(&output.stdout);
    hits.sort_by_key(|hit| hit.seq);
    assert!(hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    hits
}

/// Returns the part after the last slash of each hit's URL, in the order of the hits.
#[track_caller]
fn last_parts(output: &Output) -> Vec<String> {
    let last = |hit: Kept| hit.url.rsplit_once('/').unwrap().1.to_owned();
    hits(output).into_iter().map(last).collect()
}

/// Compares exit code and the first line of standard error.
#[track_caller]
fn check_refused(output: &Output, status: i32, problem: &str) {
    let first = output.stderr.lines().next().unwrap_or_default();
    let expected = format!("drumfire attack: {problem}");
    assert_eq!((output.status, first), (Some(status), &*expected));
    assert_eq!(output.stdout, b"", "nothing was begun");
}

#[test]
fn all_parts_of_a_request_have_the_row_of_their_hit() {
    let server = server();
    let list = format!(
        "# @name order\nPOST http://{}/users/{{{{id}}}}?name={{{{name}}}}\nX-User: {{{{id}}}}\n\
         # @body\n\n{{\"id\": {{{{id}}}}, \"name\": \"{{{{name|json}}}}\", \"n\": {{{{$seq}}}}}}\n",
        server.address
    );
    let folder = folder("users.csv", "id,name\n1,Zoë & Co\n2,\"a \"\"b\"\"\nc\"\n");
    let output = attack(folder.path(), "-requests=3 -feed=users.csv", &list);
    let hits = hits(&output);
    let url = |rest: &str| format!("http://{}/users/{rest}", server.address);
    let urls: Vec<_> = hits.iter().map(|hit| hit.url.clone()).collect();
    let zoe = url("1?name=Zo%C3%AB%20%26%20Co");
    assert_eq!(urls, [zoe.clone(), url("2?name=a%20%22b%22%0Ac"), zoe]);
    assert!(hits.iter().all(|hit| hit.name == "order"));
    let seen = server.seen();
    assert!(seen[0].starts_with("POST /users/1?name=Zo%C3%AB%20%26%20Co HTTP/1.1\n"));
    assert!(seen[0].contains("\nX-User: 1\n"), "{}", seen[0]);
    let bodies: Vec<_> = hits.iter().map(|hit| str::from_utf8(&hit.body).unwrap()).collect();
    let second = r#"{"id": 2, "name": "a \"b\"\nc", "n": 1}"#;
    assert_eq!(bodies[..2], [r#"{"id": 1, "name": "Zoë & Co", "n": 0}"#, second]);
    assert_eq!(hits[0].bytes_out, bodies[0].len() as u64);
}

#[test]
fn each_order_of_a_feed_is_the_same_on_any_number_of_engines() {
    let server = server();
    let list = format!("GET http://{}/{{{{n}}}}", server.address);
    let rows: String = (0..40).map(|n| format!("{{\"n\": {n}}}\n")).collect();
    let folder = folder("rows.jsonl", &rows);
    for order in ["cyclic", "shuffle", "random", "once"] {
        let run = |flags: &str| {
            let flags = format!("-feed=rows.jsonl -feed-order={order} {flags}");
            last_parts(&attack(folder.path(), &flags, &list))
        };
        let one = run("-requests=80 -seed=5 -threads=1");
        assert_eq!(run("-requests=80 -seed=5 -max-workers=8 -threads=3"), one, "{order}");
        let in_order: Vec<_> = (0..80).map(|n| (n % 40).to_string()).collect();
        let kinds = |hits: &[String]| hits.iter().cloned().collect::<BTreeSet<_>>().len();
        match order {
            "cyclic" => assert_eq!(one, in_order),
            // The attack ends with the last row.
            "once" => assert_eq!(one, in_order[..40]),
            "shuffle" => {
                assert_eq!((kinds(&one[..40]), kinds(&one[40..])), (40, 40));
                assert_ne!(one[..40], one[40..]);
                assert_ne!(run("-requests=80 -seed=6"), one);
            }
            _ => {
                assert!((20..40).contains(&kinds(&one)), "{one:?}");
                assert_ne!(run("-requests=80 -seed=6"), one);
            }
        }
    }
}

#[test]
fn an_attack_that_ends_with_its_feed_plans_one_hit_per_row() {
    let server = server();
    let folder = folder("rows.csv", "n\n1\n2\n3\n");
    let list = format!("GET http://{}/{{{{n}}}}", server.address);
    let output = attack(folder.path(), "-rate=100 -feed=rows.csv -feed-order=once", &list);
    assert_eq!(hits(&output).len(), 3);
    let report = drumfire("report -type=json").stdin(output.stdout).run();
    assert!(report.text().contains("\"plan\":{\"requests\":3,"), "{}", report.text());
}

#[test]
fn a_seed_repeats_the_random_values() {
    let server = server();
    let list = format!("GET http://{}/{{{{$uuid}}}}-{{{{$randomInt 0 1000}}}}", server.address);
    let folder = tempfile::tempdir().unwrap();
    let run = |flags| last_parts(&attack(folder.path(), flags, &list));
    let first = run("-requests=20 -seed=9");
    assert_eq!(run("-requests=20 -seed=9 -threads=2 -max-workers=4"), first);
    assert_ne!(run("-requests=20 -seed=10"), first);
    assert_ne!(run("-requests=20"), run("-requests=20"));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 20);
}

#[test]
fn environment_variables_provide_the_server_and_secrets() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let list = "GET {{$env BASE}}/x\nAuthorization: Bearer {{$env TOKEN}}\n";
    let run = drumfire("attack -quiet -requests=1").dir(folder.path()).stdin(list);
    let base = format!("http://{}", server.address);
    hits(&run.env("BASE", base).env("TOKEN", "s3cret").run());
    assert!(server.seen()[0].contains("\nAuthorization: Bearer s3cret\n"));
}

#[test]
fn braces_are_sent_as_written_if_no_values_are_used() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let list =
        format!("POST http://{}/{{{{x}}}}\nX: {{{{y}}}}\n# @body\n\n{{{{z}}}}", server.address);
    let hit = hits(&attack(folder.path(), "-requests=1", &list)).remove(0);
    assert_eq!((hit.url, &hit.body[..]), (server.url("/{{x}}"), &b"{{z}}"[..]));
    assert!(server.seen()[0].contains("\nX: {{y}}\n"));
}

#[test]
fn values_that_cannot_be_sent_are_refused_before_the_first_hit() {
    let folder = folder("users.csv", "a,b\nx,1\n\"x\r\ny\",2\n");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("targets.txt", "GET http://a/\n\nGET http://a/{{c}}\n");
    write("header.txt", "GET http://a/\nX: {{a}}\n");
    write("none.csv", "a\n");
    write("short.csv", "a,b\n1,2\n3\n");
    let table = [
        (
            "-targets=targets.txt -feed=users.csv",
            1,
            "targets.txt: line 3: unknown variable 'c'; the feed has: a, b",
        ),
        (
            "-targets=header.txt -feed=users.csv",
            1,
            "users.csv: line 3: a control character in 'a', which is for a header in line 2 of the \
             list: expected text on one line, or {{a|json}} there",
        ),
        (
            "-targets=header.txt -feed=none.csv",
            1,
            "none.csv: line 2: no rows: expected at least one after the column names",
        ),
        (
            "-targets=header.txt -feed=short.csv",
            1,
            "short.csv: line 3: a row of 1 cells: expected 2, one for each column",
        ),
        (
            "-targets=header.txt -feed=/dev/null",
            1,
            "bad feed '/dev/null': expected a regular file, since it is read more than once",
        ),
        ("-targets=header.txt -feed=nope.csv", 1, "open nope.csv: no such file or directory"),
        (
            "-targets=header.txt -feed=users.csv -lazy",
            2,
            "-lazy and -feed cannot be combined: write the values into the list",
        ),
    ];
    for (flags, status, problem) in table {
        check_refused(&attack(folder.path(), flags, ""), status, problem);
    }
}

#[test]
fn a_lazy_list_has_no_variables() {
    let folder = tempfile::tempdir().unwrap();
    let output = attack(folder.path(), "-lazy", "GET http://a/{{$seq}}\n");
    let problem = "drumfire attack: stdin: line 1: variables need the whole list before the \
                   attack: leave out -lazy\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), problem));
}

#[test]
fn a_feed_with_large_cells_is_read_during_the_attack() {
    let server = server();
    let cell = "x".repeat(1 << 20);
    let rows: String = (0..12).map(|n| format!("{n},{cell}\n")).collect();
    let folder = folder("large.csv", &format!("n,body\n{rows}"));
    let list = format!("POST http://{}/{{{{n}}}}\n# @body\n\n{{{{body}}}}", server.address);
    let output = attack(folder.path(), "-requests=15 -feed=large.csv", &list);
    let hits = hits(&output);
    assert!(hits.iter().all(|hit| hit.bytes_out == 1 << 20));
    assert!(hits[14].url.ends_with("/2"));
}
