//! The number of users over time, and when each of them begins and leaves.
//!
//! User `u`, from 0, is present while the number of users is greater than `u`.

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::units::parse_span;

/// Most users, so that their numbers and rows fit into memory.
const MAX_USERS: u32 = 1_000_000;

/// Most stages of a plan.
const MAX_STAGES: usize = 10_000;

const EXPECTED: &str =
    "a number, or stages such as 100s@0..1000,200s@1000, with at most 1000000 users";

/// The number of users over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Users {
    /// The same number until the end of the attack, >= 1.
    Constant(u32),
    /// One stage after the other, at least one, with at least one user in one of them.
    Staged(Vec<UserStage>),
}

/// A stage: a time in which the number of users changes linearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserStage {
    /// How long it lasts, > 0.
    pub length: Duration,
    /// Number of users at its start.
    pub from: u32,
    /// Number of users at its end.
    pub to: u32,
}

/// A time in which a user is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// When the user begins, as an offset from the start of the attack.
    pub begin: Duration,
    /// When the user leaves. None if the user stays until the attack ends.
    pub end: Option<Duration>,
}

impl Users {
    /// Parses a number of users, or stages of them: `100s@0..1000,200s@1000`.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] for any other text, without users, and with more than a million of them.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = || Error::Value { what: "users", input: text.to_owned(), expected: EXPECTED };
        if !text.contains('@') {
            let number = number(text).filter(|number| *number > 0).ok_or_else(bad)?;
            return Ok(Self::Constant(number));
        }
        let stages: Option<Vec<_>> = text.split(',').map(stage).collect();
        let stages = stages.filter(|stages| stages.len() <= MAX_STAGES).ok_or_else(bad)?;
        let users = Self::Staged(stages);
        if users.most() == 0 || users.length().is_some_and(|length| length > MAX_LENGTH) {
            return Err(bad());
        }
        Ok(users)
    }

    /// Returns the greatest number of users, >= 1.
    pub fn most(&self) -> u32 {
        match self {
            Self::Constant(number) => *number,
            Self::Staged(stages) => {
                stages.iter().map(|stage| stage.from.max(stage.to)).max().unwrap_or(0)
            }
        }
    }

    /// Returns the length of the plan, > 0. None for a constant number.
    pub fn length(&self) -> Option<Duration> {
        match self {
            Self::Constant(_) => None,
            Self::Staged(stages) => Some(stages.iter().map(|stage| stage.length).sum()),
        }
    }

    /// Returns the times in which user `u` is present, in order; empty if there is no such user.
    /// Times that follow each other without a gap are one.
    pub fn presences(&self, u: u32) -> Vec<Presence> {
        let Self::Staged(stages) = self else {
            let is_present = u < self.most();
            return Vec::from_iter(
                is_present.then_some(Presence { begin: Duration::ZERO, end: None }),
            );
        };
        let mut presences: Vec<Presence> = Vec::new();
        let mut start = Duration::ZERO;
        for stage in stages {
            if let Some((begin, end)) = stage.presence(u) {
                let (begin, end) = (start + begin, start + end);
                match presences.last_mut().filter(|last| last.end == Some(begin)) {
                    Some(last) => last.end = Some(end),
                    None => presences.push(Presence { begin, end: Some(end) }),
                }
            }
            start += stage.length;
        }
        presences
    }

    /// Returns the mean number of users over the plan.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(number) => f64::from(*number),
            Self::Staged(stages) => {
                let area = |stage: &UserStage| {
                    (f64::from(stage.from) + f64::from(stage.to)) / 2.0 * stage.length.as_secs_f64()
                };
                let length: f64 = stages.iter().map(|stage| stage.length.as_secs_f64()).sum();
                stages.iter().map(area).sum::<f64>() / length
            }
        }
    }
}

/// The longest plan: 100 years.
const MAX_LENGTH: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl UserStage {
    /// Returns when user `u` begins and leaves within the stage. None if the user is not present.
    fn presence(&self, u: u32) -> Option<(Duration, Duration)> {
        let Self { length, from, to } = *self;
        let crossing = || {
            // The instant at which the line from `from` to `to` passes `u`.
            let share = u128::from(u.abs_diff(from));
            let nanos = length.as_nanos() * share / u128::from(from.abs_diff(to));
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(length)
        };
        match (from > u, to > u) {
            (true, true) => Some((Duration::ZERO, length)),
            (false, true) => Some((crossing(), length)),
            (true, false) => Some((Duration::ZERO, crossing())),
            (false, false) => None,
        }
    }
}

