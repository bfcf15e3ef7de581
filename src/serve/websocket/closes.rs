//! Close codes that come in place of answers, with their shares.

use std::fmt;

use rand::{Rng, RngExt};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use tokio_websockets::CloseCode;

use crate::error::Error;
use crate::serve::toml_text::TomlText;
use crate::units::parse_share;

/// Close codes with their shares of the messages, in `[0, 1]`. The shares add up to at most 1; the
/// other messages are answered.
#[derive(Clone, Debug, Default)]
pub struct Closes(Vec<(CloseCode, f64)>);

impl Closes {
    /// Returns the share of the messages that are answered with a close, in `[0, 1]`.
    pub fn share(&self) -> f64 {
        self.0.iter().map(|(_, share)| share).sum()
    }

    /// Draws whether a message is answered with a close. None if the message is answered. Without
    /// shares it takes no random number.
    pub(super) fn draw(&self, random: &mut impl Rng) -> Option<CloseCode> {
        if self.0.is_empty() {
            return None;
        }
        let mut left: f64 = random.random();
        for (code, share) in &self.0 {
            if left < *share {
                return Some(*code);
            }
            left -= share;
        }
        None
    }
}

/// Parses a close code that a server may send.
fn code(text: &str) -> Result<CloseCode, Error> {
    let code = text.parse().ok().and_then(|code: u16| CloseCode::try_from(code).ok());
    code.filter(|code| !code.is_reserved()).ok_or_else(|| Error::Value {
        what: "close code",
        input: text.to_owned(),
        expected: "1000 to 1003, 1007 to 1014, or 3000 to 4999",
    })
}

/// Reads `{ 1013 = "0.1%" }`.
impl<'de> Deserialize<'de> for Closes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ClosesVisitor)
    }
}

struct ClosesVisitor;

impl<'de> Visitor<'de> for ClosesVisitor {
    type Value = Closes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("close codes with shares such as { 1013 = \"0.1%\" }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Closes, A::Error> {
        let mut closes = Closes::default();
        while let Some((text, TomlText(share))) = map.next_entry::<String, TomlText>()? {
            let parsed = code(&text).and_then(|code| Ok((code, parse_share(&share)?)));
            closes.0.push(parsed.map_err(A::Error::custom)?);
        }
        Ok(closes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn each_code_is_drawn_by_its_share() {
        let [busy, own] = ["1013", "4001"].map(|text| code(text).unwrap());
        let closes = Closes(vec![(busy, 0.3), (own, 0.1)]);
        let mut random = SmallRng::seed_from_u64(7);
        let drawn: Vec<_> = (0..20_000).map(|_| closes.draw(&mut random)).collect();
        for (code, share) in [(Some(busy), 0.3), (Some(own), 0.1), (None, 0.6)] {
            let found = drawn.iter().filter(|it| **it == code).count() as f64 / 20_000.0;
            assert!((found - share).abs() < 0.02, "{code:?}: {found}");
        }
    }

    #[test]
    fn codes_that_no_server_may_send_are_refused() {
        for text in ["999", "1004", "1005", "1006", "1015", "2000", "5000", "-1", "busy"] {
            let error = code(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("bad close code '{text}': expected ")), "{error}");
        }
    }
}
