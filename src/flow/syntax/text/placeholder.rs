//! Placeholders: `{{name}}`, `{{newUuid}}` and `{{newDate}}`.

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::input::{Input, Parsed, line, offset, refuse_at, rest, take};
use crate::flow::tree::template::{Placeholder, Slot};

/// Names that hurl keeps for functions.
const RESERVED: [&str; 3] = ["getEnv", "newDate", "newUuid"];

const PROBLEM: &str =
    "bad placeholder: expected a variable as in {{name}}, {{newUuid}} or {{newDate}}";

/// Returns whether a letter may be part of the name of a variable.
fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

/// Returns whether a text can be the name of a variable that a file sets.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_name_letter) && !RESERVED.contains(&text)
}

/// Reads a placeholder, whose braces follow.
pub fn placeholder(input: &mut Input<'_>) -> Parsed<Placeholder> {
    let (at, line) = (offset(input), line(input));
    take(input, "{{");
    blanks(input)?;
    let name: &str = take_while(0.., is_name_letter).parse_next(input)?;
    blanks(input)?;
    if name.is_empty() || !take(input, "}}") {
        return refuse_at(at, problem_of(name, rest(input)));
    }
    match name {
        "newUuid" => Ok(Placeholder::NewUuid),
        "newDate" => Ok(Placeholder::NewDate),
        _ => variable(input, name, at, line).map(Placeholder::Variable),
    }
}

/// Returns the slot of a variable that a line uses.
pub fn variable(input: &mut Input<'_>, name: &str, at: usize, line: usize) -> Parsed<Slot> {
    match input.state.names.used(name, line) {
        Some(slot) => Ok(slot),
        None => refuse_at(at, "too many variables: expected at most 10000"),
    }
}

fn blanks(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., ' ').void().parse_next(input)
}

/// Returns what is wrong with a placeholder that begins with a name.
fn problem_of(name: &str, rest: &str) -> String {
    if name.starts_with("random") {
        return format!(
            "'{name}' is no function of hurl 8.0: expected a variable, such as a column of -feed"
        );
    }
    if rest.starts_with('$') {
        return "'{{$…}}' is not in the Hurl language: expected {{newUuid}}, {{newDate}} or a \
                variable"
            .to_owned();
    }
    PROBLEM.to_owned()
}
