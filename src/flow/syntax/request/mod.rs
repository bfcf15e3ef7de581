//! The request of an entry.

mod call;
mod options;
mod refused;
mod sections;
mod sendable;
mod socket;
mod url;

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::body::{Content, body, is_body};
use crate::flow::syntax::input::{
    Input, Parsed, end_of_line, go_to_text, line, next_text, offset, refuse_at, rest, since,
    some_spaces,
};
use crate::flow::syntax::pair::pair;
use crate::flow::syntax::section::{is_section, section_name};
use crate::flow::syntax::text::{is_pair, unquoted};
use crate::flow::tree::options::Options;
use crate::flow::tree::request::{Body, Entry};

use sections::Section;

pub use socket::expects as socket_expects;

/// Reads a request, whose method follows. Returns its entry, without what is expected of the
/// response.
pub fn request(input: &mut Input<'_>) -> Parsed<Entry> {
    let (line, at) = (line(input), offset(input));
    let method = method(input)?;
    let (url_at, start) = (offset(input), rest(input));
    let url = unquoted(input)?;
    let written = since(start, input).trim_end();
    end_of_line(input, "text after the URL: expected the end of the line")?;
    url::check(&url, method, url_at)?;
    let call = call::of_request(method, &url, line);
    let mut is_encoded = false;
    let mut entry = Entry {
        line,
        number: input.state.entry,
        name: url::name(method, written).into(),
        method: method.into(),
        url,
        call,
        ..empty()
    };
    while is_pair(next_text(input)) {
        go_to_text(input)?;
        let at = offset(input);
        let (name, value) = pair(input)?;
        sendable::check_header(&name, &value, at)?;
        entry.headers.push((name, value));
        end_of_line(input, "text after a header: expected the end of the line")?;
    }
    read_sections(input, &mut entry)?;
    if is_body(next_text(input)) {
        go_to_text(input)?;
        refuse_second_body(input, &entry)?;
        entry.body_line = input.state.line_of(offset(input));
        if let Some(call) = &mut entry.call {
            call::set_messages(call, entry.body_line, rest(input));
        }
        is_encoded = ["base64,", "hex,"].iter().any(|start| rest(input).starts_with(start));
        entry.body = Some(body_of(body(input)?));
    }
    entry.socket = socket::of_request(&entry, method, written, at)?;
    if entry.socket.is_some() {
        socket::check(&mut entry, is_encoded, at)?;
    }
    if entry.call.is_some() {
        call::check(&mut entry, at)?;
    }
    Ok(entry)
}

/// Returns an entry without anything.
fn empty() -> Entry {
    Entry {
        line: 0,
        number: 0,
        name: Box::default(),
        method: Box::default(),
        url: Default::default(),
        headers: Vec::new(),
        query: Vec::new(),
        form: Vec::new(),
        multipart: Vec::new(),
        cookies: Vec::new(),
        basic_auth: None,
        body: None,
        body_line: 0,
        options: Options::default(),
        call: None,
        socket: None,
        expected: None,
    }
}

/// Reads the method and the blanks after it.
fn method<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    let (at, text) = (offset(input), rest(input));
    if is_section(text) {
        return refuse_at(
            at,
            "section after a body or without a request: expected it above the body",
        );
    }
    let method: &str =
        take_while(0.., |letter: char| letter.is_ascii_alphabetic()).parse_next(input)?;
    let is_method = !method.is_empty() && method.bytes().all(|letter| letter.is_ascii_uppercase());
    if is_method && rest(input).trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
        return refuse_at(at, "no URL: expected one after the method");
    }
    if !is_method || !rest(input).starts_with([' ', '\t']) {
        return refuse_at(
            at,
            "unexpected line: expected a request, as in GET http://example.com/, or a line of the \
             section above",
        );
    }
    some_spaces(input, "no URL: expected one after the method")?;
    Ok(method)
}

fn read_sections(input: &mut Input<'_>, entry: &mut Entry) -> Parsed<()> {
    let mut seen = Vec::new();
    while is_section(next_text(input)) {
        go_to_text(input)?;
        let at = offset(input);
        let section = Section::of(section_name(input)?, at)?;
        if seen.contains(&section) {
            return refuse_at(at, "a section is there twice: expected one of each per request");
        }
        seen.push(section);
        sections::read(input, section, entry)?;
    }
    Ok(())
}

fn refuse_second_body(input: &Input<'_>, entry: &Entry) -> Parsed<()> {
    if entry.form.is_empty() && entry.multipart.is_empty() {
        return Ok(());
    }
    refuse_at(offset(input), "second body: expected either [Form], [Multipart] or a body")
}

fn body_of(content: Content) -> Body {
    match content.into_text() {
        Ok((text, content_type)) => Body::Text { text, content_type },
        Err(bytes) => Body::Bytes(bytes),
    }
}
