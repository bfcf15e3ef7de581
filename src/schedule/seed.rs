//! Seed: every random choice of an attack, or of a comparison, follows from one number.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// The number that an attack's random choices follow from. With the same seed they are the same, on
/// every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What random numbers are for. The numbers of each use are its own, so that one more choice of
/// another kind changes none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Which target a hit goes to.
    Targets,
    /// Which row of the feed a hit has.
    Rows,
    /// What a hit's variables stand for.
    Values,
    /// Which blocks of a run a resample is made of; its number stands for that of a hit.
    Resamples,
    /// When hits are due.
    Arrivals,
}

impl Use {
    /// Returns the word that tells its numbers from those of other uses, at most 24 bytes; it may
    /// never change.
    fn word(self) -> &'static str {
        match self {
            Self::Targets => "targets",
            Self::Rows => "rows",
            Self::Values => "values",
            Self::Resamples => "resamples",
            Self::Arrivals => "arrivals",
        }
    }
}

impl Seed {
    /// Returns a seed that nobody can foretell.
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// Returns the random numbers of one use.
    pub fn dice(self, purpose: Use) -> Dice {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.0.to_le_bytes());
        let word = purpose.word().as_bytes();
        key[8..8 + word.len()].copy_from_slice(word);
        Dice { key }
    }
}

/// Random numbers of one use that depend on the number of the hit alone, so that any number of
/// engines makes the same choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice {
    /// The seed, lowest byte first, and the use's word.
    key: [u8; 32],
}

impl Dice {
    /// Returns the numbers of hit `k`, from their beginning and without end.
    ///
    /// Source: D. J. Bernstein, ChaCha, a variant of Salsa20, 2008; the hit's number is the nonce.
    pub fn of_hit(&self, k: u64) -> ChaCha8Rng {
        let mut numbers = ChaCha8Rng::from_seed(self.key);
        numbers.set_stream(k);
        numbers
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn numbers_repeat_bit_for_bit_on_every_machine() {
        let dice = Seed(7).dice(Use::Targets);
        let drawn = [0, 1, u64::MAX].map(|k| dice.of_hit(k).next_u64());
        let expected =
            [16_951_471_684_572_874_999, 15_330_550_167_310_230_379, 17_386_406_664_327_956_959];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn the_numbers_of_a_hit_are_the_same_in_any_order_and_others_for_another_seed() {
        let dice = Seed(7).dice(Use::Targets);
        let forth = [3, 9].map(|k| dice.of_hit(k).next_u64());
        let back = [9, 3].map(|k| dice.of_hit(k).next_u64());
        assert_eq!(forth, [back[1], back[0]]);
        assert_ne!(forth[0], Seed(8).dice(Use::Targets).of_hit(3).next_u64());
    }
}
