//! Tests of the grammar of stages, and of every shape against numerical integration.

use crate::schedule::stages::*;
use proptest::prelude::*;

fn parsed(text: &str) -> Stages {
    parse_stages(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns the rate of a stage at a time, in hits per second: an independent implementation of the
/// grammar.
fn rate(shape: &Shape, at: f64, length: f64) -> f64 {
    match shape {
        Shape::Constant(rate) => rate.per_second(),
        Shape::Linear { from, to } => {
            let (from, to) = (from.per_second(), to.per_second());
            from + (to - from) * at / length
        }
        Shape::Sine { mean, amplitude, period } => {
            let periods = at / period.as_secs_f64();
            mean.per_second() + amplitude.per_second() * (std::f64::consts::TAU * periods).sin()
        }
    }
}

/// Integrates the rate of a shape from its start. All periods of a sine wave have the same
/// integral.
fn integral(shape: &Shape, to: f64, length: f64) -> f64 {
    let Shape::Sine { period, .. } = shape else { return piecewise(shape, to, length, 1.0) };
    let period = period.as_secs_f64();
    let periods = (to / period).floor();
    let rest = piecewise(shape, to - periods * period, length, 24.0);
    periods * piecewise(shape, period, length, 24.0) + rest
}

/// Integrates a rate from 0 by Gauss-Legendre quadrature with five points, in pieces in which the
/// rate is nearly a polynomial.
///
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, table 25.4.
fn piecewise(shape: &Shape, to: f64, length: f64, pieces: f64) -> f64 {
    const POINTS: [(f64, f64); 5] = [
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (0.906_179_845_938_664, 0.236_926_885_056_189_08),
        (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    ];
    let half = to / pieces / 2.0;
    let piece = |k: u64| {
        let middle = (2.0 * k as f64 + 1.0) * half;
        POINTS
            .iter()
            .map(|(x, weight)| weight * rate(shape, middle + x * half, length))
            .sum::<f64>()
    };
    (0..pieces as u64).map(piece).sum::<f64>() * half
}

/// Integrates the whole plan up to a time, in s.
fn integrated(plan: &Stages, time: f64) -> f64 {
    let part = |placed: &PlacedStage| {
        let (start, length) = (placed.start.as_secs_f64(), placed.stage.length.as_secs_f64());
        integral(&placed.stage.shape, (time - start).clamp(0.0, length), length)
    };
    plan.placed().iter().map(part).sum()
}

#[test]
fn the_number_of_hits_is_the_integral_rounded_up_once() {
    let table = [
        ("60s@50", 3000),
        ("30s@1..50", 765),
        ("30s@50..1", 765),
        ("30s@1..50,2m@50", 6765),
        ("5m@100~50/1m", 30_000),
        ("5m@100~100/1m", 30_000),
        ("1s@4,7s@0", 4),
        ("1s@4,7s@0,1s@4,6s@0", 8),
        ("3s@0,1s@4", 4),
        ("500ms@1,500ms@1", 1),
        ("1s@1/3s,1s@1/3s,1s@1/3s", 1),
        ("1s@2/3s,1s@2/3s,1s@2/3s", 2),
        ("1s@2/3s,1s@2/3s,1001ms@2/3s", 3),
        ("1ms@1", 1),
        ("10s@0..1", 5),
        ("24h@3000/1m", 4_320_000),
        // Half a wave: 10 + 20/π = 16.37.
        ("10s@1~1/20s", 17),
    ];
    for (text, hits) in table {
        let plan = parsed(text);
        assert_eq!(plan.hits(), hits, "{text}");
        assert!(plan.slot(Hits::whole(hits - 1)).is_some_and(|slot| slot < plan.length()));
        assert_eq!(plan.slot(Hits::whole(hits)), None, "{text}");
    }
}

#[test]
fn slots_follow_the_rate() {
    let table: [(&str, &[u64]); 8] = [
        ("1s@4", &[0, 250, 500, 750]),
        ("1s@4,7s@0,1s@2", &[0, 250, 500, 750, 8000, 8500]),
        ("2s@0,1s@2", &[2000, 2500]),
        // sqrt(2 k), for a rate that grows by 1 per second.
        ("10s@0..10", &[0, 1414, 2000, 2449, 2828]),
        // The same from the end: 4 - sqrt(2 (8 - k)).
        ("4s@4..0", &[0, 258, 536, 838, 1172, 1551, 2000, 2586]),
        ("1s@2,1s@2..4", &[0, 500, 1000, 1414, 1732]),
        ("500ms@1,500ms@1,1s@1", &[0, 1000]),
        ("4s@1~0/2s", &[0, 1000, 2000, 3000]),
    ];
    for (text, expected) in table {
        let plan = parsed(text);
        let slots = (0..expected.len() as u64).map(|k| plan.slot(Hits::whole(k)).unwrap());
        let slots: Vec<_> =
            slots.map(|slot| (slot.as_nanos() as f64 / 1e6).round() as u64).collect();
        assert_eq!(slots, expected, "{text}");
    }
}

#[test]
fn stages_print_in_the_form_they_are_parsed_from() {
    let table = [
        ("30s@1..50,2m@50", "30s@1..50,2m0s@50"),
        (" 5m@100/s~3000/1m/1m , 1s@0", "5m0s@100~3000/1m0s/1m0s,1s@0"),
        ("7s@50..50/1s", "7s@50"),
        ("1.5s@0/m..1/500ms", "1.5s@0..1/500ms"),
    ];
    for (text, printed) in table {
        let plan = parsed(text);
        assert_eq!(plan.to_string(), printed);
        assert_eq!(parsed(printed), plan);
    }
}

#[test]
fn an_invalid_stage_is_quoted_in_the_error() {
    let table = [
        ("", "bad stages '': expected at least one, as in 30s@1..50,2m@50"),
        ("1s@5,,2s@5", "bad stage '': expected DURATION@RATE,"),
        ("50", "bad stage '50': expected DURATION@RATE,"),
        ("1s@5,x@5", "bad stage 'x@5': expected DURATION@RATE,"),
        ("0s@5", "bad stage '0s@5': expected a duration above 0"),
        ("-1s@5", "bad stage '-1s@5': expected DURATION@RATE,"),
        ("1s@-5", "bad stage '1s@-5': expected rates of 0 or more,"),
        ("1s@", "bad stage '1s@': expected rates of 0 or more,"),
        ("1s@infinity", "bad stage '1s@infinity': expected rates of 0 or more,"),
        ("1s@5/0s", "bad stage '1s@5/0s': expected rates of 0 or more,"),
        ("1s@1..", "bad stage '1s@1..': expected rates of 0 or more,"),
        ("1s@1..2..3", "bad stage '1s@1..2..3': expected rates of 0 or more,"),
        ("1m@10~5", "bad stage '1m@10~5': expected DURATION@RATE,"),
        ("1m@10~5/0s", "bad stage '1m@10~5/0s': expected a period above 0"),
        ("1m@10~11/1m", "bad stage '1m@10~11/1m': expected a mean above 0 and an"),
        ("1m@0~0/1m", "bad stage '1m@0~0/1m': expected a mean above 0 and an"),
        (
            "1m@0,2m@0",
            "bad stages '1m0s@0,2m0s@0': expected a rate above 0 in at least one of them",
        ),
    ];
    for (text, message) in table {
        let error = parse_stages(text).map(|plan| plan.to_string()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn a_csv_plan_interpolates_between_its_rows() {
    let table = [
        ("seconds,rate\n0,1\n30,50\n150,50\n", "30s@1..50,2m0s@50"),
        ("\u{feff}Rate, Seconds\r\n1,1795184587.5\r\n\r\n2,1795184588\r\n", "500ms@1..2"),
        ("at,seconds,rate,by\n# noon\nx,0,12.5\ny,2,3000/1m\n", "2s@25/2s..3000/1m0s"),
        ("seconds,rate\n0,0\n5,0\n5,\"20\"\n6,20", "5s@0,1s@20"),
        ("seconds,rate\n0,0.016666666666666666\n9,1e2", "9s@16666667/277777h46m40s..100"),
    ];
    for (text, stages) in table {
        assert_eq!(read_plan(text.as_bytes()).unwrap().to_string(), stages, "{text}");
    }
}

#[test]
fn an_invalid_csv_plan_is_reported_with_its_line() {
    let table = [
        ("", "line 1: bad header '': expected the columns seconds and rate"),
        ("time,rate\n0,1\n", "line 1: bad header 'time,rate': expected the columns"),
        ("seconds,rate\n0,1\n1,x\n", "line 3: bad rate 'x': expected 0 or more"),
        ("seconds,rate\n0,1\n1,-3\n", "line 3: bad rate '-3': expected 0 or more"),
        ("seconds,rate\n0,1\n1,NaN\n", "line 3: bad rate 'NaN': expected 0 or more"),
        ("seconds,rate\n0,1\n1,infinity\n", "line 3: bad rate 'infinity': expected 0 or more"),
        ("seconds,rate\n0,1\n1\n", "line 3: bad rate '': expected 0 or more"),
        ("seconds,rate\n-1,1\n", "line 2: bad seconds '-1': expected 0 or more"),
        ("seconds,rate\n1m,1\n", "line 2: bad seconds '1m': expected 0 or more"),
        ("seconds,rate\n,1\n", "line 2: bad seconds '': expected 0 or more"),
        (
            "seconds,rate\n2,1\n1,1\n",
            "line 3: bad seconds '1': expected no less than in the row before",
        ),
        ("seconds,rate\n", "line 2: no length: expected at least two rows with different seconds"),
        ("seconds,rate\n0,5\n", "line 3: no length: expected at least two rows"),
        ("seconds,rate\n3,5\n3,9\n", "line 4: no length: expected at least two rows"),
        ("seconds,rate\n0,0\n9,0\n", "bad stages '9s@0': expected a rate above 0"),
    ];
    for (text, message) in table {
        let error =
            read_plan(text.as_bytes()).map(|plan| plan.to_string()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

/// Returns any rate up to `most` hits per 0.1 s; half of them are zero.
fn stage_rate(most: u64) -> impl Strategy<Value = StageRate> {
    prop_oneof![
        Just(StageRate::ZERO),
        (1..=most, 1..=100_u64).prop_map(|(hits, tenths)| {
            Rate::new(hits, Duration::from_millis(100 * tenths))
                .map_or(StageRate::ZERO, StageRate::from)
        }),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let sine = (1..=10_000_u64, 0..=4_u64, 1..=86_400_u64).prop_map(|(mean, quarters, secs)| {
        let second = Duration::from_secs(1);
        let per_four = |hits| Rate::new(hits, 4 * second).map_or(StageRate::ZERO, StageRate::from);
        let (mean, amplitude) = (per_four(4 * mean), per_four(quarters * mean));
        Shape::Sine { mean, amplitude, period: Duration::from_secs(secs) }
    });
    prop_oneof![
        stage_rate(1_000).prop_map(Shape::Constant),
        (stage_rate(1_000), stage_rate(1_000)).prop_map(|(from, to)| Shape::Linear { from, to }),
        sine,
    ]
}

proptest! {
    #[test]
    fn slots_of_a_day_are_within_a_microsecond_of_the_integral(
        shape in shape(), secs in 1..=86_400_u64, share in 0.0..1.0_f64,
    ) {
        const US: f64 = 1e-6;
        let stage = Stage { length: Duration::from_secs(secs), shape };
        let Ok(plan) = Stages::new(&[stage]) else { return Ok(()) };
        let total = integrated(&plan, secs as f64);
        // The reference has about 14 digits.
        let noise = 1e-13 * total;
        let hits = plan.integral().as_f64();
        prop_assert!((hits - total).abs() <= noise + 1e-9, "{plan}: {hits} hits, not {total}");
        let k = (share * plan.hits() as f64) as u64;
        let slot = plan.slot(Hits::whole(k)).unwrap().as_secs_f64();
        let (early, late) = (integrated(&plan, slot - US), integrated(&plan, slot + US));
        let level = k as f64;
        prop_assert!(early <= level + noise && level <= late + noise, "{plan}: hit {k} at {slot}");
    }

    #[test]
    fn slots_are_sorted_and_as_many_as_hits(
        stages in prop::collection::vec((1..100_u64, shape()), 1..6),
    ) {
        let stages: Vec<_> = stages
            .into_iter()
            .map(|(ms, shape)| Stage { length: Duration::from_millis(ms), shape })
            .collect();
        let Ok(plan) = Stages::new(&stages) else { return Ok(()) };
        let slots: Vec<_> = (0..).map_while(|k| plan.slot(Hits::whole(k))).collect();
        prop_assert_eq!(slots.len() as u64, plan.hits());
        prop_assert!(slots.is_sorted());
        prop_assert!(slots.iter().all(|slot| *slot < plan.length()));
        let by_end = plan.hits_by(plan.length()).as_f64();
        prop_assert!((by_end - plan.integral().as_f64()).abs() < 1e-9 * by_end + 1e-9);
    }
}
