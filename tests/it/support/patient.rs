//! Limits that a healthy server also keeps to on a busy machine.

/// Returns a text with ten times the limits on latencies and on their increase, and a tenth of the
/// limits on rates: `p99<50ms`, `p50>+20%` and `rate>=100/s` become `p99<500ms`, `p50>+200%` and
/// `rate>=10/s`. Everything else stays as it is.
pub fn patient(text: &str) -> String {
    let mut changed = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>']) {
        let (start, limit) = rest.split_at(at);
        let value = limit.trim_start_matches(['<', '>', '=', '+']);
        let operator = &limit[..limit.len() - value.len()];
        let number =
            &value[..value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len())];
        let after = &value[number.len()..];
        changed.extend([start, operator]);
        match (number.parse::<f64>(), factor(operator, after)) {
            (Ok(number), Some(factor)) => changed.push_str(&(number * factor).to_string()),
            _ => changed.push_str(number),
        }
        rest = after;
    }
    changed + rest
}

/// Returns the factor of a limit with this operator and what follows its number. None if the limit
/// has nothing to do with time.
fn factor(operator: &str, after: &str) -> Option<f64> {
    let is_time = ["ns", "us", "ms", "s"].iter().any(|unit| {
        after.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    match operator {
        "<" | "<=" if is_time => Some(10.0),
        ">+" if is_time || after.starts_with('%') => Some(10.0),
        ">" | ">=" if after.starts_with("/s") => Some(0.1),
        _ => None,
    }
}

#[test]
fn only_limits_on_times_and_rates_change() {
    let table = [
        ("get.*:mean<100ms", "get.*:mean<1000ms"),
        ("-threshold='p95<=12.5ms' a > b", "-threshold='p95<=125ms' a > b"),
        (
            "-fail-on='p50>+200%' -fail-on='success<-1%'",
            "-fail-on='p50>+2000%' -fail-on='success<-1%'",
        ),
        ("-fail-on='login:mean>+20ms'", "-fail-on='login:mean>+200ms'"),
        ("rate>=100/s", "rate>=10/s"),
        ("success>=99%\nerrors<50\np99<1s", "success>=99%\nerrors<50\np99<10s"),
        (
            "-abort='p99>2s for 10s' 2>/dev/null <list.txt",
            "-abort='p99>2s for 10s' 2>/dev/null <list.txt",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(patient(text), expected);
    }
}
