//! Reports of flows and of closed loops.

use super::{body, check_golden, written};
use crate::facts::{Facts, FlowFacts};
use crate::metrics::samples::steady_flows;
use crate::metrics::{By, Groups, Metrics};
use crate::plan::{Plan, PlannedFlow};
use crate::report::{Contents, Kind};

/// Returns 100 flows of an attack that is over.
fn run(plan: Plan) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.add_batch(&steady_flows());
    let flows = Some(vec![PlannedFlow { name: "login".to_owned(), weight: 1, endless: false }]);
    metrics.add_plan(&Plan { flows, ..plan });
    let flows = Some(FlowFacts {
        started: 100,
        cut: 4,
        cut_mean_ns: 31_000_000_000,
        cut_longest_ns: 45_000_000_000,
        ..FlowFacts::default()
    });
    metrics.add_facts(&Facts { flows, ..Facts::default() });
    metrics
}

fn open() -> Metrics {
    let rate = "10/1s".parse().unwrap();
    let duration_ns = 10_000_000_000;
    let (flow_count, max_flows) = (Some(100), Some(500));
    run(Plan { rate, duration_ns, flow_count, max_flows, ..Plan::default() })
}

fn closed() -> Metrics {
    let users = Some("10s@0..12,5s@12".to_owned());
    run(Plan { users, duration_ns: 15_000_000_000, ..Plan::default() })
}

fn by(by: By) -> Groups {
    let mut groups = Groups::new(by, None);
    groups.add_batch(&steady_flows());
    groups
}

#[test]
fn flows_and_checks_have_rows_and_keys() {
    let (whole, flows) = (open(), by(By::Flow));
    let contents = Contents { groups: Some(&flows), ..Contents::from(&whole) };
    for kind in ["text", "json", "markdown"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("flows.{kind}"), &written(&kind_of, contents));
    }
}

#[test]
fn locusts_columns_have_a_row_for_each_flow_and_for_the_checks() {
    let (whole, flows, requests) = (open(), by(By::Flow), by(By::Request));
    let contents =
        Contents { groups: Some(&requests), flows: Some(&flows), ..Contents::from(&whole) };
    check_golden("flows.csv", &written(&Kind::Csv, contents));
}

#[test]
fn a_closed_loop_is_labelled_in_every_report_for_people() {
    let whole = closed();
    for kind in ["text", "json", "markdown"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("closed.{kind}"), &written(&kind_of, &whole));
    }
    let page = written(&Kind::Html, &whole);
    assert!(page.contains(">closed loop</"), "{page}");
    assert!(page.contains("the equivalent open loop is -rate=6.67."), "{page}");
    let open = written(&Kind::Html, &open());
    assert!(!open.contains("losed loop"), "{open}");
}

#[test]
fn users_who_make_one_flow_each_have_no_open_rate() {
    let whole = run(Plan { users: Some("100".to_owned()), ..Plan::default() });
    let reason = "none, since each user made only one flow or request";
    for (kind, before) in [
        ("text", "[equivalent open loop]                  "),
        ("json", "\"users\":\"100\",\"problem\":\""),
        ("markdown", "\\[equivalent open loop\\] | "),
        ("html", "equivalent open loop: "),
    ] {
        let kind = Kind::parse(kind, "").unwrap();
        let document = written(&kind, &whole);
        assert!(document.contains(&format!("{before}{reason}")), "{document}");
    }
}

#[test]
fn rates_of_flows_of_users_are_over_the_planned_time() {
    let (whole, flows) = (closed(), by(By::Flow));
    let contents = Contents { groups: Some(&flows), flows: Some(&flows), ..Contents::from(&whole) };
    for (kind, rate) in
        [("text", "login    100    6.67"), ("json", "\"rate\":6.66"), ("csv", ",6.66")]
    {
        let kind = Kind::parse(kind, "").unwrap();
        let document = written(&kind, contents);
        assert!(document.contains(rate), "{document}");
    }
    let page = written(&Kind::Html, contents);
    assert_eq!(page.matches(">6.67/s<").count(), 2, "{page}");
}

#[test]
fn a_page_has_a_table_of_flows() {
    let (whole, flows) = (open(), by(By::Flow));
    let contents = Contents { flows: Some(&flows), ..Contents::from(&whole) };
    let page = body(&written(&Kind::Html, contents));
    let (_, rest) = page.split_once(">Flows</h2>").expect("the page has the section");
    let (table, _) = rest.split_once("</table>").unwrap();
    check_golden("flows-table.html", &format!("{}</table>\n", table.trim_start()));
}

#[test]
fn steps_have_checks_but_no_flows() {
    let (whole, names) = (open(), by(By::Name));
    let contents = Contents { groups: Some(&names), ..Contents::from(&whole) };
    let json = written(&Kind::Json(None), contents);
    let (_, groups) = json.split_once("\"groups\":").unwrap();
    assert!(groups.contains("\"checks\":{") && !groups.contains("\"flows\":{"), "{groups}");
}
