//! Compares drumfire with other load generators, and with its goals.
//!
//! `make bench` runs it. `cargo bench --bench field -- closed memory 1` runs only these measures,
//! once. The results go into a new folder in benches/runs.

#[allow(dead_code, reason = "the audit uses the rest")]
#[path = "../support/arrivals.rs"]
mod arrivals;
#[path = "../support/others.rs"]
mod others;
#[path = "../support/quantile.rs"]
mod quantile;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/table.rs"]
mod markdown;
mod measures;
mod results;
mod runner;

use std::env;
use std::num::NonZero;
use std::time::Duration;

use anyhow::bail;
use drumfire::clock;
use jiff::Timestamp;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::measures::{
    calls, closed, http2, memory, overload, rated, recovery, sockets, stream, threads,
};
use crate::others::Usage;
use crate::results::Results;
use crate::results::samples::Samples;
use crate::results::table::Row;
use crate::runner::machine::Machine;
use crate::runner::stage::Stage;
use crate::runner::tools::Field;
use crate::runner::turn::{Turn, others_since, print_progress};

/// Number of turns.
const TURNS: usize = 3;

/// Longest total time; a turn that would take longer is not started.
const BOUND: Duration = Duration::from_secs(600);

/// A measure: its name, its function, and its rows in the table.
type Measure = (&'static str, fn(&mut Turn), fn(&Samples) -> Vec<Row>);

const MEASURES: [Measure; 10] = [
    ("rated", rated::measure, rated::rows),
    ("closed", closed::measure, closed::rows),
    ("overload", overload::measure, overload::rows),
    ("recovery", recovery::measure, recovery::rows),
    ("memory", memory::measure, memory::rows),
    ("stream", stream::measure, stream::rows),
    ("threads", threads::measure, threads::rows),
    ("calls", calls::measure, calls::rows),
    ("http2", http2::measure, http2::rows),
    ("sockets", sockets::measure, sockets::rows),
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // A test runner starts the bench too, and expects no tests.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    bench(&Choice::read(arguments.iter().map(String::as_str))?)
}

/// The choice of measures.
struct Choice<'a> {
    /// At least 1.
    turns: usize,
    /// Names of measures; empty means all.
    measures: Vec<&'a str>,
}

impl<'a> Choice<'a> {
    /// Parses the arguments: names of measures, and a number of turns.
    fn read(arguments: impl Iterator<Item = &'a str>) -> anyhow::Result<Self> {
        let mut choice = Self { turns: TURNS, measures: Vec::new() };
        for argument in arguments.filter(|argument| *argument != "--bench") {
            match argument.parse::<NonZero<usize>>() {
                Ok(turns) => choice.turns = turns.get(),
                Err(_) => choice.measures.push(argument),
            }
        }
        let names = MEASURES.map(|(name, ..)| name);
        match choice.measures.iter().find(|name| !names.contains(name)) {
            Some(unknown) => {
                let names = names.join(", ");
                bail!("unknown measure '{unknown}': expected some of {names}, or a number of turns")
            }
            None => Ok(choice),
        }
    }

    fn has(&self, measure: &str) -> bool {
        self.measures.is_empty() || self.measures.contains(&measure)
    }
}

/// Runs the chosen measures; prints and saves the results.
#[allow(clippy::print_stdout, reason = "the table is what the bench is for")]
fn bench(choice: &Choice) -> anyhow::Result<()> {
    raise_descriptors();
    let stage = Stage::new(Field::survey())?;
    let (began, start, ticks) = (clock::wall_ns(), clock::now(), Usage::now());
    let (machine, versions) = (Machine::survey(), stage.field.versions());
    let mut runs = Samples::default();
    let turns = take_turns(&stage, choice, &mut runs);
    let rows: Vec<Row> = MEASURES.iter().flat_map(|(.., rows)| rows(&runs)).collect();
    let results = Results {
        began: Timestamp::from_nanosecond(began.into())?,
        seconds: clock::now().duration_since(start).as_secs_f64(),
        turns,
        pinned: stage.pins,
        others: others_since(ticks),
        remarks: closed::remarks(&runs),
        machine,
        versions,
        runs,
    };
    let page = results.page(&rows);
    println!("{page}");
    print_progress(&format!("results are in {}", results.save(&page)?.display()));
    Ok(())
}

/// Runs the measures in turns, and returns the number of turns that the time allowed.
fn take_turns(stage: &Stage, choice: &Choice, samples: &mut Samples) -> usize {
    let start = clock::now();
    let mut longest = Duration::ZERO;
    for number in 1..=choice.turns {
        let begun = clock::now();
        if begun.duration_since(start) + longest > BOUND {
            print_progress(&format!(
                "turn {number} would end after {} s: left out",
                BOUND.as_secs()
            ));
            return number - 1;
        }
        for (_, measure, _) in MEASURES.iter().filter(|(name, ..)| choice.has(name)) {
            measure(&mut Turn { stage, samples, number });
        }
        longest = longest.max(clock::now().duration_since(begun));
    }
    choice.turns
}

/// Raises the limit of open files to the hard limit, for this process and for the tools.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    // If this fails, runs with many connections report it.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}
