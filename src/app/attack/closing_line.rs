//! The line that attack prints at its end.

use std::time::Duration;

use drumfire::facts::FlowFacts;
use drumfire::metrics::Verdict;
use drumfire::units::GoDuration;

/// How an attack ended.
#[derive(Debug)]
pub struct ClosingLine {
    /// What the plan counts: hits or flows.
    pub unit: &'static str,
    /// Number of planned hits or flows; 0 if the plan leaves it open.
    pub planned: u64,
    /// Number of hits that were made, or of flows that began.
    pub made: u64,
    /// How long users were planned to make hits or flows. None without users or without an end.
    pub length: Option<Duration>,
    /// When the attack was asked to stop, from its start. None if it was not.
    pub stopped_after: Option<Duration>,
    /// What became of the flows. None without flows.
    pub flows: Option<FlowFacts>,
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
        let parts = self.cut_short().into_iter().chain(self.cut_flows());
        let parts: Vec<String> = parts.chain(limited.map(Verdict::to_string)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Returns why the attack ended early. None if it did not.
    fn cut_short(&self) -> Option<String> {
        let missing = self.planned.saturating_sub(self.made);
        // An interrupted attack may have made all its hits, and only waited for responses.
        let stopped = (self.interrupted && missing > 0).then(|| {
            let (made, planned, unit) = (self.made, self.planned, self.unit);
            format!("stopped after {made} of {planned} planned {unit}; results cover only these")
        });
        let stopped = stopped.or_else(|| self.stopped_users());
        match (&self.aborted, stopped) {
            (Some(reason), Some(stopped)) => Some(format!("aborted: {reason}; {stopped}")),
            (Some(reason), None) => Some(format!("aborted: {reason}")),
            (None, stopped) => stopped.map(|stopped| format!("interrupted: {stopped}")),
        }
    }
}

impl ClosingLine {
    /// Returns when users were stopped. None if they were not, or had come to their end.
    fn stopped_users(&self) -> Option<String> {
        let (length, after) = self.length.zip(self.stopped_after)?;
        let seconds = |time: Duration| GoDuration(Duration::from_secs(time.as_secs())).to_string();
        (after < length).then(|| {
            let (after, length) = (seconds(after), seconds(length));
            format!("stopped after {after} of {length}; results cover only this time")
        })
    }

    /// Returns how many flows were cut. None if none was.
    fn cut_flows(&self) -> Option<String> {
        let flows = self.flows.filter(|flows| flows.cut > 0)?;
        let FlowFacts { started, cut, .. } = flows;
        let [mean, longest] = [flows.cut_mean_ns, flows.cut_longest_ns]
            .map(|nanos| GoDuration(Duration::from_millis(nanos / 1_000_000)).to_string());
        Some(format!(
            "{cut} of {started} flows were cut before their end; they had run {mean} on average, \
             {longest} at most"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::exit::tests::late;

    const CUT_SHORT: &str =
        "interrupted: stopped after 4 of 9 planned hits; results cover only these";
    const CUT: &str = "2 of 9 flows were cut before their end; they had run 3s on average, 4.5s at \
        most";
    const STOPPED: &str = "interrupted: stopped after 3s of 20s; results cover only this time";
    const ABORTED: &str = "aborted: p99>2s for 10s: 3s; stopped after 4 of 9 planned hits; results \
        cover only these";

    #[test]
    fn only_what_differs_from_the_plan_is_reported() {
        let line = |planned, made, interrupted, verdict| ClosingLine {
            unit: "hits",
            flows: None,
            length: None,
            stopped_after: None,
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
        let flows = FlowFacts {
            started: 9,
            cut: 2,
            cut_mean_ns: 3_000_000_000,
            cut_longest_ns: 4_500_000_000,
            ..FlowFacts::default()
        };
        let cut = ClosingLine { unit: "flows", flows: Some(flows), ..line(9, 9, false, late(1)) };
        let users = |seconds| ClosingLine {
            length: Some(Duration::from_secs(20)),
            stopped_after: Some(Duration::from_secs(seconds)),
            ..line(0, 4, true, late(1))
        };
        let (stopped, left) = (users(3), users(20));
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
            ("flows were cut", cut, Some(CUT)),
            ("users were stopped", stopped, Some(STOPPED)),
            ("users had left", left, None),
            ("aborted", aborted(9), Some(ABORTED)),
            ("aborted, no end planned", aborted(0), Some("aborted: p99>2s for 10s: 3s")),
        ];
        for (intent, line, expected) in table {
            assert_eq!(line.text().as_deref(), expected, "{intent}");
        }
    }
}
