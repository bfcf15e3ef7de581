//! Translates the flag syntax of Go, which users of Vegeta know, to that of clap.
//!
//! `-x=v`, `-x v`, `--x=v` and `--x v` are equal. A boolean is `-b` or `-b=false`, and never takes
//! the next argument. If a flag is repeated, the last one counts, unless the flag accumulates. `--`
//! ends the flags. Unlike in Go, flags may follow files.
//!
//! clap's definition of a command is the only list of its flags. A field of an `Options` is
//!
//! - `#[arg(long)] quiet: bool` for a boolean that is off by default,
//! - `#[arg(long, action = ArgAction::Set, default_value_t = true)] keepalive: bool` for one that
//!   is on by default,
//! - `#[arg(long)] header: Vec<…>` for a flag that accumulates,
//! - `#[arg(long, value_parser = parse_rate)]` for a value with its own grammar; the `expected` part
//!   of an `Error::Value` is shown,
//! - an alias of `Option`, such as `Limit<Rate>`, if the parser itself returns an Option; clap
//!   would treat a plain `Option` as a flag that may be missing,
//! - a plain integer for a number, which may be typed as Go reads it (`0x2`, `1_000`).

use std::any::TypeId;
use std::slice::Iter;

use clap::{Arg, ArgAction, Command};
use drumfire::client::Redirects;

use crate::app::args::foreign_flags;
use crate::app::exit::Usage;
use crate::app::manual::flag_docs::is_boolean;
use crate::app::suggestion::nearest;

/// The arguments of a command, translated.
#[derive(Debug, PartialEq, Eq)]
pub enum Translated {
    /// They ask for the command's help.
    Help,
    /// The arguments for clap: `--name=value`, then `--` and the files.
    Args(Vec<String>),
}

/// Translates arguments in Go's syntax to clap's.
///
/// # Errors
///
/// [`Usage`] if the command does not have a flag, a value is missing, a boolean is malformed, or
/// files are given to a command that takes none.
pub fn translate(command: &Command, args: &[String]) -> Result<Translated, Usage> {
    let mut given = Vec::new();
    let mut files = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match split(arg)? {
            Token::End => files.extend(args.by_ref().cloned()),
            Token::File => files.push(arg.clone()),
            Token::Flag("h" | "help", _) => return Ok(Translated::Help),
            Token::Flag(name, value) => {
                let next = args.as_slice().first().map(String::as_str);
                let flag = find(command, name, value.or(next))?;
                let value = value_of(flag, name, value, &mut args)?;
                // The last one counts, unless the flag accumulates.
                if !matches!(flag.get_action(), ArgAction::Append) {
                    given.retain(|(other, _): &(&Arg, _)| other.get_id() != flag.get_id());
                }
                given.push((flag, value));
            }
        }
    }
    if let Some(file) = files.first().filter(|_| command.get_positionals().next().is_none()) {
        return Err(Usage(format!("unexpected argument {file:?}")));
    }
    let flags = given.into_iter().filter_map(|(flag, value)| long_form(flag, &value));
    Ok(Translated::Args(flags.chain(["--".to_owned()]).chain(files).collect()))
}

enum Token<'a> {
    /// `--`, which ends the flags.
    End,
    /// Not a flag; `-` alone is not one either.
    File,
    /// A flag's name, and its value if `=` follows the name.
    Flag(&'a str, Option<&'a str>),
}

fn split(arg: &str) -> Result<Token<'_>, Usage> {
    if arg == "--" {
        return Ok(Token::End);
    }
    let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
        return Ok(Token::File);
    };
    let flag = flag.strip_prefix('-').unwrap_or(flag);
    if flag.starts_with(['-', '=']) {
        return Err(Usage(format!("bad flag syntax: {}", shown_name(arg))));
    }
    Ok(match flag.split_once('=') {
        Some((name, value)) => Token::Flag(name, Some(value)),
        None => Token::Flag(flag, None),
    })
}

/// Returns what messages show of a flag: its name. What follows may be a secret, as in `-ume:pw`.
fn shown_name(flag: &str) -> &str {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    flag.find(|letter| !is_of_name(letter)).map_or(flag, |end| &flag[..end])
}

/// Returns a flag of a command. `value` may be its value.
fn find<'a>(command: &'a Command, name: &str, value: Option<&str>) -> Result<&'a Arg, Usage> {
    command.get_arguments().find(|arg| arg.get_long() == Some(name)).ok_or_else(|| {
        let is_attack = command.get_name() == "attack";
        if let Some(instead) = is_attack.then(|| foreign_flags::instead(name, value)).flatten() {
            return Usage(format!("flag provided but not defined: -{name}: {instead}"));
        }
        let name = shown_name(name);
        let hint = nearest(name, command.get_arguments().filter_map(Arg::get_long));
        let hint = hint.map(|near| format!(" (did you mean -{near}?)")).unwrap_or_default();
        Usage(format!("flag provided but not defined: -{name}{hint}"))
    })
}

