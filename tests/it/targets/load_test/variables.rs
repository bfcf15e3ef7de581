//! The variables of the script: which values are refused before anything starts, and which flags of
//! `attack` the others become.

use std::fs;

use super::Place;
use crate::support::harness::{files, program};

/// Names and values of variables.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Checks that a value is refused with a line, before anything starts.
#[track_caller]
fn check_refused(place: &Place, variables: Variables, message: &str) {
    let output = place.load_test(variables);
    let line = format!("make load-test: {message}\n");
    assert_eq!((output.status, output.stderr), (Some(2), line), "{variables:?}");
    assert!(output.stdout.is_empty() && !place.0.path().join("reports").exists());
}

#[test]
fn a_bad_value_is_refused_before_anything_starts() {
    let place = Place::new();
    place.write("empty", "");
    let refused = |value: &str, message: &str| {
        let (name, value) = value.split_once('=').unwrap();
        check_refused(&place, &[(name, value)], message);
    };
    for scale in ["0,5", "abc", "0", "0.0", "-1", "1e3", "1000.1", "0.0009", "."] {
        let message = "expected a number from 0.001 to 1000, as in 0.5";
        refused(&format!("SCALE={scale}"), &format!("bad SCALE '{scale}': {message}"));
    }
    for rate in ["abc", "0,5", "-3", "50rps", "50/", "50/x", "1.5.5"] {
        let message = "expected a number per second, or N/UNIT as in 30/1m";
        refused(&format!("RATE={rate}"), &format!("bad RATE '{rate}': {message}"));
    }
    for rate in ["0", "0.0", "00/1s", "infinity"] {
        let message = "has no limit: expected a rate above zero, or FLAGS with -max-workers";
        refused(&format!("RATE={rate}"), &format!("RATE '{rate}' {message}"));
    }
    for duration in ["0", "0s", "5", "-5s", "abc", "1,5s", "1d"] {
        let message = "expected a time above zero with its unit, as in 1m30s";
        refused(&format!("DURATION={duration}"), &format!("bad DURATION '{duration}': {message}"));
    }
    let message = "expected a scheme and a host, as in http://10.0.0.5:8000";
    for (host, shown) in [
        ("localhost:8000", "localhost:8000"),
        ("http://", "http://"),
        ("ftp://a.test", "ftp://a.test"),
        ("http://a.test/x?y=1", "http://a.test/x?y=1"),
        ("http://me:secret@a.test?x", "http://***@a.test?x"),
        ("me:secret@a.test", "***@a.test"),
    ] {
        refused(&format!("HOST={host}"), &format!("bad HOST '{shown}': {message}"));
    }
    refused("FLAGS=-abort='p99>2s", "bad FLAGS: a quote is not closed");
    refused("FLAGS=abort", "bad FLAGS: expected flags of attack, as in -timeout=5s");
    refused("FLAGS=--targets x", "FLAGS contains -targets: use TARGETS instead");
    refused("FLAGS=-base-url=http://a", "FLAGS contains -base-url: use HOST instead");
    refused("FLAGS=-flow=a.hurl", "FLAGS contains -flow: use SUITE and FLOW instead");
    refused("FLAGS=--users 5", "FLAGS contains -users: use USERS instead");
    for users in ["0", "-1", "2.5", "05", "1000001", "9999999999", "5s", "10s@0..5"] {
        let message = "expected a number of users from 1 to 1000000, as in 50";
        refused(&format!("USERS={users}"), &format!("bad USERS '{users}': {message}"));
    }
    for rate in ["0", "0.0", "-5", "5/s", "."] {
        let message = "expected users per second above zero, as in 5";
        refused(&format!("SPAWN_RATE={rate}"), &format!("bad SPAWN_RATE '{rate}': {message}"));
    }
    refused("FLAGS=-quiet -output=x", "FLAGS contains -output: results are saved in reports/");
}

