//! Puts a template together from characters and placeholders.

use crate::flow::tree::template::{Form, Part, Placeholder, Template};

/// A template so far.
#[derive(Debug, Default)]
pub struct Builder {
    parts: Vec<Part>,
    text: String,
    /// Number of blanks at the end of `text` that are written as such.
    n_last_blanks: usize,
}

impl Builder {
    /// Adds a character as it stands in the file.
    pub fn push(&mut self, letter: char) {
        self.text.push(letter);
        self.n_last_blanks = if letter == ' ' { self.n_last_blanks + 1 } else { 0 };
    }

    /// Adds a character that stands in the file as an escape sequence.
    pub fn push_escaped(&mut self, letter: char) {
        self.text.push(letter);
        self.n_last_blanks = 0;
    }

    /// Adds a text as it stands in the file.
    pub fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
        self.n_last_blanks = 0;
    }

    /// Adds a placeholder.
    pub fn placeholder(&mut self, placeholder: Placeholder, form: Form) {
        self.end_text();
        self.parts.push(Part::Placeholder(placeholder, form));
    }

    fn end_text(&mut self) {
        self.n_last_blanks = 0;
        if !self.text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.text).into()));
        }
    }

    /// Returns whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.text.is_empty()
    }

    /// Returns the template.
    pub fn build(mut self) -> Template {
        self.end_text();
        Template(self.parts)
    }

    /// Returns the template without the blanks at its end, unless they are escape sequences.
    pub fn build_trimmed(mut self) -> Template {
        self.text.truncate(self.text.len() - self.n_last_blanks);
        self.build()
    }
}
