//! Pages: their parts and the order of these.

use super::{body, check_golden, of_two_targets, planned};
use crate::metrics::samples::{batch, fold};
use crate::metrics::{By, Groups, Metrics, Slowest, Summary};
use crate::plan::Plan;
use crate::report::{Contents, Extras, write_html};
use crate::threshold::{RunParts, ThresholdResults};

#[test]
fn a_page_begins_with_the_outcome() {
    let batch = batch(&of_two_targets());
    let (mut groups, mut slowest) = (Groups::new(By::Name, None), Slowest::default());
    groups.add_batch(&batch);
    slowest.add_rows(&batch.rows(0..batch.len()));
    let mut whole = fold(&of_two_targets(), None);
    whole.add_plan(&Plan { rate: "10000/1s".parse().unwrap(), ..Plan::default() });
    let limits = ["p99<500ms", "b:success>=99%"].map(|limit| limit.parse().unwrap());
    let thresholds =
        ThresholdResults::of(&limits, RunParts { groups: Some(&groups), ..(&whole).into() });
    let thresholds = Some(&thresholds);
    let contents = Contents { groups: Some(&groups), thresholds, ..Contents::from(&whole) };
    let extras = Extras {
        title: "checkout: <report>",
        slowest: Some(&slowest),
        command: "drumfire report -type=html 'a & b.arrow'",
        ..Extras::default()
    };
    let mut page = Vec::new();
    write_html(contents, &extras, &mut page).unwrap();
    check_golden("page.html", &body(&String::from_utf8(page).unwrap()));
}

#[test]
fn separate_runs_have_no_common_statistics() {
    let whole = planned();
    let runs = ["old", "new"].map(|label| Summary::of(label, &whole));
    let page = |is_by_run| {
        let mut page = Vec::new();
        let extras = Extras { runs: &runs, is_by_run, ..Extras::default() };
        write_html(&whole, &extras, &mut page).unwrap();
        body(&String::from_utf8(page).unwrap())
    };
    for is_by_run in [false, true] {
        let page = page(is_by_run);
        assert!(page.contains("<th scope=\"row\">old</th>"), "{page}");
        assert_eq!(page.contains("class=\"tiles\""), !is_by_run, "{page}");
        assert_eq!(page.contains("Error Set:"), !is_by_run, "{page}");
    }
}

#[test]
fn charts_come_before_the_text_report() {
    let charts = ["<svg><!-- one --></svg>".to_owned(), "<svg><!-- two --></svg>".to_owned()];
    let mut out = Vec::new();
    let extras = Extras { title: "a < b", charts: &charts, ..Extras::default() };
    write_html(&Metrics::default(), &extras, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    let parts = ["<title>a &lt; b</title>", &charts[0], &charts[1], "Error Set:"];
    let places = parts.map(|part| page.find(part).expect("the page holds the part"));
    assert!(places.is_sorted(), "{places:?}");
}
