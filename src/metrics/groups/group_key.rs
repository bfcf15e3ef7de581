//! Keys of groups: what the records of a group have in common.

use std::borrow::Cow;
use std::str::FromStr;

use crate::error::Error;
use crate::markup::redact::shown;
use crate::metrics::tally::kinds::RecordKind;
use crate::record::{Kind, Label, Labels, Rows, grpc_status_name};
use crate::units::parse_keyword;

/// The name of calls and messages without a status.
const NO_STATUS: &str = "(no status)";

/// What the records of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The target's own name.
    Name,
    /// The method.
    Method,
    /// The URL as the target has it.
    Url,
    /// The status of HTTP; 0 without a response.
    Code,
    /// The status of gRPC by name; that of HTTP for plain HTTP requests.
    Status,
    /// The kind of record.
    Kind,
    /// The flow.
    Flow,
    /// The method, and the target's own name, or the URL if the target has no name.
    Request,
}

impl By {
    /// Returns the key as users type it. No one types that of [`By::Request`], `request`.
    pub fn word(self) -> &'static str {
        match self {
            By::Name => "name",
            By::Method => "method",
            By::Url => "url",
            By::Code => "code",
            By::Status => "status",
            By::Kind => "kind",
            By::Flow => "flow",
            By::Request => "request",
        }
    }
}

impl FromStr for By {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self, Error> {
        let keys = [By::Name, By::Method, By::Url, By::Code, By::Status, By::Kind, By::Flow];
        let keys = keys.map(|by| (by.word(), by));
        parse_keyword("key", key, &keys)
    }
}

/// The name of a group. Users and passwords of URLs are hidden: `***` is shown for both. A long text
/// is cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    /// The name, method, URL, status, kind or flow; in parentheses, why there is none.
    pub text: String,
    /// The method, by [`By::Request`]; empty otherwise.
    pub method: String,
}

impl GroupName {
    /// The name of the records without a name.
    pub const UNNAMED: &str = "(unnamed)";
    /// The name of the records that are in no flow.
    pub const NO_FLOW: &str = "(no flow)";
    /// The name of the records of all further groups.
    pub(super) const OTHERS: &str = "(others)";

    pub(super) fn unnamed() -> Self {
        Self::of("", Self::UNNAMED)
    }

    pub(super) fn no_flow() -> Self {
        Self::of("", Self::NO_FLOW)
    }

    pub(super) fn others() -> Self {
        Self::of("", Self::OTHERS)
    }

    /// Returns the name from a text, or from `none` if the text is empty. All names of groups are
    /// made here, so that no report shows a password.
    fn of(text: &str, none: &str) -> Self {
        let text = if text.is_empty() { none } else { text };
        Self { text: shown(text), method: String::new() }
    }
}

/// The keys of the records of a run.
pub(super) struct Keys<'a> {
    by: By,
    names: Labels<'a>,
    methods: Labels<'a>,
    urls: Labels<'a>,
    flows: Labels<'a>,
    codes: &'a [u16],
    /// Empty in a stream without calls and messages.
    kinds: &'a [Option<Kind>],
    /// The status of gRPC of each record; empty unless it is the key.
    statuses: Vec<Option<u8>>,
}

impl<'a> Keys<'a> {
    pub fn of(by: By, rows: &Rows<'a>) -> Self {
        let [names, methods, urls, flows] =
            [Label::Name, Label::Method, Label::Url, Label::Flow].map(|label| rows.labels(label));
        let statuses = match by {
            By::Status => rows.messaging().map(|messaging| messaging?.grpc_status).collect(),
            _ => Vec::new(),
        };
        Self { by, names, methods, urls, flows, codes: rows.codes(), kinds: rows.kinds(), statuses }
    }

    fn kind(&self, place: usize) -> RecordKind {
        RecordKind(self.kinds.get(place).copied().flatten())
    }

    fn status(&self, place: usize) -> Option<u8> {
        self.statuses.get(place).copied().flatten()
    }

    /// Returns the name of the status of a place.
    fn status_name(&self, place: usize) -> Cow<'static, str> {
        match (self.status(place), self.codes[place], self.kind(place)) {
            (Some(status), ..) => grpc_status_name(status),
            // The status of HTTP is why there is none of gRPC.
            (None, 0 | 200, RecordKind(Some(_))) => NO_STATUS.into(),
            (None, code, _) => code.to_string().into(),
        }
    }

    /// Returns numbers that two places of the run share only if they belong to one group; None if
    /// the texts must be compared.
    pub fn numbers(&self, place: usize) -> Option<[i64; 3]> {
        Some(match self.by {
            By::Name => [self.names.number(place)?, 0, 0],
            By::Method => [self.methods.number(place)?, 0, 0],
            By::Url => [self.urls.number(place)?, 0, 0],
            By::Code => [self.codes[place].into(), 0, 0],
            By::Status => {
                let status = self.status(place).map_or(-1, i64::from);
                let is_plain = self.kind(place) == RecordKind::HTTP;
                [status, is_plain.into(), self.codes[place].into()]
            }
            By::Kind => [self.kind(place).0.map_or(-1, |kind| kind as i64), 0, 0],
            By::Flow => [self.flows.number(place)?, 0, 0],
            By::Request => {
                [self.names.number(place)?, self.methods.number(place)?, self.urls.number(place)?]
            }
        })
    }

    /// Returns the name of the group of a place.
    pub fn name(&self, place: usize) -> GroupName {
        let [name, method, url] =
            [&self.names, &self.methods, &self.urls].map(|labels| labels.at(place));
        match self.by {
            By::Name => GroupName::of(name, GroupName::UNNAMED),
            By::Method => GroupName::of(method, "(no method)"),
            By::Url => GroupName::of(url, "(no url)"),
            By::Code => GroupName::of(&self.codes[place].to_string(), ""),
            By::Status => GroupName::of(&self.status_name(place), ""),
            By::Kind => GroupName::of(self.kind(place).word(), ""),
            By::Flow => GroupName::of(self.flows.at(place), GroupName::NO_FLOW),
            By::Request => GroupName {
                method: shown(method),
                ..GroupName::of(if name.is_empty() { url } else { name }, "(no url)")
            },
        }
    }
}