/// Prints the users in the grammar of [`Users::parse`].
impl fmt::Display for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(number) => number.fmt(f),
            Self::Staged(stages) => {
                for (idx, stage) in stages.iter().enumerate() {
                    write!(f, "{}{stage}", if idx == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for UserStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", crate::units::GoDuration(self.length), self.from)?;
        if self.from == self.to { Ok(()) } else { write!(f, "..{}", self.to) }
    }
}

fn stage(text: &str) -> Option<UserStage> {
    let (length, users) = text.split_once('@')?;
    let length = parse_span(length).ok().filter(|length| !length.is_zero())?;
    let (from, to) = users.split_once("..").unwrap_or((users, users));
    Some(UserStage { length, from: number(from)?, to: number(to)? })
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number <= MAX_USERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn users_begin_and_leave_where_the_line_passes_their_number() {
        type Times = &'static [(f64, Option<f64>)];
        let table: [(&str, u32, Times); 9] = [
            ("5", 4, &[(0.0, None)]),
            ("5", 5, &[]),
            ("100s@0..1000,200s@1000", 0, &[(0.0, Some(300.0))]),
            ("100s@0..1000,200s@1000", 1, &[(0.1, Some(300.0))]),
            ("100s@0..1000,200s@1000", 999, &[(99.9, Some(300.0))]),
            ("10s@10..0", 4, &[(0.0, Some(6.0))]),
            ("10s@0..10,10s@0,10s@10", 4, &[(4.0, Some(10.0)), (20.0, Some(30.0))]),
            ("1s@3,1s@2", 2, &[(0.0, Some(1.0))]),
            ("1s@3,1s@2", 3, &[]),
        ];
        for (text, u, expected) in table {
            let found = Users::parse(text).unwrap().presences(u);
            let expected: Vec<_> = expected
                .iter()
                .map(|(begin, end)| Presence { begin: seconds(*begin), end: end.map(seconds) })
                .collect();
            assert_eq!(found, expected, "user {u} of {text}");
        }
    }

    #[test]
    fn users_are_printed_as_they_are_parsed() {
        for text in ["50", "1m40s@0..1000,3m20s@1000", "500ms@3"] {
            let users = Users::parse(text).unwrap();
            assert_eq!(users.to_string(), text);
        }
        let users = Users::parse("100s@0..1000,200s@1000").unwrap();
        assert_eq!((users.most(), users.length()), (1000, Some(seconds(300.0))));
        assert!((users.mean() - 833.333).abs() < 0.001, "{}", users.mean());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "0", "-1", "1.5", "2000000", "10s@", "@5", "10s@5~3/1m", "10s@0", "0s@5", "5s@1,"]
        {
            let error = Users::parse(text).unwrap_err().to_string();
            let start = format!("bad users '{text}': expected a number, or stages");
            assert!(error.starts_with(&start), "{error}");
        }
    }

    proptest! {
        #[test]
        fn as_many_users_are_present_as_planned(
            levels in prop::collection::vec((1..50_u64, 0..20_u32, 0..20_u32), 1..5), at in 0.0..1.0,
        ) {
            let stages: Vec<_> = levels
                .iter()
                .map(|(s, from, to)| UserStage { length: Duration::from_secs(*s), from: *from, to: *to })
                .collect();
            let users = Users::Staged(stages.clone());
            let time = users.length().unwrap().mul_f64(at);
            let mut start = Duration::ZERO;
            let mut level = 0.0;
            for stage in &stages {
                if time >= start && time < start + stage.length {
                    let share = (time - start).as_secs_f64() / stage.length.as_secs_f64();
                    level = f64::from(stage.from) + share * (f64::from(stage.to) - f64::from(stage.from));
                }
                start += stage.length;
            }
            // At the instant of a crossing, rounding to ns decides.
            prop_assume!((level - level.round()).abs() > 1e-6);
            let present = (0..users.most()).filter(|u| {
                let times = users.presences(*u);
                times.iter().any(|it| it.begin <= time && it.end.is_none_or(|end| time < end))
            });
            prop_assert_eq!(present.count() as f64, level.ceil());
        }
    }
}
