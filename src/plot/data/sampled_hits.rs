//! A sample of the hits of one attack with one outcome, in bounded memory.

/// Maximum number of points kept unsampled, 16 bytes each.
const MAX_POINTS: usize = 200_000;

/// One hit on a chart; ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Release instant, in ns since 1970 UTC.
    pub at_ns: i64,
    /// Latency in ns.
    pub latency_ns: u64,
}

/// One in this many points is reserved for the slowest hits: the 1 000 slowest survive all
/// sampling.
const PART_SLOWEST: usize = 200;

/// The hits of one attack with one outcome. Up to 200 000, all are kept. Beyond that, the fastest
/// and the slowest hit of each interval of equal length are kept, at most 100 000 points, plus the
/// first hit, the last, and the 1 000 slowest.
///
/// The sample depends on the hits only, not on the order of arrival: intervals begin at whole
/// multiples of their length, and they are the shortest ones within the bound.
pub struct Series {
    /// Maximum number of points; varies in tests only.
    room: usize,
    /// In order of arrival, or sampled and sorted by time, followed by points in order of arrival.
    points: Vec<Point>,
    /// Number of hits added.
    n_hits: u64,
    /// Intervals are 2^shift ns long; None while all points are kept.
    shift: Option<u32>,
    /// Earliest and latest point, which sampling could drop; None while there is none.
    ends: Option<(Point, Point)>,
}

impl Default for Series {
    fn default() -> Self {
        Self::with_room(MAX_POINTS)
    }
}

impl Series {
    /// Returns an empty sample of at most `room` points, >= 8. The number of slowest hits is
    /// proportional to `room`.
    fn with_room(room: usize) -> Self {
        Self { room, points: Vec::new(), n_hits: 0, shift: None, ends: None }
    }

    /// Adds one hit.
    pub fn add(&mut self, point: Point) {
        let (first, last) = self.ends.unwrap_or((point, point));
        self.ends = Some((first.min(point), last.max(point)));
        if self.points.len() == self.room {
            self.make_room();
        }
        self.points.push(point);
        self.n_hits += 1;
    }

    /// Number of hits added.
    pub fn n_hits(&self) -> u64 {
        self.n_hits
    }

    /// Returns the sampled points, sorted by time.
    pub fn points(&self) -> Vec<Point> {
        let mut points = self.points.clone();
        points.sort_unstable();
        let (Some(shift), Some((first, last))) = (self.shift, self.ends) else {
            return points;
        };
        thin(&mut points, shift, self.room);
        if points.first() != Some(&first) {
            points.insert(0, first);
        }
        if points.last() != Some(&last) {
            points.push(last);
        }
        points
    }

    fn make_room(&mut self) {
        self.points.sort_unstable();
        self.shift = Some(thin(&mut self.points, self.shift.unwrap_or(0), self.room));
    }
}

/// Reduces sorted points to intervals of 2^shift ns, lengthened until the points fill at most half
/// the room, and returns the final shift. The slowest hits of all are kept too.
fn thin(points: &mut Vec<Point>, mut shift: u32, room: usize) -> u32 {
    points.dedup();
    let slowest = slowest(points, room / PART_SLOWEST);
    keep_extremes(points, shift);
    while points.len() > room / 2 {
        shift += 1;
        keep_extremes(points, shift);
    }
    points.extend(slowest);
    points.sort_unstable();
    points.dedup();
    shift
}

/// Returns the `count` slowest points; of equally slow ones, the latest.
fn slowest(points: &[Point], count: usize) -> Vec<Point> {
    let mut points = points.to_vec();
    let rest = points.len().saturating_sub(count);
    if rest > 0 {
        points.select_nth_unstable_by_key(rest - 1, |point| (point.latency_ns, point.at_ns));
    }
    points.split_off(rest)
}

/// Keeps the fastest and the slowest point of each interval of 2^shift ns; of equal ones, the
/// earliest. Reducing to short intervals and then to long ones gives the same result as to long
/// ones at once.
fn keep_extremes(points: &mut Vec<Point>, shift: u32) {
    let mut kept = 0;
    let mut from = 0;
    while from < points.len() {
        let stretch = points[from].at_ns >> shift;
        let len = points[from..].partition_point(|point| point.at_ns >> shift == stretch);
        let (early, late) = extremes(&points[from..from + len]);
        points[kept] = early;
        kept += 1;
        if late != early {
            points[kept] = late;
            kept += 1;
        }
        from += len;
    }
    points.truncate(kept);
}

