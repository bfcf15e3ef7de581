//! Which requests a limit is for.

/// Which requests a limit is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Whole,
    /// Those of each group whose name is such: `*` stands for any letters, `?` for one.
    Named(String),
}

impl Scope {
    /// Returns whether a group is meant that has this name.
    pub fn covers(&self, name: &str) -> bool {
        match self {
            Scope::Whole => false,
            Scope::Named(pattern) => is_like(name, pattern),
        }
    }
}

/// Returns whether a name is what a pattern stands for. The time is bounded by the product of
/// both lengths: only the last star is ever tried again.
fn is_like(name: &str, pattern: &str) -> bool {
    let [name, pattern] = [name, pattern].map(|text| text.chars().collect::<Vec<_>>());
    let (mut at, mut next) = (0, 0);
    // The last star, and what of the name stands behind the letters that it took.
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
    fn a_star_stands_for_any_letters_and_a_question_mark_for_one() {
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
