//! Filters that replace parts of a text, with a limit for the result.

use regex::Regex;

use super::text_of;
use crate::flow::evaluate::answer::MAX_BODY;
use crate::flow::value::Value;

/// `replace`: replaces a text wherever it occurs.
pub fn all(value: &Value, old: &str, new: &str) -> Result<Value, String> {
    let text = text_of(value, "replace")?;
    let growth = new.len().saturating_sub(old.len());
    // Fast path: most replacements cannot make a text too long.
    if growth.saturating_mul(text.len() + 1) > MAX_BODY {
        let n_places = text.matches(old).count();
        check_len("replace", text.len().saturating_add(growth.saturating_mul(n_places)))?;
    }
    Ok(Value::text(&text.replace(old, new)))
}

/// `replaceRegex`: replaces what matches a pattern. `$1` in the new text is the first group.
pub fn matches(value: &Value, pattern: &Regex, new: &str) -> Result<Value, String> {
    let text = text_of(value, "replaceRegex")?;
    let (mut replaced, mut end) = (String::new(), 0);
    for groups in pattern.captures_iter(text) {
        let Some(found) = groups.get(0) else { continue };
        replaced.push_str(&text[end..found.start()]);
        groups.expand(new, &mut replaced);
        check_len("replaceRegex", replaced.len())?;
        end = found.end();
    }
    replaced.push_str(&text[end..]);
    Ok(Value::text(&replaced))
}

/// Checks the length of a result.
fn check_len(filter: &str, len: usize) -> Result<(), String> {
    match len > MAX_BODY {
        true => Err(format!("{filter}: the result is larger than {} MiB", MAX_BODY >> 20)),
        false => Ok(()),
    }
}
