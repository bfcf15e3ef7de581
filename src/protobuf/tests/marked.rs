//! JSON texts in which some parts are the values of variables.

use crate::protobuf::JsonPiece;

/// Stands before and after a part that is the value of a variable.
pub const MARK: char = '\u{1}';

/// A text with the values of its variables.
pub struct Marked {
    /// The text between the variables: one more than there are values.
    fixed: Vec<String>,
    /// The values.
    pub values: Vec<String>,
    /// The text with the values in it, escaped if they are in quotes.
    pub plain: String,
}

impl Marked {
    /// Reads a text.
    pub fn new(text: &str) -> Self {
        let mut marked = Self { fixed: Vec::new(), values: Vec::new(), plain: String::new() };
        let (mut is_quoted, mut is_escaped) = (false, false);
        for (n, part) in text.split(MARK).enumerate() {
            if n % 2 == 0 {
                for letter in part.chars() {
                    match letter {
                        _ if is_escaped => is_escaped = false,
                        '\\' => is_escaped = is_quoted,
                        '"' => is_quoted = !is_quoted,
                        _ => {}
                    }
                }
                marked.fixed.push(part.to_owned());
                marked.plain.push_str(part);
                continue;
            }
            let escaped = serde_json::Value::from(part).to_string();
            let inner = &escaped[1..escaped.len() - 1];
            marked.plain.push_str(if is_quoted { inner } else { part });
            marked.values.push(part.to_owned());
        }
        marked
    }

    /// Returns the text with holes in place of the values.
    pub fn pieces(&self) -> Vec<JsonPiece<'_>> {
        let fixed = self.fixed.iter().map(|text| JsonPiece::Fixed(text));
        let holes = vec![JsonPiece::Hole { json: false }; self.values.len()];
        let mut holes = holes.into_iter();
        fixed.flat_map(|piece| [Some(piece), holes.next()]).flatten().collect()
    }
}
