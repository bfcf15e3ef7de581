//! How the process ends: exit codes, and the errors that select them.

use std::error::Error as StdError;
use std::{io, slice};

use drumfire::error::{Error, plain_text};
use drumfire::markup::escape::visible;
use drumfire::markup::redact::{HIDDEN_USER, without_users};
use drumfire::metrics::Verdict;

use crate::app::input::errors::InputErrors;

/// Exit code of success, also if a reader closed its end of the pipe.
pub const SUCCESS: u8 = 0;
/// Exit code if the run or its input failed.
pub const FAILED: u8 = 1;
/// Exit code of a wrong command line.
pub const MISUSED: u8 = 2;
/// Exit code of `-require-valid` for a generator-limited run.
pub const LIMITED: u8 = 98;
/// Exit code of a missed threshold or a failed regression limit.
pub const MISSED: u8 = 99;

/// A wrong command line: what is wrong with it, and what was expected.
///
/// Commands return this error for mistakes that clap cannot find. The exit code is [`MISUSED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A run that `-require-valid` rejects, since the generator could not keep up.
///
/// A command returns this error after its report. The exit code is [`LIMITED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Limited(pub Verdict);

/// A missed threshold or a failed regression limit: which one, and the value that was measured.
///
/// A command returns this error after its report. The exit code is [`MISSED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Missed(pub String);

/// How the process ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// Whole lines for standard error; empty if there is nothing to report.
    pub message: String,
}

impl Exit {
    /// Returns an exit without a message.
    pub fn silent(code: u8) -> Self {
        Self { code, message: String::new() }
    }

    /// Returns how a command ends that was called by a name and failed.
    pub fn of_error(name: &str, error: &anyhow::Error) -> Self {
        // The reader of a pipe may stop early, as `head` does. That is no failure.
        if error.chain().any(is_closed_pipe) {
            return Self::silent(SUCCESS);
        }
        let failures =
            error.downcast_ref::<InputErrors>().map_or(slice::from_ref(error), |all| &all.0);
        let lines: Vec<_> = failures.iter().map(line_of).collect();
        let line: String = lines.iter().map(|line| format!("{name}: {line}\n")).collect();
        if error.is::<Usage>() {
            return Self { code: MISUSED, message: format!("{line}see '{name} -h'\n") };
        }
        let code = if error.is::<Limited>() {
            LIMITED
        } else if error.is::<Missed>() {
            MISSED
        } else {
            FAILED
        };
        Self { code, message: line }
    }
}

/// Returns a failure with all its causes on one line. Control characters in quoted input are
/// escaped, so that they cannot change the terminal. Passwords of URLs are hidden: any argument may
/// be a URL that was meant for another command, and messages go to the logs of jobs.
fn line_of(failure: &anyhow::Error) -> String {
    // Each cause by itself, so that no URL of one continues in the next.
    let shown = |text: &str| without_users(text, HIDDEN_USER).into_owned();
    let causes = failure.chain().map(|cause| shown(&plain_text(&cause.to_string())));
    visible(&causes.collect::<Vec<_>>().join(": "))
}

fn is_closed_pipe(cause: &(dyn StdError + 'static)) -> bool {
    let io = cause.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        || cause.downcast_ref::<Error>().is_some_and(Error::is_closed_pipe)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use anyhow::Context as _;
    use drumfire::metrics::Metrics;
    use drumfire::record::{BatchBuilder, Record};

    use super::*;

    /// Returns the verdict on a single hit with a lag in ms.
    pub fn late(ms: u64) -> Option<Verdict> {
        let mut hits = BatchBuilder::new();
        hits.push(&Record { lag: Some(Duration::from_millis(ms)), ..Record::default() });
        let mut metrics = Metrics::default();
        metrics.add_batch(&hits.finish());
        metrics.verdict()
    }

    #[track_caller]
    fn check(error: anyhow::Error, code: u8, message: &str) {
        let expected = Exit { code, message: message.to_owned() };
        assert_eq!(Exit::of_error("drumfire report", &error), expected);
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
        let failures = ["a: x", "b: y"].map(anyhow::Error::msg).into();
        check(InputErrors(failures).into(), 1, "drumfire report: a: x\ndrumfire report: b: y\n");
    }

    #[test]
    fn quoted_input_cannot_change_the_terminal() {
        let error = Error::Record { record: 1, problem: "bad '\u{1b}[31m\u{202e}\n'".to_owned() };
        let message = "drumfire report: stdin: bad record 1: bad '\\u{1b}[31m\\u{202e}\\n'\n";
        check(anyhow::Error::from(error).context("stdin"), 1, message);
    }

    #[test]
    fn a_message_has_no_password() {
        let missing = Error::from(system_error(2));
        let error = anyhow::Error::from(missing).context("open http://me:s3cret@h/");
        check(error, 1, "drumfire report: open http://***@h/: no such file or directory\n");
        let error = anyhow::Error::msg("no a@b.c").context("open http://h:1");
        check(error, 1, "drumfire report: open http://h:1: no a@b.c\n");
    }

    #[test]
    fn a_wrong_command_line_refers_to_the_help() {
        let error = anyhow::Error::from(Usage("flag needs an argument: -rate".into()));
        let message = "drumfire report: flag needs an argument: -rate\nsee 'drumfire report -h'\n";
        check(error, 2, message);
    }

    #[test]
    fn a_generator_limited_run_has_its_own_exit_code() {
        let verdict = late(1000).unwrap();
        let message = format!("drumfire report: {verdict}\n");
        assert!(message.contains(": generator-limited: "), "{message}");
        check(Limited(verdict).into(), 98, &message);
    }

    #[test]
    fn a_missed_threshold_has_its_own_exit_code() {
        let error = Missed("1 of 2 thresholds missed: p99<1s: 2s".to_owned()).into();
        check(error, 99, "drumfire report: 1 of 2 thresholds missed: p99<1s: 2s\n");
    }

    #[test]
    fn a_closed_pipe_is_no_failure_at_any_depth_of_the_chain() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        check(anyhow::Error::from(pipe()).context("write stdout"), 0, "");
        check(anyhow::Error::from(Error::from(pipe())).context("write stdout"), 0, "");
    }
}
