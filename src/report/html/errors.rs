//! The table of errors: how often each occurred, and in which requests.

use crate::markup::html::{Cell, Table};
use crate::metrics::{FailingRequests, Metrics};
use crate::report::html::cells::shown_text;

/// Maximum number of error texts listed on a page.
const MAX_ERRORS: usize = 100;

/// Maximum number of requests listed for an error.
const MAX_REQUESTS: usize = 4;

/// An error as a page shows it.
struct Listed<'a> {
    /// None for the row that sums up the remaining errors.
    text: Option<&'a str>,
    shown: String,
    count: u64,
}

/// Returns the errors as a page shows them, with their counts, the most frequent first; the
/// remaining ones are summed up in one row.
pub(super) fn brief(whole: &Metrics) -> Vec<(String, u64)> {
    listed(whole).into_iter().map(|Listed { shown, count, .. }| (shown, count)).collect()
}

fn listed(whole: &Metrics) -> Vec<Listed<'_>> {
    let errors: Vec<(&str, u64)> = whole.errors().collect();
    let (listed, further) = errors.split_at(errors.len().min(MAX_ERRORS));
    let row = |&(text, count): &_| Listed { text: Some(text), shown: shown_text(text), count };
    let mut brief: Vec<Listed<'_>> = listed.iter().map(row).collect();
    if !further.is_empty() {
        let shown = format!("({} further texts)", further.len());
        let count = further.iter().map(|(_, count)| count).sum();
        brief.push(Listed { text: None, shown, count });
    }
    brief
}

/// Returns the table of errors. Without known requests, it has no column for them.
pub(super) fn table(whole: &Metrics, failing: Option<&FailingRequests>) -> Table {
    let row = |Listed { text, shown, count }: Listed<'_>| {
        let share = count as f64 / whole.requests().max(1) as f64;
        let percent = format!("{:.2}%", share * 100.0);
        let requests = failing.zip(text).map(|(failing, text)| requests(failing, text));
        vec![
            Cell::text(shown),
            Cell::figure(count.to_string(), count),
            Cell::figure(percent, share),
            Cell::lines(&requests.unwrap_or_default()),
        ]
    };
    let table = Table {
        caption: "Errors and the number of requests".to_owned(),
        is_headed: true,
        head: ["error", "requests", "share", "failed requests"].map(str::to_owned).to_vec(),
        rows: listed(whole).into_iter().map(row).collect(),
        total: None,
    };
    table.without_empty_columns()
}

/// Returns the requests that failed with an error, one a line, the most frequent first. Each has
/// its number of failures if there are several.
fn requests(failing: &FailingRequests, error: &str) -> Vec<String> {
    let (known, further) = failing.of(error);
    let is_only = known.len() == 1 && further == 0;
    let line = |(request, count): &(String, u64)| match is_only {
        true => shown_text(request),
        false => format!("{count} × {}", shown_text(request)),
    };
    let (listed, others) = known.split_at(known.len().min(MAX_REQUESTS));
    let others = others.iter().map(|(_, count)| count).sum::<u64>() + further;
    let rest = (others > 0).then(|| format!("{others} × others"));
    listed.iter().filter(|(request, _)| !request.is_empty()).map(line).chain(rest).collect()
}
