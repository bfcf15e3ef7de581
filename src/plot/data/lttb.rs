//! Largest-Triangle-Three-Buckets: fewer points with nearly the same appearance.

/// A point on a chart: time in seconds, and height in the unit of the axis.
pub type Place = (f64, f64);

/// Returns at most `most` of the points, >= 2, chosen so that their line looks like the line of all
/// points. The first and the last point are kept. If there are at most `most` points, returns all.
/// The points must be sorted by time; so is the result.
///
/// The points between the first and the last are divided into `most - 2` buckets of nearly equal
/// size. Each bucket keeps the point that spans the largest triangle with the previously chosen
/// point and the mean of the next bucket.
///
/// Source: Sveinn Steinarsson, Downsampling Time Series for Visual Representation, University of
/// Iceland, 2013, section 4.2.
pub fn downsample(points: Vec<Place>, most: usize) -> Vec<Place> {
    if points.len() <= most {
        return points;
    }
    let n_buckets = most.saturating_sub(2);
    let (first, last) = (points[0], points[points.len() - 1]);
    let mut chosen = Vec::with_capacity(most);
    chosen.push(first);
    let mut previous = first;
    for bucket in 0..n_buckets {
        let next = bucket_of(&points, bucket + 1, n_buckets);
        let mean = if next.is_empty() { last } else { mean_of(next) };
        previous = farthest(bucket_of(&points, bucket, n_buckets), previous, mean);
        chosen.push(previous);
    }
    chosen.push(last);
    chosen
}

/// Returns bucket `idx` of the `count` buckets between the first and the last point; the bucket
/// after the last one is empty.
fn bucket_of(points: &[Place], idx: usize, count: usize) -> &[Place] {
    let inner = &points[1..points.len() - 1];
    let edge = |idx: usize| idx.min(count) * inner.len() / count;
    &inner[edge(idx)..edge(idx + 1)]
}

fn mean_of(points: &[Place]) -> Place {
    let sum = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    (sum.0 / points.len() as f64, sum.1 / points.len() as f64)
}

/// Returns the point of a bucket that spans the largest triangle with its two neighbors; of
/// several, the first.
fn farthest(bucket: &[Place], before: Place, after: Place) -> Place {
    let mut best = (before, -1.0);
    for point in bucket {
        let area = doubled_area(before, *point, after);
        if area > best.1 {
            best = (*point, area);
        }
    }
    best.0
}

/// Twice the area of a triangle.
fn doubled_area(a: Place, b: Place, c: Place) -> f64 {
    ((a.0 - c.0) * (b.1 - a.1) - (a.0 - b.0) * (c.1 - a.1)).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave of `len` points with a spike in the middle.
    fn wave(len: usize) -> Vec<Place> {
        let height = |idx: usize| if idx == len / 2 { 50.0 } else { (idx as f64 / 9.0).sin() };
        (0..len).map(|idx| (idx as f64 / 10.0, height(idx))).collect()
    }

    #[test]
    fn any_number_of_points_keeps_ends_order_and_length() {
        let points = wave(300);
        for most in 2..300 {
            let chosen = downsample(points.clone(), most);
            assert_eq!(chosen.len(), most);
            assert_eq!((chosen[0], chosen[most - 1]), (points[0], points[299]));
            assert!(chosen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{most}");
            assert!(chosen.iter().all(|point| points.contains(point)), "{most}");
            assert!(most == 2 || chosen.contains(&points[150]), "the spike is lost at {most}");
        }
    }

    #[test]
    fn the_point_of_the_largest_triangle_is_chosen() {
        // With one bucket, the triangle is over the line from the first to the last.
        let points = vec![(0.0, 0.0), (1.0, 1.0), (2.0, 4.0), (3.0, -5.0), (4.0, 0.0)];
        let chosen = downsample(points, 3);
        assert_eq!(chosen, [(0.0, 0.0), (3.0, -5.0), (4.0, 0.0)]);
        // With two buckets, the first looks at the mean of the second, (3.5, 2); the second then at
        // the last point.
        let points = vec![(0.0, 0.0), (1.0, 2.0), (2.0, -1.0), (3.0, 4.0), (4.0, 0.0), (5.0, 0.0)];
        let chosen = downsample(points, 4);
        assert_eq!(chosen, [(0.0, 0.0), (2.0, -1.0), (3.0, 4.0), (5.0, 0.0)]);
    }

    #[test]
    fn as_many_points_as_wanted_stay_as_they_are() {
        let points = wave(10);
        for most in [10, 11] {
            assert_eq!(downsample(points.clone(), most), points, "{most}");
        }
    }

    #[test]
    fn points_of_one_instant_are_downsampled_too() {
        let points = vec![(1.0, 2.0); 50];
        assert_eq!(downsample(points, 7), [(1.0, 2.0); 7]);
    }
}
