//! SparseCounts by bucket, which take memory only about the buckets that occur.

use std::iter;

/// Buckets of a page, as a power of two: the counts of a page fill a line of a processor's cache.
const PAGE_BITS: u32 = 3;

/// Marks a page without counts. There are at most 7040 pages, so none has this place.
const NO_PAGE: u16 = u16::MAX;

type Page = [u64; 1 << PAGE_BITS];

/// SparseCounts by bucket, in pages of adjoining buckets. A page is added with the first count in
/// it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SparseCounts {
    /// The place of each page in `pages`, up to the last page with a count.
    places: Vec<u16>,
    /// In the order in which they were added.
    pages: Vec<Page>,
}

/// Two are equal if they have the same counts, in any order of arrival.
impl PartialEq for SparseCounts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl SparseCounts {
    /// Adds to the count of a bucket.
    pub fn add(&mut self, bucket: usize, count: u64) {
        let number = bucket >> PAGE_BITS;
        let place = self.places.get(number).copied().unwrap_or(NO_PAGE);
        let page = match self.pages.get_mut(usize::from(place)) {
            Some(page) => page,
            None => self.add_page(number),
        };
        page[bucket % page.len()] += count;
    }

    /// Adds the counts of another set.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(bucket, count)| self.add(bucket, count));
    }

    /// Returns the buckets that occur with their counts, by rising bucket.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        let pages = self.places.iter().enumerate().filter_map(|(number, place)| {
            self.pages.get(usize::from(*place)).map(|page| (number << PAGE_BITS, page))
        });
        let counts = pages.flat_map(|(first, page)| iter::zip(first.., page.iter().copied()));
        counts.filter(|(_, count)| *count > 0)
    }

    #[cold]
    fn add_page(&mut self, number: usize) -> &mut Page {
        if self.places.len() <= number {
            self.places.resize(number + 1, NO_PAGE);
        }
        let place = self.pages.len();
        self.places[number] = u16::try_from(place).expect("there are at most 7040 pages");
        self.pages.push(Page::default());
        &mut self.pages[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(buckets: impl IntoIterator<Item = usize>) -> SparseCounts {
        let mut counts = SparseCounts::default();
        buckets.into_iter().for_each(|bucket| counts.add(bucket, 1));
        counts
    }

    #[test]
    fn counts_are_sorted_by_bucket_in_any_order_of_arrival() {
        let counts = of([56_000, 7, 8, 0, 7, 56_007]);
        let expected = [(0, 1), (7, 2), (8, 1), (56_000, 1), (56_007, 1)];
        assert!(counts.iter().eq(expected));
        assert_eq!(counts, of([0, 7, 7, 8, 56_000, 56_007]));
        assert_ne!(counts, of([0, 7, 8, 56_000, 56_007]));
        assert_eq!(SparseCounts::default().iter().count(), 0);
    }

    #[test]
    fn merged_counts_equal_those_of_all() {
        let mut merged = of([3, 700, 3]);
        merged.merge(&of([701, 3, 9000]));
        assert_eq!(merged, of([3, 3, 3, 700, 701, 9000]));
    }

    #[test]
    fn memory_is_taken_for_the_pages_that_occur() {
        let counts = of([10_000, 10_001, 10_007, 20]);
        assert_eq!((counts.pages.len(), counts.places.len()), (2, 1251));
    }
}
