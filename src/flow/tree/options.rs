//! `[Options]` of an entry.

use std::time::Duration;

use crate::flow::tree::template::{Placeholder, Slot, Template};

/// The options of an entry. A value may be a placeholder, which is read each time.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `variable: name=value`, in order. They stay set after the entry.
    pub variables: Vec<(Slot, OptionValue)>,
    /// Wait before the request, and before each repeat. Zero for none.
    pub delay: Setting<Duration>,
    /// Number of further tries while an assert fails. 0 for none.
    pub retry: Setting<u32>,
    /// Time between tries. None for hurl's default of 1 s.
    pub retry_interval: Option<Setting<Duration>>,
    /// How often the entry is made. None for once; 0 skips it.
    pub repeat: Option<Setting<u32>>,
    pub skip: Setting<bool>,
    /// Whether redirects are followed.
    pub follow: Setting<bool>,
    /// Most redirects that are followed. None for hurl's default of 50.
    pub max_redirects: Option<Setting<u32>>,
    /// Time limit of the request. None for that of the attack.
    pub max_time: Option<Setting<Duration>>,
    /// `header: Name: value`, in order.
    pub headers: Vec<Template>,
    /// `user: name:password`.
    pub user: Option<Template>,
    /// Whether a compressed response is asked for.
    pub compressed: Setting<bool>,
    /// Whether dot segments stay in the path of the URL: `path-as-is`.
    pub path_as_is: bool,
}

/// The value of a variable that an entry sets.
#[derive(Clone, Debug)]
pub enum OptionValue {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// An integer beyond 64 bits, as written.
    BigInteger(Box<str>),
    Text(Template),
}

/// A setting that is fixed, or a placeholder whose value is read each time.
#[derive(Clone, Debug)]
pub enum Setting<T> {
    Fixed(T),
    Placeholder(Placeholder),
}

impl<T: Default> Default for Setting<T> {
    fn default() -> Self {
        Self::Fixed(T::default())
    }
}
