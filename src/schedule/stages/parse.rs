//! The grammar of stages: `30s@1..50,2m@50,5m@100~50/1m`.

use std::time::Duration;

use crate::error::Error;
use crate::schedule::stages::{Form, Level, Stage, Stages};
use crate::units::{parse_rate, parse_span};

const STAGE: &str = "DURATION@RATE, DURATION@FROM..TO or DURATION@MEAN~AMPLITUDE/PERIOD, as in \
                     30s@1..50";

/// Parses stages that commas part, spaces around them allowed: `DURATION@RATE` stays at a rate,
/// `DURATION@FROM..TO` changes steadily, `DURATION@MEAN~AMPLITUDE/PERIOD` swings. Rates are those
/// of [`parse_rate`], but 0 is a pause.
///
/// # Errors
///
/// [`Error::Value`] that names the stage which is not in that form, lasts no time, or swings below
/// zero; and as [`Stages::new`].
pub fn parse_stages(text: &str) -> Result<Stages, Error> {
    let stages = match text.trim() {
        "" => Vec::new(),
        text => text.split(',').map(|stage| parse_stage(stage.trim())).collect::<Result<_, _>>()?,
    };
    Stages::new(&stages)
}

fn parse_stage(text: &str) -> Result<Stage, Error> {
    let bad = |expected| Error::Value { what: "stage", input: text.to_owned(), expected };
    let (length, form) = text.split_once('@').ok_or_else(|| bad(STAGE))?;
    let length = parse_span(length).map_err(|_| bad(STAGE))?;
    if length.is_zero() {
        return Err(bad("a duration of more than 0"));
    }
    Ok(Stage { length, form: parse_form(form).map_err(bad)? })
}

/// Returns the form of a rate, or what was expected.
fn parse_form(text: &str) -> Result<Form, &'static str> {
    if let Some((from, to)) = text.split_once("..") {
        return Ok(match (parse_level(from)?, parse_level(to)?) {
            (from, to) if from == to => Form::Hold(from),
            (from, to) => Form::Linear { from, to },
        });
    }
    let Some((mean, swing)) = text.split_once('~') else {
        return Ok(Form::Hold(parse_level(text)?));
    };
    let (amplitude, period) = swing.rsplit_once('/').ok_or(STAGE)?;
    let (mean, amplitude) = (parse_level(mean)?, parse_level(amplitude)?);
    let period = parse_span(period).map_err(|_| STAGE)?;
    if period.is_zero() {
        return Err("a period of more than 0");
    }
    if mean == Level::NONE || !amplitude.is_at_most(mean) {
        return Err(
            "a mean of more than 0 and an amplitude of at most the mean, since no rate is \
                    below 0",
        );
    }
    Ok(Form::Sine { mean, amplitude, period })
}

/// Returns a rate that may be zero, or what was expected.
pub(super) fn parse_level(text: &str) -> Result<Level, &'static str> {
    const RATE: &str = "rates of 0 or more, each COUNT or COUNT/UNIT, as in 50, 50/s or 3000/1m";
    match parse_rate(text).map_err(|_| RATE)? {
        Some(rate) => Ok(rate.into()),
        // What has no limit is written so, or has a unit of no length.
        None if text.split('/').next().is_some_and(|count| count.parse() == Ok(0_u64)) => {
            Ok(Level::NONE)
        }
        None => Err(RATE),
    }
}

/// Returns the stage between two points of a line; None where there is no time between them.
pub(super) fn between(from: Level, to: Level, length: Duration) -> Option<Stage> {
    let form = if from == to { Form::Hold(from) } else { Form::Linear { from, to } };
    (!length.is_zero()).then_some(Stage { length, form })
}
