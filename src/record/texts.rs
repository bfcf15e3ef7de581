//! Columns of texts: as they are, or as keys into a list of words.

use std::mem;
use std::ops::Range;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, DictionaryArray, Int32Array, StringArray};
use arrow_buffer::bit_iterator::BitIndexIterator;

/// Words that a stream may carry ahead of the texts that use them, and hence the length of a list
/// that is kept. The more, the larger the sets of URLs that are learnt at all; and the longer the
/// list of `Date` headers, which each second carries anew.
const MOST_CREDIT: i64 = 512;

/// A column of texts.
#[derive(Clone, Debug)]
pub enum Texts {
    /// Each text in its place.
    Plain(StringArray),
    /// For each place a key into a list of words.
    Words {
        /// Keys, one a text.
        keys: Int32Array,
        /// The words.
        words: StringArray,
    },
}

impl Texts {
    /// Returns the texts of a column; None where it is of another type.
    pub fn of(column: &dyn Array) -> Option<Self> {
        if let Some(texts) = column.as_string_opt() {
            return Some(Texts::Plain(texts.clone()));
        }
        let column = column.as_dictionary_opt::<Int32Type>()?;
        let words = column.values().as_string_opt()?.clone();
        Some(Texts::Words { keys: column.keys().clone(), words })
    }

    /// The number of a place without a word.
    pub const NO_WORD: i64 = -1;

    /// Returns the number of the word of a place, [`Texts::NO_WORD`] where there is none; None where
    /// the texts are not kept as words.
    ///
    /// # Panics
    ///
    /// Where the column has no such place.
    pub fn number(&self, row: usize) -> Option<i64> {
        match self {
            Texts::Plain(_) => None,
            Texts::Words { keys, .. } if keys.is_null(row) => Some(Self::NO_WORD),
            Texts::Words { keys, .. } => Some(keys.value(row).into()),
        }
    }

    /// Returns the places of a range that have a text, in their order; where a word itself is null, its
    /// places too. A column of few texts is passed over in a fraction of the time that its places take.
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
        all.chain(some.into_iter().flatten().map(move |place| range.start + place))
    }

    /// Returns the text of a place; None where it is null.
    ///
    /// # Panics
    ///
    /// Where the column has no such place.
    pub fn at(&self, row: usize) -> Option<&str> {
        let (texts, row) = match self {
            Texts::Plain(texts) => (texts, row),
            Texts::Words { keys, .. } if keys.is_null(row) => return None,
            Texts::Words { keys, words } => (words, usize::try_from(keys.value(row)).ok()?),
        };
        (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
    }
}

/// Gathers texts that recur into columns of words, whose list is kept from column to column.
///
/// A stream carries the list anew whenever it has grown, since not all readers can add to one. So
/// the list is forgotten where that would come to more words than there are texts: words that never
/// recur then cost what they would without a list.
pub struct WordsBuilder {
    words: StringDictionaryBuilder<Int32Type>,
    /// Keys of the texts gathered since the last time.
    keys: Vec<i32>,
    /// The last text that was looked up, and its key, since the next one is mostly the same; None
    /// where the list has been forgotten.
    last: Option<(String, i32)>,
    /// Length of the list that the stream has.
    n_sent: usize,
    /// Words that the stream may still carry, at most [`MOST_CREDIT`]: each text adds one, each
    /// word carried takes one. Below 0 it has carried more than it should.
    credit: i64,
}

impl WordsBuilder {
    /// Returns an empty builder.
    pub fn new() -> Self {
        let words = StringDictionaryBuilder::new();
        Self { words, keys: Vec::new(), last: None, n_sent: 0, credit: MOST_CREDIT }
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        let key = match &self.last {
            Some((last, key)) if last == text => *key,
            _ => self.key_of(text),
        };
        self.push_key(key);
    }

    /// Returns the key of a text, which holds until the next [`WordsBuilder::finish`].
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

    /// Gives out the texts gathered since the last time.
    pub fn finish(&mut self) -> DictionaryArray<Int32Type> {
        let words = self.words.finish_preserve_values().values().clone();
        let n_words = words.len();
        let column = DictionaryArray::new(mem::take(&mut self.keys).into(), words);
        self.credit = MOST_CREDIT.min(self.credit + column.len() as i64);
        if n_words == self.n_sent {
            return column;
        }
        self.credit -= n_words as i64;
        self.n_sent = n_words;
        if self.credit < 0 {
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

    /// Gathers columns and returns how many words a stream of them carries.
    fn carried(columns: impl IntoIterator<Item = Vec<usize>>) -> usize {
        let mut builder = WordsBuilder::new();
        let mut sent = StringArray::new_null(0);
        let mut carried = 0;
        for numbers in columns {
            let texts: Vec<String> = numbers.iter().map(|number| format!("/{number}")).collect();
            texts.iter().for_each(|text| builder.push(text));
            let column = builder.finish();
            let list: &StringArray = column.values().as_string();
            if *list != sent {
                carried += list.len();
                sent = list.clone();
            }
            let column = Texts::of(&column).unwrap();
            assert!((0..texts.len()).all(|row| column.at(row) == Some(texts[row].as_str())));
        }
        carried
    }

    #[test]
    fn a_set_of_words_is_carried_a_few_times_in_all() {
        let columns = (0..1000).map(|n| (0..100).map(|k| (n * 100 + k * 7) % 20).collect());
        assert_eq!(carried(columns), 20);
        let slowly = (0..1000).map(|n| vec![n % 20]);
        assert_eq!(carried(slowly), 210);
    }

    #[test]
    fn words_that_never_recur_are_carried_about_once() {
        for len in [1, 10, 100, 1000] {
            let n_texts = 10_000;
            let columns = (0..n_texts / len).map(|n| (n * len..(n + 1) * len).collect());
            let words = carried(columns);
            // The credit at first, and the list that used it up.
            assert!(words < n_texts + 1000, "{words} words in columns of {len}");
        }
    }

    #[test]
    fn a_null_and_a_key_out_of_place_have_no_text() {
        let keys = Int32Array::from(vec![Some(0), None, Some(1), Some(2), Some(-1)]);
        let texts = Texts::Words { keys, words: StringArray::from(vec![Some("a"), None]) };
        assert_eq!([0, 1, 2, 3, 4].map(|row| texts.at(row)), [Some("a"), None, None, None, None]);
        assert_eq!(texts.present(0..5).collect::<Vec<_>>(), [0, 2, 3, 4]);
        let texts = Texts::Plain(StringArray::from(vec![Some(""), None]));
        assert_eq!([0, 1].map(|row| texts.at(row)), [Some(""), None]);
    }

    #[test]
    fn places_with_a_text_are_found_in_every_range() {
        let is_there = |place: usize| place.is_multiple_of(3) || place > 90;
        let column = |place| is_there(place).then_some("x");
        let whole = StringArray::from_iter((0..200).map(column));
        // A column that is itself a part of one begins within a byte of its bits.
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
