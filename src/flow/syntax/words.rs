//! Words of the language, and the known word that a mistyped one was probably meant to be.

/// Least similarity of a suggestion, in `[0, 1]`.
const MIN_SIMILARITY: f64 = 0.85;

/// Longest word that a message quotes, in bytes.
const MAX_QUOTED: usize = 40;

/// Returns a message about an unknown word: the nearest known one, or else what was expected.
pub fn unknown<'a>(
    kind: &str,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    expected: &str,
) -> String {
    // A long text is no mistyped word, and may be a value.
    if word.is_empty() || word.len() > MAX_QUOTED {
        return format!("no {kind}: expected {expected}");
    }
    match nearest(word, known) {
        Some(known) => format!("unknown {kind} '{word}': expected '{known}'"),
        None => format!("unknown {kind} '{word}': expected {expected}"),
    }
}

/// Returns the known word that is most similar to a word. None if no known word is similar.
///
/// Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the
/// Fellegi-Sunter Model of Record Linkage", 1990.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&word, &known.to_lowercase()), known))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}
