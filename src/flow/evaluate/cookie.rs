//! Cookies that a response sets, as queries see them.

use chrono::{DateTime, NaiveDateTime, Utc};
use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::flow::tree::query::CookieAttribute;
use crate::flow::value::Value;

/// Returns the value or an attribute of the first cookie with a name that a response sets. None if
/// it sets no such cookie, or one without the attribute.
///
/// # Errors
///
/// If the attribute Expires is not a date.
pub fn query(
    headers: &HeaderMap,
    name: &str,
    attribute: Option<CookieAttribute>,
) -> Result<Option<Value>, String> {
    let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.filter_map(|line| line.split_once('='));
    let Some((_, rest)) = cookies.find(|(known, _)| *known == name) else { return Ok(None) };
    let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
    let attributes = Attributes(attributes);
    Ok(match attribute.unwrap_or(CookieAttribute::Value) {
        CookieAttribute::Value => Some(Value::text(value)),
        CookieAttribute::Expires => attributes.text("Expires").map(date).transpose()?,
        CookieAttribute::MaxAge => attributes.integer("Max-Age"),
        CookieAttribute::Domain => attributes.text("Domain").map(Value::text),
        CookieAttribute::Path => attributes.text("Path").map(Value::text),
        CookieAttribute::Secure => attributes.flag("Secure"),
        CookieAttribute::HttpOnly => attributes.flag("HttpOnly"),
        CookieAttribute::SameSite => attributes.text("SameSite").map(Value::text),
    })
}

/// The attributes of a cookie: `Path=/; Secure`.
struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    /// Returns the values of all attributes with a name.
    fn named(&self, name: &str) -> impl Iterator<Item = Option<&'a str>> {
        let parts = self.0.split(';').map(|part| {
            let mut halves = part.split('=');
            (halves.next().unwrap_or_default().trim(), halves.next())
        });
        parts.filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.named(name).next().flatten()
    }

    /// Returns the first value that is an integer. Others are ignored.
    fn integer(&self, name: &str) -> Option<Value> {
        self.named(name).flatten().find_map(|value| value.parse().ok()).map(Value::Integer)
    }

    fn flag(&self, name: &str) -> Option<Value> {
        self.named(name).any(|value| value.is_none()).then_some(Value::Flag)
    }
}

/// Returns a time of an attribute.
fn date(text: &str) -> Result<Value, String> {
    let with_blanks = DateTime::parse_from_rfc2822(text).map(|date| date.with_timezone(&Utc));
    let with_hyphens = || {
        let date = NaiveDateTime::parse_from_str(text, "%a, %d-%b-%Y %H:%M:%S%.3f GMT");
        date.map(|date| date.and_utc())
    };
    let date = with_blanks.or_else(|_| with_hyphens());
    date.map(Value::Date).map_err(|_| "Expires is not a date".to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn cookies_of_a_response_are_found_by_name_and_attribute() {
        use CookieAttribute::{Domain, Expires, HttpOnly, MaxAge, Path, SameSite, Secure};
        let mut headers = HeaderMap::new();
        for line in [
            "id=a=b; Path=/x; Secure; HttpOnly; SameSite=Lax; Max-Age=10; Domain=a.test; Expires=Wed, 13 Jan 2021 22:23:01 GMT",
            "id=second",
            "plain=",
            "old=1; expires=Wed, 13-Jan-2021 22:23:01 GMT; Max-Age=x; max-age=7; secure=1",
            "bad=1; Expires=soon",
            "nothing",
        ] {
            headers.append(SET_COOKIE, HeaderValue::from_static(line));
        }
        let date = Value::Date(DateTime::from_timestamp(1_610_576_581, 0).unwrap());
        let table = [
            ("id", None, Some(Value::text("a=b"))),
            ("id", Some(Path), Some(Value::text("/x"))),
            ("id", Some(Domain), Some(Value::text("a.test"))),
            ("id", Some(SameSite), Some(Value::text("Lax"))),
            ("id", Some(Secure), Some(Value::Flag)),
            ("id", Some(HttpOnly), Some(Value::Flag)),
            ("id", Some(MaxAge), Some(Value::Integer(10))),
            ("id", Some(Expires), Some(date.clone())),
            ("old", Some(Expires), Some(date)),
            ("old", Some(MaxAge), Some(Value::Integer(7))),
            ("old", Some(Secure), None),
            ("plain", None, Some(Value::text(""))),
            ("plain", Some(Path), None),
            ("plain", Some(Expires), None),
            ("none", None, None),
            ("nothing", None, None),
        ];
        for (name, attribute, expected) in table {
            assert_eq!(query(&headers, name, attribute), Ok(expected), "{name} {attribute:?}");
        }
        let problem = query(&headers, "bad", Some(Expires));
        assert_eq!(problem, Err("Expires is not a date".to_owned()));
    }
}
