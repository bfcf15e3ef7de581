//! The sample lists of targets/, as a user of the repository reads them.

use std::fs;

use drumfire::target::{Defaults, read_http, read_json};

#[test]
fn the_sample_lists_hold_the_same_targets_in_both_formats() {
    let text = fs::read("targets/api.txt").unwrap();
    let json = fs::read("targets/api.json").unwrap();
    let targets = read_http(&text[..], &Defaults::default()).unwrap();
    assert_eq!(read_json(&json[..], &Defaults::default()).unwrap(), targets);

    let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["home", "search", "item", "order", "health"]);
    assert_eq!(targets[3].body, fs::read("targets/order.json").unwrap());
}
