//! The placeholders of an entry, in the order in which they are evaluated.

use crate::flow::tree::assert::{Assert, BodyValue, Capture, Expected, Operand, Predicate};
use crate::flow::tree::filter::Filter;
use crate::flow::tree::options::{OptionValue, Options, Setting};
use crate::flow::tree::query::{Path, Pattern, Query};
use crate::flow::tree::request::{Body, Entry, FieldValue};
use crate::flow::tree::template::{Part, Placeholder, Template};

/// What is called for each placeholder.
pub type Visit<'a> = &'a mut dyn FnMut(Placeholder);

/// Visits the placeholders of a text.
pub fn of_template(template: &Template, visit: Visit<'_>) {
    for part in &template.0 {
        if let Part::Placeholder(placeholder, _) = part {
            visit(*placeholder);
        }
    }
}

/// Visits the placeholders of the value of a variable.
pub fn of_value(value: &OptionValue, visit: Visit<'_>) {
    if let OptionValue::Text(text) = value {
        of_template(text, visit);
    }
}

fn of_setting<T>(setting: &Setting<T>, visit: Visit<'_>) {
    if let Setting::Placeholder(placeholder) = setting {
        visit(*placeholder);
    }
}

/// Visits the placeholders of the options, without those of its variables.
pub fn of_options(options: &Options, visit: Visit<'_>) {
    of_setting(&options.delay, visit);
    of_setting(&options.retry, visit);
    of_setting(&options.skip, visit);
    of_setting(&options.follow, visit);
    of_setting(&options.compressed, visit);
    let durations = [&options.retry_interval, &options.max_time];
    durations.into_iter().flatten().for_each(|setting| of_setting(setting, visit));
    let counts = [&options.repeat, &options.max_redirects];
    counts.into_iter().flatten().for_each(|setting| of_setting(setting, visit));
    options.headers.iter().chain(&options.user).for_each(|text| of_template(text, visit));
}

/// Visits the placeholders of the request, without those of its options.
pub fn of_request(entry: &Entry, visit: Visit<'_>) {
    of_template(&entry.url, visit);
    let pairs = [&entry.headers, &entry.query, &entry.form, &entry.cookies].into_iter().flatten();
    for (name, value) in pairs.chain(&entry.basic_auth) {
        of_template(name, visit);
        of_template(value, visit);
    }
    for (name, value) in &entry.multipart {
        of_template(name, visit);
        if let FieldValue::Text(text) = value {
            of_template(text, visit);
        }
    }
    if let Some(Body::Text { text, .. }) = &entry.body {
        of_template(text, visit);
    }
}

/// Visits the placeholders of a capture.
pub fn of_capture(capture: &Capture, visit: Visit<'_>) {
    of_query(&capture.query, visit);
    capture.filters.iter().for_each(|filter| of_filter(filter, visit));
}

/// Visits the placeholders of what is expected of a response, without those of captures.
pub fn of_expected(expected: &Expected, visit: Visit<'_>) {
    for header in &expected.headers {
        of_template(&header.name, visit);
        of_template(&header.value, visit);
    }
    if let Some(BodyValue::Text(text) | BodyValue::Json(text)) =
        expected.body.as_ref().map(|body| &body.body)
    {
        of_template(text, visit);
    }
    expected.asserts.iter().for_each(|assert| of_assert(assert, visit));
}

fn of_assert(assert: &Assert, visit: Visit<'_>) {
    of_query(&assert.query, visit);
    assert.filters.iter().for_each(|filter| of_filter(filter, visit));
    of_predicate(&assert.predicate, visit);
}

fn of_query(query: &Query, visit: Visit<'_>) {
    match query {
        Query::Header(text) | Query::Cookie(text, _) => of_template(text, visit),
        Query::JsonPath(path) => of_path(path, visit),
        Query::Regex(pattern) => of_pattern(pattern, visit),
        // `variable` has no value for a variable that is not set, which is no error.
        Query::Status
        | Query::Version
        | Query::Url
        | Query::Body
        | Query::Bytes
        | Query::RawBytes
        | Query::Variable(_)
        | Query::Duration
        | Query::Sha256
        | Query::Redirects
        | Query::Ip => {}
    }
}

fn of_path(path: &Path, visit: Visit<'_>) {
    if let Path::Variable(text) = path {
        of_template(text, visit);
    }
}

fn of_pattern(pattern: &Pattern, visit: Visit<'_>) {
    if let Pattern::Variable(text) = pattern {
        of_template(text, visit);
    }
}

fn of_filter(filter: &Filter, visit: Visit<'_>) {
    match filter {
        Filter::DateFormat(text)
        | Filter::Split(text)
        | Filter::ToDate(text)
        | Filter::UrlQueryParam(text) => of_template(text, visit),
        Filter::JsonPath(path) => of_path(path, visit),
        Filter::NthVariable(placeholder) => visit(*placeholder),
        Filter::Regex(pattern) => of_pattern(pattern, visit),
        Filter::Replace(old, new) => {
            of_template(old, visit);
            of_template(new, visit);
        }
        Filter::ReplaceRegex(pattern, new) => {
            of_pattern(pattern, visit);
            of_template(new, visit);
        }
        _ => {}
    }
}

fn of_predicate(predicate: &Predicate, visit: Visit<'_>) {
    match predicate {
        Predicate::Equal(operand)
        | Predicate::NotEqual(operand)
        | Predicate::Greater(operand)
        | Predicate::GreaterOrEqual(operand)
        | Predicate::Less(operand)
        | Predicate::LessOrEqual(operand)
        | Predicate::StartsWith(operand)
        | Predicate::EndsWith(operand)
        | Predicate::Contains(operand)
        | Predicate::Includes(operand) => of_operand(operand, visit),
        Predicate::Matches(pattern) => of_pattern(pattern, visit),
        _ => {}
    }
}

fn of_operand(operand: &Operand, visit: Visit<'_>) {
    match operand {
        Operand::Text(text) => of_template(text, visit),
        Operand::Placeholder(placeholder) => visit(*placeholder),
        _ => {}
    }
}
