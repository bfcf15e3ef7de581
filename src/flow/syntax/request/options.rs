//! `[Options]` of a request.

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::input::word;
use crate::flow::syntax::input::{
    Input, Parsed, expect, line, offset, refuse, refuse_at, rest, since, spaces, take,
};
use crate::flow::syntax::number::{Number, duration, integer, is_number, number};
use crate::flow::syntax::request::refused::{is_off_by_default, refused_option};
use crate::flow::syntax::request::sendable;
use crate::flow::syntax::text::{file_name, is_name, placeholder, quoted, unquoted};
use crate::flow::syntax::words::unknown;
use crate::flow::tree::options::{OptionValue, Options, Setting};
use crate::flow::tree::template::{Placeholder, Slot, Template};

/// The options that are supported, and those that only change what hurl prints.
const KNOWN: [&str; 17] = [
    "delay",
    "retry",
    "retry-interval",
    "repeat",
    "skip",
    "variable",
    "location",
    "max-redirs",
    "max-time",
    "header",
    "user",
    "compressed",
    "path-as-is",
    "verbose",
    "very-verbose",
    "verbosity",
    "output",
];

/// The variables that the options above a line use.
///
/// hurl evaluates the options in order; here, the variables are set first. A variable that is set
/// after its use would make a difference.
#[derive(Debug, Default)]
pub struct Seen(Vec<Slot>);

/// Reads an option without the end of its line.
pub fn option(input: &mut Input<'_>, options: &mut Options, seen: &mut Seen) -> Parsed<()> {
    let at = offset(input);
    let name = word(input)?;
    spaces(input);
    expect(input, ":", "bad option: expected 'name: value'")?;
    spaces(input);
    match name {
        "delay" => options.delay = setting(input, seen, duration)?,
        "retry" => options.retry = setting(input, seen, |input| count(input, name))?,
        "retry-interval" => options.retry_interval = Some(setting(input, seen, duration)?),
        "repeat" => options.repeat = Some(setting(input, seen, |input| count(input, name))?),
        "skip" => options.skip = setting(input, seen, boolean)?,
        "variable" => options.variables.push(variable(input, seen)?),
        "location" => options.follow = setting(input, seen, boolean)?,
        "max-redirs" => options.max_redirects = Some(setting(input, seen, redirects)?),
        "max-time" => options.max_time = Some(setting(input, seen, duration)?),
        "header" => options.headers.push(header(input, seen)?),
        "user" => options.user = Some(text(input, seen)?),
        "compressed" => options.compressed = setting(input, seen, boolean)?,
        "path-as-is" => options.path_as_is = fixed_boolean(input)?,
        _ => printed(input, name, at)?,
    }
    Ok(())
}

/// Reads an option without an effect: it only changes what hurl prints, or turns off what is off.
fn printed(input: &mut Input<'_>, name: &str, at: usize) -> Parsed<()> {
    match name {
        "verbose" | "very-verbose" => setting(input, &mut Seen::default(), boolean).map(|_| ()),
        "verbosity" => match word(input)? {
            "brief" | "verbose" | "debug" => Ok(()),
            _ => refuse(input, "bad verbosity: expected brief, verbose or debug"),
        },
        "output" => file_name(input).map(|_| ()),
        // Its value says what happens without it.
        _ if is_off_by_default(name) && take(input, "false") => Ok(()),
        _ => {
            let expected = "delay, retry, repeat, location or another option";
            let problem = refused_option(name);
            refuse_at(at, problem.unwrap_or_else(|| unknown("option", name, KNOWN, expected)))
        }
    }
}

