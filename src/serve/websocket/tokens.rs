//! The messages of an agent: tokens, one after the other, and that they are complete.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

/// What an agent repeats of a question.
#[derive(Deserialize)]
struct Question<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    mark: Option<&'a RawValue>,
}

/// The answer to a question, of which a part has been sent.
#[derive(Debug)]
pub struct Tokens {
    /// Members of all messages, each with a comma before it.
    repeated: String,
    /// Number of the next token, from 0.
    next: u32,
    /// Number of all tokens.
    n_tokens: u32,
}

impl Tokens {
    /// Returns the answer to a question, which repeats its `id` and its `mark` if it is a JSON
    /// object with them.
    pub fn new(question: &[u8], n_tokens: u32) -> Self {
        let mut repeated = String::new();
        // An array would be read as the members in order.
        let is_object = question.trim_ascii_start().starts_with(b"{");
        if is_object && let Ok(Question { id, mark }) = serde_json::from_slice(question) {
            for (name, value) in [("id", id), ("mark", mark)] {
                if let Some(value) = value {
                    write!(repeated, ",\"{name}\":{value}")
                        .expect("writing to a String cannot fail");
                }
            }
        }
        Self { repeated, next: 0, n_tokens }
    }

    /// Returns the size of what is kept, in bytes.
    pub fn size(&self) -> usize {
        self.repeated.len()
    }

    /// Returns the next message, and whether it is the last one.
    pub fn message(&mut self) -> (String, bool) {
        let Self { repeated, next, n_tokens } = self;
        if next == n_tokens {
            return (format!(r#"{{"type":"done"{repeated},"tokens":{n_tokens}}}"#), true);
        }
        let message = format!(r#"{{"type":"token"{repeated},"index":{next},"text":"token "}}"#);
        *next += 1;
        (message, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_repeat_what_identifies_the_question() {
        let deep = "[".repeat(100_000);
        let table = [
            (r#"{"id": 7, "text": "hi"}"#, r#","id":7"#),
            (r#"{"mark": "dfx", "id": "a\"b"}"#, r#","id":"a\"b","mark":"dfx""#),
            (r#"{"id": {"a": [1]}}"#, r#","id":{"a": [1]}"#),
            (r#"{"text": "hi"}"#, ""),
            ("hello", ""),
            ("[1, 2]", ""),
            (deep.as_str(), ""),
        ];
        for (question, repeated) in table {
            let mut tokens = Tokens::new(question.as_bytes(), 1);
            let token = format!(r#"{{"type":"token"{repeated},"index":0,"text":"token "}}"#);
            let done = format!(r#"{{"type":"done"{repeated},"tokens":1}}"#);
            assert_eq!([tokens.message(), tokens.message()], [(token, false), (done, true)]);
        }
    }
}
