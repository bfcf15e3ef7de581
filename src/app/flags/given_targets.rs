//! Targets that are given as arguments in place of a list.

use std::net::IpAddr;
use std::path::Path;

use drumfire::error::Error;
use drumfire::markup::redact::{of_bad_line, of_bad_url};
use drumfire::targets::{Defaults, GRPC, Target, WS, read_http};

use crate::app::exit::Usage;
use crate::app::flags::grpc::Schemas;

/// Bytes of a part of a domain's name, at most, for a text to be shown as such.
const MAX_LABEL: usize = 30;

/// The same of the last part.
const MAX_LAST_LABEL: usize = 12;

/// Returns the targets that arguments give: each is a URL, which is requested with GET, or lines of
/// a list in the http format. A URL of gRPC is called, and one of WebSockets is connected to.
///
/// # Errors
///
/// [`Usage`] if an argument is not a target; another error if a server does not provide its schema.
pub fn read(
    arguments: &[String],
    defaults: &Defaults,
    schemas: &Schemas<'_>,
) -> anyhow::Result<Vec<Target>> {
    check_words(arguments)?;
    let mut list = String::new();
    let mut starts = Vec::new();
    for argument in arguments {
        starts.push(list.matches('\n').count() + 1);
        list += &lines(argument, defaults)?;
        list += "\n\n";
    }
    // Variables on the command line are meant as such.
    let defaults = Defaults { enables_variables: true, ..defaults.clone() };
    let named = |error| match error {
        Error::Line { line, problem, .. } => {
            let number = starts.partition_point(|start| *start <= line);
            Usage(format!("bad target {number}: {problem}")).into()
        }
        Error::NoTargets => Usage(error.to_string()).into(),
        error => anyhow::Error::from(error),
    };
    let mut targets = read_http(list.as_bytes(), &defaults).map_err(named)?;
    schemas.compile(&mut targets).map_err(named)?;
    Ok(targets)
}

/// Returns the method that a URL without one means by its scheme. None if that is GET.
pub fn method_of_scheme(argument: &str) -> Option<&'static str> {
    let schemes = [("grpc://", GRPC), ("grpcs://", GRPC), ("ws://", WS), ("wss://", WS)];
    let known = schemes.iter().find(|(scheme, _)| argument.starts_with(scheme));
    known.map(|(_, method)| *method)
}

/// Returns whether an argument is a URL without a method, which means GET, GRPC or WS.
pub fn is_bare_url(argument: &str) -> bool {
    let argument = argument.trim();
    let is_url = argument.contains("://") || argument.starts_with('/');
    is_url && !argument.contains(char::is_whitespace)
}

/// Checks that no target was split into words, as a shell does without quotes.
fn check_words(arguments: &[String]) -> Result<(), Usage> {
    let split = arguments
        .windows(2)
        .find(|pair| pair[0] == GRPC || is_method(&pair[0]) && is_bare_url(&pair[1]));
    split.map_or(Ok(()), |pair| {
        let target = of_bad_url(&pair[1]);
        Err(Usage(format!(
            "unexpected argument {0:?}: quote the target, as in '{0} {target}'",
            pair[0]
        )))
    })
}

fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// Returns the lines that an argument stands for in a list.
fn lines(argument: &str, defaults: &Defaults) -> Result<String, Usage> {
    let argument = argument.trim();
    let begins_target = argument.split_whitespace().next().is_some_and(is_method);
    if begins_target && argument.contains(char::is_whitespace) || argument.starts_with('#') {
        return Ok(argument.to_owned());
    }
    let needs_base = argument.starts_with('/') && defaults.base_url.is_none();
    if is_bare_url(argument) && !(needs_base && Path::new(argument).exists()) {
        let method = method_of_scheme(argument).unwrap_or("GET");
        return Ok(format!("{method} {argument}"));
    }
    Err(Usage(refusal(argument)))
}

/// Returns why an argument is not a target, and what to type in its place.
fn refusal(argument: &str) -> String {
    if Path::new(argument).is_file() {
        return format!("{argument:?} is a file: give -targets={argument}");
    }
    if ["true", "false", "t", "f", "1", "0"].iter().any(|word| argument.eq_ignore_ascii_case(word))
    {
        return format!(
            "unexpected argument {argument:?}: a boolean flag takes its value only after '=', as \
             in -keepalive=false"
        );
    }
    let host = argument.split(['/', '?', '#']).next().unwrap_or_default();
    if is_host(host) {
        let shown = of_bad_url(argument);
        return format!("bad target {shown:?}: expected http://{shown}");
    }
    let shown = if argument.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        argument.to_owned()
    } else {
        of_bad_line(argument)
    };
    format!(
        "unexpected argument {shown:?}: expected a URL, as in http://127.0.0.1:8080/, or a target in \
         quotes, as in 'POST http://127.0.0.1:8080/'"
    )
}

/// Returns whether a text is a host, with or without a port. Anything else could be a password or a
/// token: `me:pw`, `X-Key:pw`, or the three parts of a JSON Web Token.
fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "80"));
    let is_address = host == "localhost" || host.parse::<IpAddr>().is_ok();
    port.parse::<u16>().is_ok() && (is_address || is_domain(host))
}

/// Returns whether a text is a usual name of a domain: lower case, with a short last part.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        (1..=MAX_LABEL).contains(&label.len()) && label.bytes().all(is_allowed)
    };
    let is_last = |label: &str| {
        (2..=MAX_LAST_LABEL).contains(&label.len())
            && label.bytes().all(|letter| letter.is_ascii_lowercase())
    };
    text.rsplit_once('.')
        .is_some_and(|(labels, last)| labels.split('.').all(is_label) && is_last(last))
}
