//! Whether arrivals follow the schedule, and when they return to it.

use super::arrivals::Arrival;

/// Lateness in ns from which an arrival is late: more than tools with a timer of 1 ms have at their
/// best.
pub const LATE_NS: i64 = 5_000_000;

/// Returns when the last late request arrived, in ns since 1970 UTC; None if none was late.
///
/// The k-th arrival belongs to the k-th slot; `arrivals` is sorted by time. The slots are
/// `interval_ns` apart, and the most punctual arrivals before `calm_until_ns` determine their
/// offset. So if requests are missing, all later ones are late.
pub fn last_late_ns(arrivals: &[Arrival], interval_ns: i64, calm_until_ns: i64) -> Option<i64> {
    let offset = |(k, arrival): (usize, &Arrival)| arrival.timestamp_ns - k as i64 * interval_ns;
    let calm = arrivals.iter().take_while(|arrival| arrival.timestamp_ns < calm_until_ns);
    let start = calm.enumerate().map(offset).min()?;
    let late = |pair: &(usize, &Arrival)| offset(*pair) - start > LATE_NS;
    arrivals.iter().enumerate().rfind(late).map(|(_, arrival)| arrival.timestamp_ns)
}
