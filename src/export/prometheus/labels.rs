//! Labels of Prometheus series, made from records.

use prometheus_client::encoding::EncodeLabelSet;

use crate::record::Record;

/// Labels of the hits on one target with one status.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HitLabels {
    pub method: String,
    /// The target's own name, or its URL without user, query and fragment.
    pub url: String,
    /// 0 without a response.
    pub status: u16,
}

/// Labels of the hits on one target with one status that failed for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FailureLabels {
    pub method: String,
    pub url: String,
    pub status: u16,
    /// The [cause](crate::failure_names::cause). The URL is a label already.
    pub message: String,
}

impl HitLabels {
    /// Returns the labels of the hits that failed for a cause.
    pub fn failed(&self, message: &str) -> FailureLabels {
        let Self { method, url, status } = self.clone();
        FailureLabels { method, url, status, message: message.to_owned() }
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
