//! What is worth saying at the end of an attack.

use drumfire::metrics::Verdict;

/// How an attack came to its end.
#[derive(Debug)]
pub struct Ending {
    /// Hits planned; 0 where the plan leaves them open.
    pub planned: u64,
    /// Hits made.
    pub made: u64,
    /// Whether it was told to stop.
    pub interrupted: bool,
    /// The limit that ended it, and what was found; None where none did.
    pub aborted: Option<String>,
    /// Whether the generator kept up; None where nothing was scheduled.
    pub verdict: Option<Verdict>,
}

impl Ending {
    /// Returns what is worth saying, on one line; None where all went as planned.
    pub fn line(&self) -> Option<String> {
        let unmade = self.planned.saturating_sub(self.made);
        let cut_short = (self.interrupted && unmade > 0).then(|| {
            let (made, planned) = (self.made, self.planned);
            format!("{made} of {planned} planned hits were made, and report tells of these alone")
        });
        let cut_short = match (&self.aborted, cut_short) {
            (Some(reason), Some(hits)) => Some(format!("aborted: {reason}; {hits}")),
            (Some(reason), None) => Some(format!("aborted: {reason}")),
            (None, hits) => hits.map(|hits| format!("interrupted: {hits}")),
        };
        let limited = self.verdict.as_ref().filter(|verdict| !verdict.is_valid());
        let words: Vec<String> =
            cut_short.into_iter().chain(limited.map(Verdict::to_string)).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::late;

    const CUT_SHORT: &str =
        "interrupted: 4 of 9 planned hits were made, and report tells of these alone";
    const ABORTED: &str = "aborted: p99>2s for 10s: 3s; 4 of 9 planned hits were made, and report \
        tells of these alone";
    const LIMITED: &str = "generator-limited: p50 lag is 200ms, above the 100ms tolerance for this \
        run; free a core, lower -rate, or use several machines";

    #[test]
    fn what_went_as_planned_is_not_told() {
        let ending = |planned, made, interrupted, verdict| Ending {
            planned,
            made,
            interrupted,
            aborted: None,
            verdict,
        };
        let aborted = |planned| Ending {
            aborted: Some("p99>2s for 10s: 3s".to_owned()),
            ..ending(planned, 4, true, late(1))
        };
        let both = format!("{CUT_SHORT}; {LIMITED}");
        let table = [
            ("all hits were made, on time", ending(9, 9, false, late(1)), None),
            ("no end was planned", ending(0, 4, true, late(1)), None),
            ("only answers were waited for", ending(9, 9, true, late(1)), None),
            ("nothing was scheduled", ending(9, 9, false, None), None),
            ("stopped before the end", ending(9, 4, true, late(1)), Some(CUT_SHORT)),
            ("late", ending(9, 9, false, late(200)), Some(LIMITED)),
            ("both", ending(9, 4, true, late(200)), Some(both.as_str())),
            ("aborted", aborted(9), Some(ABORTED)),
            ("aborted, no end planned", aborted(0), Some("aborted: p99>2s for 10s: 3s")),
        ];
        for (intent, ending, expected) in table {
            assert_eq!(ending.line().as_deref(), expected, "{intent}");
        }
    }
}
