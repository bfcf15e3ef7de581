//! Shell: a command as a shell takes it again, but for its secrets.
//!
//! That of an attack stands at the head of its stream, and with that of a report on pages that people send to each other. So of
//! headers only the keys are told, and of URLs neither user nor password. All else is told: paths,
//! hosts, names.

use std::any::TypeId;
use std::iter;

use clap::{Arg, Command};
use drumfire::markup::escape::visible;
use drumfire::markup::redact::{HIDDEN, HIDDEN_USER, cut, without_users};
use drumfire::plan::MOST_COMMAND_BYTES;
use http::{HeaderName, HeaderValue};

/// Ends the flags.
const END: &str = "--";

/// Returns the line, on one line whatever its values hold; cut where it is longer than a plan can
/// carry. `args` are as clap reads them: flags as `--name=value` or `--name`, `--`, and files.
pub fn line(name: &str, command: &Command, args: &[String]) -> String {
    let end = args.iter().position(|arg| arg == END).unwrap_or(args.len());
    let (flags, files) = args.split_at(end);
    let flags = flags.iter().filter_map(|flag| flag.strip_prefix("--"));
    let flags = flags.map(|flag| word(command, flag));
    let files = files.iter().skip(1).map(|file| quoted(&shown(file)));
    let line = iter::once(name.to_owned()).chain(flags).chain(files).collect::<Vec<_>>().join(" ");
    cut(&visible(&line), MOST_COMMAND_BYTES)
}

/// Returns a flag as users type it.
fn word(command: &Command, flag: &str) -> String {
    let Some((name, value)) = flag.split_once('=') else {
        return format!("-{flag}");
    };
    let is_it = |arg: &&Arg| arg.get_long() == Some(name);
    let is_secret = command.get_arguments().find(is_it).is_none_or(is_header);
    let value = if is_secret { without_value(value) } else { shown(value) };
    format!("-{name}={}", quoted(&value))
}

/// Returns whether a flag is a header, which may hold a token or a cookie.
fn is_header(flag: &Arg) -> bool {
    flag.get_value_parser().type_id() == TypeId::of::<(HeaderName, HeaderValue)>()
}

/// Returns a header without its value.
fn without_value(header: &str) -> String {
    match header.split_once(':') {
        Some((key, _)) => format!("{}: {HIDDEN}", key.trim()),
        None => HIDDEN.to_owned(),
    }
}

fn shown(value: &str) -> String {
    without_users(value, HIDDEN_USER).into_owned()
}

/// Returns a text so that a shell reads it as one word.
///
/// Source: POSIX.1-2024, Shell and Utilities, 2.2, Quoting.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "%+,-./:=@_".contains(letter);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::app::Command;
    use crate::app::args::invocation::{Asked, Call};

    /// Returns the command that an attack or a report keeps of its arguments.
    #[track_caller]
    fn kept(args: &[&str]) -> String {
        let call = Call::understand(args.iter().map(OsString::from));
        let Ok(Asked::Run(command)) = call.asked else { panic!("{:?}", call.asked) };
        match *command {
            Command::Attack(options) => options.command,
            Command::Report(options) => options.command,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(args: &[&str], expected: &str) {
        let args = [&["drumfire", "attack"], args].concat();
        assert_eq!(kept(&args), format!("drumfire attack{expected}"));
    }

    #[test]
    fn a_command_is_told_as_a_shell_takes_it_again() {
        let table: [(&[&str], &str); 9] = [
            (&[], ""),
            (
                &["-targets=targets/api.txt", "-rate", "50/m", "--duration=60s"],
                " -targets=targets/api.txt -rate=50/m -duration=60s",
            ),
            (&["-rate=5", "-quiet", "-rate=6"], " -quiet -rate=6"),
            (&["-name", "it's 5 o'clock"], r" -name='it'\''s 5 o'\''clock'"),
            (&["-name="], " -name="),
            (&["-abort=p99>2s for 10s"], " -abort='p99>2s for 10s'"),
            (&["-stages=10s@0..8,5m@9~5/1m"], " -stages='10s@0..8,5m@9~5/1m'"),
            (&["-targets=a\n\u{1b}[31mb\u{202e}"], r" -targets='a\n\u{1b}[31mb\u{202e}'"),
            (&["-body=größe $HOME"], " -body='größe $HOME'"),
        ];
        for (args, expected) in table {
            check(args, expected);
        }
    }

    #[test]
    fn a_command_begins_as_the_program_was_called() {
        assert_eq!(kept(&["/usr/bin/attack", "-rate=5"]), "attack -rate=5");
        assert_eq!(kept(&["./drumfire", "-cpus=2", "attack"]), "drumfire attack -cpus=2");
    }

    #[test]
    fn files_stand_behind_the_flags() {
        let line = kept(&["report", "-type", "html", "a b.arrow", "c.arrow"]);
        assert_eq!(line, "report -type=html 'a b.arrow' c.arrow");
    }

    #[test]
    fn secrets_are_not_told() {
        let table: [(&[&str], &str); 5] = [
            (&["-header=Authorization: Bearer s3cret"], " -header='Authorization: ***'"),
            (&["-header", "X-Key:s3:cret"], " -header='X-Key: ***'"),
            (&["-proxy-header= X-Key : s3cret"], " -proxy-header='X-Key: ***'"),
            (&["-base-url=http://me:s3cret@h/v1"], " -base-url='http://***@h/v1'"),
            (&["-key=key.pem", "-cert=cert.pem"], " -key=key.pem -cert=cert.pem"),
        ];
        for (args, expected) in table {
            check(args, expected);
        }
    }

    #[test]
    fn a_command_is_no_longer_than_a_plan_can_carry() {
        let name = format!("-name={}", "a".repeat(9_000));
        let line = kept(&["attack", &name]);
        assert!(line.len() < 4_100 && line.ends_with("a…"), "{line}");
    }
}
