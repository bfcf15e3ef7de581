//! Regular expressions of flows.

use regex::{Regex, RegexBuilder};

/// Largest compiled expression of a file in bytes, as in hurl.
const MAX_FIXED: usize = 10 << 20;

/// Largest compiled expression with variables in bytes: it is compiled for each response, and a
/// server may have sent a part of it.
const MAX_VARIABLE: usize = 1 << 20;

/// Compiles an expression that stands in a file.
///
/// # Errors
///
/// What is wrong with it.
pub fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(MAX_FIXED).build()
}

/// Compiles an expression with the values of variables.
///
/// # Errors
///
/// What is wrong with it, in words that do not quote it.
pub fn compile_variable(text: &str) -> Result<Regex, &'static str> {
    RegexBuilder::new(text).size_limit(MAX_VARIABLE).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large",
        _ => "not a regular expression",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_expression_is_limited() {
        assert!(compile(r"a\w{100}").is_ok());
        assert!(compile(r"\w{1000}{1000}").is_err());
        assert_eq!(compile_variable("(").unwrap_err(), "not a regular expression");
        let large = compile_variable(r"\w{100}{100}").unwrap_err();
        assert_eq!(large, "the regular expression is too large");
    }
}
