//! The command line: flags, streams, signals, exit codes.

mod os;
mod output;
mod input;
mod commands;
mod flags;
mod args;
pub mod attack;
pub mod completions;
mod manual;

use std::env;
use std::error::Error as StdError;
use std::io::{self, Write};
use std::process::ExitCode;
use std::slice;

use anyhow::Context as _;
use drumfire::error::{Error, plain_text};
use drumfire::markup::escape::visible;
use drumfire::metrics::Verdict;

use crate::app::args::invocation::{Asked, Call};
use crate::app::commands::{compare, encode, plot, report, serve};
use crate::app::input::reader::Losses;
use crate::app::manual::man_page as man;

/// Exit code: done, also where a reader closed its end of our pipe.
const DONE: u8 = 0;
/// Exit code: the run or its input failed.
const FAILED: u8 = 1;
/// Exit code: the command line cannot be understood.
const MISUSED: u8 = 2;
/// Exit code: the run was generator-limited, and `-require-valid` asked for one that was not.
const LIMITED: u8 = 98;
/// Exit code: a threshold was missed, or a gate failed.
const MISSED: u8 = 99;

/// The commands, in the order of the data.
#[derive(Debug, clap::Parser)]
#[command(name = "drumfire", disable_help_flag = true, disable_help_subcommand = true)]
#[command(about = "Fires HTTP requests on time and tells how late it was itself")]
pub enum Command {
    /// Fires at targets at a constant rate and writes a stream of results
    #[command(after_help = "\
drumfire attack -targets=targets/api.txt -rate=50 -duration=60s | drumfire report
echo 'GET http://127.0.0.1:8080/' | drumfire attack -rate=1000 -duration=5s > results.arrow")]
    Attack(Box<attack::Options>),

    /// Folds streams of results to numbers
    #[command(after_help = "\
drumfire report results.arrow
drumfire report -type='hist[0,1ms,10ms,100ms]' results.arrow
drumfire report -type=json results.arrow | jq '.latencies.\"99th\"'")]
    Report(report::Options),

    /// Holds a run against the one on which it is to be judged
    #[command(after_help = "\
drumfire compare base.arrow new.arrow
drumfire compare -fail-on='p99>+5%' -fail-on='success<-1%' base.arrow new.arrow
drumfire attack -targets=targets/api.txt -duration=60s | drumfire compare base.arrow -")]
    Compare(compare::Options),

    /// Draws charts of streams of results
    #[command(after_help = "\
drumfire plot -title='Two releases' old.arrow new.arrow > plot.html
drumfire plot -output=latency.svg results.arrow")]
    Plot(plot::Options),

    /// Turns streams of results into another format
    #[command(after_help = "\
drumfire encode -to=csv results.arrow > results.csv
drumfire encode results.arrow | jq -c 'select(.code != 200)'")]
    Encode(encode::Options),

    /// Answers requests on loopback, to be fired at
    #[command(after_help = "\
drumfire serve -listen=127.0.0.1:8080")]
    Serve(serve::Options),

    /// Writes the manual pages
    #[command(hide = true)]
    Man(man::Options),

    /// Writes what completes command lines in a shell
    #[command(hide = true)]
    Completions(completions::Options),
}

/// A command line that cannot be understood: what is wrong with it and what was expected.
///
/// A command returns it for what clap cannot check; the exit code is then 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// The figures of a run that must be valid are the generator's too: which rules it broke.
///
/// A command returns it behind its report; the exit code is then 98.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Limited(pub Verdict);

/// A threshold was missed, or a gate failed: which, and by what.
///
/// A command returns it behind its report; the exit code is then 99.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Missed(pub String);

/// Does what the command line asks for, and returns the exit code.
pub fn main() -> ExitCode {
    let Call { name, asked } = Call::understand(env::args_os());
    let code = asked.map_err(anyhow::Error::from).and_then(|asked| carry_out(&name, asked));
    ExitCode::from(code.unwrap_or_else(|error| {
        let (code, talk) = verdict(&name, &error);
        tell(&talk);
        code
    }))
}

/// Says something on stderr.
fn tell(talk: &str) {
    // Where even stderr takes nothing, the exit code alone has to tell.
    let _ = io::stderr().write_all(talk.as_bytes());
}

fn carry_out(name: &str, asked: Asked) -> anyhow::Result<u8> {
    match asked {
        Asked::Nothing { help } => {
            io::stderr().write_all(help.as_bytes())?;
            return Ok(MISUSED);
        }
        Asked::Help(text) => print(&text)?,
        Asked::Version => print(concat!("drumfire ", env!("DRUMFIRE_VERSION"), "\n"))?,
        Asked::Run(command) => run(name, *command)?,
    }
    Ok(DONE)
}

fn print(text: &str) -> anyhow::Result<()> {
    io::stdout().write_all(text.as_bytes()).context("write stdout")
}

