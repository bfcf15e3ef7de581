//! Lines with a name, a colon and a value.

use crate::flow::syntax::input::{Input, Parsed, expect, spaces};
use crate::flow::syntax::text::{key, unquoted};
use crate::flow::tree::template::Template;

/// Reads `Name: value` without the end of its line.
pub fn pair(input: &mut Input<'_>) -> Parsed<(Template, Template)> {
    let name = key(input)?;
    spaces(input);
    expect(input, ":", "no colon after a name: expected 'Name: value'")?;
    spaces(input);
    Ok((name, unquoted(input)?))
}
