//! A command line that a shell can run again, with its secrets redacted.
//!
//! The stream of an attack begins with it, and pages that people share show it. Header values,
//! request bodies, secrets of flows, and the user and password of URLs, are therefore replaced.
//! Everything else is kept: paths, hosts, names.

use std::any::TypeId;
use std::iter;

use clap::{Arg, Command};
use drumfire::markup::escape::visible;
use drumfire::markup::redact::{HIDDEN, HIDDEN_USER, cut, without_users};
use drumfire::plan::MAX_COMMAND_BYTES;
use http::{HeaderName, HeaderValue};

/// The flag that is a request body, or the name of its file after `@`.
const BODY: &str = "data";

/// The flag that gives a variable a value which no output may show.
const SECRET: &str = "secret";

/// Ends the flags.
const END: &str = "--";

/// Returns a command line without its secrets. Control characters are escaped, and the text is cut
/// to the length that a plan can carry.
///
/// `args` are in the form that clap reads: flags as `--name=value` or `--name`, `--`, and files.
pub fn line(name: &str, command: &Command, args: &[String]) -> String {
    let end = args.iter().position(|arg| arg == END).unwrap_or(args.len());
    let (flags, files) = args.split_at(end);
    let flags = flags.iter().filter_map(|flag| flag.strip_prefix("--"));
    let flags = flags.map(|flag| word(command, flag));
    let files = files.iter().skip(1).map(|file| quoted(&shown(file)));
    let line = iter::once(name.to_owned()).chain(flags).chain(files).collect::<Vec<_>>().join(" ");
    cut(&visible(&line), MAX_COMMAND_BYTES)
}

/// Returns a flag as users type it, without its secrets.
fn word(command: &Command, flag: &str) -> String {
    let Some((name, value)) = flag.split_once('=') else {
        return format!("-{flag}");
    };
    let is_named = |arg: &&Arg| arg.get_long() == Some(name);
    let is_secret = command.get_arguments().find(is_named).is_none_or(is_header);
    let value = match name {
        BODY if !value.starts_with('@') => HIDDEN.to_owned(),
        SECRET => match value.split_once('=') {
            Some((name, _)) => format!("{name}={HIDDEN}"),
            None => HIDDEN.to_owned(),
        },
        _ if is_secret => without_value(value),
        _ => shown(value),
    };
    format!("-{name}={}", quoted(&value))
}

/// Returns whether a flag is a header, which may contain a token or a cookie.
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

/// Quotes a text so that a shell reads it as one word.
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

    use crate::app::args::invocation::{Action, Invocation};
    use crate::app::command::Command;

    /// Returns the command line that an attack or a report records.
    #[track_caller]
    fn recorded(args: &[&str]) -> String {
        let Invocation { action, .. } = Invocation::parse(args.iter().map(OsString::from));
        let Ok(Action::Run(command)) = action else { panic!("{action:?}") };
        match *command {
            Command::Attack(options) => options.command,
            Command::Report(options) => options.command,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(args: &[&str], expected: &str) {
        let args = [&["drumfire", "attack"], args].concat();
        assert_eq!(recorded(&args), format!("drumfire attack{expected}"));
    }

    #[test]
    fn a_recorded_command_can_be_run_again_by_a_shell() {
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
    fn a_command_begins_with_the_name_of_the_call() {
        assert_eq!(recorded(&["/usr/bin/attack", "-rate=5"]), "attack -rate=5");
        assert_eq!(recorded(&["./drumfire", "-cpus=2", "attack"]), "drumfire attack -cpus=2");
    }

    #[test]
    fn files_follow_the_flags() {
        let line = recorded(&["report", "-type", "html", "a b.arrow", "c.arrow"]);
        assert_eq!(line, "report -type=html 'a b.arrow' c.arrow");
    }

    #[test]
    fn secrets_are_redacted() {
        let table: [(&[&str], &str); 10] = [
            (&["-data={\"password\": \"s3cret\"}"], " -data='***'"),
            (&["-data=@order.json"], " -data=@order.json"),
            (&["POST http://me:s3cret@h/"], " 'POST http://***@h/'"),
            (&["-header=Authorization: Bearer s3cret"], " -header='Authorization: ***'"),
            (&["-header", "X-Key:s3:cret"], " -header='X-Key: ***'"),
            (&["-proxy-header= X-Key : s3cret"], " -proxy-header='X-Key: ***'"),
            (&["-base-url=http://me:s3cret@h/v1"], " -base-url='http://***@h/v1'"),
            (&["-flow=a.hurl", "-secret=pw=s3:cr@t"], " -flow=a.hurl -secret='pw=***'"),
            (
                &["-flow=a", "-variable=base=http://h:1", "-variable=mail=a@b.c"],
                " -flow=a -variable=base=http://h:1 -variable=mail=a@b.c",
            ),
            (&["-key=key.pem", "-cert=cert.pem"], " -key=key.pem -cert=cert.pem"),
        ];
        for (args, expected) in table {
            check(args, expected);
        }
    }

    #[test]
    fn a_command_is_cut_to_what_a_plan_can_carry() {
        let name = format!("-name={}", "a".repeat(9_000));
        let line = recorded(&["attack", &name]);
        assert!(line.len() < 4_100 && line.ends_with("a…"), "{line}");
    }
}
