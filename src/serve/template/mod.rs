//! Templates of response bodies: text with values of the request.

mod received;
mod variable;

pub(in crate::serve) use received::Received;

use std::str::FromStr;

use rand::Rng;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use variable::Variable;

const BEGIN: &str = "{{$";
const END: &str = "}}";

/// A text with variables, such as `{"id": "{{$uuid}}"}`.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Variable(Variable),
}

/// The body of a request has no value at a JSON pointer.
#[derive(Debug, PartialEq)]
pub(super) struct Absent<'a>(pub(super) &'a str);

impl Template {
    /// Returns the text if it is the same for all requests.
    pub(super) fn fixed(&self) -> Option<&str> {
        match &self.pieces[..] {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns the greatest number of a path segment that is used, from 1. None if no segment is.
    pub(super) fn last_segment(&self) -> Option<usize> {
        let number = |piece: &Piece| match piece {
            Piece::Variable(Variable::Segment(number)) => Some(number.get()),
            _ => None,
        };
        self.pieces.iter().filter_map(number).max()
    }

    /// Returns the parts of the text in order. None for a variable.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Option<&str>> {
        self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Variable(_) => None,
        })
    }

    /// Appends the value of a variable by its number, from 0. Nothing if there is none.
    ///
    /// # Errors
    ///
    /// As for [`Template::render`].
    pub(super) fn write(
        &self,
        number: usize,
        request: &Received,
        random: &mut impl Rng,
        text: &mut String,
    ) -> Result<(), Absent<'_>> {
        let mut variables = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Variable(variable) => Some(variable),
        });
        variables.nth(number).map_or(Ok(()), |variable| variable.write(request, random, text))
    }

    /// Returns the text for a request.
    ///
    /// # Errors
    ///
    /// The body of the request has no value at a pointer of the template.
    pub(super) fn render(
        &self,
        request: &Received,
        random: &mut impl Rng,
    ) -> Result<String, Absent<'_>> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Variable(variable) => variable.write(request, random, &mut text)?,
            }
        }
        Ok(text)
    }
}

impl FromStr for Template {
    /// What is wrong with a variable and what was expected.
    type Err = String;

    fn from_str(mut text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        while let Some((literal, rest)) = text.split_once(BEGIN) {
            let unclosed = || format!("'{BEGIN}' without an end: expected '{END}' after it");
            let (name, rest) = rest.split_once(END).ok_or_else(unclosed)?;
            pieces.push(Piece::Text(literal.to_owned()));
            pieces.push(Piece::Variable(name.parse()?));
            text = rest;
        }
        pieces.push(Piece::Text(text.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(literal) if literal.is_empty()));
        Ok(Self { pieces })
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::Request;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    fn render(template: &str, url: &str, body: &str) -> Result<String, String> {
        let request =
            Request::put(url).header("X-One", "a\"b").header("X-Two", "1").header("X-Two", "2");
        let request = request.body(()).unwrap();
        let request =
            Received::new(request.into_parts().0, Bytes::copy_from_slice(body.as_bytes()));
        let template: Template = template.parse().unwrap();
        let text = template.render(&request, &mut SmallRng::seed_from_u64(7));
        text.map_err(|Absent(pointer)| pointer.to_owned())
    }

    #[test]
    fn variables_have_the_values_of_the_request() {
        let url = "http://a/api/runs/a%20b/?q=%41&r";
        let body = r#"{"name": "J \"x\"\n", "list": [1, {"a/b": null, "m~n": 2.5}], "": true}"#;
        let table = [
            ("", ""),
            ("as {{it}} }} {{ is", "as {{it}} }} {{ is"),
            ("{{$method}} {{$path}}?{{$query}}", "PUT /api/runs/a%20b/?q=%41&r"),
            ("{{$path.1}}-{{$path.3}}-{{$path.4}}-{{$path.9}}", "api-a%20b--"),
            ("[{{$header.x-one}}] [{{$header.X-Two}}] [{{$header.no}}]", r#"[a\"b] [1, 2] []"#),
            (r#"{"n": "{{$body./name}}"}"#, r#"{"n": "J \"x\"\n"}"#),
            ("{{$body./list/0}}{{$body./list/1/m~0n}}", "12.5"),
            ("{{$body./list/1/a~1b}} {{$body./}}", "null true"),
            ("{{$body./list}}", r#"[1,{"a/b":null,"m~n":2.5}]"#),
        ];
        for (template, expected) in table {
            assert_eq!(render(template, url, body).as_deref(), Ok(expected), "{template}");
        }
        assert_eq!(render("{{$body}}", url, "a\t\"").as_deref(), Ok(r#"a\t\""#));
    }

    #[test]
    fn a_value_that_the_body_lacks_is_an_error() {
        for body in ["", "text", "[]", "{}", r#"{"a": {"c": 1}}"#, r#"{"a": "b"}"#] {
            let found = render("{{$body./a/b}}", "http://a/", body);
            assert_eq!(found, Err("/a/b".to_owned()), "{body}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(render("{{$body./0}}", "http://a/", &deep), Err("/0".to_owned()));
    }

    #[test]
    fn uuids_differ_and_repeat_with_the_seed() {
        let text = render("{{$uuid}} {{$uuid}}", "http://a/", "").unwrap();
        let (first, second) = text.split_once(' ').unwrap();
        assert_eq!((first.len(), second.len()), (36, 36));
        assert_ne!(first, second);
        assert_eq!(render("{{$uuid}} {{$uuid}}", "http://a/", "").unwrap(), text);
    }

    #[test]
    fn only_a_text_without_variables_is_fixed() {
        let table = [("", Some("")), ("{{x}}", Some("{{x}}")), ("{{$uuid}}", None)];
        for (text, expected) in table {
            assert_eq!(text.parse::<Template>().unwrap().fixed(), expected, "{text}");
        }
    }

    #[test]
    fn an_invalid_variable_is_refused() {
        let names = [
            "",
            "guid",
            "uuid.4",
            "uuid ",
            " uuid",
            "path.",
            "path.0",
            "path.-1",
            "path.x",
            "header",
            "header.",
            "header.a b",
            "body.",
            "body.name",
            "body./a~2",
            "body./~",
        ];
        for name in names {
            let error = format!("a {{{{${name}}}}}").parse::<Template>().unwrap_err();
            let start = format!("unknown variable '${name}': expected $uuid, $method, ");
            assert!(error.starts_with(&start), "{error}");
        }
        let error = "{{$uuid}} {{$path.1}".parse::<Template>().unwrap_err();
        assert_eq!(error, "'{{$' without an end: expected '}}' after it");
    }
}
