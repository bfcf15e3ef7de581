//! Patterns and paths, compiled when the file was read unless they have variables.

use std::borrow::Cow;

use regex::Regex;

use crate::flow::expand::{self, Context};
use crate::flow::json_path::JsonPath;
use crate::flow::tree::pattern;
use crate::flow::tree::query::{Path, Pattern};
use crate::flow::value::Value;

/// Returns a regular expression.
///
/// # Errors
///
/// If a variable has no value, or if its text is no regular expression.
pub fn regex<'p>(
    pattern: &'p Pattern,
    context: &mut Context<'_>,
) -> Result<Cow<'p, Regex>, String> {
    match pattern {
        Pattern::Fixed(regex) => Ok(Cow::Borrowed(regex)),
        Pattern::Variable(template) => {
            let text = expand::text(template, context)?;
            pattern::compile_variable(&text).map(Cow::Owned).map_err(str::to_owned)
        }
    }
}

/// Returns a JSONPath.
///
/// # Errors
///
/// If a variable has no value, or if its text is no JSONPath.
pub fn path<'p>(path: &'p Path, context: &mut Context<'_>) -> Result<PathOf<'p>, String> {
    match path {
        Path::Fixed(path) => Ok(PathOf::Fixed(path)),
        Path::Variable(template) => {
            let text = expand::text(template, context)?;
            let path = JsonPath::parse(&text).map_err(|_| "not a JSONPath")?;
            Ok(PathOf::Parsed(Box::new(path)))
        }
    }
}

/// A JSONPath, parsed before or for this response.
pub enum PathOf<'p> {
    Fixed(&'p JsonPath),
    Parsed(Box<JsonPath>),
}

impl PathOf<'_> {
    /// Returns the path.
    pub fn get(&self) -> &JsonPath {
        match self {
            Self::Fixed(path) => path,
            Self::Parsed(path) => path,
        }
    }
}

/// Returns the first group of the first match in a text. None without a match or a group.
pub fn first_group(regex: &Regex, text: &str) -> Option<Value> {
    regex.captures(text)?.get(1).map(|group| Value::text(group.as_str()))
}
