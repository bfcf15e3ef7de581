//! Reasons to refuse a variable of a list or a row of a feed, and their texts.

use crate::markup::redact::of_bad_name;
use crate::targets::path::MAX_URL_BYTES;

/// Most columns that an error text lists.
const MAX_LISTED_COLUMNS: usize = 20;

/// Reason to refuse a variable. Its text says what is wrong and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableProblem {
    /// `{{` without `}}`.
    #[error("'{{{{' without '}}}}': expected {{{{variable}}}}")]
    Unclosed,
    /// An unknown filter after `|`.
    #[error("unknown filter '{}': expected json", of_bad_name(.0))]
    Filter(String),
    /// A variable in the scheme, host or port of a URL.
    #[error(
        "'{{{{{}}}}}' before the path: expected scheme, host and port to be fixed, \
         or {{{{$env NAME}}}}",
        of_bad_name(.0)
    )]
    BeforePath(String),
    /// `$randomInt` with missing or bad bounds.
    #[error(
        "bad variable '{}': expected $randomInt A B, whole numbers, from A to below B",
        of_bad_name(.0)
    )]
    RandomInt(String),
    /// A variable of the environment that is not set.
    #[error("no '{}' in the environment: expected it to be set", of_bad_name(.0))]
    Environment(String),
    /// An unknown name after `$`.
    #[error(
        "unknown variable '{}'; expected $uuid, $seq, $timestamp, $randomInt A B, $env NAME, \
         $open or $mark",
        of_bad_name(.0)
    )]
    Generator(String),
    /// A column although there is no feed.
    #[error(
        "unknown variable '{}'; expected a column of -feed, which is not given",
        of_bad_name(.0)
    )]
    NoFeed(String),
    /// A column that the feed does not have.
    #[error("unknown variable '{}'; {}", of_bad_name(.name), listed(.columns))]
    Column {
        /// The name in the list.
        name: String,
        /// The columns that the feed has.
        columns: Vec<String>,
    },
}

/// Reason to refuse a row of a feed for a target list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// A cell for a header has a control character.
    #[error(
        "a control character in '{column}', which is for a header in line {line} of the list: \
         expected text on one line, or {{{{{column}|json}}}} there"
    )]
    ControlCharacter {
        /// The column of the cell.
        column: String,
        /// Line of the list, from 1.
        line: usize,
    },
    /// A cell does not fit its field in a gRPC message, or the metadata.
    #[error("for line {line} of the list: {problem}")]
    Message {
        /// Line of the list, from 1.
        line: usize,
        /// What is wrong, without the value.
        problem: String,
    },
    /// The longest cells so far make a URL too long.
    #[error(
        "cells too long for the URL in line {line} of the list: expected at most {MAX_URL_BYTES} \
         bytes with the longest of each column, percent-encoded"
    )]
    UrlTooLong {
        /// Line of the list, from 1.
        line: usize,
    },
}

/// Returns the first columns, and an ellipsis if there are more. A feed without a header has values
/// in place of names, which are not shown.
fn listed(columns: &[String]) -> String {
    let is_name = |column: &String| {
        of_bad_name(column) == column && !column.starts_with(|first: char| first.is_ascii_digit())
    };
    if !columns.iter().all(is_name) {
        return "the first line of the feed does not look like column names".to_owned();
    }
    let first: Vec<_> = columns.iter().take(MAX_LISTED_COLUMNS).map(String::as_str).collect();
    let more = if columns.len() > MAX_LISTED_COLUMNS { ", …" } else { "" };
    format!("the feed has: {}{more}", first.join(", "))
}
