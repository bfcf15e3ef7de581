//! What tells series apart, out of what stands in a record.

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

/// Labels of those among them that failed for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FailureLabels {
    pub method: String,
    pub url: String,
    pub status: u16,
    pub message: String,
}

impl HitLabels {
    /// Returns the labels of those that failed for a cause.
    pub fn failed(&self, message: &str) -> FailureLabels {
        let Self { method, url, status } = self.clone();
        FailureLabels { method, url, status, message: message.to_owned() }
    }
}

/// Returns what names a record's target: its own name, or its URL without query and fragment.
pub fn target_of<'a>(record: &Record<'a>) -> &'a str {
    match record.name {
        "" => record.url.split(['?', '#']).next().unwrap_or_default(),
        name => name,
    }
}

/// Returns the cause alone of a failure such as `Get "URL": cause`, since the URL, which would
/// make each a different one, is a label of its own.
pub fn cause_of(error: &str) -> &str {
    let is_method = |word: &str| word.bytes().all(|letter| letter.is_ascii_alphabetic());
    match error.split_once(" \"") {
        Some((word, rest)) if is_method(word) => {
            rest.split_once("\": ").map_or(error, |(_, cause)| cause)
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::prometheus::tests::record;
    use crate::markup::redact::without_users;

    #[test]
    fn a_target_is_told_by_its_name_or_its_url_without_secrets() {
        let table = [
            ("", "http://a/b?token=1", "http://a/b"),
            ("", "http://a/b#c?d", "http://a/b"),
            ("", "https://me:p@ss@a:8443/b@c", "https://a:8443/b@c"),
            ("", "http://me@a", "http://a"),
            ("log in?", "http://a/b?c", "log in?"),
        ];
        for (name, url, told) in table {
            let record = Record { name, url, ..record() };
            assert_eq!(without_users(target_of(&record), ""), told);
        }
    }

    #[test]
    fn a_cause_stands_without_the_url_that_failed() {
        let table = [
            ("Get \"http://a/?q=1\": EOF", "EOF"),
            ("Get \"http://a/\": dial \"x\": refused", "dial \"x\": refused"),
            ("404 Not Found", "404 Not Found"),
            ("503 say \"no\": now", "503 say \"no\": now"),
            ("unexpected EOF", "unexpected EOF"),
        ];
        for (error, cause) in table {
            assert_eq!(cause_of(error), cause);
        }
    }
}
