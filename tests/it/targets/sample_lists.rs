//! The sample lists in targets/, as a user of the repository reads them.

use std::fs;

use drumfire::feed::{FeedFile, Order};
use drumfire::schedule::seed::Seed;
use drumfire::targets::{Check, Defaults, Scope, read_http, read_json};

#[test]
fn the_sample_lists_have_the_same_targets_in_both_formats() {
    let text = fs::read("targets/api.txt").unwrap();
    let json = fs::read("targets/api.json").unwrap();
    let targets = read_http(&text[..], &Defaults::default()).unwrap();
    let same = read_json(&json[..], &Defaults::default()).unwrap();
    assert_eq!(format!("{same:?}"), format!("{targets:?}"));

    let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["home", "search", "item", "order", "health"]);
    assert_eq!(targets[3].body, fs::read("targets/order.json").unwrap());
}

#[test]
fn the_samples_with_weights_and_values_are_as_described() {
    let list = fs::read("targets/shop.txt").unwrap();
    let shop = read_http(&list[..], &Defaults::default()).unwrap();
    let weights: Vec<_> = shop.iter().map(|it| (it.name.as_str(), it.weight)).collect();
    assert_eq!(weights, [("home", 5), ("search", 3), ("item", 1), ("order", 1)]);

    let file = FeedFile::open("feeds/users.csv".as_ref()).unwrap();
    let columns = file.columns().to_vec();
    let scope = Scope { columns: Some(columns.clone()), ..Scope::default() };
    let list = fs::read("targets/users.txt").unwrap();
    let users = read_http(&list[..], &Defaults { scope, ..Defaults::default() }).unwrap();
    let weights: Vec<_> = users.iter().map(|it| (it.name.as_str(), it.weight)).collect();
    assert_eq!(weights, [("register", 1), ("login", 3)]);
    assert!(users.iter().all(|target| target.template.is_some()));
    let mut check = Check::new(&users, &columns);
    file.read(Order::Cyclic, Seed(1), |row| check.row(row)).unwrap();
}
