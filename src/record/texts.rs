//! Columns of texts: plain, or as keys into a list of words.

use std::mem;
use std::ops::Range;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, DictionaryArray, Int32Array, StringArray};
use arrow_buffer::NullBuffer;
use arrow_buffer::bit_iterator::BitIndexIterator;

/// Most words that a stream may contain in excess of its texts, which bounds the length of a list
/// that is kept. A higher value allows for larger sets of URLs, but also for longer lists of `Date`
/// headers, which are written again every second.
const MAX_CREDIT: i64 = 512;

/// A column of texts.
#[derive(Clone, Debug)]
pub enum Texts {
    /// The texts themselves.
    Plain(StringArray),
    /// Keys into a list of words.
    Words {
        /// One key per text.
        keys: Int32Array,
        /// The words.
        words: StringArray,
    },
}

impl Texts {
    /// Returns the texts of a column; None if the column has another type.
    pub fn of(column: &dyn Array) -> Option<Self> {
        if let Some(texts) = column.as_string_opt() {
            return Some(Texts::Plain(texts.clone()));
        }
        let column = column.as_dictionary_opt::<Int32Type>()?;
        let words = column.values().as_string_opt()?.clone();
        Some(Texts::Words { keys: column.keys().clone(), words })
    }

    /// The number of a row without a word.
    pub const NO_WORD: i64 = -1;

    /// Returns the number of the word of a row, [`Texts::NO_WORD`] without a word; None if the
    /// column has no words.
    ///
    /// # Panics
    ///
    /// If the column does not have the row.
    pub fn number(&self, row: usize) -> Option<i64> {
        match self {
            Texts::Plain(_) => None,
            Texts::Words { keys, .. } if keys.is_null(row) => Some(Self::NO_WORD),
            Texts::Words { keys, .. } => Some(keys.value(row).into()),
        }
    }

    /// Returns the rows of a range that have a text, in order, and also those whose word is null.
    /// In a column of few texts this is much faster than checking row by row.
    pub fn present(&self, range: Range<usize>) -> impl Iterator<Item = usize> + use<'_> {
        let nulls = match self {
            Texts::Plain(texts) => texts.nulls(),
            Texts::Words { keys, .. } => keys.nulls(),
        };
        let all = if nulls.is_none() { range.clone() } else { 0..0 };
        let some = nulls.map(|nulls| {
            let bits = nulls.inner();
            BitIndexIterator::new(bits.values(), bits.offset() + range.start, range.len())
        });
        all.chain(some.into_iter().flatten().map(move |index| range.start + index))
    }

    /// Returns the text of a row; None if it is null.
    ///
    /// # Panics
    ///
    /// If the column does not have the row.
    pub fn at(&self, row: usize) -> Option<&str> {
        let (texts, row) = match self {
            Texts::Plain(texts) => (texts, row),
            Texts::Words { keys, .. } if keys.is_null(row) => return None,
            Texts::Words { keys, words } => (words, usize::try_from(keys.value(row)).ok()?),
        };
        (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
    }
}

/// Collects texts that recur into columns of words, whose list is kept from column to column.
///
/// A stream contains the list again each time the list has grown, because not all readers can
/// extend one. The list is therefore dropped when a stream would contain more words than texts.
/// Words that never recur then cost as much as without a list.
pub struct WordsBuilder {
    words: StringDictionaryBuilder<Int32Type>,
    /// Keys of the texts since the last finish.
    keys: Vec<i32>,
    /// The last text that was looked up and its key, because the next text is mostly the same;
    /// None if the list was dropped.
    last: Option<(String, i32)>,
    /// Length of the list that the stream has; 0 for none.
    n_sent: usize,
    /// Words that the stream may still contain, <= [`MAX_CREDIT`]. Each text adds one, and each
    /// word in the stream subtracts one. Below 0, the stream contains too many words.
    credit: i64,
}

impl WordsBuilder {
    /// Returns an empty builder.
    pub fn new() -> Self {
        let words = StringDictionaryBuilder::new();
        Self { words, keys: Vec::new(), last: None, n_sent: 0, credit: MAX_CREDIT }
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        let key = match &self.last {
            Some((last, key)) if last == text => *key,
            _ => self.key_of(text),
        };
        self.push_key(key);
    }

