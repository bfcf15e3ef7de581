//! Rewords clap's errors in the style of Go's flag package, with what was expected.

use std::error::Error as StdError;
use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use drumfire::error::Error;

use crate::app::args::foreign_flags;
use crate::app::exit::Usage;

/// Returns an error of clap in the words of Go, with what was expected.
pub fn explain(error: &clap::Error) -> Usage {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    Usage(match error.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let flag = flag_name(text(ContextKind::InvalidArg));
            let value = text(ContextKind::InvalidValue);
            let value = redacted_input(error).unwrap_or(value);
            format!("invalid value {value:?} for {flag}: {}", expected_by(error, value))
        }
        ErrorKind::UnknownArgument => {
            format!("unexpected argument {:?}", text(ContextKind::InvalidArg))
        }
        ErrorKind::ArgumentConflict => {
            let (one, others) = (text(ContextKind::InvalidArg), prior(error));
            format!("{} and {others} cannot be combined: give only one of them", bare_name(one))
        }
        ErrorKind::MissingRequiredArgument => format!("expected {}", missing(error)),
        _ => first_line(error),
    })
}

/// Returns the names of the required arguments that are missing.
fn missing(error: &clap::Error) -> String {
    let names = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(usages)) => {
            usages.iter().map(|usage| flag_name(usage)).collect()
        }
        _ => Vec::new(),
    };
    names.join(", ")
}

/// Returns the names of the flags that conflict with another one.
fn prior(error: &clap::Error) -> String {
    match error.get(ContextKind::PriorArg) {
        Some(ContextValue::String(usage)) => bare_name(usage),
        Some(ContextValue::Strings(usages)) => {
            usages.iter().map(|usage| bare_name(usage)).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// Returns `-rate` for clap's `--rate <N>`.
fn bare_name(usage: &str) -> String {
    flag_name(usage).trim_start_matches("flag ").to_owned()
}

/// Returns `flag -rate` for clap's `--rate <N>`, and `FILE` for its `<FILE>` or `[FILE]...`, which
/// is not a flag.
fn flag_name(usage: &str) -> String {
    match usage.strip_prefix("--") {
        Some(flag) => {
            let name = flag.split([' ', '=', '[', '<']).next().unwrap_or(flag);
            format!("flag -{name}")
        }
        None => usage.trim_end_matches("...").trim_matches(['<', '>', '[', ']']).to_owned(),
    }
}

/// Returns the value as its parser quotes it if it may hold a secret. None for any other value.
fn redacted_input(error: &clap::Error) -> Option<&str> {
    match error.source()?.downcast_ref::<Error>()? {
        Error::Value { what: "header" | "base URL" | "variable", input, .. } => Some(input),
        _ => None,
    }
}

/// Returns what a value parser expected, without the input, which the caller quotes.
fn expected_by(error: &clap::Error, value: &str) -> String {
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue) {
        return match values.as_slice() {
            [] => "expected a value".to_owned(),
            values => format!("expected one of {}", values.join(", ")),
        };
    }
    let Some(source) = error.source() else { return "not accepted".to_owned() };
    match source.downcast_ref::<Error>() {
        // If only one part of a list is wrong, the parser's full text names that part.
        Some(Error::Value { what: "rate", .. }) if foreign_flags::rate(value).is_some() => {
            format!("expected {}", foreign_flags::rate(value).unwrap_or_default())
        }
        Some(Error::Value { input, expected, .. }) if input == value => {
            format!("expected {expected}")
        }
        Some(Error::Keyword { input, expected, .. }) if input == value => {
            format!("expected {expected}")
        }
        _ if source.is::<ParseIntError>() => "expected a whole number".to_owned(),
        _ => source.to_string(),
    }
}

/// Returns the first line of clap's text, with flags in our spelling.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").replace("--", "-")
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    #[test]
    fn errors_without_a_flag_follow_the_same_style() {
        let command = Command::new("serve")
            .arg(Arg::new("file").value_name("FILE").value_parser(["a"]).required(true))
            .arg(Arg::new("fast").long("fast").action(ArgAction::SetTrue).conflicts_with("slow"))
            .arg(Arg::new("slow").long("slow").action(ArgAction::SetTrue));
        let table: [(&[&str], &str); 4] = [
            (&["serve"], "expected FILE"),
            (&["serve", "b"], "invalid value \"b\" for FILE: expected one of a"),
            (&["serve", "a", "b"], "unexpected argument \"b\""),
            (
                &["serve", "a", "--fast", "--slow"],
                "-fast and -slow cannot be combined: give only one of them",
            ),
        ];
        for (line, expected) in table {
            let error = command.clone().try_get_matches_from(line).unwrap_err();
            assert_eq!(explain(&error).0, expected);
        }
    }
}
