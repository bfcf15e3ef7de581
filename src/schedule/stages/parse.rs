//! The grammar of stages: `30s@1..50,2m@50,5m@100~50/1m`.

use crate::error::Error;
use crate::schedule::stages::{Shape, Stage, StageRate, Stages};
use crate::units::{parse_rate, parse_span};

/// The three forms of a stage.
const STAGE: &str = "DURATION@RATE, DURATION@FROM..TO or DURATION@MEAN~AMPLITUDE/PERIOD, as in \
                     30s@1..50";

/// What a part of a stage should have been, for [`Error::Value`].
#[derive(Debug)]
pub(super) struct Expected(&'static str);

/// Parses a comma-separated list of stages, with optional spaces around each.
///
/// - `DURATION@RATE`: a constant rate
/// - `DURATION@FROM..TO`: a linear change
/// - `DURATION@MEAN~AMPLITUDE/PERIOD`: a sine wave
///
/// Rates have the grammar of [`parse_rate`], but 0 means a pause.
///
/// # Errors
///
/// [`Error::Value`] with the first stage that has another form, has no length, or whose rate would
/// fall below 0; and the errors of [`Stages::new`].
pub fn parse_stages(text: &str) -> Result<Stages, Error> {
    let stages = match text.trim() {
        "" => Vec::new(),
        text => text.split(',').map(|stage| parse_stage(stage.trim())).collect::<Result<_, _>>()?,
    };
    Stages::new(&stages)
}

fn parse_stage(text: &str) -> Result<Stage, Error> {
    let bad = |expected| Error::Value { what: "stage", input: text.to_owned(), expected };
    let (length, shape) = text.split_once('@').ok_or_else(|| bad(STAGE))?;
    let length = parse_span(length).map_err(|_| bad(STAGE))?;
    if length.is_zero() {
        return Err(bad("a duration above 0"));
    }
    let shape = parse_shape(shape).map_err(|Expected(expected)| bad(expected))?;
    Ok(Stage { length, shape })
}

fn parse_shape(text: &str) -> Result<Shape, Expected> {
    if let Some((from, to)) = text.split_once("..") {
        return Ok(Shape::between(parse_stage_rate(from)?, parse_stage_rate(to)?));
    }
    match text.split_once('~') {
        Some((mean, wave)) => parse_sine(mean, wave),
        None => parse_stage_rate(text).map(Shape::Constant),
    }
}

/// Parses a mean rate, and `AMPLITUDE/PERIOD`.
fn parse_sine(mean: &str, wave: &str) -> Result<Shape, Expected> {
    // The amplitude may contain a slash, as in `50/s`.
    let (amplitude, period) = wave.rsplit_once('/').ok_or(Expected(STAGE))?;
    let (mean, amplitude) = (parse_stage_rate(mean)?, parse_stage_rate(amplitude)?);
    let period = parse_span(period).map_err(|_| Expected(STAGE))?;
    if period.is_zero() {
        return Err(Expected("a period above 0"));
    }
    if mean == StageRate::ZERO || !amplitude.is_at_most(mean) {
        return Err(Expected(
            "a mean above 0 and an amplitude of at most the mean, since a rate cannot be below 0",
        ));
    }
    Ok(Shape::Sine { mean, amplitude, period })
}

/// Parses a rate that may be 0.
pub(super) fn parse_stage_rate(text: &str) -> Result<StageRate, Expected> {
    const RATE: &str = "rates of 0 or more, each COUNT or COUNT/UNIT, as in 50, 50/s or 3000/1m";
    match parse_rate(text).map_err(|_| Expected(RATE))? {
        Some(rate) => Ok(rate.into()),
        // `parse_rate` returns None for a count of 0, but also for `infinity` and a unit of length
        // 0.
        None if text.split('/').next().is_some_and(|count| count.parse() == Ok(0_u64)) => {
            Ok(StageRate::ZERO)
        }
        None => Err(Expected(RATE)),
    }
}
