//! The sections of a request.

use bytes::Bytes;

use crate::flow::syntax::body;
use crate::flow::syntax::input::{
    Input, Parsed, end_of_line, expect, go_to_text, next_text, offset, refuse, refuse_at, rest,
    spaces, take,
};
use crate::flow::syntax::pair::pair;
use crate::flow::syntax::request::{options, sendable};
use crate::flow::syntax::section::unknown_section;
use crate::flow::syntax::text::{file_name, is_pair, key, unquoted};
use crate::flow::tree::request::{Entry, FieldValue};
use crate::flow::tree::template::Template;

/// A section of a request. The long and the short name of a section are the same section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Options,
    Query,
    Form,
    Multipart,
    Cookies,
    BasicAuth,
}

impl Section {
    /// Returns the section with a name, which is at the offset `at`.
    pub fn of(name: &str, at: usize) -> Parsed<Self> {
        match name {
            "Options" => Ok(Self::Options),
            "Query" | "QueryStringParams" => Ok(Self::Query),
            "Form" | "FormParams" => Ok(Self::Form),
            "Multipart" | "MultipartFormData" => Ok(Self::Multipart),
            "Cookies" => Ok(Self::Cookies),
            "BasicAuth" => Ok(Self::BasicAuth),
            _ => refuse_at(at, unknown_section(name, false)),
        }
    }
}

/// Reads the lines of a section.
pub fn read(input: &mut Input<'_>, section: Section, entry: &mut Entry) -> Parsed<()> {
    let mut seen = options::Seen::default();
    while is_pair(next_text(input)) {
        go_to_text(input)?;
        match section {
            Section::Options => {
                options::option(input, &mut entry.options, &mut seen)?;
                end_of_line(
                    input,
                    "bad value of an option: expected the end of the line after it",
                )?;
            }
            Section::Query => entry.query.push(parameter(input)?),
            Section::Form => entry.form.push(parameter(input)?),
            Section::Multipart => entry.multipart.push(field(input)?),
            Section::Cookies => entry.cookies.push(cookie(input)?),
            Section::BasicAuth => {
                if entry.basic_auth.is_some() {
                    return refuse(
                        input,
                        "second line of [BasicAuth]: expected one, 'name: password'",
                    );
                }
                entry.basic_auth = Some(parameter(input)?);
            }
        }
    }
    if section == Section::Multipart && !entry.form.is_empty() {
        return refuse(input, "[Form] and [Multipart] in a request: expected one of them");
    }
    Ok(())
}

fn parameter(input: &mut Input<'_>) -> Parsed<(Template, Template)> {
    let pair = pair(input)?;
    end_of_line(input, "text after a value: expected the end of the line")?;
    Ok(pair)
}

/// Reads a line of `[Cookies]`.
fn cookie(input: &mut Input<'_>) -> Parsed<(Template, Template)> {
    let at = offset(input);
    let (name, value) = parameter(input)?;
    sendable::check_value(&name, "a cookie", at)?;
    sendable::check_value(&value, "a cookie", at)?;
    Ok((name, value))
}

/// Reads a line of `[Multipart]`.
fn field(input: &mut Input<'_>) -> Parsed<(Template, FieldValue)> {
    let name = key(input)?;
    spaces(input);
    expect(input, ":", "no colon after a name: expected 'name: value'")?;
    spaces(input);
    let value = if rest(input).starts_with("file,") {
        file(input)?
    } else {
        FieldValue::Text(unquoted(input)?)
    };
    end_of_line(input, "text after a value: expected the end of the line")?;
    Ok((name, value))
}

/// Reads `file,NAME;` and maybe a content type.
fn file(input: &mut Input<'_>) -> Parsed<FieldValue> {
    take(input, "file,");
    spaces(input);
    let at = offset(input);
    let name = file_name(input)?;
    spaces(input);
    expect(input, ";", "bad file: expected file,NAME; and maybe a content type")?;
    spaces(input);
    let type_at = offset(input);
    let content_type = unquoted(input)?;
    let Some(content_type) = content_type.fixed() else {
        return refuse_at(type_at, "placeholder in a content type: expected a fixed one");
    };
    let content: Bytes = body::content(input, at, &name)?;
    let content_type = if content_type.is_empty() { implied_type(&name) } else { content_type };
    Ok(FieldValue::File { content_type: content_type.into(), content, name: name.into() })
}

/// Returns the content type that hurl gives a file, by the ending of its name.
fn implied_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "htm" | "html" => "text/html",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}