fn run(name: &str, command: Command) -> anyhow::Result<()> {
    os::file_limit::raise()?;
    let tell = |line: &str| tell(&format!("{name}: {line}\n"));
    match command {
        Command::Attack(options) => attack::run(*options, &tell),
        Command::Report(options) => report::run(options, &tell),
        Command::Compare(options) => compare::run(options, &tell),
        Command::Plot(options) => plot::run(options, &tell),
        Command::Encode(options) => encode::run(options, &tell),
        Command::Serve(options) => serve::run(options),
        Command::Man(options) => man::run(&options),
        Command::Completions(options) => completions::run(&options),
    }
}

/// Returns the exit code of a failure, and what is said of it on stderr.
fn verdict(name: &str, error: &anyhow::Error) -> (u8, String) {
    if error.chain().any(is_closed_pipe) {
        return (DONE, String::new());
    }
    let failures = error.downcast_ref::<Losses>().map_or(slice::from_ref(error), |all| &all.0);
    let lines: Vec<_> = failures.iter().map(line_of).collect();
    let line = format!("{name}: {}\n", lines.join("\n"));
    if error.is::<Usage>() {
        return (MISUSED, format!("{line}see '{name} -h'\n"));
    }
    if error.is::<Limited>() {
        return (LIMITED, line);
    }
    if error.is::<Missed>() {
        return (MISSED, line);
    }
    (FAILED, line)
}

/// Returns a failure with all its causes on one line, which a terminal only shows, whatever the
/// input was that it quotes.
fn line_of(failure: &anyhow::Error) -> String {
    let causes: Vec<_> = failure.chain().map(|cause| plain_text(&cause.to_string())).collect();
    visible(&causes.join(": "))
}

fn is_closed_pipe(cause: &(dyn StdError + 'static)) -> bool {
    let io = cause.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        || cause.downcast_ref::<Error>().is_some_and(Error::is_closed_pipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use drumfire::metrics::{Metrics, Verdict};
    use drumfire::record::{BatchBuilder, Record};
    use std::time::Duration;

    /// Returns the verdict on a hit that was late by so much.
    pub(super) fn late(ms: u64) -> Option<Verdict> {
        let mut hits = BatchBuilder::new();
        hits.push(&Record { lag: Some(Duration::from_millis(ms)), ..Record::default() });
        let mut metrics = Metrics::default();
        metrics.add_batch(&hits.finish());
        metrics.verdict()
    }

    fn check(error: anyhow::Error, code: u8, talk: &str) {
        assert_eq!(verdict("drumfire report", &error), (code, talk.to_owned()));
    }

    fn system_error(number: i32) -> io::Error {
        io::Error::from_raw_os_error(number)
    }

    #[test]
    fn a_failure_is_one_line_with_its_whole_chain() {
        let error = Err::<(), _>(Error::from(system_error(2))).context("open a.arrow").unwrap_err();
        check(error, 1, "drumfire report: open a.arrow: no such file or directory\n");
    }

    #[test]
    fn each_of_several_failures_has_a_line() {
        let losses = ["a: x", "b: y"].map(anyhow::Error::msg).into();
        check(Losses(losses).into(), 1, "drumfire report: a: x\nb: y\n");
    }

    #[test]
    fn what_a_failure_quotes_does_not_drive_the_terminal() {
        let error = Error::Record { record: 1, problem: "bad '\u{1b}[31m\u{202e}\n'".to_owned() };
        let talk = "drumfire report: stdin: bad record 1: bad '\\u{1b}[31m\\u{202e}\\n'\n";
        check(anyhow::Error::from(error).context("stdin"), 1, talk);
    }

    #[test]
    fn bad_usage_points_to_the_help() {
        let error = anyhow::Error::from(Usage("flag needs an argument: -rate".into()));
        let talk = "drumfire report: flag needs an argument: -rate\nsee 'drumfire report -h'\n";
        check(error, 2, talk);
    }

    #[test]
    fn a_run_that_had_to_be_valid_has_an_exit_code_of_its_own() {
        let error = Limited(late(1000).unwrap()).into();
        let talk = "drumfire report: generator-limited: p50 lag is 1s, above the 100ms tolerance \
            for this run; free a core, lower -rate, or use several machines\n";
        check(error, 98, talk);
    }

    #[test]
    fn a_missed_threshold_has_an_exit_code_of_its_own() {
        let error = Missed("1 of 2 thresholds missed: p99<1s: 2s".to_owned()).into();
        check(error, 99, "drumfire report: 1 of 2 thresholds missed: p99<1s: 2s\n");
    }

    #[test]
    fn a_closed_pipe_ends_quietly_however_deep_it_lies() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        check(anyhow::Error::from(pipe()).context("write stdout"), 0, "");
        check(anyhow::Error::from(Error::from(pipe())).context("write stdout"), 0, "");
    }
}