/// Returns the value of a flag in clap's spelling, taken from after the `=` or from the next
/// argument.
fn value_of(
    flag: &Arg,
    name: &str,
    value: Option<&str>,
    rest: &mut Iter<'_, String>,
) -> Result<String, Usage> {
    if is_boolean(flag) {
        let value = value.unwrap_or("true");
        let bad =
            || format!("invalid boolean value {value:?} for flag -{name}: expected true or false");
        return parse_boolean(value).map(|value| value.to_string()).ok_or_else(|| Usage(bad()));
    }
    let value = value.or_else(|| rest.next().map(String::as_str));
    let value = value.ok_or_else(|| Usage(format!("flag needs an argument: -{name}")))?;
    let decimal = is_integer(flag).then(|| decimal_of(value)).flatten();
    Ok(decimal.unwrap_or_else(|| value.to_owned()))
}

/// Returns whether a flag takes an integer, which may be written as in Go.
fn is_integer(flag: &Arg) -> bool {
    let integers = [
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<i32>(),
        TypeId::of::<i64>(),
        // A number of redirects, or -1.
        TypeId::of::<Redirects>(),
    ];
    let id = flag.get_value_parser().type_id();
    integers.into_iter().any(|integer| id == integer)
}

/// Returns the boolean that Go reads from a text. None if the text is not a boolean.
///
/// Source: Go, package strconv, ParseBool.
fn parse_boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Returns the decimal form of a number that may have a prefix (`0x2`) or separators (`1_000`).
/// None if the text is not a number in this form.
///
/// Unlike in Go, a leading zero does not make a number octal.
fn decimal_of(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    // Go allows one separator between two digits, and one after a prefix.
    let digits = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    if digits.split('_').any(|group| !group.starts_with(|first: char| first.is_digit(radix))) {
        return None;
    }
    let number = u64::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Some(format!("{sign}{number}"))
}

