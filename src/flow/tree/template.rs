//! Texts with variables.

/// The place of a variable in the values of a session. Names are resolved when a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

/// A text whose variables and functions are replaced each time it is used. Empty for no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(pub Vec<Part>);

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands, without escape sequences.
    Text(Box<str>),
    /// A placeholder, written into the text in a form.
    Placeholder(Placeholder, Form),
}

/// What replaces a placeholder `{{…}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The value of a variable.
    Variable(Slot),
    /// `newUuid`: a random UUID, version 4.
    NewUuid,
    /// `newDate`: the time, as in `2026-01-31T12:00:00.000000Z`.
    NewDate,
}

/// How a value is written into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As text.
    Plain,
    /// Inside a JSON string: escaped.
    InJsonString,
    /// As a JSON value: a number, a boolean or null. Any other value is an error.
    AsJson,
}

impl Template {
    /// Returns the text if it has no placeholders.
    pub fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns the variables of the text, in order, with repeats.
    pub fn variables(&self) -> impl Iterator<Item = Slot> + '_ {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(Placeholder::Variable(slot), _) => Some(*slot),
            _ => None,
        })
    }
}
