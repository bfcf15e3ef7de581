//! The requests that a threshold applies to: all of them, or groups by name.

/// The requests that a threshold applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All requests.
    Whole,
    /// The requests of each group whose name matches: `*` matches any characters, `?` matches one.
    Named(String),
}

/// A part of a run that a scope covers.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected<T> {
    /// Name of the group; None for the whole run, and if no group has a matching name.
    pub group: Option<String>,
    /// None if no group has a matching name.
    pub part: Option<T>,
}

impl Scope {
    /// Returns the parts of a run that the scope covers: the whole, or each group with a matching
    /// name. If no group matches, returns one entry without a part.
    pub fn select<T>(
        &self,
        whole: T,
        groups: impl Iterator<Item = (String, T)>,
    ) -> Vec<Selected<T>> {
        if *self == Scope::Whole {
            return vec![Selected { group: None, part: Some(whole) }];
        }
        let matching = groups.filter(|(name, _)| self.covers(name));
        let selected: Vec<_> =
            matching.map(|(name, part)| Selected { group: Some(name), part: Some(part) }).collect();
        if selected.is_empty() { vec![Selected { group: None, part: None }] } else { selected }
    }

    /// Returns whether the scope covers the group of this name.
    pub fn covers(&self, name: &str) -> bool {
        match self {
            Scope::Whole => false,
            Scope::Named(pattern) => is_like(name, pattern),
        }
    }
}

/// Returns whether a name matches a pattern. The time is bounded by the product of both lengths:
/// only the last star is ever tried again.
fn is_like(name: &str, pattern: &str) -> bool {
    let [name, pattern] = [name, pattern].map(|text| text.chars().collect::<Vec<_>>());
    let (mut at, mut next) = (0, 0);
    // The last star, and the offset in the name after the characters that it matched.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(next) {
            Some('*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[at] => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, next) = (taken + 1, place + 1);
            }
        }
    }
    pattern[next..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_characters_and_a_question_mark_one() {
        let table = [
            ("login", &["login", "*", "log*", "*in", "l*g*n", "l?gin", "**", "login*"][..], true),
            ("login", &["", "logi", "login?", "log", "*x*", "Login", "?", "in*"], false),
            ("auth.login", &["auth.*", "*.login", "auth?login"], true),
            ("auth", &["auth.*", "auth?"], false),
            ("aab", &["a*ab", "*ab", "*a*b"], true),
            ("http://h/?a=1", &["http://h/?a=1", "http://*"], true),
            ("é", &["?", "*"], true),
            ("", &["", "*"], true),
            ("", &["?"], false),
        ];
        for (name, patterns, expected) in table {
            for pattern in patterns {
                let scope = Scope::Named((*pattern).to_owned());
                assert_eq!(scope.covers(name), expected, "{name} {pattern}");
            }
        }
        assert!(!Scope::Whole.covers("login"));
    }
}
