//! Marks in messages: 24 letters by which a message is recognized in anything that a server sends.
//!
//! ```text
//! df rrrr mmmmmmmmmmmmmmmmmm
//! │  │    └ number of the message (42 bits), then the instant of its release (48 bits, in µs)
//! │  └ run (20 bits)
//! └ the same in all marks
//! ```
//!
//! Letters and digits are those of base32, in lower case, the most significant first. They need no
//! escaping in JSON, XML, URLs or headers, so a mark survives any envelope that a server puts
//! around it. The run separates the marks of an attack from those of earlier ones, which a server
//! may replay as the history of a chat.
//!
//! Source of the alphabet: RFC 4648, section 6.

use std::fmt::{self, Display};
use std::str;

use memchr::memmem;

/// What all marks begin with.
const PREFIX: &str = "df";

/// The values of letters.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

const BITS_PER_LETTER: u32 = 5;
const RUN_LETTERS: usize = 4;
const RUN_BITS: u32 = 20;
const SEQ_BITS: u32 = 42;
const INSTANT_BITS: u32 = 48;
const NANOS_PER_MICRO: i64 = 1_000;

/// The attack that a mark belongs to: a random number, so that no two attacks have the same marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run(u32);

impl Run {
    /// Returns a new run. It is random even if the attack has a seed, since marks must differ from
    /// those of an earlier attack with that seed.
    pub fn fresh() -> Self {
        loop {
            let run = Self(rand::random::<u32>() & low_bits(RUN_BITS) as u32);
            // Without a `d`, the beginning of a mark cannot overlap with that of another one.
            let mut letters = [0; RUN_LETTERS];
            spell(run.0.into(), &mut letters);
            if !letters.contains(&PREFIX.as_bytes()[0]) {
                return run;
            }
        }
    }
}

/// The mark of a message. The default is a mark of no message.
///
/// # Example
///
/// ```
/// use drumfire::mark::{Mark, MarkFinder, Run};
///
/// let run = Run::fresh();
/// let mark = Mark::new(run, 7, 1_796_000_000_000_000_000);
/// assert_eq!(mark.to_string().len(), Mark::LEN);
///
/// let reply = format!(r#"42["chat",{{"id":"{mark}"}}]"#);
/// let found = MarkFinder::of_run(run).marks(reply.as_bytes()).next();
/// assert_eq!(found.map(|found| found.seq()), Some(7));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    run: Run,
    /// Below 2^42.
    seq: u64,
    /// µs since 1970 UTC, modulo 2^48.
    instant: u64,
}

impl Mark {
    /// Number of letters in a mark.
    pub const LEN: usize = 24;

    /// Returns the mark of a message: its number among the hits of the attack, modulo 2^42, and its
    /// release in ns since 1970 UTC.
    pub fn new(run: Run, seq: u64, released_ns: i64) -> Self {
        let micros = released_ns.div_euclid(NANOS_PER_MICRO);
        Self { run, seq: seq & low_bits(SEQ_BITS), instant: micros as u64 & low_bits(INSTANT_BITS) }
    }

    /// Returns the number of the message among the hits of the attack, modulo 2^42.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the release of the message in ns since 1970 UTC, to the µs, if it is less than four
    /// years from `now_ns`.
    pub fn released_ns(&self, now_ns: i64) -> i64 {
        let now = now_ns.div_euclid(NANOS_PER_MICRO);
        // The instant has only the low bits, so the nearest number with the same low bits is meant.
        let ahead = (self.instant.wrapping_sub(now as u64) & low_bits(INSTANT_BITS)) as i64;
        let is_past = ahead >= 1 << (INSTANT_BITS - 1);
        let distance = if is_past { ahead - (1 << INSTANT_BITS) } else { ahead };
        (now + distance).saturating_mul(NANOS_PER_MICRO)
    }

    /// Returns the letters of the mark, all ASCII.
    pub fn letters(&self) -> [u8; Self::LEN] {
        let mut letters = [0; Self::LEN];
        let (prefix, rest) = letters.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX.as_bytes());
        let (run, message) = rest.split_at_mut(RUN_LETTERS);
        spell(self.run.0.into(), run);
        spell(u128::from(self.seq) << INSTANT_BITS | u128::from(self.instant), message);
        letters
    }

    /// Reads a mark that begins with `letters`. None if they are no mark.
    fn read(letters: &[u8]) -> Option<Self> {
        let letters = letters.get(..Self::LEN)?.strip_prefix(PREFIX.as_bytes())?;
        let (run, message) = letters.split_at(RUN_LETTERS);
        let (run, message) = (value(run)?, value(message)?);
        let instant = message as u64 & low_bits(INSTANT_BITS);
        Some(Self { run: Run(run as u32), seq: (message >> INSTANT_BITS) as u64, instant })
    }
}

impl Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.letters()).unwrap_or_default())
    }
}

/// Finds marks in messages.
#[derive(Clone, Debug)]
pub struct MarkFinder(memmem::Finder<'static>);

impl MarkFinder {
    /// Returns a finder of the marks of one run.
    pub fn of_run(run: Run) -> Self {
        let letters = Mark { run, ..Mark::default() }.letters();
        Self(memmem::Finder::new(&letters[..PREFIX.len() + RUN_LETTERS]).into_owned())
    }

    /// Returns a finder of the marks of all runs. Other text may look like such a mark, by chance
    /// or on purpose.
    pub fn of_all_runs() -> Self {
        Self(memmem::Finder::new(PREFIX).into_owned())
    }

    /// Returns the marks in any bytes, in their order. Marks that are cut are left out.
    pub fn marks<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Mark> + 'a {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            while let Some(at) = self.0.find(rest) {
                let candidate = &rest[at..];
                let mark = Mark::read(candidate).filter(|_| !self.is_cut(candidate));
                // What looked like a mark may contain the beginning of a real one.
                rest = &candidate[if mark.is_some() { Mark::LEN } else { 1 }..];
                if mark.is_some() {
                    return mark;
                }
            }
            rest = &[];
            None
        })
    }

    /// Returns whether another mark of the same run begins within the letters of a mark. The marks
    /// of all runs begin with two letters, which other letters may be by chance.
    fn is_cut(&self, mark: &[u8]) -> bool {
        let len = self.0.needle().len();
        let end = mark.len().min(Mark::LEN + len - 1);
        len > PREFIX.len() && self.0.find(&mark[1..end]).is_some()
    }
}

