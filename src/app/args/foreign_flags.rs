//! Flags and values that users of other load testers type, and what to type in their place.

/// A flag of other load testers that `attack` does not have.
struct Foreign {
    /// Its names, as hey, ab, oha, wrk, k6 and Locust have them.
    names: &'static [&'static str],
    /// What to type in its place; `{}` stands for the value.
    instead: &'static str,
    /// Shown for the value if none was given, or if it may be a secret.
    placeholder: &'static str,
}

const fn foreign(
    names: &'static [&'static str],
    instead: &'static str,
    placeholder: &'static str,
) -> Foreign {
    Foreign { names, instead, placeholder }
}

/// Flags that mean the same as one of `attack`, or that need another way to describe the load.
const FOREIGN: [Foreign; 19] = [
    foreign(&["n", "i", "iterations", "num-requests"], "give -requests={}", "N"),
    foreign(&["z", "d", "run-time", "time"], "give -duration={}", "TIME"),
    foreign(&["q", "R", "rps", "qps", "arrival-rate"], "give -rate={}", "N"),
    foreign(
        &["c", "concurrency", "max-vus"],
        "attack sends at a fixed -rate; to limit the requests in flight, give -max-workers={}",
        "N",
    ),
    foreign(
        &["vus", "u", "clients"],
        "give -users={} for a closed loop, in which users wait for responses, or -rate=N for a \
         constant rate",
        "N",
    ),
    foreign(
        &["r", "spawn-rate", "hatch-rate", "ramp-up", "stage"],
        "for a rate that rises, give -stages, as in -stages=30s@1..50,2m@50; for users, give -users \
         with stages, as in -users=30s@0..50,2m@50",
        "",
    ),
    foreign(&["t"], "for threads, give -threads={}; for a time limit, give -timeout=TIME", "N"),
    foreign(&["H"], "give -header='KEY: VALUE'", ""),
    foreign(&["T", "content-type"], "give -header='Content-Type: {}'", "TYPE"),
    foreign(&["A", "user-agent"], "give -header='User-Agent: {}'", "NAME"),
    foreign(
        &["m", "X", "method", "request"],
        "give the method with the URL, as in attack '{} URL'",
        "METHOD",
    ),
    foreign(&["D", "p", "body-path", "post-file", "data-file"], "give -data=@{}", "FILE"),
    foreign(&["url", "U"], "give the URL without a flag, as in attack URL", ""),
    foreign(&["host"], "give the URL without a flag, or -base-url for a list of paths", ""),
    foreign(
        &["headless", "autostart", "no-tui", "no-web", "latency-correction"],
        "leave it out: attack has no web page, and measures latency from the schedule too",
        "",
    ),
    foreign(
        &["L", "latency", "summary", "print"],
        "leave it out: 'drumfire report' prints latencies",
        "",
    ),
    foreign(&["k", "keep-alive"], "leave it out: connections are reused by default", ""),
    foreign(
        &["disable-keepalive", "no-keepalive", "no-connection-reuse"],
        "give -keepalive=false",
        "",
    ),
    foreign(
        &["o", "out", "csv", "json", "html"],
        "give -output=FILE, then run 'drumfire report'",
        "",
    ),
];

/// Returns what to type instead of a flag that `attack` does not have. `value` is the value after
/// `=`, or the next argument. None if no other tool has the flag.
pub fn instead(name: &str, value: Option<&str>) -> Option<String> {
    let (foreign, value) = match find(name) {
        Some(foreign) => (foreign, value),
        // wrk and ab accept the value directly after the letter, as in -d30s.
        None => {
            let (letter, rest) = name.split_at_checked(1)?;
            let is_number = rest.starts_with(|first: char| first.is_ascii_digit());
            (find(letter).filter(|_| is_number)?, Some(rest))
        }
    };
    let is_plain = |value: &&str| {
        value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
    };
    let value = value.filter(|value| !value.starts_with('-')).filter(is_plain);
    Some(foreign.instead.replace("{}", value.unwrap_or(foreign.placeholder)))
}

fn find(name: &str) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|foreign| foreign.names.contains(&name))
}

/// Returns how drumfire writes a rate such as `50rps`, `50/sec` or `50/minute`. None if the text has
/// another form.
pub fn rate(text: &str) -> Option<String> {
    const UNITS: [(&str, &[&str]); 3] = [
        ("s", &["rps", "qps", "ps", "hz", "/sec", "/second", "req/s", "/seconds", "persecond"]),
        ("m", &["rpm", "/min", "/minute", "req/m", "perminute"]),
        ("h", &["rph", "/hour", "/hr", "perhour"]),
    ];
    let text = text.to_ascii_lowercase().replace(' ', "");
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, unit) = text.split_at(end);
    let (unit, _) = UNITS.iter().find(|(_, words)| words.contains(&unit))?;
    (!number.is_empty()).then(|| format!("{number}/{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_other_tools_have_an_equivalent() {
        let table = [
            ("n", Some("200"), "give -requests=200"),
            ("n", None, "give -requests=N"),
            ("n", Some("-c"), "give -requests=N"),
            ("d30s", Some("x"), "give -duration=30s"),
            ("m", Some("POST"), "give the method with the URL, as in attack 'POST URL'"),
            ("H", Some("s3cret"), "give -header='KEY: VALUE'"),
            ("D", Some("me:s3cret"), "give -data=@FILE"),
        ];
        for (name, value, expected) in table {
            assert_eq!(instead(name, value).as_deref(), Some(expected), "{name}");
        }
        for name in ["nonesuch", "1", "", "é", "nx"] {
            assert_eq!(instead(name, None), None, "{name}");
        }
    }

    #[test]
    fn rates_in_words_are_written_with_a_unit() {
        let table = [
            ("50rps", Some("50/s")),
            ("0.5 RPS", Some("0.5/s")),
            ("3000/min", Some("3000/m")),
            ("10 req/s", Some("10/s")),
            ("rps", None),
            ("50", None),
            ("50/q", None),
        ];
        for (text, expected) in table {
            assert_eq!(rate(text).as_deref(), expected, "{text}");
        }
    }
}
