//! Labels of Prometheus series, made from records.

use std::fmt::{self, Write};

use prometheus_client::encoding::{
    EncodeLabelSet, EncodeLabelValue, LabelSetEncoder, LabelValueEncoder,
};

use crate::record::{Kind, Record, grpc_status_name};

/// How a hit ended, as a label: `200`, or `Unavailable` for the status of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Status of HTTP; 0 without a response.
    Http(u16),
    /// Status of gRPC that the server sent.
    Grpc(u8),
}

impl Status {
    /// Returns the status of a record.
    pub fn of(record: &Record<'_>) -> Self {
        let Some(messaging) = record.messaging else { return Self::Http(record.code) };
        match messaging.grpc_status {
            Some(status) => Self::Grpc(status),
            // The status of HTTP says nothing about a call that failed without one of gRPC.
            None if record.error.is_some() && record.code == 200 => Self::Http(0),
            None => Self::Http(record.code),
        }
    }
}

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        match self {
            Self::Http(code) => write!(encoder, "{code}"),
            Self::Grpc(status) => encoder.write_str(&grpc_status_name(*status)),
        }
    }
}

/// The label `kind`; none for plain HTTP requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KindLabel(pub Option<Kind>);

impl EncodeLabelSet for KindLabel {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        let label = self.0.map(|kind| ("kind", kind.word()));
        label.as_slice().encode(encoder)
    }
}

/// Labels of the hits on one target with one status.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HitLabels {
    pub method: String,
    /// The target's own name, or its URL without user, query and fragment.
    pub url: String,
    pub status: Status,
    #[prometheus(flatten)]
    pub kind: KindLabel,
}

/// Labels of the hits on one target with one status that failed for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FailureLabels {
    pub method: String,
    pub url: String,
    pub status: Status,
    #[prometheus(flatten)]
    pub kind: KindLabel,
    /// The [cause](crate::failure_names::cause). The URL is a label already.
    pub message: String,
}

impl HitLabels {
    /// Returns the labels of the hits that failed for a cause.
    pub fn failed(&self, message: &str) -> FailureLabels {
        let Self { method, url, status, kind } = self.clone();
        FailureLabels { method, url, status, kind, message: message.to_owned() }
    }
}

/// Returns the name of a record's target: its own name, or its URL without query and fragment.
pub fn target_of<'a>(record: &Record<'a>) -> &'a str {
    match record.name {
        "" => record.url.split(['?', '#']).next().unwrap_or_default(),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::prometheus::tests::record;
    use crate::markup::redact::without_users;

    #[test]
    fn a_target_is_its_name_or_its_url_without_secrets() {
        let table = [
            ("", "http://a/b?token=1", "http://a/b"),
            ("", "http://a/b#c?d", "http://a/b"),
            ("", "https://me:p@ss@a:8443/b@c", "https://a:8443/b@c"),
            ("", "http://me@a", "http://a"),
            ("log in?", "http://a/b?c", "log in?"),
        ];
        for (name, url, expected) in table {
            let record = Record { name, url, ..record() };
            assert_eq!(without_users(target_of(&record), ""), expected);
        }
    }
}
