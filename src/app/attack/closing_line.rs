//! The line that attack prints at its end.

use drumfire::metrics::Verdict;

/// How an attack ended.
#[derive(Debug)]
pub struct ClosingLine {
    /// Number of planned hits; 0 if the plan leaves it open.
    pub planned: u64,
    /// Number of hits that were made.
    pub made: u64,
    /// Whether an interrupt or a condition stopped the attack.
    pub interrupted: bool,
    /// The condition that ended the attack, with the measured value. None if no condition did.
    pub aborted: Option<String>,
    /// Whether the generator kept up. None if nothing was scheduled.
    pub verdict: Option<Verdict>,
}

impl ClosingLine {
    /// Returns the line. None if everything went as planned.
    pub fn text(&self) -> Option<String> {
        let limited = self.verdict.as_ref().filter(|verdict| !verdict.is_valid());
        let parts: Vec<String> =
            self.cut_short().into_iter().chain(limited.map(Verdict::to_string)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Returns why the attack ended early. None if it did not.
    fn cut_short(&self) -> Option<String> {
        let missing = self.planned.saturating_sub(self.made);
        // An interrupted attack may have made all its hits, and only waited for responses.
        let stopped = (self.interrupted && missing > 0).then(|| {
            let (made, planned) = (self.made, self.planned);
            format!("stopped after {made} of {planned} planned hits; results cover only these")
        });
        match (&self.aborted, stopped) {
            (Some(reason), Some(stopped)) => Some(format!("aborted: {reason}; {stopped}")),
            (Some(reason), None) => Some(format!("aborted: {reason}")),
            (None, stopped) => stopped.map(|stopped| format!("interrupted: {stopped}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::exit::tests::late;

    const CUT_SHORT: &str =
        "interrupted: stopped after 4 of 9 planned hits; results cover only these";
    const ABORTED: &str = "aborted: p99>2s for 10s: 3s; stopped after 4 of 9 planned hits; results \
        cover only these";

    #[test]
    fn only_what_differs_from_the_plan_is_reported() {
        let line = |planned, made, interrupted, verdict| ClosingLine {
            planned,
            made,
            interrupted,
            aborted: None,
            verdict,
        };
        let aborted = |planned| ClosingLine {
            aborted: Some("p99>2s for 10s: 3s".to_owned()),
            ..line(planned, 4, true, late(1))
        };
        let limited = late(200).unwrap().to_string();
        let both = format!("{CUT_SHORT}; {limited}");
        let table = [
            ("all hits were made, on time", line(9, 9, false, late(1)), None),
            ("no end was planned", line(0, 4, true, late(1)), None),
            ("only responses were waited for", line(9, 9, true, late(1)), None),
            ("nothing was scheduled", line(9, 9, false, None), None),
            ("stopped before the end", line(9, 4, true, late(1)), Some(CUT_SHORT)),
            ("late", line(9, 9, false, late(200)), Some(limited.as_str())),
            ("both", line(9, 4, true, late(200)), Some(both.as_str())),
            ("aborted", aborted(9), Some(ABORTED)),
            ("aborted, no end planned", aborted(0), Some("aborted: p99>2s for 10s: 3s")),
        ];
        for (intent, line, expected) in table {
            assert_eq!(line.text().as_deref(), expected, "{intent}");
        }
    }
}
