//! Whole charts: what they say, that they are well formed, and how they look.

use std::path::Path;
use std::time::Duration;

use super::*;

const START_NS: i64 = 1_795_180_206_240_727_031;

/// A hit: attack, ms since the start, latency in µs, and whether it failed.
type Hit = (&'static str, i64, u64, bool);

fn plot<'a>(threshold: usize, hits: impl IntoIterator<Item = &'a Hit>) -> Plot {
    let mut plot = Plot::new(threshold);
    for (attack, at_ms, latency_us, failed) in hits {
        plot.add(&record(attack, START_NS + at_ms * 1_000_000, *latency_us * 1_000, *failed));
    }
    plot
}

fn record(attack: &str, timestamp_ns: i64, latency_ns: u64, failed: bool) -> Record<'_> {
    Record {
        attack,
        seq: 9,
        code: 200,
        timestamp_ns,
        latency: Duration::from_nanos(latency_ns),
        lag: None,
        connect: None,
        first_byte: None,
        bytes_out: 0,
        bytes_in: 0,
        retries: 0,
        error: failed.then_some("connection refused"),
        body: b"",
        name: "",
        method: "GET",
        url: "",
        headers: None,
    }
}

/// 300 hits of an attack, one each 50 ms, every twentieth of them failed.
fn run(attack: &'static str) -> Vec<Hit> {
    (0..300)
        .map(|idx: i64| (attack, idx * 50, 800 + (idx * 7_919 % 1_009) as u64, idx % 20 == 3))
        .collect()
}

/// Parses a chart and returns its texts in their order, its own title first.
fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.is_element());
    let texts = texts.filter_map(|node| node.text()).map(str::trim);
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// Counts the marks of a chart but those of the legend: circles, then triangles.
fn marks(svg: &str) -> (usize, usize) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let count = |tag: &str| {
        let transparent = |node: &roxmltree::Node<'_, '_>| {
            let group = node.parent_element();
            group.is_some_and(|group| group.attribute("fill-opacity") != Some("1"))
        };
        document
            .descendants()
            .filter(|node| {
                node.has_tag_name(("http://www.w3.org/2000/svg", tag)) && transparent(node)
            })
            .count()
    };
    (count("circle"), count("polygon"))
}

/// Compares with the file of that name under tests/golden, or rewrites it under `UPDATE_GOLDEN=1`.
fn check_golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(actual == expected, "{} differs; UPDATE_GOLDEN=1 rewrites it", path.display());
}

#[test]
fn charts_look_as_they_did() {
    let hits = [
        ("login", 0, 900, false),
        ("login", 40, 1_350, false),
        ("login", 95, 30_000, true),
        ("search", 10, 4_000, false),
        ("search", 12, 0, false),
    ];
    let plot = plot(4000, &hits);
    check_golden("plot/latency.svg", &plot.svg("Two attacks").unwrap());
    check_golden("plot/bands.svg", &plot.bands_svgs("Two attacks").unwrap()[1]);
    let mut page = Vec::new();
    plot.html("Two attacks", &mut page).unwrap();
    check_golden("plot/page.html", &String::from_utf8(page).unwrap());
}

#[test]
fn a_remark_stands_once_below_the_title_of_a_picture_and_of_a_page() {
    let mut plot = plot(4000, &run("a"));
    plot.set_remark("a < b");
    let mut page = Vec::new();
    plot.html("t", &mut page).unwrap();
    for document in [plot.svg("t").unwrap(), String::from_utf8(page).unwrap()] {
        assert_eq!(document.matches("a &lt; b").count(), 1, "{document}");
    }
}

#[test]
fn every_hit_has_a_mark_and_every_series_a_label() {
    let hits = [run(""), run("login")].concat();
    let svg = plot(4000, &hits).svg("t").unwrap();
    assert_eq!(marks(&svg), (570, 30));
    assert_eq!(texts(&svg)[..6], ["t", "t", "OK", "ERROR", "login: OK", "login: ERROR"]);
}

#[test]
fn records_come_in_batches_too() {
    let mut builder = crate::record::BatchBuilder::new();
    let mut batched = Plot::new(4000);
    for (attack, at_ms, latency_us, failed) in run("a") {
        builder.push(&record(attack, START_NS + at_ms * 1_000_000, latency_us * 1_000, failed));
    }
    batched.add_batch(&builder.finish());
    assert_eq!(batched.svg("t").unwrap(), plot(4000, &run("a")).svg("t").unwrap());
}

#[test]
fn attacks_are_in_the_order_of_the_numbers_in_their_names() {
    let hits = ["attack-10", "attack-2", ""].map(|name| (name, 0, 1, false));
    let charts = plot(4000, &hits).charts().unwrap();
    let told: Vec<String> = charts.iter().map(|chart| texts(chart).remove(0)).collect();
    let quantiles = "Latency quantiles over time";
    let expected = [
        "Latency of each hit over time".to_owned(),
        quantiles.to_owned(),
        format!("{quantiles}: attack-2"),
        format!("{quantiles}: attack-10"),
    ];
    assert_eq!(told, expected);
    assert_eq!(texts(&charts[0])[2..5], ["OK", "attack-2: OK", "attack-10: OK"]);
}

#[test]
fn names_that_differ_at_their_end_are_told_apart() {
    let hits =
        ["the-nightly-build-of-2026-11-20-number-1", "the-nightly-build-of-2026-11-20-number-2"]
            .map(|name| (name, 0, 1, false));
    let svg = plot(4000, &hits).svg("t").unwrap();
    assert_eq!(
        texts(&svg)[2..4],
        ["the-nightly-bu…11-20-number-1: OK", "the-nightly-bu…11-20-number-2: OK"]
    );
}

