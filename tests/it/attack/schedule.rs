//! Schedules with stages and Poisson arrivals, from the flags to the server and the report.

use std::fs;

use crate::support::attacks::planned_hits;
use crate::support::harness::{Output, drumfire};
use crate::support::results::records;
use crate::support::servers::serve;

const LIST: &str = "GET http://127.0.0.1:8080/\n";

/// Runs `attack` with a list. Dry and refused runs never send a hit to it.
fn attack(flags: &str) -> Output {
    drumfire("attack").args(flags.split_whitespace()).stdin(LIST).env("LC_ALL", "C").run()
}

/// Checks what a dry run prints.
#[track_caller]
fn check_plan(flags: &str, expected: &str) {
    let output = attack(&format!("{flags} -dry-run"));
    let found = (output.status, output.stderr.as_str(), output.text());
    assert_eq!(found, (Some(0), "", expected), "{flags}");
}

#[test]
fn a_dry_run_shows_the_stages_and_their_rate_over_time() {
    check_plan(
        "-stages=10s@0..8,5s@8,5s@0",
        "\
Hits      80
Duration  20s
Last hit  at 14.875s
Rate      4/s mean, 8/s peak
Targets   1

Stage     from  length  rate  hits
1         0s    10s     0..8    40
2         10s   5s      8       40
3         15s   5s      0        0

      8/s |                          ...################
          |                     ...#####################
          |                ...##########################
          |           ...###############################
          |      ...####################################
          |....#########################################
        0 +------------------------------------------------------------
           0                                                        20s
",
    );
}

#[test]
fn a_dry_run_of_a_constant_rate_prints_what_is_known() {
    let open = "\
Hits      unlimited until the end
Duration  until stopped
Rate      50/1s
Targets   1
";
    check_plan("-rate=50", open);
    let closed = "\
Hits      9
Duration  until stopped
Rate      as fast as -max-workers allows
Targets   1
";
    check_plan("-rate=0 -max-workers=4 -requests=9", closed);
    let counted = "\
Hits      9
Duration  until stopped
Last hit  at 160ms
Rate      50/1s
Targets   1
";
    check_plan("-rate=50 -requests=9", counted);
}

#[test]
fn bars_are_unicode_if_the_locale_is() {
    let output = drumfire("attack -stages=10s@0..8 -dry-run").stdin(LIST).env("LC_ALL", "C.UTF-8");
    let output = output.env("TERM", "xterm").run();
    assert!(output.text().contains("▁▂▃▄"), "{}", output.text());
}

#[test]
fn requests_end_stages_early_and_a_seed_repeats_a_plan() {
    let table = [
        ("-stages=1s@4,7s@0,1s@4,5s@0", "8"),
        ("-stages=1s@4,7s@0,1s@4,5s@0 -requests=5", "5"),
        ("-rate=100 -duration=10s -arrivals=poisson -seed=7", "999"),
        ("-stages=10s@0..200 -arrivals=poisson -seed=7", "999"),
        ("-stages=10s@0..200 -arrivals=poisson -seed=8", "969"),
    ];
    for (flags, hits) in table {
        let output = attack(&format!("{flags} -dry-run"));
        let row = output.text().lines().next().unwrap().to_owned();
        assert_eq!(row, format!("Hits      {hits}"), "{flags}");
    }
}

#[test]
fn an_impossible_schedule_is_refused_in_one_line() {
    let table = [
        ("-stages=5s@9 -rate=50", "-stages and -rate cannot be combined: give only one of them"),
        (
            "-stages=5s@9 -duration=5s",
            "-stages and -duration cannot be combined: give only one of them",
        ),
        (
            "-stages=5s@9,5@3",
            "invalid value \"5s@9,5@3\" for flag -stages: bad stage '5@3': expected DURATION@RATE, \
             DURATION@FROM..TO or DURATION@MEAN~AMPLITUDE/PERIOD, as in 30s@1..50",
        ),
        (
            "-stages=",
            "invalid value \"\" for flag -stages: expected at least one, as in 30s@1..50,2m@50",
        ),
        (
            "-arrivals=uniform",
            "invalid value \"uniform\" for flag -arrivals: expected constant or poisson",
        ),
        (
            "-rate=0 -max-workers=2 -arrivals=poisson",
            "-arrivals=poisson needs a rate: set -rate or -stages",
        ),
    ];
    for (flags, problem) in table {
        let output = attack(flags);
        let stderr = format!("drumfire attack: {problem}\nsee 'drumfire attack -h'\n");
        assert_eq!((output.status, output.stderr), (Some(2), stderr), "{flags}");
    }
}