#[test]
fn an_unknown_suite_or_profile_is_refused_with_the_known_ones() {
    let place = Place::new();
    let message = "expected a folder of targets/, or a path, with a plans.txt";
    check_refused(&place, &[("SUITE", "nosuch")], &format!("unknown SUITE 'nosuch': {message}"));
    // The line `all` has no load, so an attack with its flags alone would never end.
    for profile in ["nosuch", "all", ".*", "#", "a/b"] {
        let known = "expected one of smoke light medium load heavy stress soak";
        let message = format!("unknown PROFILE '{profile}': {known}");
        check_refused(&place, &[("PROFILE", profile)], &message);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_before_anything_starts() {
    let place = Place::new();
    for (path, text) in [("empty", ""), ("text", "Requests [total]\n")] {
        place.write(path, text);
    }
    let refused = |name: &str, value: &str, message: &str| {
        check_refused(&place, &[(name, value)], &format!("{name} '{value}' {message}"));
    };
    refused("TARGETS", "none", "does not exist: expected a list of targets");
    refused("TARGETS", "targets", "is a directory: expected a list of targets");
    refused("TARGETS", "empty", "is empty: expected a list of targets");
    refused("ROUTES", "none", "does not exist: expected routes of drumfire serve");
    let expected = "expected the folder of an earlier run with its results.arrow";
    refused("BASELINE", "none", &format!("does not exist: {expected}"));
    let message = format!("BASELINE 'targets/results.arrow' does not exist: {expected}");
    check_refused(&place, &[("BASELINE", "targets")], &message);
    for path in ["empty", "text"] {
        let message = "is not a stream of results: expected results.arrow of an earlier run";
        refused("BASELINE", path, message);
    }
}

#[test]
fn variables_that_exclude_each_other_are_refused() {
    let place = Place::new();
    place.write("routes.toml", "");
    let both = [("SCALE", "0.5"), ("DURATION", "5s")];
    check_refused(&place, &both, "SCALE has no effect with DURATION: set only one of them");
    let both = [("HOST", "http://me:secret@a.test"), ("ROUTES", "routes.toml")];
    let message =
        "ROUTES has no effect with HOST: the server at 'http://***@a.test' has its own routes";
    check_refused(&place, &both, message);
    let message = "USERS and RATE exclude each other: set USERS for a closed loop, RATE for an \
                   open one";
    check_refused(&place, &[("USERS", "5"), ("RATE", "5")], message);
    let message = "SPAWN_RATE has no effect without USERS: set both, as in USERS=50 SPAWN_RATE=5";
    check_refused(&place, &[("SPAWN_RATE", "5")], message);
    let message = "FLOW has no effect without SUITE: set both, as in SUITE=dashboard";
    check_refused(&place, &[("FLOW", "burst")], message);
    let message = "FLOW has no effect: the suite 'bursts' has no flows";
    check_refused(&place, &[("SUITE", "bursts"), ("FLOW", "burst")], message);
    let message =
        "TARGETS has no effect: the suite 'dashboard' has flows; set TARGETS without SUITE";
    check_refused(&place, &[("SUITE", "dashboard"), ("TARGETS", "targets/api.txt")], message);
}

#[test]
fn an_unknown_flow_is_refused_with_the_known_ones() {
    let place = Place::new();
    for (flow, unknown) in
        [("nosuch", "nosuch"), ("burst,HighLoadUser", "HighLoadUser"), (".*", ".*"), (" ,", "")]
    {
        let known = "expected one or more of burst high-load web-client";
        let message = format!("unknown FLOW '{unknown}': {known}");
        check_refused(&place, &[("SUITE", "dashboard"), ("FLOW", flow)], &message);
    }
}

#[test]
fn users_that_start_for_longer_than_the_plan_are_refused() {
    let place = Place::new();
    let users = [("SUITE", "dashboard"), ("USERS", "50"), ("SPAWN_RATE", "2")];
    let message = "at SPAWN_RATE 2, 50 USERS take 25s to start, longer than the duration of 15s: \
                   set a longer DURATION";
    check_refused(&place, &users, message);
    let suite = suite(&place, "-rate=5");
    let message = "SPAWN_RATE needs a duration, and the plan has none: set DURATION";
    check_refused(&place, &[("SUITE", suite.as_str()), users[1], users[2]], message);
}

#[test]
fn make_refuses_a_value_before_it_builds() {
    let output = program("make")
        .args(["--no-print-directory", "load-test", "SCALE=0,5"])
        .env("MAKEFLAGS", "")
        .run();
    let line = "make load-test: bad SCALE '0,5': expected a number from 0.001 to 1000, as in 0.5\n";
    assert!(output.status == Some(2) && output.stderr.starts_with(line), "{output:?}");
    assert_eq!(output.text(), "");
}

/// Creates a suite with one line of flags in its profile `smoke`, and returns its path.
fn suite(place: &Place, flags: &str) -> String {
    let suite = place.0.path().join("mine");
    fs::create_dir_all(&suite).unwrap();
    fs::write(suite.join("plans.txt"), format!("smoke {flags}\n")).unwrap();
    fs::write(suite.join("targets.http"), "GET /\n").unwrap();
    suite.to_str().unwrap().to_owned()
}

#[test]
fn scale_changes_all_times_of_a_plan_and_no_rate() {
    let table = [
        ("-duration=1m30s", "-duration=0.1m3s"),
        ("-duration 1m30s", "-duration=0.1m3s"),
        ("--duration=1m30s", "-duration=0.1m3s"),
        ("-rate=10/2s", "-rate=10/2s"),
        ("-stages=2m@0..20,1m30s@20/1s", "-stages=0.2m@0..20,0.1m3s@20/1s"),
        ("--stages 1us@5,10.5s@0", "-stages=0.1us@5,1.05s@0"),
        ("-stages=5m@100~50/s/1m,200ms@3000/1m", "-stages=0.5m@100~50/s/0.1m,20ms@3000/1m"),
        ("-stages=1m@300/m..600/m", "-stages=0.1m@300/m..600/m"),
        ("-abort='p99>2s for 10s'", "-abort=p99>2s for 10s"),
    ];
    let place = Place::new();
    for (flags, expected) in table {
        let variables = [("SUITE", suite(&place, flags)), ("SCALE", "0.1".to_owned())];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(place.planned_flags(&variables), expected);
    }
}

#[test]
fn rate_and_duration_override_plans_with_and_without_stages() {
    let constant = "-rate=10 -duration=1m30s";
    let stages = "-stages=2m@0..20,1m30s@20,30s@5~2/10s";
    let file = "-stages=@feeds/day2.csv";
    let table: [(&str, Variables, &str); 11] = [
        (constant, &[("RATE", "50")], "-rate=50 -duration=1m30s"),
        (constant, &[("DURATION", "5s")], "-rate=10 -duration=5s"),
        (constant, &[("RATE", "3/2s"), ("DURATION", "5s")], "-rate=3/2s -duration=5s"),
        (constant, &[("RATE", "0.5"), ("SCALE", "0.1")], "-rate=0.5 -duration=0.1m3s"),
        (stages, &[("RATE", "50")], "-rate=50 -duration=240s"),
        (stages, &[("RATE", "50"), ("DURATION", "5s")], "-rate=50 -duration=5s"),
        (stages, &[("RATE", "50"), ("SCALE", "0.1")], "-rate=50 -duration=24s"),
        // The stages keep their shape.
        (stages, &[("DURATION", "1m")], "-stages=0.5m@0..20,0.25m7.5s@20,7.5s@5~2/2.5s"),
        (file, &[], file),
        (file, &[("RATE", "50"), ("DURATION", "5s")], "-rate=50 -duration=5s"),
        ("-quiet", &[("FLAGS", "-name='a b' -lazy")], "-quiet -name=a b -lazy"),
    ];
    let place = Place::new();
    for (flags, variables, expected) in table {
        let suite = suite(&place, flags);
        let variables = [&[("SUITE", suite.as_str())], variables].concat();
        assert_eq!(place.planned_flags(&variables), expected, "{variables:?}");
    }
    let suite = suite(&place, file);
    for variable in [("RATE", "50"), ("DURATION", "5s"), ("SCALE", "0.1")] {
        let message = "the plan reads its times from 'feeds/day2.csv': set both RATE and DURATION, \
                       and no SCALE";
        check_refused(&place, &[("SUITE", &suite), variable], message);
    }
}

#[test]
fn users_replace_the_load_of_a_plan_and_its_rate_replaces_users() {
    let constant = "-rate=10 -arrivals=poisson -duration=1m30s";
    let stages = "-stages=2m@0..20,30s@20";
    let users = "-users=2m@0..20,30s@20";
    let ramp: Variables = &[("USERS", "50"), ("SPAWN_RATE", "5"), ("DURATION", "5m")];
    let table: [(&str, Variables, &str); 13] = [
        (constant, &[("USERS", "50")], "-users=50 -duration=1m30s"),
        (constant, ramp, "-users=10s@0..50,290s@50"),
        (constant, &ramp[..2], "-users=10s@0..50,80s@50"),
        (constant, &[ramp[0], ramp[1], ("SCALE", "0.2")], "-users=10s@0..50,8s@50"),
        (constant, &[ramp[0], ("SPAWN_RATE", ".625"), ("DURATION", "80s")], "-users=80s@0..50"),
        (stages, &[("USERS", "5")], "-users=5 -duration=150s"),
        (stages, ramp, "-users=10s@0..50,290s@50"),
        ("-stages=@feeds/day2.csv", ramp, "-users=10s@0..50,290s@50"),
        (users, ramp, "-users=10s@0..50,290s@50"),
        (users, &[("SCALE", "0.1")], "-users=0.2m@0..20,3s@20"),
        (users, &[("DURATION", "75s")], "-users=1m@0..20,15s@20"),
        (users, &[("RATE", "7")], "-rate=7 -duration=150s"),
        ("--users 5 -duration=1m", &[("RATE", "7")], "-rate=7 -duration=1m"),
    ];
    let place = Place::new();
    for (flags, variables, expected) in table {
        let suite = suite(&place, flags);
        let variables = [&[("SUITE", suite.as_str())], variables].concat();
        assert_eq!(place.planned_flags(&variables), expected, "{variables:?}");
    }
    let message = "the plan reads its times from 'feeds/day2.csv': set both USERS and DURATION, \
                   and no SCALE";
    let suite = suite(&place, "-stages=@feeds/day2.csv");
    check_refused(&place, &[("SUITE", &suite), ("USERS", "5")], message);
}

#[test]
fn an_attack_that_would_never_end_is_refused() {
    let place = Place::new();
    let message = "the attack would never end: set DURATION, or add -requests to FLAGS";
    check_refused(&place, &[("SUITE", &suite(&place, "-rate=5"))], message);
    // Less than a nanosecond is rounded to zero, which has no end.
    check_refused(&place, &[("DURATION", "0.1ns")], message);
}

#[test]
fn the_program_checks_flags_before_the_server_starts() {
    let place = Place::new();
    let output = place.load_test(&[("FLAGS", "-nosuch")]);
    let line = "drumfire attack: flag provided but not defined: -nosuch\n";
    assert!(output.status == Some(2) && output.stderr.starts_with(line), "{}", output.stderr);
    assert_eq!(files(place.0.path()), ["feeds", "scripts", "targets"]);
}
