//! Filters of dates, with the formats of the crate chrono, which are those of hurl.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::{bad_type, text_of};
use crate::flow::value::Value;

/// `toDate`: reads a text in a format. Without a zone the time is in UTC; without a time it is
/// midnight.
pub fn parse(value: &Value, format: &str) -> Result<Value, String> {
    let text = text_of(value, "toDate")?;
    let zoned = || DateTime::parse_from_str(text, format).map(|date| date.with_timezone(&Utc));
    let timed = || NaiveDateTime::parse_from_str(text, format).map(|date| date.and_utc());
    let plain = || {
        let date = NaiveDate::parse_from_str(text, format);
        date.map(|date| date.and_time(NaiveTime::MIN).and_utc())
    };
    let date = zoned().or_else(|_| timed()).or_else(|_| plain());
    date.map(Value::Date).map_err(|_| "toDate: the text is not a date in this format".to_owned())
}

/// `dateFormat`: writes a date in a format, in UTC.
pub fn format(value: &Value, format: &str) -> Result<Value, String> {
    let Value::Date(date) = value else { return Err(bad_type("dateFormat", "a date", value)) };
    let mut text = String::new();
    // An unknown letter in the format is an error only now.
    let written = write!(text, "{}", date.format(format));
    written.map_err(|_| "dateFormat: not a format of dates")?;
    Ok(Value::text(&text))
}
