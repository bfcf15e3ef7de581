//! What the records of a group have in common, and what that is called.

use std::str::FromStr;

use crate::error::Error;
use crate::record::{Label, Labels, Rows};
use crate::units::parse_keyword;

/// What the records of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The target's own name.
    Name,
    /// The method.
    Method,
    /// The URL as the target has it.
    Url,
    /// The status; 0 without a response.
    Code,
    /// The method, and the target's own name or, where it has none, the URL.
    Request,
}

impl By {
    /// Returns the key as users type it; `request`, which they do not, of [`By::Request`].
    pub fn word(self) -> &'static str {
        match self {
            By::Name => "name",
            By::Method => "method",
            By::Url => "url",
            By::Code => "code",
            By::Request => "request",
        }
    }
}

impl FromStr for By {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self, Error> {
        let keys = [By::Name, By::Method, By::Url, By::Code].map(|by| (by.word(), by));
        parse_keyword("key", key, &keys)
    }
}

/// What a group is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    /// The name, method, URL or status; in parentheses, why there is none.
    pub text: String,
    /// The method, by [`By::Request`]; empty otherwise.
    pub method: String,
}

impl GroupName {
    /// Of the records that have no name.
    pub const UNNAMED: &str = "(unnamed)";
    /// Of all records whose group found no place.
    pub(super) const OTHERS: &str = "(others)";

    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), method: String::new() }
    }

    fn or(text: &str, none: &str) -> Self {
        Self::plain(if text.is_empty() { none } else { text })
    }
}

/// What tells the records of a run apart.
pub(super) struct Keys<'a> {
    by: By,
    names: Labels<'a>,
    methods: Labels<'a>,
    urls: Labels<'a>,
    codes: &'a [u16],
}

impl<'a> Keys<'a> {
    pub fn of(by: By, rows: &Rows<'a>) -> Self {
        let [names, methods, urls] =
            [Label::Name, Label::Method, Label::Url].map(|label| rows.labels(label));
        Self { by, names, methods, urls, codes: rows.codes() }
    }

    /// Returns numbers that two places of the run share only where they are of one group; None where
    /// only the texts tell.
    pub fn numbers(&self, place: usize) -> Option<[i64; 3]> {
        Some(match self.by {
            By::Name => [self.names.number(place)?, 0, 0],
            By::Method => [self.methods.number(place)?, 0, 0],
            By::Url => [self.urls.number(place)?, 0, 0],
            By::Code => [self.codes[place].into(), 0, 0],
            By::Request => {
                [self.names.number(place)?, self.methods.number(place)?, self.urls.number(place)?]
            }
        })
    }

    /// Returns what the group of a place is called.
    pub fn name(&self, place: usize) -> GroupName {
        let [name, method, url] =
            [&self.names, &self.methods, &self.urls].map(|labels| labels.at(place));
        match self.by {
            By::Name => GroupName::or(name, GroupName::UNNAMED),
            By::Method => GroupName::or(method, "(no method)"),
            By::Url => GroupName::or(url, "(no url)"),
            By::Code => GroupName::plain(&self.codes[place].to_string()),
            By::Request => GroupName {
                method: method.to_owned(),
                ..GroupName::or(if name.is_empty() { url } else { name }, "(no url)")
            },
        }
    }
}
