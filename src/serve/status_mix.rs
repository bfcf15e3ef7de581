//! The statuses of a route: one status, or several with their shares.

use std::fmt;
use std::marker::PhantomData;

use http::StatusCode;
use rand::{Rng, RngExt};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::error::Error;
use crate::serve::toml_text::TomlText;
use crate::units::parse_share;

/// Largest deviation of the sum of the shares from 1 that counts as rounding.
const ROUNDING: f64 = 1e-6;

/// The statuses of responses, at least one, with their shares in `[0, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusMix<S = StatusCode>(Vec<(S, f64)>);

/// A status of HTTP or gRPC.
pub trait Status: Copy {
    /// What a value may be, with examples.
    const EXPECTED: &str;

    /// Parses a status.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] with what was expected.
    fn parse(text: &str) -> Result<Self, Error>;
}

impl<S: Status> StatusMix<S> {
    /// Returns two statuses, the second one with a share in `[0, 1]`.
    pub(super) fn of_two(first: S, second: S, share: f64) -> Self {
        Self(vec![(first, 1.0 - share), (second, share)])
    }

    /// Draws one status. A single status takes no random number.
    pub(super) fn draw(&self, random: &mut impl Rng) -> S {
        let (last, others) = self.0.split_last().expect("there is at least one status");
        if others.is_empty() {
            return last.0;
        }
        let mut left: f64 = random.random();
        for (status, share) in others {
            if left < *share {
                return *status;
            }
            left -= share;
        }
        last.0
    }
}

impl<S> From<S> for StatusMix<S> {
    fn from(status: S) -> Self {
        Self(vec![(status, 1.0)])
    }
}

/// Reads `201`, or `{ 201 = "98%", 429 = "2%" }`, whose shares add up to 100%.
impl<'de, S: Status> Deserialize<'de> for StatusMix<S> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StatusVisitor(PhantomData))
    }
}

struct StatusVisitor<S>(PhantomData<S>);

impl<'de, S: Status> Visitor<'de> for StatusVisitor<S> {
    type Value = StatusMix<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(S::EXPECTED)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<StatusMix<S>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<StatusMix<S>, E> {
        S::parse(text).map(StatusMix::from).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StatusMix<S>, A::Error> {
        let mut statuses = Vec::new();
        while let Some((status, TomlText(share))) = map.next_entry::<String, TomlText>()? {
            let parsed = S::parse(&status).and_then(|code| Ok((code, parse_share(&share)?)));
            statuses.push(parsed.map_err(A::Error::custom)?);
        }
        let sum: f64 = statuses.iter().map(|(_, share)| share).sum();
        if (sum - 1.0).abs() > ROUNDING {
            let percent = (sum * 1e6).round() / 1e4;
            return Err(A::Error::custom(format!(
                "bad shares: expected statuses that add up to 100%, not {percent}%"
            )));
        }
        Ok(StatusMix(statuses))
    }
}

impl Status for StatusCode {
    const EXPECTED: &str =
        "a status such as 200, or shares such as { 200 = \"98%\", 503 = \"2%\" }";

    fn parse(text: &str) -> Result<Self, Error> {
        let status = text.parse().ok().filter(|code| (200..=599).contains(code));
        status.and_then(|code| StatusCode::from_u16(code).ok()).ok_or_else(|| Error::Value {
            what: "status",
            input: text.to_owned(),
            expected: "a whole number from 200 to 599",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn each_status_is_drawn_by_its_share() {
        let shares = [(200, 0.5), (404, 0.0), (429, 0.3), (503, 0.2)];
        let shares = shares.map(|(code, share)| (StatusCode::from_u16(code).unwrap(), share));
        let statuses = StatusMix(shares.to_vec());
        let mut random = SmallRng::seed_from_u64(7);
        let n_draws = 20_000;
        let drawn: Vec<_> = (0..n_draws).map(|_| statuses.draw(&mut random)).collect();
        for (status, share) in shares {
            let n_hits = drawn.iter().filter(|it| **it == status).count();
            let found = n_hits as f64 / f64::from(n_draws);
            assert!((found - share).abs() < 0.02, "{status}: {found}");
        }
    }
}
