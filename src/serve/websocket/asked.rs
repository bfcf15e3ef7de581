//! What the query of a handshake asks for.

use crate::error::Error;
use crate::serve::websocket::answer::Answer;
use crate::units::Delay;

/// What a client asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Whether a sender receives its own broadcasts.
    pub has_self: bool,
    /// Number of tokens of an agent. None for that of the route.
    pub n_tokens: Option<u32>,
    /// Time between the messages of an agent. None for that of the route.
    pub interval: Option<Delay>,
}

impl Asked {
    /// Reads the parameters that concern an answer; others are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] for a value of another form.
    pub fn of(query: &str, answer: &Answer) -> Result<Self, Error> {
        let mut asked = Self::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (answer, name) {
                (Answer::Broadcast, "self") => asked.has_self = flag(value)?,
                (Answer::Agent, "tokens") => asked.n_tokens = Some(count(value)?),
                (Answer::Agent, "interval") => asked.interval = Some(value.parse()?),
                _ => (),
            }
        }
        Ok(asked)
    }
}

fn flag(text: &str) -> Result<bool, Error> {
    match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(bad("self", text, "0 or 1")),
    }
}

fn count(text: &str) -> Result<u32, Error> {
    text.parse().map_err(|_| bad("tokens", text, "a whole number"))
}

fn bad(what: &'static str, input: &str, expected: &'static str) -> Error {
    Error::Value { what, input: input.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_the_parameters_of_an_answer_count() {
        let asked = Asked::of("self=1&tokens=3&interval=5ms&token=x&", &Answer::Agent).unwrap();
        let interval = asked.interval.map(|interval| interval.mean());
        let expected = (false, Some(3), Some(Duration::from_millis(5)));
        assert_eq!((asked.has_self, asked.n_tokens, interval), expected);
        assert!(Asked::of("self=1", &Answer::Broadcast).unwrap().has_self);
        assert!(!Asked::of("self=0", &Answer::Broadcast).unwrap().has_self);
        assert!(!Asked::of("self=2", &Answer::Echo).unwrap().has_self);
    }

    #[test]
    fn a_bad_parameter_is_refused() {
        let table = [
            ("self", Answer::Broadcast, "bad self '': expected 0 or 1"),
            ("tokens=-1", Answer::Agent, "bad tokens '-1': expected a whole number"),
            ("interval=x", Answer::Agent, "bad latency 'x': expected 10ms, "),
        ];
        for (query, answer, start) in table {
            let error = Asked::of(query, &answer).unwrap_err().to_string();
            assert!(error.starts_with(start), "{error}");
        }
    }
}
