//! The known word that a mistyped word was probably meant to be.

/// Least similarity of a suggestion, in `[0, 1]`: `-rat` and `-max-conn` reach it, words that share
/// a few letters by chance do not.
const MIN_SIMILARITY: f64 = 0.85;

/// Returns the known word that is most similar to a word. None if no known word is similar.
///
/// Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the
/// Fellegi-Sunter Model of Record Linkage", 1990.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}
