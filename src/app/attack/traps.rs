//! Warnings about attacks that can begin but probably do not do what was meant.

use std::path::Path;

use drumfire::attack::{Order, TargetList};
use drumfire::targets::unexpanded;
use drumfire::units::greatest_common_divisor;

/// Returns a warning if the name of the output is that of another format. None otherwise.
pub fn foreign_ending(output: &str) -> Option<String> {
    let ending = Path::new(output).extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "gob" | "json" => Some(format!(
            "{output} will be an Arrow stream: to get {ending}, convert it with 'drumfire encode \
             -to={ending} {output}'"
        )),
        "html" | "htm" | "md" | "svg" | "txt" | "xml" => Some(format!(
            "{output} will be an Arrow stream: to get a report, run 'drumfire report {output}'"
        )),
        _ => None,
    }
}

/// Returns warnings about targets and their feed.
pub fn of_targets(list: &TargetList) -> Vec<String> {
    let text = list.feed.is_none().then(|| unexpanded(&list.targets)).flatten();
    let text = text.map(|variable| {
        format!(
            "{variable} is sent as written: for a value in its place, give -feed=FILE with a \
             column of this name"
        )
    });
    text.into_iter().chain(shared_divisor(list)).collect()
}

/// Returns a warning if each target gets only some rows of the feed, always the same ones. None
/// otherwise.
fn shared_divisor(list: &TargetList) -> Option<String> {
    let rows = list.feed.as_ref().filter(|feed| feed.repeats_in_order())?.n_rows();
    let weights = list.targets.iter().map(|target| u64::from(target.weight)).sum::<u64>();
    let divisor = greatest_common_divisor(rows, weights);
    let uses_rows = list.targets.iter().any(|target| target.template.is_some());
    let is_limited = divisor > 1 && list.targets.len() > 1 && list.order == Order::Even;
    (is_limited && uses_rows).then(|| {
        format!(
            "each target gets only some rows of the feed, since {rows} rows and a total weight of \
             {weights} have the common divisor {divisor}: give -feed-order=shuffle"
        )
    })
}
