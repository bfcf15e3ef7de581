//! The slowest requests: when they happened, and what they were.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::markup::html::{Cell, Page, Table, Tone};
use crate::metrics::{Metrics, SlowHit};
use crate::record::grpc_status_name;
use crate::report::html::cells::{duration, shown_text, text};

/// Length in characters of a repeated text from which on only its two ends are shown.
const LONG: usize = 40;

/// Characters shown of the end of a repeated text.
const END: usize = 15;

/// Columns of texts, and how each is called if all requests have the same text.
const TEXTS: [(&str, &str); 4] = [
    ("attack", "Every attack"),
    ("name", "Every name"),
    ("request", "Every request"),
    ("error", "Every error"),
];

/// Adds the slowest requests, the slowest first. A text that all of them have is shown once, above
/// the table.
pub(super) fn add(page: &mut Page, hits: &[&SlowHit], whole: &Metrics) {
    let texts: Vec<[String; 4]> = hits.iter().map(|hit| texts(hit)).collect();
    let is_common = |column: usize| {
        let first = &texts[0][column];
        // Only several attacks are worth a word.
        let is_informative = column > 0 && !first.is_empty() && texts.len() > 1;
        is_informative && texts.iter().all(|row| row[column] == *first)
    };
    let common: Vec<usize> = (0..TEXTS.len()).filter(|column| is_common(*column)).collect();
    let pair = |column: &usize| (TEXTS[*column].1.to_owned(), texts[0][*column].clone());
    if !common.is_empty() {
        page.pairs(&common.iter().map(pair).collect::<Vec<_>>());
    }
    page.table(&table(hits, &texts, &common, whole));
}

fn texts(hit: &SlowHit) -> [String; 4] {
    let request = format!("{} {}", hit.method, hit.url);
    let error = hit.error.as_deref().unwrap_or_default();
    [&hit.attack, &hit.name, request.trim(), error].map(shown_text)
}

/// Returns the table, without the text columns that all rows have in common.
fn table(hits: &[&SlowHit], texts: &[[String; 4]], common: &[usize], whole: &Metrics) -> Table {
    let is_of_several = hits.iter().any(|hit| hit.attack != hits[0].attack);
    // The charts of several attacks count time from the first hit of each.
    let first_ns = whole.span().filter(|_| !is_of_several).map(|span| span.earliest_ns);
    let time_format = time_format(hits, whole);
    let is_hidden = |column| common.contains(&column) || column == 0 && !is_of_several;
    let mut seen = HashSet::new();
    let mut row = |(hit, texts): (&&SlowHit, &[String; 4])| {
        let mut cells = figures(hit, first_ns, time_format);
        cells.extend(texts.iter().enumerate().map(|(column, text)| match is_hidden(column) {
            true => Cell::text(""),
            false => folded(text, !seen.insert((column, text.clone()))),
        }));
        cells
    };
    let figures = ["seq", "latency", "lag", "at", "time, UTC", "status"].into_iter();
    let table = Table {
        caption: "The slowest requests, by latency".to_owned(),
        is_headed: true,
        head: figures.chain(TEXTS.map(|(name, _)| name)).map(str::to_owned).collect(),
        rows: hits.iter().zip(texts).map(&mut row).collect(),
        total: None,
    };
    table.without_empty_columns()
}

/// Returns the format of instants: without the date if all are on the day of the run's first hit,
/// which is at the top of the page.
fn time_format(hits: &[&SlowHit], whole: &Metrics) -> &'static str {
    let mut instants = hits.iter().map(|hit| hit.timestamp_ns);
    let first_ns = whole.span().map_or(hits[0].timestamp_ns, |span| span.earliest_ns);
    let day = |ns| utc(ns).date();
    match instants.all(|ns| day(ns) == day(first_ns)) {
        true => "%H:%M:%S%.3f",
        false => "%Y-%m-%d %H:%M:%S%.3f",
    }
}

/// Returns an instant in ns since 1970 in UTC.
fn utc(ns: i64) -> Zoned {
    Timestamp::from_nanosecond(ns.into()).unwrap_or_default().to_zoned(TimeZone::UTC)
}

/// Returns the cells without the texts. Time counts from the first hit of the attack, in ns since
/// 1970 UTC, if it is known.
fn figures(hit: &SlowHit, first_ns: Option<i64>, time_format: &str) -> Vec<Cell> {
    let status = match (hit.grpc_status, hit.code) {
        (Some(status), _) => grpc_status_name(status).into_owned(),
        (None, 0) => "none".to_owned(),
        (None, code) => code.to_string(),
    };
    let tone = if hit.is_success() { Tone::Plain } else { Tone::Bad };
    let after = first_ns.map(|first_ns| hit.timestamp_ns.saturating_sub(first_ns).max(0));
    let at = after.map(|ns| Cell::figure(format!("{:.3}s", ns as f64 / 1e9), ns));
    vec![
        Cell::figure(hit.seq.to_string(), hit.seq),
        duration(hit.latency),
        hit.lag.map_or_else(|| Cell::text(""), duration),
        at.unwrap_or_else(|| Cell::text("")),
        Cell::figure(utc(hit.timestamp_ns).strftime(time_format).to_string(), hit.timestamp_ns),
        Cell::figure(status, hit.code).toned(tone),
    ]
}

/// Returns a cell with a text. Of a long one that an earlier row shows, only the two ends are
/// shown.
fn folded(whole: &str, is_repeated: bool) -> Cell {
    let n_chars = whole.chars().count();
    if !is_repeated || n_chars <= LONG {
        return text(whole);
    }
    let begin: String = whole.chars().take(LONG - END - 1).collect();
    let end: String = whole.chars().skip(n_chars - END).collect();
    Cell::shortened(format!("{begin}…{end}"), whole)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn hit(seq: u64, url: &str, error: &str) -> SlowHit {
        SlowHit {
            latency: Duration::from_millis(90 - seq),
            timestamp_ns: 1_795_180_206_500_000_000 + seq as i64,
            seq,
            method: "GET".to_owned(),
            url: url.to_owned(),
            error: (!error.is_empty()).then(|| error.to_owned()),
            ..SlowHit::default()
        }
    }

    fn page(hits: &[SlowHit]) -> String {
        let mut page = Page::new("t");
        add(&mut page, &hits.iter().collect::<Vec<_>>(), &Metrics::default());
        let mut out = Vec::new();
        page.write(&mut out).unwrap();
        let html = String::from_utf8(out).unwrap();
        html.split_once("<body>").unwrap().1.split("<script>").next().unwrap().to_owned()
    }

    #[test]
    fn a_text_of_all_requests_is_shown_once() {
        let html = page(&[hit(1, "http://h/", "EOF"), hit(2, "http://h/", "EOF")]);
        assert!(html.contains("<dt>Every request</dt><dd>GET http://h/</dd>"), "{html}");
        assert_eq!((html.matches("http://h/").count(), html.matches("EOF").count()), (1, 1));
        let single = page(&[hit(1, "http://h/", "EOF")]);
        assert!(single.contains("EOF</td>") && !single.contains("Every"), "{single}");
    }

    #[test]
    fn of_a_repeated_long_text_the_ends_are_shown() {
        let long = format!("http://h/{}", "abcdefghij".repeat(6));
        let html = page(&[hit(1, &long, ""), hit(2, "http://h/", ""), hit(3, &long, "")]);
        assert_eq!(html.matches(&format!(">GET {long}<")).count(), 1, "{html}");
        assert!(html.contains(">GET http://h/abcdefghija…fghijabcdefghij</span>"), "{html}");
        assert!(html.contains(">13:10:06.500<"), "{html}");
    }
}
