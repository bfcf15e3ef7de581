//! What `drumfire serve -arrivals` noted, and how far each arrival was from its slot.

use std::path::Path;

use anyhow::Context;

/// One request as the server met it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
pub struct Arrival {
    /// Number of the hit; None where the generator does not number its requests.
    pub seq: Option<u64>,
    /// When the head was read, in ns since 1970 UTC.
    pub timestamp_ns: i64,
    /// How long the server then took to answer, in ns; None where it did not, or did not note it.
    #[serde(default)]
    pub delay_ns: Option<u64>,
}

/// Returns the arrivals that a file holds, sorted by time.
///
/// # Errors
///
/// Where the file cannot be read, or is no log of arrivals.
pub fn read(file: &Path) -> anyhow::Result<Vec<Arrival>> {
    let arrivals = csv::Reader::from_path(file)
        .and_then(|mut rows| rows.deserialize().collect::<csv::Result<Vec<Arrival>>>());
    let mut arrivals =
        arrivals.with_context(|| format!("read arrivals from {}", file.display()))?;
    arrivals.sort_by_key(|arrival| arrival.timestamp_ns);
    Ok(arrivals)
}

/// Returns how long after its slot each arrival came, in ns and negative where before it; sorted.
///
/// `slot_of` tells the slot of a hit by its number, in ns since 1970 UTC. Arrivals that it does not
/// know, or that have no number, are left out.
pub fn errors(arrivals: &[Arrival], slot_of: impl Fn(u64) -> Option<i64>) -> Vec<i64> {
    let error = |arrival: &Arrival| Some(arrival.timestamp_ns - slot_of(arrival.seq?)?);
    let mut errors: Vec<i64> = arrivals.iter().filter_map(error).collect();
    errors.sort_unstable();
    errors
}

/// Returns how long after its slot each arrival came, in ns, where nothing but the rate is known
/// of the plan; sorted.
///
/// ```text
/// error(k) = t(k) - t(0) - k / r - b
/// ```
///
/// - `t(k)`: time of the k-th arrival, `arrivals` being sorted by time
/// - `r`: rate, in hits a ns
/// - `b`: what makes the error 0 that 1 % of all stay below
///
/// So the grid stands where the most punctual arrivals put it, and a delay common to all of them
/// counts for nothing. Where requests are missing, all behind them are told to be late.
pub fn errors_on_fitted_grid(arrivals: &[Arrival], hits_per_second: u64) -> Vec<i64> {
    let Some(first) = arrivals.first() else { return Vec::new() };
    let slot = |k: usize| (k as i128 * 1_000_000_000 / i128::from(hits_per_second)) as i64;
    let offset =
        |(k, arrival): (usize, &Arrival)| arrival.timestamp_ns - first.timestamp_ns - slot(k);
    let mut errors: Vec<i64> = arrivals.iter().enumerate().map(offset).collect();
    errors.sort_unstable();
    let base = errors[errors.len() / 100];
    errors.iter_mut().for_each(|error| *error -= base);
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: Option<u64>, timestamp_ns: i64) -> Arrival {
        Arrival { seq, timestamp_ns, delay_ns: None }
    }

    #[test]
    fn arrivals_are_read_in_the_order_of_time_with_and_without_delays() {
        let old = "seq,timestamp_ns\n1,30\n0,20\n,25\n";
        let new = "seq,timestamp_ns,delay_ns\n1,30,7\n0,20,\n,25,9\n";
        for (text, delays) in [(old, [None; 3]), (new, [None, Some(9), Some(7)])] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("arrivals.csv");
            std::fs::write(&file, text).unwrap();
            let expected = [at(Some(0), 20), at(None, 25), at(Some(1), 30)];
            let expected =
                std::array::from_fn::<_, 3, _>(|n| Arrival { delay_ns: delays[n], ..expected[n] });
            assert_eq!(read(&file).unwrap(), expected);
        }
    }

    #[test]
    fn an_error_counts_from_the_slot_of_the_number_not_from_the_order() {
        let arrivals =
            [at(Some(1), 1_900), at(Some(0), 2_100), at(None, 2_200), at(Some(9), 2_300)];
        let slot_of = |seq| (seq < 2).then_some(1_000 * (seq as i64 + 1));
        assert_eq!(errors(&arrivals, slot_of), [-100, 1_100]);
    }

    #[test]
    fn the_fitted_grid_stands_where_the_most_punctual_arrivals_are() {
        // 1000/s, each 50 us late; but one in a hundred is early, and one very late.
        let mut arrivals: Vec<_> = (0..200).map(|k| at(None, k * 1_000_000 + 50_000)).collect();
        arrivals[0].timestamp_ns -= 40_000;
        arrivals[100].timestamp_ns -= 20_000;
        arrivals[150].timestamp_ns += 700_000;
        let errors = errors_on_fitted_grid(&arrivals, 1_000);
        assert_eq!((errors[0], errors[1], errors[2]), (-40_000, -20_000, 0));
        assert_eq!((errors[198], errors[199]), (0, 700_000));
        assert!(errors_on_fitted_grid(&[], 1_000).is_empty());
    }
}
