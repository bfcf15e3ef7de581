//! gRPC calls: `CALL grpc://HOST:PORT/package.Service/Method`.

use crate::flow::syntax::input::{Parsed, refuse_at};
use crate::flow::tree::options::Setting;
use crate::flow::tree::request::{Call, Entry};
use crate::flow::tree::template::{Part, Template};
use crate::targets::grpc_url;

/// The method of calls. hurl passes over them because of `skip: true`.
pub const METHOD: &str = "CALL";

/// What is expected of the URL of a call.
const EXPECTED: &str = "expected grpc://HOST:PORT/package.Service/Method, or grpcs:// for TLS";

/// Stands for a placeholder in the text of a URL. No file has it.
const PLACEHOLDER: char = '\0';

/// Returns whether a text starts with another, in small letters or capitals.
pub fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

/// Returns whether a URL is that of a call.
pub fn is_grpc(url: &str) -> bool {
    starts_with(url, "grpc://") || starts_with(url, "grpcs://")
}

/// Refuses a URL of a call, which is at the offset `at`, if no value of its variables makes it one.
pub fn check_url(url: &Template, at: usize) -> Parsed<()> {
    match url.0.first() {
        // Its value is known when the call is made.
        Some(Part::Placeholder(..)) => {}
        Some(Part::Text(text)) if is_grpc(text) => {}
        // A variable may be the rest, as in grpc{{s}}://a/.
        Some(Part::Text(text)) if starts_with("grpcs://", text) && url.0.len() > 1 => {}
        _ => return refuse_at(at, format!("CALL of another URL: {EXPECTED}")),
    }
    let problem = match (method(url), url.fixed()) {
        (None, _) => format!("no method in the URL of a call: {EXPECTED}"),
        (Some(method), _) if method.contains(PLACEHOLDER) => {
            "variable in the method of a call: expected variables in the host only, as in \
             grpc://{{host}}/package.Service/Method"
                .to_owned()
        }
        (Some(method), None) => match grpc_url(format!("a:1/{method}")) {
            Ok(_) => return Ok(()),
            Err(problem) => format!("bad URL: {problem}"),
        },
        (Some(_), Some(url)) => match grpc_url(url.to_owned()) {
            Ok(_) => return Ok(()),
            Err(problem) => format!("bad URL: {problem}"),
        },
    };
    refuse_at(at, problem)
}

/// Returns what is after the host in the URL of a call. None if nothing is.
fn method(url: &Template) -> Option<String> {
    let mut text = String::new();
    for part in &url.0 {
        match part {
            Part::Text(fixed) => text.push_str(fixed),
            Part::Placeholder(..) => text.push(PLACEHOLDER),
        }
    }
    let address = text.split_once("://").map_or(&*text, |(_, address)| address);
    let (_, method) = address.split_once('/')?;
    Some(method.to_owned()).filter(|method| !method.is_empty())
}

/// Returns the call of a request whose URL has been checked. None for a request of HTTP.
pub fn of_request(method_word: &str, url: &Template, line: usize) -> Option<Call> {
    let method = method(url).filter(|_| method_word == METHOD)?;
    Some(Call { method: method.into(), messages_line: line, is_in_file: false })
}

/// Sets where the messages of a call are. `text` begins with its body, which is at a line.
pub fn set_messages(call: &mut Call, line: usize, text: &str) {
    // The messages of a block begin in the line after its three backticks.
    call.messages_line = line + usize::from(text.starts_with("```"));
    call.is_in_file = text.starts_with("file");
}

/// Refuses what a call cannot have, and lets it be made. The method of the entry is at the offset
/// `at`.
pub fn check(entry: &mut Entry, at: usize) -> Parsed<()> {
    // hurl passes over a call only with this option.
    if !matches!(entry.options.skip, Setting::Fixed(true)) {
        return refuse_at(at, "gRPC call without 'skip: true': expected it under [Options]");
    }
    let sections = [
        ("Query", !entry.query.is_empty()),
        ("Form", !entry.form.is_empty()),
        ("Multipart", !entry.multipart.is_empty()),
        ("Cookies", !entry.cookies.is_empty()),
    ];
    if let Some((section, _)) = sections.into_iter().find(|(_, is_there)| *is_there) {
        let problem = format!(
            "[{section}] in a gRPC call: expected headers for metadata, and messages as JSON"
        );
        return refuse_at(at, problem);
    }
    let options = &entry.options;
    let is_set = |setting: &Setting<bool>| !matches!(setting, Setting::Fixed(false));
    let names = [
        ("location", is_set(&options.follow)),
        ("max-redirs", options.max_redirects.is_some()),
        ("compressed", is_set(&options.compressed)),
        ("path-as-is", options.path_as_is),
    ];
    if let Some((name, _)) = names.into_iter().find(|(_, is_there)| *is_there) {
        let problem = format!("option '{name}' in a gRPC call: expected it in HTTP requests only");
        return refuse_at(at, problem);
    }
    entry.options.skip = Setting::Fixed(false);
    Ok(())
}
