//! Weights of targets: how often, and in which order, the targets of a list are hit.

use std::collections::BTreeMap;

use crate::support::harness::{Output, drumfire};
use crate::support::results::records;
use crate::support::servers::{Serve, serve};

/// The weights of the list that the tests attack.
const WEIGHTS: [(&str, u64); 4] = [("login", 5), ("list", 3), ("create", 1), ("health", 1)];

fn list(server: &Serve) -> String {
    let target = |(name, weight): &(&str, u64)| {
        // A target without a weight has a weight of 1.
        let weight = if *weight > 1 { format!("# @weight {weight}\n") } else { String::new() };
        format!("# @name {name}\n{weight}\nGET {}/{name}\n\n", server.url)
    };
    WEIGHTS.iter().map(target).collect()
}

/// Returns the names of the hits in the order of their numbers.
#[track_caller]
fn names(output: &Output) -> Vec<String> {
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let mut hits = records(&output.stdout);
    hits.sort_by_key(|hit| hit.seq);
    hits.into_iter().map(|hit| hit.name).collect()
}

fn attack(list: &str, flags: &str) -> Output {
    drumfire("attack -quiet -rate=0 -max-workers=8").args(flags.split(' ')).stdin(list).run()
}

#[test]
fn a_mix_is_exact_at_each_hit_on_any_number_of_engines() {
    let server = serve(&[]);
    let whole = names(&attack(&list(&server), "-requests=203 -threads=1"));
    let mut counts = BTreeMap::<&str, u64>::new();
    for (hits, name) in (1..).zip(&whole) {
        *counts.entry(name).or_default() += 1;
        for (name, weight) in WEIGHTS {
            // In tenths of a hit, since the weights add up to ten.
            let off = (10 * counts.get(name).copied().unwrap_or(0)).abs_diff(hits * weight);
            assert!(off < 10, "{name} is {off} tenths off its share after {hits} hits");
        }
    }
    assert_eq!(whole.len(), 203);
    assert_eq!(names(&attack(&list(&server), "-requests=203 -threads=3")), whole);
}

#[test]
fn both_target_formats_have_the_same_weights() {
    let server = serve(&[]);
    let object = |(name, weight): &(&str, u64)| {
        let url = format!("{}/{name}", server.url);
        format!(r#"{{"name":"{name}","weight":{weight},"method":"GET","url":"{url}"}}"#) + "\n"
    };
    let json: String = WEIGHTS.iter().map(object).collect();
    let json = names(&attack(&json, "-requests=50 -format=json"));
    assert_eq!(json, names(&attack(&list(&server), "-requests=50")));
}

#[test]
fn a_random_order_repeats_with_its_seed_only() {
    let server = serve(&[]);
    let random = |flags: &str| {
        names(&attack(&list(&server), &format!("-requests=60 -order=random {flags}")))
    };
    let first = random("-seed=7 -threads=1");
    assert_eq!(random("-seed=7 -threads=4"), first);
    assert_ne!(random("-seed=8"), first);
    assert_ne!(random("-threads=1"), random("-threads=1"));
}

#[test]
fn the_stream_records_the_seed_of_a_random_order() {
    let server = serve(&[]);
    let seed = |flags: &str| {
        let output = attack(&list(&server), &format!("-requests=1 {flags}"));
        let stream = String::from_utf8_lossy(&output.stdout).into_owned();
        let seed = stream.split_once("\"seed\":").map(|(_, rest)| rest.to_owned());
        seed.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
    };
    assert_eq!(seed("-order=random -seed=12345").as_deref(), Some("12345"));
    assert!(seed("-order=random").is_some_and(|seed| !seed.is_empty()));
    assert_eq!(seed("-order=even"), None);
}

#[test]
fn names_are_recorded_in_arrow_streams_only() {
    // Vegeta's gob, JSON and CSV formats have no field for a name.
    let server = serve(&[]);
    let output = attack(&list(&server), "-requests=10");
    let output = drumfire("encode -to=arrow").stdin(output.stdout).run();
    assert_eq!(names(&output)[..3], ["login", "list", "login"]);
}

#[test]
fn a_bad_weight_is_refused_with_file_and_line() {
    let whole = "expected a whole number from 1 to 4294967295";
    let table = [
        (
            "# @weight 0\nGET http://a/\n",
            "",
            "stdin: line 1: bad weight '0': expected at least 1; remove a target from the list \
             to never send it"
                .to_owned(),
            1,
        ),
        (
            "GET http://a/\n\n# @weight much\n# and more\nGET http://b/\n",
            "",
            format!("stdin: line 3: bad weight 'much': {whole}"),
            1,
        ),
        (
            "{\"method\":\"GET\",\"url\":\"http://a/\",\"weight\":1.5}\n",
            "-format=json",
            format!("stdin: line 1: bad weight '1.5': {whole}"),
            1,
        ),
        (
            "# @weight 5\nGET http://a/\n",
            "-lazy",
            "stdin: line 1: a weight needs the whole list before the attack: leave out -lazy"
                .to_owned(),
            1,
        ),
        (
            "GET http://a/\n",
            "-lazy -order=random",
            "-lazy and -order=random cannot be combined: -lazy uses each target once, in list order"
                .to_owned(),
            2,
        ),
    ];
    for (list, flags, problem, status) in table {
        let output = drumfire("attack").args(flags.split_whitespace()).stdin(list).run();
        let first = output.stderr.lines().next().unwrap_or_default();
        assert_eq!((output.status, first), (Some(status), &*format!("drumfire attack: {problem}")));
    }
}