/// Returns a flag in the form that clap reads. None for a boolean that is switched off.
fn long_form(flag: &Arg, value: &str) -> Option<String> {
    let name = flag.get_long()?;
    match flag.get_action() {
        ArgAction::SetTrue => (value == "true").then(|| format!("--{name}")),
        _ => Some(format!("--{name}={value}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::FromArgMatches as _;
    use drumfire::targets::parse_header;
    use drumfire::units::{Rate, parse_rate, parse_size};
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::app::args::usage_errors::explain;

    #[derive(Debug, clap::Parser)]
    #[command(disable_help_flag = true)]
    struct Options {
        #[arg(long, value_parser = parse_rate, default_value = "50/1s")]
        rate: std::option::Option<Rate>,
        #[arg(long = "max-body", value_parser = parse_size, default_value = "-1")]
        max_body: std::option::Option<u64>,
        #[arg(long, default_value_t = 10)]
        redirects: i64,
        #[arg(long, default_value_t = 10)]
        workers: u64,
        #[arg(long, value_parser = ["http", "json"], default_value = "http")]
        format: String,
        #[arg(long, value_parser = parse_header)]
        header: Vec<(HeaderName, HeaderValue)>,
        #[arg(long, action = ArgAction::Set, default_value_t = true)]
        keepalive: bool,
        #[arg(long)]
        quiet: bool,
        #[arg(long, default_value = "")]
        name: String,
        files: Vec<String>,
    }

    fn command() -> Command {
        let mut command = Options::command();
        command.build();
        command
    }

    fn parse(args: &[&str]) -> Result<Options, Usage> {
        let args: Vec<_> = args.iter().map(ToString::to_string).collect();
        let Translated::Args(line) = translate(&command(), &args)? else {
            return Err(Usage("help".to_owned()));
        };
        command()
            .try_get_matches_from(["attack".to_owned()].into_iter().chain(line))
            .and_then(|matches| Options::from_arg_matches(&matches))
            .map_err(|error| explain(&error))
    }

    #[test]
    fn the_syntax_of_go_is_translated_to_that_of_clap() {
        let table: [(&[&str], &str); 20] = [
            (&[], "--"),
            (&["-rate=5"], "--rate=5 --"),
            (&["-rate", "5"], "--rate=5 --"),
            (&["--rate=5"], "--rate=5 --"),
            (&["--rate", "5"], "--rate=5 --"),
            (&["-rate", "5", "-rate=6"], "--rate=6 --"),
            (&["-name="], "--name= --"),
            (&["-name", "a=b"], "--name=a=b --"),
            (&["-name=a=b"], "--name=a=b --"),
            (&["-header", "A: 1", "-header=B: 2"], "--header=A: 1 --header=B: 2 --"),
            (&["-max-body", "-1"], "--max-body=-1 --"),
            (&["-redirects=-1"], "--redirects=-1 --"),
            (&["-rate", "-name"], "--rate=-name --"),
            (&["-workers=0x1F"], "--workers=31 --"),
            (&["-workers", "1_000"], "--workers=1000 --"),
            (&["-keepalive", "-quiet"], "--keepalive=true --quiet --"),
            (&["-keepalive=F", "-quiet=0"], "--keepalive=false --"),
            (&["-quiet", "false"], "--quiet -- false"),
            (&["a", "-rate=5", "-", "b"], "--rate=5 -- a - b"),
            (&["a", "--", "-rate=5", "--"], "-- a -rate=5 --"),
        ];
        for (args, expected) in table {
            let args: Vec<_> = args.iter().map(ToString::to_string).collect();
            let Ok(Translated::Args(line)) = translate(&command(), &args) else {
                panic!("{args:?} is refused");
            };
            assert_eq!(line.join(" "), expected, "{args:?}");
        }
    }

    #[test]
    fn typed_values_reach_the_options() {
        let options = parse(&["-rate=3/m", "-max-body", "1k", "-redirects", "-1", "-keepalive=f"]);
        let Ok(Options { rate, max_body, redirects, workers, keepalive, quiet, .. }) = options
        else {
            panic!("{options:?}");
        };
        assert_eq!(rate.map(|rate| rate.to_string()).as_deref(), Some("3/1m0s"));
        assert_eq!((max_body, redirects, workers), (Some(1024), -1, 10));
        assert_eq!((keepalive, quiet), (false, false));
    }

    #[test]
    fn an_error_names_the_flag_and_what_was_expected() {
        let table: [(&[&str], &str); 19] = [
            (&["-rat=5"], "flag provided but not defined: -rat (did you mean -rate?)"),
            (
                &["-max-bdy", "1"],
                "flag provided but not defined: -max-bdy (did you mean -max-body?)",
            ),
            (&["-bogus"], "flag provided but not defined: -bogus"),
            (&["-1"], "flag provided but not defined: -1"),
            (&["---rate=5"], "bad flag syntax: ---rate"),
            (&["-=5"], "bad flag syntax: -"),
            (&["-rate"], "flag needs an argument: -rate"),
            (&["a", "--rate"], "flag needs an argument: -rate"),
            (
                &["-rate", "10/q"],
                "invalid value \"10/q\" for flag -rate: expected COUNT or COUNT/UNIT, COUNT a \
                 number, UNIT one of ns, us, ms, s, m, h or a duration such as 500ms; 0 or \
                 infinity for no limit",
            ),
            (
                &["-header=Token s3cret"],
                "invalid value \"Token ***\" for flag -header: expected 'Key: Value'",
            ),
            (&["-workers=-1"], "invalid value \"-1\" for flag -workers: expected a whole number"),
            (
                &["-workers=1__0"],
                "invalid value \"1__0\" for flag -workers: expected a whole number",
            ),
            (&["-workers=0x"], "invalid value \"0x\" for flag -workers: expected a whole number"),
            (
                &["-redirects=9.5"],
                "invalid value \"9.5\" for flag -redirects: expected a whole number",
            ),
            (&["-workers="], "invalid value \"\" for flag -workers: expected a whole number"),
            (
                &["-format=xml"],
                "invalid value \"xml\" for flag -format: expected one of http, json",
            ),
            (
                &["-keepalive=foo"],
                "invalid boolean value \"foo\" for flag -keepalive: expected true or false",
            ),
            (&["-quiet="], "invalid boolean value \"\" for flag -quiet: expected true or false"),
            (&["-name", "x", "-h"], "help"),
        ];
        for (args, expected) in table {
            let Err(Usage(problem)) = parse(args) else { panic!("{args:?} is accepted") };
            assert_eq!(problem, expected, "{args:?}");
        }
    }

    #[test]
    fn every_boolean_of_go_is_read() {
        for text in ["1", "t", "T", "true", "TRUE", "True"] {
            assert_eq!(parse_boolean(text), Some(true), "{text}");
        }
        for text in ["0", "f", "F", "false", "FALSE", "False"] {
            assert_eq!(parse_boolean(text), Some(false), "{text}");
        }
        assert_eq!(parse_boolean("tRUE"), None);
    }

    #[test]
    fn a_command_without_files_takes_none() {
        let command = Command::new("serve").arg(Arg::new("listen").long("listen"));
        let args = ["-listen=:0", "foo"].map(str::to_owned);
        let Err(Usage(problem)) = translate(&command, &args) else { panic!("accepted") };
        assert_eq!(problem, "unexpected argument \"foo\"");
    }
}
