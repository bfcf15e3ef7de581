//! Which status an answer has: always the same, or each in a share of the answers.

use std::fmt;

use http::StatusCode;
use rand::{Rng, RngExt};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::serve::toml_text::Word;
use crate::units::parse_share;

/// What the shares of several statuses may lack of the whole, by rounding.
const ROUNDING: f64 = 1e-6;

/// The statuses of an answer, at least one, with their shares of the answers in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct Statuses(Vec<(StatusCode, f64)>);

impl Statuses {
    /// Draws one status; without a draw where there is but one.
    pub(super) fn draw(&self, random: &mut impl Rng) -> StatusCode {
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

impl From<StatusCode> for Statuses {
    fn from(status: StatusCode) -> Self {
        Self(vec![(status, 1.0)])
    }
}

/// Reads `201`, or `{ 201 = "98%", 429 = "2%" }`, whose shares add up to the whole.
impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Written)
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Statuses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status such as 200, or shares such as { 200 = \"98%\", 503 = \"2%\" }")
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Statuses, E> {
        parse_status(&number.to_string()).map(Statuses::from).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statuses, A::Error> {
        let mut statuses = Vec::new();
        while let Some((status, Word(share))) = map.next_entry::<String, Word>()? {
            let status = parse_status(&status).map_err(A::Error::custom)?;
            statuses.push((status, parse_share(&share).map_err(A::Error::custom)?));
        }
        let sum: f64 = statuses.iter().map(|(_, share)| share).sum();
        if (sum - 1.0).abs() > ROUNDING {
            let percent = (sum * 1e6).round() / 1e4;
            return Err(A::Error::custom(format!(
                "bad shares: expected statuses that add up to 100%, not {percent}%"
            )));
        }
        Ok(Statuses(statuses))
    }
}

fn parse_status(text: &str) -> Result<StatusCode, String> {
    let status = text.parse().ok().filter(|code| (200..=599).contains(code));
    status
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or_else(|| format!("bad status '{text}': expected a whole number from 200 to 599"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn each_status_comes_in_its_share() {
        let shares = [(200, 0.5), (404, 0.0), (429, 0.3), (503, 0.2)];
        let shares = shares.map(|(code, share)| (StatusCode::from_u16(code).unwrap(), share));
        let statuses = Statuses(shares.to_vec());
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