#[test]
fn a_stream_longer_than_its_marks_shows_all_slow_hits() {
    let mut plot = Plot::new(400);
    for idx in 0..220_000_i64 {
        let latency_ns = match idx % 20_000 {
            7_000 => 10_000_000_000,
            7_003 => 2_000_000_000,
            _ => 1_000_000 + idx.unsigned_abs() * 7_919 % 100_003,
        };
        plot.add(&record("", START_NS + idx * 60_000, latency_ns, false));
    }
    let places = plot.attacks[""].places(&plot.attacks[""].answered, 400).unwrap();
    assert_eq!(places.len(), 400);
    assert_eq!(places.iter().filter(|place| place.1 > 9.0).count(), 22);
}

#[test]
fn attacks_count_time_from_their_own_first_hit() {
    let late: Vec<Hit> =
        run("a").iter().map(|hit| (hit.0, hit.1 + 9_000_000, hit.2, hit.3)).collect();
    let svg = |hits: &[Hit]| plot(4000, hits).svg("t").unwrap();
    assert_eq!(svg(&late), svg(&run("a")));
    // Beside an early attack the late one is drawn from its own first hit, too.
    let beside = |hits: Vec<Hit>| svg(&[run("b"), hits].concat());
    assert_eq!(beside(late), beside(run("a")));
}

#[test]
fn the_order_of_records_does_not_matter() {
    let sorted = [run("a"), run("b")].concat();
    let shuffled: Vec<Hit> = (0..600).map(|idx| sorted[idx * 7 % 600]).collect();
    assert_ne!(sorted, shuffled);
    for threshold in [0, 50, 4000] {
        let charts = |hits: &[Hit]| plot(threshold, hits).charts().unwrap();
        assert!(charts(&shuffled) == charts(&sorted), "{threshold}");
    }
}

#[test]
fn a_series_has_at_most_the_threshold_of_marks() {
    let svg = plot(50, &run("a")).svg("t").unwrap();
    assert_eq!(marks(&svg), (50, 15));
    assert!(texts(&svg).contains(&"65 of 300 hits drawn".to_owned()));
    assert_eq!(marks(&plot(0, &run("a")).svg("t").unwrap()), (285, 15));
}

#[test]
fn thresholds_of_one_and_two_are_refused() {
    for threshold in [1, 2] {
        let error = plot(threshold, &run("a")).svg("t").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "bad threshold '{threshold}': expected 0 for every point, or at least 3 (-threshold)"
            )
        );
        assert!(plot(threshold, &run("a")[..1]).svg("t").is_ok());
    }
}

#[test]
fn hostile_names_and_titles_stay_text() {
    let hostile = "</text></svg><script>alert(1)</script>\u{1b}\0\"&'";
    let hits = run("</text><script>&\"'\0");
    let plot = plot(4000, &hits);
    for svg in [plot.svg(hostile).unwrap(), plot.bands_svgs(hostile).unwrap().remove(0)] {
        assert!(!svg.contains("<script"), "{svg}");
        let shown = "</text></svg><script>alert(1)</script>\u{fffd}\u{fffd}\"&'";
        assert!(texts(&svg)[0].starts_with(shown) && texts(&svg)[1] == shown, "{svg}");
        assert!(texts(&svg).iter().any(|text| text.starts_with("</text><script>&\"'\u{fffd}")));
    }
    let mut page = Vec::new();
    plot.html(hostile, &mut page).unwrap();
    assert!(!String::from_utf8(page).unwrap().contains("<script"));
}

#[test]
fn no_results_are_drawn_as_such() {
    for svg in Plot::new(2).charts().unwrap() {
        assert_eq!(texts(&svg).last().unwrap(), "no results");
        assert_eq!(marks(&svg), (0, 0));
    }
}

#[test]
fn extreme_streams_make_well_formed_charts() {
    let table: [(&str, &[(i64, u64)]); 6] = [
        ("one hit", &[(0, 1_000_000)]),
        ("one instant", &[(5, 1), (5, 2_000_000_000)]),
        ("latency 0", &[(0, 0), (1_000, 0)]),
        ("all the same", &[(0, 1_000), (1_000_000, 1_000), (2_000_000, 1_000)]),
        ("all of time", &[(i64::MIN, 1), (0, 2), (i64::MAX, 3)]),
        ("the longest latency", &[(0, u64::MAX), (1, 1)]),
    ];
    for (name, hits) in table {
        let mut plot = Plot::new(4000);
        hits.iter().for_each(|(at_ns, ns)| plot.add(&record("", *at_ns, *ns, false)));
        let charts = plot.charts().unwrap();
        assert_eq!((charts.len(), marks(&charts[0])), (2, (hits.len(), 0)), "{name}");
        assert!(texts(&charts[1]).len() > 8, "{name}");
        assert!(charts.iter().all(|chart| !chart.contains("NaN")), "{name}");
    }
}

#[test]
fn a_chart_of_many_hits_stays_a_modest_file() {
    let mut plot = Plot::new(4000);
    for idx in 0..8_000_i64 {
        let latency_ns = 1_000_000 + idx.unsigned_abs() * 7_919 % 100_003;
        plot.add(&record("", START_NS + idx * 1_000_000, latency_ns, idx % 2 == 0));
    }
    let svg = plot.svg("t").unwrap();
    assert_eq!(marks(&svg), (4_000, 4_000));
    assert!(svg.len() < 400_000, "{} bytes", svg.len());
}