#[test]
fn a_plan_file_is_read_and_a_bad_line_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.csv");
    let flag = format!("-stages=@{}", file.display());
    fs::write(&file, "seconds,rate\n0,0\n10,8\n15,8\n").unwrap();
    let output = attack(&format!("{flag} -dry-run"));
    assert!(output.text().starts_with("Hits      80\nDuration  15s\n"), "{}", output.text());
    fs::write(&file, "seconds,rate\n0,0\n10,many\n").unwrap();
    let expected = format!(
        "drumfire attack: {}: line 3: bad rate 'many': expected 0 or more, as in 50, 12.5 or \
         3000/1m\n",
        file.display()
    );
    let output = attack(&flag);
    assert_eq!((output.status, output.stderr), (Some(1), expected));
}

/// Returns the offsets of the slots from the first one, in ns, by number of the hit: time of
/// release minus lag.
fn slots(flags: &[&str]) -> Vec<i64> {
    let server = serve(&[]);
    let output = drumfire("attack").args(flags).stdin(format!("GET {}/\n", server.url)).run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let mut records = records(&output.stdout);
    records.sort_by_key(|record| record.seq);
    let slot = |record: &crate::support::results::Kept| {
        record.timestamp_ns - record.lag.map_or(0, |lag| lag.as_nanos() as i64)
    };
    records.iter().map(|record| slot(record) - slot(&records[0])).collect()
}

/// Checks the slots against the expected ones, with a tolerance for the rounding of two clocks.
#[track_caller]
fn check_slots(slots: &[i64], expected: &[i64]) {
    assert_eq!(slots.len(), expected.len());
    for (slot, expected) in slots.iter().zip(expected) {
        assert!((slot - expected).abs() <= 1_000, "{slot} ns, not {expected}");
    }
}

#[test]
fn two_engines_share_one_plan_of_stages() {
    // 0.2 s at 50/s, a pause, and a rate that rises from 0 by 1000 each second: sqrt(2 k / 1000).
    let held = (0..10).map(|k| k * 20_000_000);
    let rising = (0..5).map(|k| 400_000_000 + (f64::from(k) * 2e15).sqrt() as i64);
    let expected: Vec<i64> = held.chain(rising).collect();
    let stages = "-stages=200ms@50,200ms@0,100ms@0..100";
    for threads in ["-threads=1", "-threads=2"] {
        check_slots(&slots(&[stages, threads]), &expected);
    }
}

#[test]
fn poisson_arrivals_are_the_same_on_any_number_of_engines() {
    let flags = ["-rate=400", "-duration=200ms", "-arrivals=poisson", "-seed=5"];
    let one = slots(&[&flags[..], &["-threads=1"]].concat());
    let two = slots(&[&flags[..], &["-threads=2"]].concat());
    assert!(one.len() > 40, "{}", one.len());
    check_slots(&two, &one);
}

#[test]
fn a_random_seed_is_recorded_in_the_plan_and_the_report() {
    let server = serve(&[]);
    let list = format!("GET {}/\n", server.url);
    let run = drumfire("attack -stages=100ms@0..400 -arrivals=poisson").stdin(list).run();
    let report = drumfire("report -type=json").stdin(run.stdout.clone()).run();
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let plan = &report["plan"];
    assert_eq!((&plan["stages"], &plan["arrivals"]), (&"100ms@0..400".into(), &"poisson".into()));
    assert_eq!(plan["rate"], serde_json::Value::Null);
    // A busy machine may be too late for this plan, but the plan has a verdict.
    assert!(
        ["valid", "generator-limited"].map(Into::into).contains(&report["verdict"]),
        "{report}"
    );
    let seed = plan["seed"].as_u64().unwrap();
    let text = drumfire("report").stdin(run.stdout).run();
    let row = text.text().lines().find(|line| line.starts_with("Plan")).unwrap().to_owned();
    let requests = report["requests"].as_u64().unwrap();
    let row_end = format!("{requests}, 100ms@0..400, 100ms, poisson, {seed}");
    assert!(row.contains("[requests, stages, duration, arrivals, seed]"), "{row}");
    assert!(row.ends_with(&row_end), "{row}");
    let again = attack(&format!("-stages=100ms@0..400 -arrivals=poisson -seed={seed} -dry-run"));
    assert!(again.text().starts_with(&format!("Hits      {requests}\n")), "{}", again.text());
}

#[test]
fn every_line_of_the_k6_page_plans_the_stated_hits() {
    let guide = fs::read_to_string("docs/migrating/k6.md").unwrap();
    let lines =
        guide.lines().filter_map(|line| line.split_once("   # ")).filter_map(|(line, note)| {
            Some((line.trim(), note.strip_suffix(" hits")?.replace(' ', "").parse::<u64>().ok()?))
        });
    let mut checked = 0;
    for (command, hits) in lines {
        assert_eq!(planned_hits(command), hits, "{command}");
        checked += 1;
    }
    assert!(checked >= 9, "{checked} lines");
}
