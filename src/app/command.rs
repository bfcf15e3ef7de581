//! The commands, as clap knows them: their flags, descriptions and examples.
//!
//! The first paragraph of a command's comment is its line in the help of the program. The other
//! paragraphs are the introduction in the manual page and the reference, which both end with
//! `after_long_help`. All of it is Markdown; links are relative to docs/reference/flags.

use crate::app::attack;
use crate::app::commands::{compare, encode, plot, report, serve};
use crate::app::{completions, manual};

/// The commands, in the order of the data.
#[derive(Debug, clap::Parser)]
#[command(name = "drumfire", disable_help_flag = true, disable_help_subcommand = true)]
#[command(about = "Sends HTTP requests at a fixed rate and measures its own delay")]
pub enum Command {
    /// Sends requests to targets on schedule and writes a stream of results
    ///
    /// `attack` refuses to write to a terminal, because the stream is binary: redirect it to a file
    /// or pipe it. While standard error is a terminal, it shows a progress line: requests, rate,
    /// hits in flight, lag, failures and the remaining time. `-live` shows more.
    #[command(after_help = "\
drumfire attack http://127.0.0.1:8080/ -rate=1000 -duration=5s | drumfire report
drumfire attack -targets=targets/api.txt -rate=50 -duration=60s > results.arrow")]
    #[command(after_long_help = "\
At the end, `attack` prints at most one line to standard error. The line says that the generator
could not keep up and why, or how many of the planned hits were made before the attack was stopped.
If everything went as planned, it prints nothing.

The first Ctrl-C or SIGTERM stops releasing hits and waits for outstanding responses, for up to
`-timeout`. The second ends the attack immediately. Either way, the stream is complete and readable.
A third ends the process with exit code 130 (Ctrl-C) or 143 (SIGTERM). SIGHUP, which is sent when
the terminal is closed, counts as one of these signals, but only once. If SIGHUP was ignored at the
start, as under `nohup`, it stays ignored.

Limits that are divided among engine threads (`-max-workers`, `-connections`, `-max-connections`,
`-connect-rate`) add up to the given value. The limit on open files is raised to the hard limit. If
`-max-workers` or `-max-connections` may need more files or local ports than the system has, a
warning says so before the attack begins. Connections beyond that limit fail, and their records
contain the reason.

Connections are spread over all addresses of a host, alternating between IPv4 and IPv6. If an
address does not respond within 250 ms, the next one is tried in parallel. Nothing is resolved or
connected before its hit is due.")]
    Attack(Box<attack::Options>),

    /// Summarizes results: latencies, rates, status codes, errors
    ///
    /// Without a file, `report` reads standard input. Several files are treated as one run,
    /// [merged by timestamp](../stream-format.md). The format (Arrow, gob, JSON or CSV) is detected
    /// from the first bytes.
    #[command(after_help = "\
drumfire report results.arrow
drumfire report -type='hist[0,1ms,10ms,100ms]' results.arrow
drumfire report -type=json results.arrow | jq '.latencies.\"99th\"'")]
    #[command(after_long_help = "\
Ctrl-C in a pipe also reaches the attack before it. `report` then reads until no response has
arrived for one second, or for ten seconds at most, and prints a report of what arrived. It reads no
further from files. SIGHUP, which is sent when the terminal is closed, has the same effect, unless
it was ignored at the start. A second Ctrl-C, or SIGTERM, ends the report immediately. If `report`
ends before its input does, it prints a line on standard error. Memory use does not grow with the
number of records.")]
    Report(report::Options),

    /// Compares a run with a baseline
    ///
    /// Each run is a stream in any format, and one of the two may be `-`, standard input. Several
    /// files separated by commas are one run, merged by timestamp.
    #[command(after_help = "\
drumfire compare base.arrow new.arrow
drumfire compare -fail-on='p99>+5%' -fail-on='success<-1%' base.arrow new.arrow
drumfire attack -targets=targets/api.txt -duration=60s | drumfire compare base.arrow -")]
    #[command(after_long_help = "\
A metric is `better` or `worse` if the difference exceeds random noise and is at least 1 %;
otherwise it is `same`. If a run is too short, the verdict is `too few samples`. See
[how the comparison works](../../method/comparison.md). If the plans differ or a generator could not
keep up, a warning appears in every format and on standard error.")]
    Compare(compare::Options),

    /// Draws charts from streams of results
    ///
    /// The charts show latency over time, a heat map of latencies, percentiles, rates, status
    /// codes, lag, hits in flight, and latency by target name; see
    /// [what each chart shows](../../method/charts.md). Up to eight runs are overlaid, each
    /// starting at its own first hit. Runs are distinguished by `-name` if the names differ, and
    /// otherwise by file. The colors can be distinguished with every kind of color blindness and in
    /// grayscale, and follow the reader's light or dark setting.
    #[command(after_help = "\
drumfire plot -title='Two releases' old.arrow new.arrow > plot.html
drumfire plot -output=latency.svg results.arrow")]
    Plot(plot::Options),

    /// Converts streams of results to another format
    ///
    /// Records are converted while they arrive. Several streams become one, merged by timestamp.
    #[command(after_help = "\
drumfire encode -to=csv results.arrow > results.csv
drumfire encode results.arrow | jq -c 'select(.code != 200)'")]
    Encode(encode::Options),

    /// Runs a local HTTP server to test against
    ///
    /// `serve` responds to every HTTP/1.1 and HTTP/2 request, gRPC call and WebSocket, for demos and
    /// tests, until Ctrl-C or SIGTERM. It prints the address it listens on.
    #[command(after_help = "\
drumfire serve -listen=127.0.0.1:8080")]
    Serve(serve::Options),

    /// Writes the manual pages into a directory
    #[command(hide = true)]
    Man(manual::Options),

    /// Writes a script that completes command lines in a shell
    #[command(hide = true)]
    Completions(completions::Options),
}
