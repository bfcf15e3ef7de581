//! Reads what `attack -try` prints.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a flow did.
#[derive(Debug, Default, PartialEq)]
pub struct Trial {
    /// The last value of each variable that was captured.
    pub captures: BTreeMap<String, Value>,
    /// The lines of checks, captures and requests that failed, without those of tries that were
    /// repeated.
    pub failed_lines: BTreeSet<u64>,
}

impl Trial {
    /// Reads the output of one flow.
    pub fn read(output: &str) -> Self {
        let mut trial = Self::default();
        // Lines that failed in the last try.
        let mut failed = BTreeSet::new();
        for line in output.lines() {
            if let Some(detail) = line.strip_prefix("    line ") {
                let (number, rest) = detail.split_once(' ').unwrap();
                let number = number.parse().unwrap();
                let rest = rest.trim_start();
                if let Some(text) = rest.strip_prefix("capture ") {
                    trial.capture(text.trim_start());
                } else if rest.starts_with("FAILED ") {
                    failed.insert(number);
                }
            } else if line.starts_with("  ") && !line.contains(" (retry ") {
                trial.failed_lines.append(&mut failed);
            } else if line.starts_with("  ") && !line.starts_with("   ") {
                failed.clear();
            }
        }
        trial.failed_lines.append(&mut failed);
        trial
    }

    fn capture(&mut self, text: &str) {
        let (name, value) = text.split_once(": ").unwrap();
        let value =
            serde_json::from_str(value).unwrap_or_else(|problem| panic!("{problem}: {value}"));
        self.captures.insert(name.to_owned(), value);
    }
}

#[test]
fn tries_that_were_repeated_do_not_count() {
    let output = r#"flow 'jobs'
  1 GET http://127.0.0.1:1/
    200 OK, 42 bytes in 7.93ms
    line 7    capture  turn: 1
    line 9    not yet  jsonpath "$.status" == "completed": found "queued"
  1 (retry 1): GET http://127.0.0.1:1/
    line 1    FAILED   timeout
  1 (retry 2): GET http://127.0.0.1:1/
    200 OK, 43 bytes in 415µs
    line 7    capture  turn: 2
    line 9    ok       jsonpath "$.status" == "completed"
  2 last: GET http://127.0.0.1:1/
    200 OK, 43 bytes in 415µs
    line 12   FAILED   status 404: found 200
flow 'jobs' failed: 3 requests, 2 checks, 1 failed
"#;
    let captures = BTreeMap::from([("turn".to_owned(), Value::from(2))]);
    assert_eq!(Trial::read(output), Trial { captures, failed_lines: BTreeSet::from([12]) });
}
