//! Measures how often a comparison is wrong: false alarms and missed differences.
//!
//! `make verdicts` runs it. Runs of 20 000 hits with a known truth, over 100 seeds: two equal runs,
//! and two runs of which the second is slower by 10 %. Exits with 1 if the verdicts are worse than
//! promised.

#![allow(clippy::print_stdout, reason = "it is what a bench is for")]

#[path = "support/synthetic.rs"]
mod synthetic;
#[path = "support/table.rs"]
mod table;

use std::process::ExitCode;

use drumfire::compare::{Comparison, Row, Run, Verdict};
use drumfire::metrics::{Metrics, Statistic};
use drumfire::schedule::seed::Seed;

use synthetic::{Latencies, Shape};

/// Hits per run.
const HITS: i64 = 20_000;

const SEEDS: u64 = 100;

/// The kinds of runs, and whether [`PROMISED`] applies to each.
const KINDS: [(&str, Shape, bool); 6] = [
    ("independent", Shape::LogNormal(0.0), true),
    ("each keeps 0.5", Shape::LogNormal(0.5), true),
    ("each keeps 0.8", Shape::LogNormal(0.8), true),
    ("each keeps 0.9", Shape::LogNormal(0.9), true),
    ("each keeps 0.98", Shape::LogNormal(0.98), false),
    ("two modes", Shape::Bimodal, true),
];

/// Required number of correct verdicts in 100 seeds: that each statistic of two equal runs is
/// `same`, and that a slower median is `worse`.
const PROMISED: [usize; 2] = [94, 95];

fn main() -> ExitCode {
    let mut names = vec!["kind", "truth"];
    names.extend(Statistic::ALL.map(Statistic::name));
    names.push("whole table");
    let mut rows = Vec::new();
    let mut is_kept = true;
    for (kind, shape, is_promised) in KINDS {
        let same = tally(shape, 1.0, Verdict::Same);
        let worse = tally(shape, 1.1, Verdict::Worse);
        let is_good = same.iter().all(|seeds| *seeds >= PROMISED[0]) && worse[0] >= PROMISED[1];
        is_kept &= is_good || !is_promised;
        rows.push(cells(kind, "equal: same", &same));
        rows.push(cells(kind, "10 % slower: worse", &worse));
    }
    println!("{}", table::markdown(&names, 2, &rows));
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn cells(kind: &str, truth: &str, seeds: &[usize; 8]) -> Vec<String> {
    let words = [kind, truth].map(str::to_owned);
    words.into_iter().chain(seeds.map(|seeds| seeds.to_string())).collect()
}

/// Returns the number of seeds in which each statistic has this verdict, and in which all have it.
fn tally(shape: Shape, scale: f64, verdict: Verdict) -> [usize; 8] {
    let mut seeds = [0; 8];
    for seed in 0..SEEDS {
        // The second run continues where the first one ends.
        let mut latencies = Latencies::new(shape, seed);
        let [base, new] = [1.0, scale].map(|scale| latencies.run(HITS, scale));
        let has_it = rows(&base, &new).map(|row| row.verdict() == verdict);
        for (count, has_it) in
            seeds.iter_mut().zip(has_it.into_iter().chain([!has_it.contains(&false)]))
        {
            *count += usize::from(has_it);
        }
    }
    seeds
}

fn rows(base: &Metrics, new: &Metrics) -> [Row; 7] {
    let [base, new] = [base, new].map(|whole| Run { name: "", whole, groups: None });
    let comparison = Comparison::of(base, new, Seed(1));
    comparison.rows().try_into().expect("there is a row for each figure")
}