/// Returns the fastest and the slowest point, sorted by time; the same point twice if it is both.
fn extremes(points: &[Point]) -> (Point, Point) {
    let mut quickest = points[0];
    let mut slowest = points[0];
    for point in points {
        if point.latency_ns < quickest.latency_ns {
            quickest = *point;
        }
        if point.latency_ns > slowest.latency_ns {
            slowest = *point;
        }
    }
    (quickest.min(slowest), quickest.max(slowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 2_000;

    fn series(points: impl IntoIterator<Item = Point>) -> Series {
        let mut series = Series::with_room(ROOM);
        for point in points {
            series.add(point);
            assert!(series.points.len() <= ROOM);
        }
        series
    }

    /// A run with 10 µs between hits and random latencies, with one fastest and one slowest hit.
    fn run(len: usize) -> Vec<Point> {
        let latency_ns = |idx: usize| match idx {
            1_234 => 1,
            2_345 => 9_000_000,
            _ => 1_000 + idx as u64 * 7_919 % 5_003,
        };
        let at_ns = |idx: usize| 1_795_180_206_240_727_031 + idx as i64 * 10_000;
        (0..len).map(|idx| Point { at_ns: at_ns(idx), latency_ns: latency_ns(idx) }).collect()
    }

    #[test]
    fn up_to_the_bound_every_point_is_kept_and_sorted() {
        let run = run(ROOM);
        let kept = series(run.iter().rev().copied());
        assert_eq!(kept.n_hits(), ROOM as u64);
        assert_eq!(kept.points(), run);
    }

    #[test]
    fn beyond_the_bound_ends_and_extremes_are_kept() {
        let run = run(10 * ROOM);
        let kept = series(run.iter().copied());
        let points = kept.points();
        let most = ROOM / 2 + ROOM / PART_SLOWEST + 2;
        assert!((ROOM / 8..=most).contains(&points.len()), "{}", points.len());
        assert_eq!(kept.n_hits(), 10 * ROOM as u64);
        assert_eq!((points.first(), points.last()), (run.first(), run.last()));
        assert!(points.contains(&run[1_234]) && points.contains(&run[2_345]));
        assert!(points.is_sorted());
    }

    #[test]
    fn beyond_the_bound_the_order_of_arrival_does_not_matter() {
        for len in [ROOM + 1, ROOM * 5 / 2, ROOM * 9 + 7] {
            let run = run(len);
            let sorted = series(run.iter().copied()).points();
            assert_eq!(series(run.iter().rev().copied()).points(), sorted, "{len}");
            // 37 divides none of the lengths, so the stride visits every point once.
            let strided = (0..len).map(|idx| run[idx * 37 % len]);
            assert_eq!(series(strided).points(), sorted, "{len}");
        }
    }

    #[test]
    fn adjacent_slow_hits_are_kept_beyond_the_bound() {
        let mut run = run(10 * ROOM);
        for (nth, point) in run[9_000..9_000 + ROOM / PART_SLOWEST].iter_mut().enumerate() {
            point.latency_ns = 10_000_000 - nth as u64;
        }
        let points = series(run.iter().copied()).points();
        assert!(run[9_000..9_000 + ROOM / PART_SLOWEST].iter().all(|hit| points.contains(hit)));
    }

    #[test]
    fn hits_of_one_instant_are_thinned_to_the_quickest_and_the_slowest() {
        let most = ROOM as u64;
        let run = (0..=most).map(|latency_ns| Point { at_ns: -5, latency_ns });
        let points = series(run).points();
        let latencies: Vec<u64> = points.iter().map(|point| point.latency_ns).collect();
        let slowest = most + 1 - (ROOM / PART_SLOWEST) as u64..=most;
        assert_eq!(latencies, [0].into_iter().chain(slowest).collect::<Vec<_>>());
    }

    #[test]
    fn timestamps_at_the_ends_of_time_are_kept() {
        let ends = [i64::MIN, i64::MAX].map(|at_ns| Point { at_ns, latency_ns: 1 });
        let points = series(run(ROOM).into_iter().chain(ends)).points();
        assert_eq!((points[0], points[points.len() - 1]), (ends[0], ends[1]));
    }
}
