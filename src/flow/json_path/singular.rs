//! Paths that lead to at most one node: names and indexes from the root.

/// A step from a node to one of its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The member of an object with a name.
    Name(Box<str>),
    /// The item of a list at an index, from 0.
    Index(usize),
}

/// Returns the steps of a valid path. None if it may lead to several nodes, or has a negative
/// index, an escape sequence or blanks, which the tree is for.
pub fn parse(text: &str) -> Option<Box<[Step]>> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = match rest.strip_prefix('[') {
            Some(inner) => bracketed(inner)?,
            None => dotted(rest.strip_prefix('.')?)?,
        };
        steps.push(step);
        rest = after;
    }
    Some(steps.into())
}

/// Splits a name off: `name.rest`.
fn dotted(text: &str) -> Option<(Step, &str)> {
    let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '_' || !letter.is_ascii();
    let end = text.find(|letter| !is_of_name(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (Step::Name(name.into()), rest))
}

/// Splits an index or a quoted name off: `0]rest`, `'name']rest`.
fn bracketed(text: &str) -> Option<(Step, &str)> {
    let quote = text.chars().next().filter(|first| ['\'', '"'].contains(first));
    let Some(quote) = quote else {
        let (digits, rest) = text.split_once(']')?;
        let is_index = digits.bytes().all(|byte| byte.is_ascii_digit());
        let index = digits.parse().ok().filter(|_| is_index)?;
        return Some((Step::Index(index), rest));
    };
    let (name, rest) = text[1..].split_once(quote)?;
    let rest = rest.strip_prefix(']')?;
    (!name.contains('\\')).then(|| (Step::Name(name.into()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_names_and_indexes_is_singular() {
        let name = |name: &str| Step::Name(name.into());
        let table = [
            ("$", vec![]),
            ("$.a.b_1", vec![name("a"), name("b_1")]),
            ("$['a b'][\"c'd\"]", vec![name("a b"), name("c'd")]),
            ("$[0].ö[12]", vec![Step::Index(0), name("ö"), Step::Index(12)]),
            ("$['']", vec![name("")]),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).as_deref(), Some(&*expected), "{text}");
        }
    }

    #[test]
    fn other_paths_need_a_tree() {
        let paths = [
            "",
            "a",
            "$..a",
            "$.*",
            "$[*]",
            "$[-1]",
            "$[0:2]",
            "$['a','b']",
            "$[?@.a]",
            r"$['a\'b']",
            "$ .a",
            "$[ 0 ]",
            "$.a ",
            "$[]",
        ];
        for path in paths {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
