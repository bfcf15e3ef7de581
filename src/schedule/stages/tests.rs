//! The grammar, and every form against numerical integration.

use crate::schedule::stages::*;
use proptest::prelude::*;

fn parsed(text: &str) -> Stages {
    parse_stages(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The rate that a stage is said to have at a time, in hits a second: written anew from the
/// grammar's words.
fn rate(form: &Form, at: f64, length: f64) -> f64 {
    match form {
        Form::Hold(level) => level.per_second(),
        Form::Linear { from, to } => {
            let (from, to) = (from.per_second(), to.per_second());
            from + (to - from) * at / length
        }
        Form::Sine { mean, amplitude, period } => {
            let turns = at / period.as_secs_f64();
            mean.per_second() + amplitude.per_second() * (std::f64::consts::TAU * turns).sin()
        }
    }
}

/// Integrates the rate of a form from its beginning, the turns of a sine one by one but alike.
fn integral(form: &Form, to: f64, length: f64) -> f64 {
    let Form::Sine { period, .. } = form else { return piecewise(form, to, length, 1.0) };
    let period = period.as_secs_f64();
    let turns = (to / period).floor();
    let rest = piecewise(form, to - turns * period, length, 24.0);
    turns * piecewise(form, period, length, 24.0) + rest
}

/// Integrates a rate from 0 by Gauss and Legendre's rule with five points, in pieces in which it is
/// as good as a polynomial.
///
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, table 25.4.
fn piecewise(form: &Form, to: f64, length: f64, pieces: f64) -> f64 {
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
        POINTS.iter().map(|(x, weight)| weight * rate(form, middle + x * half, length)).sum::<f64>()
    };
    (0..pieces as u64).map(piece).sum::<f64>() * half
}

/// Integrates the whole plan up to a time, in s.
fn integrated(plan: &Stages, time: f64) -> f64 {
    let part = |placed: &Placed| {
        let (start, length) = (placed.start.as_secs_f64(), placed.stage.length.as_secs_f64());
        integral(&placed.stage.form, (time - start).clamp(0.0, length), length)
    };
    plan.placed().iter().map(part).sum()
}

#[test]
fn hits_are_the_integral_rounded_once() {
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
        // Half a swing: 10 + 100/π * 2 = 73.66.
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
fn slots_are_where_the_rate_says() {
    let table: [(&str, &[u64]); 8] = [
        ("1s@4", &[0, 250, 500, 750]),
        ("1s@4,7s@0,1s@2", &[0, 250, 500, 750, 8000, 8500]),
        ("2s@0,1s@2", &[2000, 2500]),
        // 0, then sqrt(2 k / a) for a rate that grows by 1 each second.
        ("10s@0..10", &[0, 1414, 2000, 2449, 2828]),
        // From the end at which nothing is left: 4 - sqrt(2 (8 - k)).
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
fn a_stage_out_of_the_grammar_is_named() {
    let table = [
        ("", "bad stages '': expected at least one, as in 30s@1..50,2m@50"),
        ("1s@5,,2s@5", "bad stage '': expected DURATION@RATE,"),
        ("50", "bad stage '50': expected DURATION@RATE,"),
        ("1s@5,x@5", "bad stage 'x@5': expected DURATION@RATE,"),
        ("0s@5", "bad stage '0s@5': expected a duration of more than 0"),
        ("-1s@5", "bad stage '-1s@5': expected DURATION@RATE,"),
        ("1s@-5", "bad stage '1s@-5': expected rates of 0 or more,"),
        ("1s@", "bad stage '1s@': expected rates of 0 or more,"),
        ("1s@infinity", "bad stage '1s@infinity': expected rates of 0 or more,"),
        ("1s@5/0s", "bad stage '1s@5/0s': expected rates of 0 or more,"),
        ("1s@1..", "bad stage '1s@1..': expected rates of 0 or more,"),
        ("1s@1..2..3", "bad stage '1s@1..2..3': expected rates of 0 or more,"),
        ("1m@10~5", "bad stage '1m@10~5': expected DURATION@RATE,"),
        ("1m@10~5/0s", "bad stage '1m@10~5/0s': expected a period of more than 0"),
        ("1m@10~11/1m", "bad stage '1m@10~11/1m': expected a mean of more than 0 and an"),
        ("1m@0~0/1m", "bad stage '1m@0~0/1m': expected a mean of more than 0 and an"),
        ("1m@0,2m@0", "bad stages '1m0s@0,2m0s@0': expected a rate of more than 0 in one of them"),
    ];
    for (text, message) in table {
        let error = parse_stages(text).map(|plan| plan.to_string()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn a_table_of_points_is_a_line_through_them() {
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
fn a_bad_table_is_told_with_its_line() {
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
        ("seconds,rate\n2,1\n1,1\n", "line 3: expected seconds that do not go back"),
        ("seconds,rate\n", "line 2: no end: expected rows of at least two different seconds"),
        ("seconds,rate\n0,5\n", "line 3: no end: expected rows of at least two"),
        ("seconds,rate\n3,5\n3,9\n", "line 4: no end: expected rows of at least two"),
        ("seconds,rate\n0,0\n9,0\n", "bad stages '9s@0': expected a rate of more than 0"),
    ];
    for (text, message) in table {
        let error =
            read_plan(text.as_bytes()).map(|plan| plan.to_string()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

/// Any level, zero as often as not small, up to so many hits a second.
fn level(most: u64) -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::NONE),
        (1..=most, 1..=100_u64).prop_map(|(hits, tenths)| {
            Rate::new(hits, Duration::from_millis(100 * tenths)).map_or(Level::NONE, Level::from)
        }),
    ]
}

fn form() -> impl Strategy<Value = Form> {
    let sine = (1..=10_000_u64, 0..=4_u64, 1..=86_400_u64).prop_map(|(mean, quarters, secs)| {
        let second = Duration::from_secs(1);
        let per_four = |hits| Rate::new(hits, 4 * second).map_or(Level::NONE, Level::from);
        let (mean, amplitude) = (per_four(4 * mean), per_four(quarters * mean));
        Form::Sine { mean, amplitude, period: Duration::from_secs(secs) }
    });
    prop_oneof![
        level(1_000).prop_map(Form::Hold),
        (level(1_000), level(1_000)).prop_map(|(from, to)| Form::Linear { from, to }),
        sine,
    ]
}

proptest! {
    #[test]
    fn over_a_day_a_slot_is_at_most_a_microsecond_from_where_the_integral_says(
        form in form(), secs in 1..=86_400_u64, share in 0.0..1.0_f64,
    ) {
        const US: f64 = 1e-6;
        let stage = Stage { length: Duration::from_secs(secs), form };
        let Ok(plan) = Stages::new(&[stage]) else { return Ok(()) };
        let total = integrated(&plan, secs as f64);
        // The oracle has some 14 digits.
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
    fn slots_never_go_back_and_there_are_as_many_as_hits(
        stages in prop::collection::vec((1..100_u64, form()), 1..6),
    ) {
        let stages: Vec<_> = stages
            .into_iter()
            .map(|(ms, form)| Stage { length: Duration::from_millis(ms), form })
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