/// Reads a fixed value or a placeholder.
fn setting<T>(
    input: &mut Input<'_>,
    seen: &mut Seen,
    fixed: impl FnOnce(&mut Input<'_>) -> Parsed<T>,
) -> Parsed<Setting<T>> {
    if !rest(input).starts_with("{{") {
        return fixed(input).map(Setting::Fixed);
    }
    let at = offset(input);
    match placeholder(input)? {
        Placeholder::Variable(slot) => {
            seen.0.push(slot);
            Ok(Setting::Placeholder(Placeholder::Variable(slot)))
        }
        _ => refuse_at(at, "a function gives no value of this option: expected a variable"),
    }
}

fn boolean(input: &mut Input<'_>) -> Parsed<bool> {
    let at = offset(input);
    match word(input)? {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => refuse_at(at, "bad value of an option: expected true, false or {{name}}"),
    }
}

fn fixed_boolean(input: &mut Input<'_>) -> Parsed<bool> {
    if rest(input).starts_with("{{") {
        return refuse(input, "placeholder in path-as-is: expected true or false");
    }
    boolean(input)
}

/// Reads a number of times.
fn count(input: &mut Input<'_>, name: &str) -> Parsed<u32> {
    let at = offset(input);
    match whole(input)? {
        -1 => refuse_at(at, format!("'{name}: -1' has no end: expected a count")),
        number => match u32::try_from(number) {
            Ok(count) => Ok(count),
            Err(_) => refuse_at(at, "bad count: expected a whole number from 0 to 4294967295"),
        },
    }
}

/// Reads a number of redirects; -1 for any number.
fn redirects(input: &mut Input<'_>) -> Parsed<u32> {
    let at = offset(input);
    match whole(input)? {
        -1 => Ok(u32::MAX),
        number => match u32::try_from(number) {
            Ok(count) => Ok(count),
            Err(_) => refuse_at(at, "bad number of redirects: expected 0 or more, or -1 for any"),
        },
    }
}

fn whole(input: &mut Input<'_>) -> Parsed<i64> {
    if !is_number(rest(input)) {
        return refuse(input, "bad value of an option: expected a whole number or {{name}}");
    }
    integer(input)
}

fn text(input: &mut Input<'_>, seen: &mut Seen) -> Parsed<Template> {
    let text = unquoted(input)?;
    seen.0.extend(text.variables());
    Ok(text)
}

fn header(input: &mut Input<'_>, seen: &mut Seen) -> Parsed<Template> {
    let (at, start) = (offset(input), rest(input));
    let header = text(input, seen)?;
    let has_placeholder = header.fixed().is_none();
    if !has_placeholder && !since(start, input).contains(':') {
        return refuse_at(at, "bad header: expected 'header: Name: value'");
    }
    sendable::check_header_line(&header, at)?;
    Ok(header)
}

/// Reads `name=value`.
fn variable(input: &mut Input<'_>, seen: &Seen) -> Parsed<(Slot, OptionValue)> {
    let (at, line) = (offset(input), line(input));
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let name: &str = take_while(0.., is_letter).parse_next(input)?;
    if !is_name(name) {
        return refuse_at(at, "bad name of a variable: expected letters, digits, _ and -");
    }
    let slot = input.state.names.set(name, line);
    spaces(input);
    expect(input, "=", "bad variable: expected 'variable: name=value'")?;
    spaces(input);
    let value = value(input)?;
    match slot {
        Some(slot) if seen.0.contains(&slot) => refuse_at(
            at,
            format!("'{name}' is set after an option that uses it: expected it above that option"),
        ),
        Some(slot) => Ok((slot, value)),
        None => refuse_at(at, "too many variables: expected at most 10000"),
    }
}

/// Reads the value of a variable. What begins like a number or a keyword is one, as in hurl.
fn value(input: &mut Input<'_>) -> Parsed<OptionValue> {
    let text = rest(input);
    if take(input, "null") {
        return Ok(OptionValue::Null);
    }
    if take(input, "true") {
        return Ok(OptionValue::Bool(true));
    }
    if take(input, "false") {
        return Ok(OptionValue::Bool(false));
    }
    if is_number(text) {
        return Ok(match number(input)? {
            Number::Integer(number) => OptionValue::Integer(number),
            Number::Float(number) => OptionValue::Float(number),
            Number::BigInteger(text) => OptionValue::BigInteger(text),
        });
    }
    if text.starts_with('"') {
        return quoted(input).map(OptionValue::Text);
    }
    unquoted(input).map(OptionValue::Text)
}
