//! Reports of calls, and of streams with several kinds of records.

use super::{body, check_golden, written};
use crate::metrics::samples::{calls, mixed_calls};
use crate::metrics::{By, Groups, Metrics};
use crate::record::Batch;
use crate::report::{Contents, Kind};

fn fold(batch: &Batch) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.add_batch(batch);
    metrics
}

#[test]
fn statuses_and_times_of_messages_have_rows_and_keys() {
    for (name, batch) in [("calls", calls()), ("kinds", mixed_calls())] {
        for kind in ["text", "json", "markdown"] {
            let kind_of = Kind::parse(kind, "").unwrap();
            check_golden(&format!("{name}.{kind}"), &written(&kind_of, &fold(&batch)));
        }
    }
}

#[test]
fn calls_may_be_grouped_by_status_and_kind() {
    let batch = mixed_calls();
    let whole = fold(&batch);
    for by in [By::Status, By::Kind] {
        let mut groups = Groups::new(by, None);
        groups.add_batch(&batch);
        let contents = Contents { groups: Some(&groups), ..Contents::from(&whole) };
        let text = written(&Kind::Text, contents);
        let (_, table) = text.rsplit_once("\n\n").unwrap();
        check_golden(&format!("by-{}.text", by.word()), table);
    }
}

#[test]
fn locusts_columns_have_a_row_for_each_call() {
    let batch = mixed_calls();
    let (whole, mut requests) = (fold(&batch), Groups::new(By::Request, None));
    requests.add_batch(&batch);
    let contents = Contents { groups: Some(&requests), ..Contents::from(&whole) };
    check_golden("calls.csv", &written(&Kind::Csv, contents));
}

#[test]
fn a_page_has_tables_of_statuses_and_kinds() {
    let page = body(&written(&Kind::Html, &fold(&mixed_calls())));
    let (_, rest) = page.split_once(">gRPC statuses</h2>").expect("the page has the section");
    let (tables, _) = rest.split_once(">Errors</h2>").expect("the page has errors");
    check_golden("calls-tables.html", tables.trim_start());
    assert!(page.contains("First message, p95"), "{page}");
    let plain = written(&Kind::Html, &fold(&crate::metrics::samples::steady_flows()));
    assert!(!plain.contains("gRPC") && !plain.contains("By kind"), "{plain}");
}
