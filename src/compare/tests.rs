//! Whole comparisons: their verdicts, and their formats.

use crate::compare::*;
use crate::failure_names::TIMEOUT_AWAITING_HEAD;
use crate::metrics::samples::{Sample, batch, calls, steady_flows};
use crate::metrics::{By, Groups, Metrics, Statistic};
use crate::plan::Plan;
use crate::report::tests::{body, check_golden};
use crate::schedule::seed::Seed;
use crate::threshold::{Outcome, RegressionLimit};

/// Returns a hit per ms with a latency of 1 to 2 ms times `scale`, with two names in turn.
fn hits(n: u64, scale: u64, stride: u64) -> Vec<Sample> {
    let hit = |n: u64| Sample {
        code: if n.is_multiple_of(500) { 500 } else { 200 },
        timestamp_ns: n as i64 * 1_000_000,
        latency_ns: scale * (1_000_000 + n * stride % 1_000_003),
        name: ["home", "lo|gin\u{1b}"][n as usize % 2].to_owned(),
        ..Sample::default()
    };
    (0..n).map(hit).collect()
}

struct Side {
    whole: Metrics,
    groups: Groups,
}

fn side(hits: &[Sample], rate: &str) -> Side {
    let batch = batch(hits);
    let (mut whole, mut groups) =
        (Metrics::default().sliced(), Groups::new(By::Name, None).sliced());
    whole.add_plan(&Plan { rate: rate.parse().unwrap(), ..Plan::default() });
    whole.add_batch(&batch);
    groups.add_batch(&batch);
    Side { whole, groups }
}