    /// Returns the key of a text, which is valid until the next [`WordsBuilder::finish`].
    pub fn key_of(&mut self, text: &str) -> i32 {
        let key = self.words.append(text).expect("a batch is too small for 2^31 words");
        let (last, last_key) = self.last.get_or_insert_default();
        last.clear();
        last.push_str(text);
        *last_key = key;
        key
    }

    /// Adds a text by its key.
    pub fn push_key(&mut self, key: i32) {
        self.keys.push(key);
    }

    /// Returns the texts since the last finish as a column.
    pub fn finish(&mut self) -> DictionaryArray<Int32Type> {
        self.finish_masked(None)
    }

    /// Returns the texts since the last finish as a column, some of them replaced by nulls. The key
    /// of such a text may be any number.
    pub fn finish_masked(&mut self, nulls: Option<NullBuffer>) -> DictionaryArray<Int32Type> {
        let words = self.words.finish_preserve_values().values().clone();
        let n_words = words.len();
        let keys = Int32Array::new(mem::take(&mut self.keys).into(), nulls);
        let column = DictionaryArray::new(keys, words);
        self.credit = MAX_CREDIT.min(self.credit + column.len() as i64);
        if n_words == self.n_sent {
            return column;
        }
        self.credit -= n_words as i64;
        self.n_sent = n_words;
        if self.credit < 0 {
            // The words rarely recur, so keeping them would only make the stream longer.
            self.words = StringDictionaryBuilder::new();
            self.last = None;
            self.n_sent = 0;
        }
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of words that a stream of columns contains.
    fn n_words_of(columns: impl IntoIterator<Item = Vec<usize>>) -> usize {
        let mut builder = WordsBuilder::new();
        let mut sent = StringArray::new_null(0);
        let mut n_words = 0;
        for numbers in columns {
            let texts: Vec<String> = numbers.iter().map(|number| format!("/{number}")).collect();
            texts.iter().for_each(|text| builder.push(text));
            let column = builder.finish();
            let list: &StringArray = column.values().as_string();
            if *list != sent {
                n_words += list.len();
                sent = list.clone();
            }
            let column = Texts::of(&column).unwrap();
            assert!((0..texts.len()).all(|row| column.at(row) == Some(texts[row].as_str())));
        }
        n_words
    }

    #[test]
    fn a_set_of_words_is_written_a_few_times() {
        let columns = (0..1000).map(|n| (0..100).map(|k| (n * 100 + k * 7) % 20).collect());
        assert_eq!(n_words_of(columns), 20);
        let slowly = (0..1000).map(|n| vec![n % 20]);
        assert_eq!(n_words_of(slowly), 210);
    }

    #[test]
    fn words_that_never_recur_are_written_about_once() {
        for len in [1, 10, 100, 1000] {
            let n_texts = 10_000;
            let columns = (0..n_texts / len).map(|n| (n * len..(n + 1) * len).collect());
            let words = n_words_of(columns);
            // The tolerance is the initial credit and the list that exceeds it.
            assert!(words < n_texts + 1000, "{words} words in columns of {len}");
        }
    }

    #[test]
    fn a_null_and_a_key_out_of_range_have_no_text() {
        let keys = Int32Array::from(vec![Some(0), None, Some(1), Some(2), Some(-1)]);
        let texts = Texts::Words { keys, words: StringArray::from(vec![Some("a"), None]) };
        assert_eq!([0, 1, 2, 3, 4].map(|row| texts.at(row)), [Some("a"), None, None, None, None]);
        assert_eq!(texts.present(0..5).collect::<Vec<_>>(), [0, 2, 3, 4]);
        let texts = Texts::Plain(StringArray::from(vec![Some(""), None]));
        assert_eq!([0, 1].map(|row| texts.at(row)), [Some(""), None]);
    }

    #[test]
    fn rows_with_a_text_are_found_in_every_range() {
        let is_there = |place: usize| place.is_multiple_of(3) || place > 90;
        let column = |place| is_there(place).then_some("x");
        let whole = StringArray::from_iter((0..200).map(column));
        // The bits of a sliced column begin within a byte.
        for (texts, from) in [(whole.clone(), 0), (whole.slice(13, 180), 13)] {
            let texts = Texts::Plain(texts);
            for range in [0..0, 0..1, 5..93, 60..180] {
                let expected = range.clone().filter(|place| is_there(from + place));
                assert!(texts.present(range.clone()).eq(expected), "{range:?} from {from}");
            }
        }
        let full = Texts::Plain(StringArray::from(vec!["", "x"]));
        assert!(full.present(0..2).eq([0, 1]));
    }
}
