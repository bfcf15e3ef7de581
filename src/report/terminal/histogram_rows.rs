//! Where the rows of a histogram begin: at round durations, nearly equally spaced.

/// Mantissas of the rows within a factor of ten, in hundredths, the finest series first. The steps
/// of each series are nearly equal on a logarithmic axis, so that no peak comes from a wide row
/// alone.
///
/// Source: ISO 3:1973, Preferred numbers, R 20, R 10 and R 5; the others are usual on axes.
const SERIES: [&[u64]; 6] = [
    &[
        100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710,
        800, 900,
    ],
    &[100, 125, 160, 200, 250, 315, 400, 500, 630, 800],
    &[100, 160, 250, 400, 630],
    &[100, 200, 500],
    &[100, 300],
    &[100],
];

/// If the longest duration is less than this many times the shortest, all rows have equal width.
const NARROW: u64 = 3;

/// Rows of equal width are at least this part of the shortest duration, far above the resolution of
/// the histogram's counts.
const FINEST: u64 = 100;

/// Returns where rows begin, in ns, rising, at most `most` of them: the first at or before
/// `from_ns`, the last at or before `to_ns`, which must be >= `from_ns`.
pub(super) fn edges(from_ns: u64, to_ns: u64, most: usize) -> Vec<u64> {
    if to_ns / NARROW < from_ns {
        return even(from_ns, to_ns, most);
    }
    let mut rows = SERIES.iter().map(|series| logarithmic(series, from_ns, to_ns));
    rows.find(|edges| edges.len() <= most).unwrap_or_else(|| {
        let [.., decades] = SERIES;
        let all = logarithmic(decades, from_ns, to_ns);
        all.iter().step_by(all.len().div_ceil(most.max(1))).copied().collect()
    })
}

fn even(from_ns: u64, to_ns: u64, most: usize) -> Vec<u64> {
    let steps = (0..19).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
    let mut rows = steps.filter(|step| *step >= from_ns / FINEST).map(|step| {
        let (first, last) = (from_ns / step, to_ns / step);
        (step, first, last, last - first + 1)
    });
    let (step, first, last, _) =
        rows.find(|(.., n_rows)| *n_rows <= most.max(2) as u64).unwrap_or((u64::MAX, 0, 0, 1));
    (first..=last).map(|row| row * step).collect()
}

fn logarithmic(series: &[u64], from_ns: u64, to_ns: u64) -> Vec<u64> {
    let decades = (0..18).map(|power| 10_u64.pow(power));
    let all = decades.flat_map(|decade| series.iter().filter_map(move |m| m.checked_mul(decade)));
    // Below the shortest mantissa there is one row that begins at zero.
    let all: Vec<u64> = std::iter::once(0).chain(all).collect();
    let first = all.partition_point(|edge| *edge <= from_ns).saturating_sub(1);
    let end = all.partition_point(|edge| *edge <= to_ns);
    all[first..end].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u64 = 1_000;
    const MS: u64 = 1_000_000;
    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn rows_begin_at_round_durations_as_fine_as_there_is_room() {
        let table: [(u64, u64, usize, u64, &[u64]); 10] = [
            (
                1_390 * US,
                4_700 * US,
                12,
                US,
                &[1250, 1400, 1600, 1800, 2000, 2240, 2500, 2800, 3150, 3550, 4000, 4500],
            ),
            (
                1_400 * US,
                18 * MS,
                12,
                US,
                &[1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10_000, 12_500, 16_000],
            ),
            (1_400 * US, 18 * MS, 8, US, &[1000, 1600, 2500, 4000, 6300, 10_000, 16_000]),
            (
                30 * US,
                4 * SECOND,
                12,
                US,
                &[30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000],
            ),
            (0, 20 * SECOND, 5, US, &[0, 1, 100, 10_000, 1_000_000]),
            (5 * MS, 5_400 * US, 12, US, &[5000, 5050, 5100, 5150, 5200, 5250, 5300, 5350, 5400]),
            (5 * MS, 5 * MS, 12, MS, &[5]),
            (0, 0, 12, MS, &[0]),
            (7, 20, 12, 1, &[6, 8, 10, 12, 14, 16, 18, 20]),
            (
                u64::MAX / 2,
                u64::MAX,
                12,
                1_000 * SECOND,
                &[
                    9_000_000, 10_000_000, 11_000_000, 12_000_000, 13_000_000, 14_000_000,
                    15_000_000, 16_000_000, 17_000_000, 18_000_000,
                ],
            ),
        ];
        for (from_ns, to_ns, most, unit, expected) in table {
            let found = edges(from_ns, to_ns, most);
            let expected: Vec<u64> = expected.iter().map(|edge| edge * unit).collect();
            assert_eq!(found, expected, "{from_ns} to {to_ns}");
        }
    }

    #[test]
    fn rows_are_never_too_many_and_hold_all_durations() {
        let ends = (0..64)
            .flat_map(|power| [(1_u64 << power) - 1, 1 << power, (1 << power) + (1 << power) / 4]);
        let ends: Vec<u64> = ends.collect();
        for from_ns in &ends {
            for to_ns in ends.iter().filter(|to_ns| *to_ns >= from_ns) {
                for most in [3, 5, 12] {
                    let found = edges(*from_ns, *to_ns, most);
                    assert!((1..=most).contains(&found.len()), "{from_ns} to {to_ns}: {found:?}");
                    assert!(found[0] <= *from_ns && found.is_sorted(), "{from_ns} to {to_ns}");
                    assert!(found[found.len() - 1] <= *to_ns);
                }
            }
        }
    }
}