impl Side {
    fn run(&self, name: &'static str) -> Run<'_> {
        Run { name, whole: &self.whole, groups: Some(&self.groups) }
    }
}

/// Writes the comparison of a run with one that is twice as slow.
fn written(kind: Kind, limits: &[&str]) -> String {
    let base = side(&hits(4_000, 1, 7_919), "1000/1s");
    let new = side(&hits(4_000, 2, 104_729), "1000/1s");
    let comparison = Comparison::of(base.run("base.arrow"), new.run("new.arrow"), Seed(1));
    let limits: Vec<RegressionLimit> = limits.iter().map(|limit| limit.parse().unwrap()).collect();
    let results: Vec<_> =
        limits.iter().flat_map(|limit| RegressionResult::of(limit, &comparison)).collect();
    let mut document = Vec::new();
    comparison.write(kind, &results, &Extras::default(), &mut document).unwrap();
    String::from_utf8(document).unwrap()
}

#[test]
fn nothing_is_said_about_two_percentiles_among_timeouts() {
    let timeouts = |n: u64, seconds: u64, rare: u64| {
        let mut hits = hits(n, 1, 7_919);
        for hit in hits.iter_mut().step_by(rare as usize) {
            let error = TIMEOUT_AWAITING_HEAD.to_owned();
            let latency_ns = seconds * 1_000_000_000;
            *hit = Sample { code: 0, latency_ns, error, ..hit.clone() };
        }
        side(&hits, "1000/1s")
    };
    let [often, later, never] =
        [timeouts(4_000, 10, 20), timeouts(4_000, 30, 20), timeouts(4_000, 30, 4_000)];
    let limit: RegressionLimit = "p99>+5%".parse().unwrap();
    let table = [
        (&often, &later, "≥10s", "≥30s", Verdict::Unknown, Outcome::Unknown),
        (&never, &often, "1.99ms", "≥10s", Verdict::Worse, Outcome::Fail),
        (&often, &never, "≥10s", "1.99ms", Verdict::Better, Outcome::Pass),
    ];
    for (base, new, was, is, verdict, outcome) in table {
        let comparison = Comparison::of(base.run("base"), new.run("new"), Seed(1));
        let row = comparison.rows().iter().find(|row| row.statistic == Statistic::P99).unwrap();
        assert_eq!(row.verdict(), verdict, "{row:?}");
        let results = RegressionResult::of(&limit, &comparison);
        assert_eq!(results[0].outcome(), outcome, "{row:?}");
        let mut text = Vec::new();
        comparison.write(Kind::Text, &results, &Extras::default(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let line = text.lines().find(|line| line.starts_with("p99 ")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words[1].starts_with(was) && words[2].starts_with(is), "{line}");
    }
}

#[test]
fn calls_are_compared_by_the_times_of_their_messages() {
    let mut metrics = Metrics::default().sliced();
    metrics.add_batch(&calls());
    let run = |name| Run { name, whole: &metrics, groups: None };
    let comparison = Comparison::of(run("base.arrow"), run("new.arrow"), Seed(1));
    let names: Vec<_> = comparison.calls().iter().map(|row| row.name).collect();
    let expected = ["first_message.p50", "first_message.p95", "first_message.p99"];
    assert_eq!(names, [&expected[..], &["gap.p95", "gap.p99", "sent.p95"]].concat());
    for (kind, row) in [
        (Kind::Text, "gap.p99            1.085ms    1.085ms    +0s (+0.0%)"),
        (Kind::Json, "\"calls\":{\"first_message.p50\":{\"base\":2489344,"),
        (Kind::Markdown, "| sent.p95 |"),
        (Kind::Html, "Calls of the whole runs"),
    ] {
        let mut document = Vec::new();
        comparison.write(kind, &[], &Extras::default(), &mut document).unwrap();
        let document = String::from_utf8(document).unwrap();
        assert!(document.contains(row), "{document}");
    }
}

#[test]
fn a_comparison_is_written_in_every_form() {
    let limits = ["p99>+5%", "h*:mean>+100ms", "missing:p50>+5%"];
    for (name, kind) in [("text", Kind::Text), ("json", Kind::Json), ("markdown", Kind::Markdown)] {
        check_golden(&format!("compare.{name}"), &written(kind, &limits));
    }
    check_golden("compare.html", &body(&written(Kind::Html, &limits)));
}

fn verdicts(base: &Side, new: &Side) -> [Verdict; 7] {
    let comparison = Comparison::of(base.run("base"), new.run("new"), Seed(1));
    std::array::from_fn(|place| comparison.rows()[place].verdict())
}

#[test]
fn a_run_is_the_same_as_itself() {
    let run = side(&hits(4_000, 1, 7_919), "");
    assert_eq!(verdicts(&run, &run), [Verdict::Same; 7]);
}

#[test]
fn a_run_of_half_the_length_is_the_same() {
    let [long, short] = [4_000, 2_000].map(|n| side(&hits(n, 1, 7_919), ""));
    assert_eq!(verdicts(&long, &short), [Verdict::Same; 7]);
}

#[test]
fn a_run_without_hits_has_too_few_samples() {
    let [none, some] = [0, 4_000].map(|n| side(&hits(n, 1, 7_919), ""));
    assert_eq!(verdicts(&none, &some), [Verdict::TooFewSamples; 7]);
    assert_eq!(verdicts(&some, &none), [Verdict::TooFewSamples; 7]);
}

/// Returns 100 flows of an attack with `users`; None for an open loop.
fn flows(users: Option<&str>) -> Metrics {
    let mut metrics = Metrics::default().sliced();
    let users = users.map(str::to_owned);
    metrics.add_plan(&Plan { users, ..Plan::default() });
    metrics.add_batch(&steady_flows());
    metrics
}

fn compared<'a>(base: &'a Metrics, new: &'a Metrics) -> Comparison<'a> {
    let run = |name, whole| Run { name, whole, groups: None };
    Comparison::of(run("base", base), run("new", new), Seed(1))
}

#[test]
fn flows_and_checks_are_compared_if_both_runs_have_them() {
    let (base, mut new) = (flows(None), flows(None));
    new.add_batch(&steady_flows());
    let comparison = compared(&base, &new);
    for (name, kind) in [("text", Kind::Text), ("json", Kind::Json), ("markdown", Kind::Markdown)] {
        let mut document = Vec::new();
        comparison.write(kind, &[], &Extras::default(), &mut document).unwrap();
        let document = String::from_utf8(document).unwrap();
        check_golden(&format!("compare.flows.{name}"), &document);
    }
    let mut page = Vec::new();
    comparison.write(Kind::Html, &[], &Extras::default(), &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("<th scope=\"row\">flow.p95</th>"), "{page}");
    let plain = side(&hits(4_000, 1, 7_919), "");
    assert_eq!(compared(&base, &plain.whole).flows(), []);
}

#[test]
fn a_closed_loop_causes_a_warning() {
    let [open, closed] = [None, Some("50")].map(flows);
    let warnings = |base, new| compared(base, new).warnings().join("\n");
    let mixed = "base is a closed loop and new is an open loop: their latencies cannot be compared; \
                 repeat base with -rate\n\
                 the plans differ, 50 users until stopped and no rate until stopped: throughput \
                 depends on the plan and latency on the load; compare runs of one plan";
    assert_eq!(warnings(&closed, &open), mixed);
    assert!(warnings(&open, &closed).starts_with("new is a closed loop and base is an open loop"));
    assert!(warnings(&closed, &closed).starts_with("both runs are closed loops: "));
    assert_eq!(warnings(&open, &open), "");
}

#[test]
fn different_plans_and_missing_groups_cause_warnings() {
    let base = side(&hits(4_000, 1, 7_919), "1000/1s");
    let new = side(&hits(1, 1, 7_919), "900/1s");
    let comparison = Comparison::of(base.run("base"), new.run("new"), Seed(1));
    let expected = [
        "the plans differ, 1000/1s until stopped and 900/1s until stopped: throughput depends on the \
         plan and latency on the load; compare runs of one plan",
        "only base has 'lo|gin\u{1b}', not compared; use the same targets in both runs",
    ];
    assert_eq!(comparison.warnings(), expected);
    assert_eq!(comparison.groups().map(|(name, _)| name).collect::<Vec<_>>(), ["home"]);
}
