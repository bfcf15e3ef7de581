//! The JUnit report: one test case per threshold, for CI systems that show test results.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::markup::escape::{escape, visible};
use crate::metrics::Metrics;
use crate::report::{Contents, text};
use crate::threshold::ThresholdResult;

/// The class name of our test cases, for CI systems that group test cases by class.
const CLASS: &str = "drumfire.thresholds";

/// A test case in XML, and its outcome.
struct Case {
    xml: String,
    has_failed: bool,
    is_skipped: bool,
}

/// Returns the report: a suite of the thresholds, followed by the text report. Whether the
/// generator kept up is a separate test case. It is skipped if the generator did not: the other
/// cases then say little about the server.
///
/// Source: Jenkins, xunit-plugin, types/model/xsd/junit-10.xsd, for the elements and their order.
pub(super) fn render(contents: Contents<'_>) -> String {
    let metrics = contents.whole;
    let rows = contents.thresholds.map_or(&[][..], |thresholds| thresholds.results());
    let cases: Vec<Case> = rows.iter().map(case).chain(generator(metrics)).collect();
    let count = |is_such: fn(&Case) -> bool| cases.iter().filter(|case| is_such(case)).count();
    let (tests, failures) = (cases.len(), count(|case| case.has_failed));
    let skipped = count(|case| case.is_skipped);
    let time = metrics.duration().saturating_add(metrics.wait()).as_secs_f64();
    let counts = format!(r#"tests="{tests}" failures="{failures}" errors="0" time="{time:.3}""#);
    let begun = timestamp(metrics);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"drumfire\" {counts}>\n\
         <testsuite name=\"thresholds\" {counts} skipped=\"{skipped}\"{begun}>\n"
    );
    xml.extend(cases.into_iter().map(|case| case.xml));
    let out = escape(&text::render(contents)).into_owned();
    let _ = write!(xml, "<system-out>{out}</system-out>\n</testsuite>\n</testsuites>\n");
    xml
}

fn case(row: &ThresholdResult) -> Case {
    let group = row.name.as_ref().map_or(String::new(), |name| format!(" [{name}]"));
    let name = format!("{}{group}", row.expr);
    let found = escape(row.measured.text());
    let failure = format!("<failure type=\"threshold\" message=\"found: {found}\"/>\n");
    let outcome = if row.is_passed() { "" } else { &failure };
    Case { xml: element(&name, outcome), has_failed: !row.is_passed(), is_skipped: false }
}

/// Returns the test case of the generator; None if the attack had no schedule.
fn generator(metrics: &Metrics) -> Option<Case> {
    let verdict = metrics.verdict()?;
    let skipped = format!("<skipped message=\"{}\"/>\n", escape(&verdict.to_string()));
    let outcome = if verdict.is_valid() { "" } else { &skipped };
    let xml = element("the generator kept up", outcome);
    Some(Case { xml, has_failed: false, is_skipped: !verdict.is_valid() })
}

fn element(name: &str, outcome: &str) -> String {
    let name = visible(name);
    format!(
        "<testcase name=\"{}\" classname=\"{CLASS}\" time=\"0\">\n{outcome}</testcase>\n",
        escape(&name)
    )
}

/// Returns the `timestamp` attribute with the start of the attack; empty without records.
fn timestamp(metrics: &Metrics) -> String {
    let begun = metrics.span().map(|span| span.earliest_ns);
    let begun = begun.and_then(|ns| Timestamp::from_nanosecond(ns.into()).ok());
    begun.map_or(String::new(), |begun| {
        format!(" timestamp=\"{}\"", begun.strftime("%Y-%m-%dT%H:%M:%S"))
    })
}
