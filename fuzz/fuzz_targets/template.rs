//! Variables of a target list, and cells of a feed for them.

#![no_main]

use drumfire::feed::Row;
use drumfire::schedule::seed::{Purpose, Seed};
use drumfire::targets::{Check, Defaults, Scope, Target, Values, read_http};
use libfuzzer_sys::{Corpus, fuzz_target};

/// The request around the cell, which no cell may change.
const LIST: &str = "POST http://h/a/{{x}}/b?c={{x}}&d=1\nX: <{{x}}>\nY: <{{x|json}}>\n# @body\n\n";

fuzz_target!(|input: (&str, &str)| -> Corpus {
    let (body, cell) = input;
    let scope = Scope { columns: Some(vec!["x".to_owned()]), ..Scope::default() };
    let defaults = Defaults { scope, ..Defaults::default() };
    let list = format!("{LIST}{body}");
    let Ok(targets) = read_http(list.as_bytes(), &defaults) else { return Corpus::Keep };
    check(&targets[0], cell, Check::new(&targets, &["x".to_owned()]));
    Corpus::Keep
});

/// A row that passes the check can be sent, and changes nothing but the values.
fn check(target: &Target, cell: &str, mut check: Check) {
    let (row, rngs) = (Row::from_iter([cell]), Seed(1).rngs(Purpose::Values));
    let sent = target.expand(&mut Values::new(7, 0, Some(&row), &rngs));
    if check.row(&row).is_err() {
        return;
    }
    let sent = sent.expect("what was checked can be sent");
    assert_eq!((&sent.method, &sent.address), (&target.method, &target.address));
    assert_eq!(sent.path.path().matches('/').count(), 3, "{}", sent.url);
    let query = sent.path.query().expect("the list has one");
    assert_eq!(query.matches(['&', '=', '#']).count(), 3, "{}", sent.url);
    assert_eq!(sent.headers[0].1.as_bytes(), format!("<{cell}>").as_bytes());
}
