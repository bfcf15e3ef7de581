//! Whole views as texts.

use std::time::Duration;

use crate::metrics::samples::{Sample, batch};
use crate::metrics::{self, IntervalCollector};
use crate::report::terminal::*;
use crate::report::tests::check_golden;

const UNICODE: Look = Look { width: 80, blocks: Blocks::Unicode };
const ASCII: Look = Look { width: 80, blocks: Blocks::Ascii };

/// A run, folded.
#[derive(Default)]
struct Run {
    metrics: Metrics,
    history: History,
}

impl Run {
    fn of(hits: &[Sample]) -> Self {
        let (batch, mut run) = (batch(hits), Self::default());
        run.metrics.add_batch(&batch);
        run.history.add_rows(&batch.rows(0..batch.len()));
        run
    }

    fn pictures(&self, look: Look) -> String {
        shown(&pictures(&self.metrics, &self.history, look))
    }
}

fn shown(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text(false) + "\n").collect()
}

/// Returns 4000 hits of 20 s that take about 2 ms, or each third one 20 ms; between 8 s and 12 s each
/// fourth fails.
fn two_modes() -> Vec<Sample> {
    let hit = |n: i64| {
        let ms = if n % 3 == 0 { 20.0 } else { 2.0 };
        // Sums of three dice lie about their mean.
        let dice = [7, 11, 13].map(|sides| (n * 31 % sides) as f64 / sides as f64);
        let is_failed = (1_600..2_400).contains(&n) && n % 4 == 0;
        Sample {
            code: if is_failed { 503 } else { 200 },
            timestamp_ns: 1_700_000_000_123_456_789 + n * 5_000_000,
            latency_ns: (ms * (0.4 + 0.4 * dice.iter().sum::<f64>()) * 1e6) as u64,
            lag_ns: Some(80_000),
            error: if is_failed { "503 Service Unavailable".to_owned() } else { String::new() },
            ..Sample::default()
        }
    };
    (0..4_000).map(hit).collect()
}

/// Returns a live view of the run after its first second.
fn live_view(run: &Run, interval: bool, height: usize, look: Look) -> Vec<Line> {
    let mut collector = IntervalCollector::default();
    let hits = batch(&two_modes()[..200]);
    collector.add_rows(&hits.rows(0..hits.len()));
    let latest = collector.end(Duration::from_secs(1));
    let interval = interval.then_some(Interval { latest: &latest, name: "last 1s" });
    let contents = (&run.metrics).into();
    let view = Live { heading: "200 of 4000 hits", interval, contents, history: &run.history };
    live(view, height, look)
}

#[test]
fn two_modes_are_two_humps_and_failures_have_a_line() {
    let run = Run::of(&two_modes());
    check_golden("terminal.pictures", &run.pictures(UNICODE));
    check_golden("terminal.narrow", &run.pictures(Look { width: 40, ..UNICODE }));
    check_golden("terminal.ascii", &run.pictures(ASCII));
}

#[test]
fn a_live_view_has_the_last_interval_next_to_the_whole() {
    let run = Run::of(&two_modes());
    let narrow = Look { width: 60, ..UNICODE };
    check_golden("terminal.live", &shown(&live_view(&run, true, 24, UNICODE)));
    check_golden("terminal.live-narrow", &shown(&live_view(&run, true, 50, narrow)));
    check_golden("terminal.live-over", &shown(&live_view(&run, false, 24, UNICODE)));
}

#[test]
fn ascii_views_have_no_other_letters() {
    let run = Run::of(&two_modes());
    let view = shown(&live_view(&run, true, 50, ASCII)) + &run.pictures(ASCII);
    assert!(view.is_ascii(), "{view}");
}

#[test]
fn no_picture_is_wider_than_the_terminal_and_below_40_columns_there_are_none() {
    let mut slow = two_modes();
    slow.iter_mut().step_by(7).for_each(|hit| hit.latency_ns *= 40_000);
    for hits in [two_modes(), two_modes()[..9].to_vec(), slow] {
        let run = Run::of(&hits);
        for width in 40..=200 {
            for look in [Look { width, ..UNICODE }, Look { width, ..ASCII }] {
                let lines = pictures(&run.metrics, &run.history, look);
                assert!(lines.iter().all(|line| line.width() <= width.min(120)), "{width}");
                assert!(lines.len() >= 2);
            }
        }
        assert_eq!(pictures(&run.metrics, &run.history, Look { width: 39, ..UNICODE }), []);
    }
}

#[test]
fn a_run_of_few_hits_shows_what_there_is() {
    assert_eq!(Run::of(&[]).pictures(UNICODE), "");
    let bar = "█".repeat(42);
    let head = format!("latency{}share       hits\n", " ".repeat(48));
    let one = |ns: u64| Sample { code: 200, latency_ns: ns, ..Sample::default() };
    let row = format!("   7.3ms {bar}  100.00%          1  p50 p99\n");
    assert_eq!(Run::of(&[one(7_343_000)]).pictures(UNICODE), head.clone() + &row);
    let row = format!("      0s {bar}  100.00%          2  p50 p99\n");
    assert_eq!(Run::of(&[one(0), one(0)]).pictures(UNICODE), head + &row);
}

#[test]
fn hits_with_a_round_latency_are_in_its_row() {
    let hit = |ns: u64| Sample { code: 200, latency_ns: ns, ..Sample::default() };
    let rows = |hits: Vec<Sample>| {
        let lines = histogram(Run::of(&hits).metrics.latency(), 12, UNICODE);
        let rows = lines[1..].iter().map(|line| line.text(false));
        rows.map(|row| {
            row.replace(['█', '▍'], "").split_whitespace().take(3).collect::<Vec<_>>().join(" ")
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(rows((0..=1_000).map(|n| hit(1_000_000 + n)).collect()), ["1ms 100.00% 1001"]);
    let decades = (1..=10).flat_map(|power| vec![hit(10_u64.pow(power)); 300]).collect();
    let labels = ["0s", "100ns", "1µs", "10µs", "100µs", "1ms", "10ms", "100ms", "1s", "10s"];
    let expected = labels.map(|label| format!("{label} 10.00% 300"));
    assert_eq!(rows(decades), expected);
}

#[test]
fn an_empty_run_under_way_has_its_table() {
    let nothing = Run::default();
    let contents = (&nothing.metrics).into();
    let latest = metrics::Interval::default();
    let interval = Some(Interval { latest: &latest, name: "last 1s" });
    let view = Live { heading: "", interval, contents, history: &nothing.history };
    let narrow = Look { width: 40, ..UNICODE };
    let expected = "                 last 1s       whole
requests               0           0
rate              0.00/s      0.00/s
throughput        0.00/s      0.00/s
success                -           -
lag p99                -           -
p50                    -           -
p90                    -           -
p95                    -           -
p99                    -           -
max                    -           -
";
    assert_eq!(shown(&live(view, 24, narrow)), expected);
}

#[test]
fn only_failures_and_pictures_have_colors() {
    let run = Run::of(&two_modes());
    let lines = live_view(&run, true, 24, UNICODE);
    let inked = |ink: &str| {
        let has = |line: &&Line| line.text(true).contains(&format!("\u{1b}[{ink}m"));
        lines.iter().filter(has).map(|line| line.text(false)).collect::<Vec<_>>()
    };
    let alarming: Vec<_> =
        inked("31").iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(alarming, ["success", "failed"]);
    assert_eq!(inked("36").len(), 9);
    assert!(lines.iter().all(|line| !line.text(false).contains('\u{1b}')));
}
