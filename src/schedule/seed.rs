//! The seed that determines every random choice of an attack or a comparison.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// The seed of all random choices. The same seed gives the same choices on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// The purpose of random numbers. Each purpose has separate numbers, so that a new random choice
/// does not change the existing ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Which target a hit goes to.
    Targets,
    /// Which row of the feed a hit uses.
    Rows,
    /// The values of a hit's variables.
    Values,
    /// Which blocks of a run form a bootstrap resample. Its number is used instead of a hit's.
    Resamples,
    /// When hits are due.
    Arrivals,
    /// Which flow an arrival begins. Its number is used instead of a hit's.
    FlowFiles,
    /// Choices, think times and values of a flow. Its number is used instead of a hit's.
    Flows,
    /// The pauses before the reconnects of a WebSocket. Its number and that of the reconnect are
    /// used instead of a hit's.
    Reconnects,
    /// Which WebSockets are dropped. The number of the drop is used instead of a hit's.
    Drops,
}

impl Purpose {
    /// Returns the part of the key that separates purposes, at most 24 bytes. It must never change,
    /// or old seeds would give different choices.
    fn key(self) -> &'static str {
        match self {
            Self::Targets => "targets",
            Self::Rows => "rows",
            Self::Values => "values",
            Self::Resamples => "resamples",
            Self::Arrivals => "arrivals",
            Self::FlowFiles => "flow-files",
            Self::Flows => "flows",
            Self::Reconnects => "reconnects",
            Self::Drops => "drops",
        }
    }
}

impl Seed {
    /// Returns an unpredictable seed below 2^53, so that it survives tools that read numbers in
    /// JSON as floating-point numbers.
    ///
    /// Source: RFC 8259, section 6.
    pub fn fresh() -> Self {
        Self(rand::random::<u64>() >> (u64::BITS - f64::MANTISSA_DIGITS))
    }

    /// Returns the random number generators for one purpose.
    pub fn rngs(self, purpose: Purpose) -> HitRngs {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.0.to_le_bytes());
        let text = purpose.key().as_bytes();
        key[8..8 + text.len()].copy_from_slice(text);
        HitRngs { key }
    }
}

/// A random number generator for each hit, for one purpose. A hit's numbers depend only on its
/// number in the attack, so that the choices do not depend on the number of engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitRngs {
    /// The seed, little-endian, followed by the key of the purpose.
    key: [u8; 32],
}

impl HitRngs {
    /// Returns the seed of the generators.
    pub fn seed(&self) -> Seed {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.key[..8]);
        Seed(u64::from_le_bytes(bytes))
    }

    /// Returns the generator of hit `k`, at its first number.
    ///
    /// Source: D. J. Bernstein, ChaCha, a variant of Salsa20, 2008. `k` is the nonce.
    pub fn for_hit(&self, k: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(k);
        rng
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn numbers_are_identical_on_every_machine() {
        let rngs = Seed(7).rngs(Purpose::Targets);
        let drawn = [0, 1, u64::MAX].map(|k| rngs.for_hit(k).next_u64());
        let expected =
            [16_951_471_684_572_874_999, 15_330_550_167_310_230_379, 17_386_406_664_327_956_959];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn numbers_depend_on_the_hit_and_the_seed_but_not_on_the_order() {
        let rngs = Seed(7).rngs(Purpose::Targets);
        let forth = [3, 9].map(|k| rngs.for_hit(k).next_u64());
        let back = [9, 3].map(|k| rngs.for_hit(k).next_u64());
        assert_eq!(forth, [back[1], back[0]]);
        assert_ne!(forth[0], Seed(8).rngs(Purpose::Targets).for_hit(3).next_u64());
    }

    #[test]
    fn a_fresh_seed_survives_a_floating_point_number() {
        for _ in 0..100 {
            let Seed(seed) = Seed::fresh();
            assert_eq!(seed as f64 as u64, seed);
            assert!(seed < 1 << 53);
        }
    }
}
