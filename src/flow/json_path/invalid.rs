//! Why a document cannot be used.

/// Most levels of lists and objects in a document.
pub const MAX_DEPTH: usize = 127;

/// Most values that one document, or the nodes of one path, may have. They take some 50 bytes each.
pub const MAX_VALUES: usize = 1 << 21;

/// The messages of serde_json, which has no codes for them. This module's own errors begin alike.
const TOO_DEEP: &str = "recursion limit exceeded";
const OUT_OF_RANGE: &str = "number out of range";
const TOO_MANY: &str = "too many values";

/// Why a document cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is not JSON.
    #[error("not JSON")]
    NotJson,
    /// It has too many levels of lists and objects.
    #[error("JSON with more than {MAX_DEPTH} levels")]
    TooDeep,
    /// A number is too large for the parser, and another way to parse the document is needed.
    #[error("JSON with a number beyond the range of 64-bit floats")]
    OutOfRange,
    /// It has too many values.
    #[error("JSON with more than {MAX_VALUES} values")]
    TooMany,
}

/// What is left of [`MAX_VALUES`].
#[derive(Debug)]
pub struct Budget(usize);

impl Budget {
    /// Returns a whole budget.
    pub fn new() -> Self {
        Self(MAX_VALUES)
    }

    /// Takes one value from the budget.
    ///
    /// # Errors
    ///
    /// [`Invalid::TooMany`] if nothing is left.
    pub fn take(&mut self) -> Result<(), Invalid> {
        self.0 = self.0.checked_sub(1).ok_or(Invalid::TooMany)?;
        Ok(())
    }
}

impl Invalid {
    /// Returns the error that a deserializer reports for it.
    pub fn error<E: serde::de::Error>(self) -> E {
        E::custom(match self {
            Self::NotJson => "not JSON",
            Self::TooDeep => TOO_DEEP,
            Self::OutOfRange => OUT_OF_RANGE,
            Self::TooMany => TOO_MANY,
        })
    }
}

impl From<serde_json::Error> for Invalid {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        match text.as_str() {
            text if text.starts_with(TOO_DEEP) => Self::TooDeep,
            text if text.starts_with(OUT_OF_RANGE) => Self::OutOfRange,
            text if text.starts_with(TOO_MANY) => Self::TooMany,
            _ => Self::NotJson,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_parser_are_distinguished() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let table = [
            ("[1".to_owned(), Some(Invalid::NotJson)),
            ("[1] 2".to_owned(), Some(Invalid::NotJson)),
            ("[1e400]".to_owned(), Some(Invalid::OutOfRange)),
            (nested(MAX_DEPTH), None),
            (nested(MAX_DEPTH + 1), Some(Invalid::TooDeep)),
        ];
        for (text, expected) in table {
            let parsed = serde_json::from_str::<serde_json::Value>(&text);
            assert_eq!(parsed.err().map(Invalid::from), expected, "{text}");
        }
        for invalid in [Invalid::TooDeep, Invalid::OutOfRange, Invalid::TooMany] {
            assert_eq!(Invalid::from(invalid.error::<serde_json::Error>()), invalid);
        }
    }
}