/// Returns a mask of the lowest bits.
fn low_bits(n_bits: u32) -> u64 {
    (1 << n_bits) - 1
}

/// Writes the low bits of a number as letters.
fn spell(mut number: u128, letters: &mut [u8]) {
    for letter in letters.iter_mut().rev() {
        *letter = ALPHABET[(number % ALPHABET.len() as u128) as usize];
        number >>= BITS_PER_LETTER;
    }
}

/// Returns the number that letters spell. None for other letters.
fn value(letters: &[u8]) -> Option<u128> {
    letters.iter().try_fold(0, |number, letter| {
        let digit = match letter {
            b'a'..=b'z' => letter - b'a',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        Some(number << BITS_PER_LETTER | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_796_000_000_123_456_000;

    fn found(finder: &MarkFinder, text: &str) -> Vec<u64> {
        finder.marks(text.as_bytes()).map(|mark| mark.seq()).collect()
    }

    #[test]
    fn marks_are_found_whatever_surrounds_them() {
        let (run, other) = (Run(0x5_1234), Run(0x5_1235));
        let [a, b] = [3, 4].map(|seq| Mark::new(run, seq, NOW).to_string());
        let foreign = Mark::new(other, 5, NOW).to_string();
        let start = &a[..PREFIX.len() + RUN_LETTERS];
        let table = [
            (String::new(), vec![]),
            (a.clone(), vec![3]),
            (format!("42[\"chat\",{{\"id\":\"{a}\"}}]"), vec![3]),
            (format!("{a}{b}"), vec![3, 4]),
            (format!("{b}x{a}x{b}"), vec![4, 3, 4]),
            (format!("{foreign}{a}{foreign}"), vec![3]),
            // Cut, in upper case, and with a letter that marks do not have.
            (a[..23].to_owned(), vec![]),
            (a.to_uppercase(), vec![]),
            (format!("{start}0{}", &a[7..]), vec![]),
            // The beginning of a mark just before a mark.
            (format!("{start}{a}"), vec![3]),
            (format!("{}{b}", &a[..23]), vec![4]),
            (format!("dfdfd{a}"), vec![3]),
        ];
        let finder = MarkFinder::of_run(run);
        for (text, expected) in table {
            assert_eq!(found(&finder, &text), expected, "{text}");
        }
        assert_eq!(found(&MarkFinder::of_all_runs(), &format!("{foreign}-{a}")), [5, 3]);
    }

    #[test]
    fn a_mark_is_found_after_a_mark_that_is_cut_anywhere() {
        let run = Run::fresh();
        let [a, b] = [3, 4].map(|seq| Mark::new(run, seq, NOW).to_string());
        for len in 0..Mark::LEN {
            let text = format!("{}{b}", &a[..len]);
            assert_eq!(found(&MarkFinder::of_run(run), &text), [4], "{text}");
        }
    }

    #[test]
    fn the_instant_is_found_across_the_end_of_its_bits() {
        let second = 1_000_000_000;
        let wrap = (1_i64 << INSTANT_BITS) * NANOS_PER_MICRO;
        let table = [
            (NOW, NOW),
            (NOW, NOW + 30 * second),
            (NOW, NOW - 30 * second),
            (wrap - second, wrap + second),
            (wrap + second, wrap - second),
        ];
        for (released, now) in table {
            assert_eq!(Mark::new(Run(1), 0, released).released_ns(now), released, "{released}");
        }
        assert_eq!(Mark::new(Run(1), 0, NOW + 999).released_ns(NOW), NOW);
    }

    #[test]
    fn fresh_runs_differ_and_have_no_letter_d() {
        let first = Run::fresh();
        assert!((0..10).any(|_| Run::fresh() != first));
        for _ in 0..100 {
            let mark = Mark::new(Run::fresh(), 0, 0).to_string();
            assert_eq!(mark[..PREFIX.len() + RUN_LETTERS].matches('d').count(), 1, "{mark}");
        }
    }

    proptest! {
        #[test]
        fn a_mark_is_read_as_it_was_written(
            run in 0_u32..1 << RUN_BITS,
            seq in 0_u64..1 << SEQ_BITS,
            after_us in 0_i64..1 << 40,
            before in ".*",
            after in ".*",
        ) {
            let mark = Mark::new(Run(run), seq, NOW - after_us * NANOS_PER_MICRO);
            let text = format!("{before}{mark}{after}");
            let finder = MarkFinder::of_run(Run(run));
            let read: Vec<_> = finder.marks(text.as_bytes()).collect();
            prop_assert!(read.contains(&mark));
            prop_assert_eq!(mark.released_ns(NOW), NOW - after_us * NANOS_PER_MICRO);
        }

        #[test]
        fn any_bytes_can_be_searched(bytes: Vec<u8>) {
            for finder in [MarkFinder::of_all_runs(), MarkFinder::of_run(Run(3))] {
                prop_assert!(finder.marks(&bytes).count() <= bytes.len() / Mark::LEN);
            }
        }
    }
}
