//! Kinds of records, and what is kept for each.

use std::fmt::{self, Display};

use crate::record::Kind;

/// What records describe. None for plain HTTP requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKind(pub Option<Kind>);

impl RecordKind {
    /// Plain HTTP requests.
    pub const HTTP: Self = Self(None);

    /// All kinds, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::HTTP,
        Self(Some(Kind::Call)),
        Self(Some(Kind::Message)),
        Self(Some(Kind::Connect)),
        Self(Some(Kind::Reconnect)),
        Self(Some(Kind::Delivery)),
        Self(Some(Kind::Ping)),
        Self(Some(Kind::Close)),
        Self(Some(Kind::Other)),
    ];

    /// Returns the word in reports: that of the column, `http` for plain HTTP requests.
    pub fn word(self) -> &'static str {
        self.0.map_or("http", Kind::word)
    }

    /// Returns whether the records count in the main metrics.
    pub fn is_main(self) -> bool {
        self.0.is_none_or(Kind::is_main)
    }
}

impl From<Option<Kind>> for RecordKind {
    fn from(kind: Option<Kind>) -> Self {
        Self(kind)
    }
}

impl Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A value for each kind of record that occurs, at most nine. The value of a main kind is kept only
/// if there are several main kinds, because it is that of the whole otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Kinds<M> {
    main: MainKinds,
    /// By rising kind.
    parts: Vec<(RecordKind, M)>,
}

/// The main kinds that occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MainKinds {
    None,
    Only(RecordKind),
    Several,
}

impl<M> Default for Kinds<M> {
    fn default() -> Self {
        Self { main: MainKinds::None, parts: Vec::new() }
    }
}

impl<M> Kinds<M> {
    /// Notes that a main kind occurs.
    pub fn begin(&mut self, kind: RecordKind) {
        if self.main == MainKinds::None {
            self.main = MainKinds::Only(kind);
        }
    }

    /// Notes that several main kinds occur; `own` is the kind so far, with its value.
    pub fn split(&mut self, own: Option<(RecordKind, M)>) {
        self.main = MainKinds::Several;
        self.parts.extend(own);
        self.parts.sort_by_key(|(kind, _)| *kind);
    }

    /// Returns the only main kind. None if there is none or several.
    pub fn only(&self) -> Option<RecordKind> {
        match self.main {
            MainKinds::Only(kind) => Some(kind),
            MainKinds::None | MainKinds::Several => None,
        }
    }

    /// Returns whether there are several main kinds.
    pub fn is_mixed(&self) -> bool {
        self.main == MainKinds::Several
    }

    /// Returns whether a kind is the only main kind.
    pub fn is_only(&self, kind: RecordKind) -> bool {
        self.main == MainKinds::Only(kind)
    }

    /// Returns whether all records are plain HTTP requests.
    pub fn is_plain(&self) -> bool {
        self.parts.is_empty() && (self.main == MainKinds::None || self.is_only(RecordKind::HTTP))
    }

    /// Returns the kinds that have a value, by rising kind.
    pub fn parts(&self) -> impl Iterator<Item = (RecordKind, &M)> {
        self.parts.iter().map(|(kind, value)| (*kind, value))
    }

    /// Returns the value of a kind. None if it has none.
    pub fn part(&self, kind: RecordKind) -> Option<&M> {
        self.parts().find(|(other, _)| *other == kind).map(|(_, value)| value)
    }

    /// Returns the value of a kind, which is added if it is new.
    pub fn part_mut(&mut self, kind: RecordKind, new: impl FnOnce() -> M) -> &mut M {
        let place = self.parts.partition_point(|(other, _)| *other < kind);
        if self.parts.get(place).is_none_or(|(other, _)| *other != kind) {
            self.parts.insert(place, (kind, new()));
        }
        &mut self.parts[place].1
    }

    /// Returns the value of the only kind, if it is no main kind.
    pub fn only_aside(&self) -> Option<&M> {
        match (self.main, self.parts.as_slice()) {
            (MainKinds::None, [(_, value)]) => Some(value),
            _ => None,
        }
    }
}
