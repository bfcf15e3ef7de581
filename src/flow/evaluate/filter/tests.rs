//! Every filter, with what it takes, what it gives and what it refuses.

use std::sync::Arc;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::flow::evaluate::tests::{fixed, with_context};
use crate::flow::json_path::JsonPath;
use crate::flow::tree::charset::Charset;
use crate::flow::tree::pattern;
use crate::flow::tree::query::Pattern;
use crate::flow::tree::template::{Form, Part, Slot};
use crate::flow::value::Redirection;

/// The result of a filter in a form that shows its type.
fn apply_to(filter: &Filter, value: Value) -> Result<Option<String>, String> {
    let found = with_context(&[], |context| apply(filter, value, context))?;
    Ok(found.map(|value| format!("{value:?}")))
}

fn check(table: Vec<(Filter, Value, Result<Value, &str>)>) {
    for (filter, value, expected) in table {
        let expected = expected.map(|value| Some(format!("{value:?}"))).map_err(str::to_owned);
        assert_eq!(apply_to(&filter, value.clone()), expected, "{filter:?} {value:?}");
    }
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.into())
}

fn list(items: &[i64]) -> Value {
    Value::List(items.iter().copied().map(Value::Integer).collect())
}

fn texts(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| text(item)).collect())
}

fn date(seconds: i64) -> Value {
    Value::Date(DateTime::from_timestamp(seconds, 0).unwrap())
}

fn pattern(expression: &str) -> Pattern {
    Pattern::Fixed(pattern::compile(expression).unwrap())
}

#[test]
fn filters_of_bytes() {
    use Filter as F;
    check(vec![
        (F::Base64Decode, text("AP8="), Ok(bytes(&[0, 255]))),
        (F::Base64Decode, text("AP8"), Err("base64Decode: the text is not base64")),
        (F::Base64Decode, bytes(b"AP8="), Err("base64Decode: expected a text, found bytes")),
        (F::Base64Encode, bytes(&[0, 255]), Ok(text("AP8="))),
        (F::Base64Encode, text("a"), Err("base64Encode: expected bytes, found a text")),
        (F::Base64UrlSafeDecode, text("-_8"), Ok(bytes(&[251, 255]))),
        (F::Base64UrlSafeDecode, text("-_8="), Err("base64UrlSafeDecode: the text is not base64")),
        (F::Base64UrlSafeEncode, bytes(&[251, 255]), Ok(text("-_8"))),
        (F::CharsetDecode(Charset::Latin1), bytes(b"\xe9"), Ok(text("é"))),
        (F::CharsetDecode(Charset::Utf8), bytes("é".as_bytes()), Ok(text("é"))),
        (
            F::CharsetDecode(Charset::Utf8),
            bytes(b"\xe9"),
            Err("charsetDecode: the bytes are not in this charset"),
        ),
        (
            F::CharsetDecode(Charset::Utf8),
            text("a"),
            Err("charsetDecode: expected bytes, found a text"),
        ),
        (F::ToHex, bytes(&[0, 0xab]), Ok(text("00ab"))),
        (F::ToHex, Value::Integer(1), Err("toHex: expected bytes, found an integer")),
        (F::Utf8Decode, bytes(b"a\xff"), Ok(text("a\u{fffd}"))),
        (F::Utf8Encode, text("é"), Ok(bytes("é".as_bytes()))),
        (F::Utf8Encode, Value::Null, Err("utf8Encode: expected a text, found null")),
    ]);
}

#[test]
fn filters_of_lists() {
    use Filter as F;
    let no_item = |filter: &str| format!("{filter}: the list has no such item");
    check(vec![
        (F::Count, list(&[1, 2]), Ok(Value::Integer(2))),
        (F::Count, list(&[]), Ok(Value::Integer(0))),
        (F::Count, bytes(&[1]), Ok(Value::Integer(1))),
        (F::Count, text("ab"), Err("count: expected a list or bytes, found a text")),
        (F::First, list(&[1, 2]), Ok(Value::Integer(1))),
        (F::First, list(&[]), Err(&no_item("first"))),
        (F::First, text("ab"), Err("first: expected a list, found a text")),
        (F::Last, list(&[1, 2]), Ok(Value::Integer(2))),
        (F::Last, list(&[]), Err(&no_item("last"))),
        (F::Nth(0), list(&[1, 2]), Ok(Value::Integer(1))),
        (F::Nth(-2), list(&[1, 2]), Ok(Value::Integer(1))),
        (F::Nth(-3), list(&[1, 2]), Err(&no_item("nth"))),
        (F::Nth(2), list(&[1, 2]), Err(&no_item("nth"))),
        (F::Nth(i64::MIN), list(&[1, 2]), Err(&no_item("nth"))),
        (F::Nth(0), Value::Bool(true), Err("nth: expected a list, found a boolean")),
    ]);
    let by_variable = F::NthVariable(Placeholder::Variable(Slot(0)));
    let nth = |index: Value| with_context(&[index], |it| apply(&by_variable, list(&[1, 2]), it));
    assert_eq!(nth(Value::Integer(1)), Ok(Some(Value::Integer(2))));
    let problem = "nth: expected an integer as its index, found a text";
    assert_eq!(nth(text("1")), Err(problem.to_owned()));
}

#[test]
fn filters_of_numbers() {
    use Filter as F;
    let big = || Value::BigInteger("12345678901234567890".into());
    check(vec![
        (F::ToFloat, Value::Float(1.5), Ok(Value::Float(1.5))),
        (F::ToFloat, Value::Integer(2), Ok(Value::Float(2.0))),
        (F::ToFloat, text("2.5e1"), Ok(Value::Float(25.0))),
        (F::ToFloat, text(" 1"), Err("toFloat: the text is no number")),
        (F::ToFloat, big(), Err("toFloat: the integer is beyond 64 bits")),
        (F::ToFloat, Value::Null, Err("toFloat: expected a number or a text, found null")),
        (F::ToInt, Value::Integer(2), Ok(Value::Integer(2))),
        (F::ToInt, Value::Float(-1.9), Ok(Value::Integer(-1))),
        (F::ToInt, Value::Float(1e300), Ok(Value::Integer(i64::MAX))),
        (F::ToInt, Value::Float(f64::NAN), Ok(Value::Integer(0))),
        (F::ToInt, text("-7"), Ok(Value::Integer(-7))),
        (F::ToInt, text("1.5"), Err("toInt: the text is no integer")),
        (F::ToInt, big(), Err("toInt: the integer is beyond 64 bits")),
        (F::ToInt, list(&[]), Err("toInt: expected a number or a text, found a list")),
        (F::ToString, Value::Float(1.0), Ok(text("1.0"))),
        (F::ToString, Value::Null, Ok(text("null"))),
        (F::ToString, big(), Ok(text("12345678901234567890"))),
        (F::ToString, date(0), Ok(text("1970-01-01T00:00:00.000000Z"))),
        (
            F::ToString,
            list(&[]),
            Err("toString: expected a text, number, date, boolean or null, found a list"),
        ),
    ]);
}

#[test]
fn filters_of_texts() {
    use Filter as F;
    let redirect = Redirection { status: 301, location: "http://a/x".into() };
    check(vec![
        (F::Split(fixed(", ")), text("a, b,c"), Ok(texts(&["a", "b,c"]))),
        (F::Split(fixed("x")), text(""), Ok(texts(&[""]))),
        (F::Split(fixed("x")), Value::Null, Err("split: expected a text, found null")),
        (F::Replace(fixed("a"), fixed("bc")), text("aXa"), Ok(text("bcXbc"))),
        (
            F::Replace(fixed("a"), fixed("")),
            Value::Null,
            Err("replace: expected a text, found null"),
        ),
        (F::ReplaceRegex(pattern(r"(\d)(\d)"), fixed("$2$1-")), text("12x34"), Ok(text("21-x43-"))),
        (F::ReplaceRegex(pattern("b*"), fixed("-")), text("aé"), Ok(text("-a-é-"))),
        (
            F::ReplaceRegex(pattern("a"), fixed("b")),
            Value::Null,
            Err("replaceRegex: expected a text, found null"),
        ),
        (F::Regex(pattern(r"id=(\w+)")), text("x id=7b; id=8"), Ok(text("7b"))),
        (F::Regex(pattern("(a)")), Value::Null, Err("regex: expected a text, found null")),
        (F::UrlDecode, text("a%20%C3%A9+%zz"), Ok(text("a é+%zz"))),
        (F::UrlDecode, Value::Null, Err("urlDecode: expected a text, found null")),
        (F::UrlEncode, text("/a b?é~"), Ok(text("/a%20b%3F%C3%A9~"))),
        (F::UrlEncode, Value::Null, Err("urlEncode: expected a text, found null")),
        (F::UrlQueryParam(fixed("y")), text("http://a/?x=1&y=a%20b+c&y=2"), Ok(text("a b c"))),
        (F::UrlQueryParam(fixed("y")), text("/?y=1"), Err("urlQueryParam: the text is no URL")),
        (
            F::UrlQueryParam(fixed("y")),
            Value::Null,
            Err("urlQueryParam: expected a text, found null"),
        ),
        (F::Location, Value::Redirect(Arc::new(redirect)), Ok(text("http://a/x"))),
        (F::Location, text("http://a"), Err("location: expected a redirect, found a text")),
    ]);
    for (filter, value) in [
        (F::Regex(pattern("(a)")), text("b")),
        (F::Regex(pattern("b")), text("b")),
        (F::UrlQueryParam(fixed("z")), text("http://a/?x=1")),
    ] {
        assert_eq!(apply_to(&filter, value), Ok(None), "{filter:?}");
    }
}

#[test]
fn filters_of_html() {
    use Filter as F;
    check(vec![
        (F::HtmlEscape, text("a<b>&\"'é"), Ok(text("a&lt;b&gt;&amp;&quot;&#x27;é"))),
        (F::HtmlEscape, Value::Null, Err("htmlEscape: expected a text, found null")),
        (F::HtmlUnescape, text("a &lt;b&gt; &amp;amp; &quot;"), Ok(text("a <b> &amp; \""))),
        (F::HtmlUnescape, text("&#62;&#x3e;&#X3E &#65x"), Ok(text(">>> Ax"))),
        (F::HtmlUnescape, text("&eacute;&notin;&nGt;"), Ok(text("é∉≫⃒"))),
        (
            F::HtmlUnescape,
            text("&eacute &notit; &ampx &hello; &;"),
            Ok(text("é ¬it; &x &hello; &;")),
        ),
        (F::HtmlUnescape, text("&#128;&#x81;&#13;"), Ok(text("€\u{81}\r"))),
        (
            F::HtmlUnescape,
            text("&#0;&#xD800;&#x110000;&#99999999999;"),
            Ok(text("\u{fffd}".repeat(4).as_str())),
        ),
        (F::HtmlUnescape, text("a&#1;&#xfffe;&#x1ffff;&#xfdd0;&#11;b"), Ok(text("ab"))),
        (F::HtmlUnescape, text("& && &# &#x; &é&lté"), Ok(text("& && &# &#x; &é<é"))),
        (F::HtmlUnescape, Value::Null, Err("htmlUnescape: expected a text, found null")),
    ]);
}

#[test]
fn filters_of_dates() {
    use Filter as F;
    check(vec![
        (
            F::ToDate(fixed("%Y-%m-%dT%H:%M:%S%z")),
            text("2020-09-13T14:26:40+0200"),
            Ok(date(1_600_000_000)),
        ),
        (F::ToDate(fixed("%+")), text("2020-09-13T12:26:40Z"), Ok(date(1_600_000_000))),
        (
            F::ToDate(fixed("%Y-%m-%d %H:%M:%S")),
            text("2020-09-13 12:26:40"),
            Ok(date(1_600_000_000)),
        ),
        (F::ToDate(fixed("%d.%m.%Y")), text("13.09.2020"), Ok(date(1_599_955_200))),
        (
            F::ToDate(fixed("%Y")),
            text("2020-09-13"),
            Err("toDate: the text is not a date in this format"),
        ),
        (F::ToDate(fixed("%Y")), Value::Null, Err("toDate: expected a text, found null")),
        (F::DateFormat(fixed("%a, %d %b %Y")), date(1_600_000_000), Ok(text("Sun, 13 Sep 2020"))),
        (F::DateFormat(fixed("%!")), date(0), Err("dateFormat: not a format of dates")),
        (F::DateFormat(fixed("%Y")), text("x"), Err("dateFormat: expected a date, found a text")),
    ]);
}

#[test]
fn the_filter_jsonpath_reads_texts() {
    let path = |path: &str| Filter::JsonPath(Path::Fixed(JsonPath::parse(path).unwrap()));
    let nested = "[".repeat(200);
    check(vec![
        (path("$.a[1]"), text(r#"{"a": [1, 2.50]}"#), Ok(Value::Float(2.5))),
        (path("$.a"), text("{"), Err("jsonpath: the value is not JSON")),
        (path("$.a"), text(&nested), Err("jsonpath: the value is JSON with more than 127 levels")),
        (path("$.a"), list(&[1]), Err("jsonpath: expected a text, found a list")),
    ]);
    assert_eq!(apply_to(&path("$.b"), text("{}")), Ok(None));
}

#[test]
fn arguments_may_have_variables() {
    let variable =
        || Template(vec![Part::Placeholder(Placeholder::Variable(Slot(0)), Form::Plain)]);
    let apply_with = |filter: Filter, argument: &str, value: &str| {
        with_context(&[text(argument)], |context| apply(&filter, text(value), context))
    };
    assert_eq!(apply_with(Filter::Split(variable()), "-", "a-b"), Ok(Some(texts(&["a", "b"]))));
    let regex = || Filter::Regex(Pattern::Variable(variable()));
    assert_eq!(apply_with(regex(), "a(.)", "xab"), Ok(Some(text("b"))));
    assert_eq!(apply_with(regex(), "a(", "xab"), Err("not a regular expression".to_owned()));
    let path = || Filter::JsonPath(Path::Variable(variable()));
    assert_eq!(apply_with(path(), "$[0]", "[7]"), Ok(Some(Value::Integer(7))));
    assert_eq!(apply_with(path(), "nope", "[7]"), Err("not a JSONPath".to_owned()));
}

#[test]
fn a_result_cannot_grow_without_limit() {
    let long = "a".repeat(1 << 20);
    let thirty = fixed(&"b".repeat(30));
    let replace = Filter::Replace(fixed("a"), thirty.clone());
    let problem = "replace: the result is larger than 16 MiB".to_owned();
    assert_eq!(apply_to(&replace, text(&long)), Err(problem));
    let replace = Filter::ReplaceRegex(pattern("a"), thirty);
    let problem = "replaceRegex: the result is larger than 16 MiB".to_owned();
    assert_eq!(apply_to(&replace, text(&long)), Err(problem));
    let split = Filter::Split(fixed("a"));
    let problem = "split: more than 2097152 parts".to_owned();
    assert_eq!(apply_to(&split, text(&long.repeat(2))), Err(problem));
}

proptest! {
    #[test]
    fn encodings_are_undone_by_their_decodings(value in any::<String>()) {
        let round = |there: Filter, back: Filter| {
            let encoded = with_context(&[], |context| apply(&there, text(&value), context));
            with_context(&[], |context| apply(&back, encoded.unwrap().unwrap(), context))
        };
        let expected = Ok(Some(text(&value)));
        prop_assert_eq!(&round(Filter::UrlEncode, Filter::UrlDecode), &expected);
        prop_assert_eq!(&round(Filter::HtmlEscape, Filter::HtmlUnescape), &expected);
        prop_assert_eq!(&round(Filter::Utf8Encode, Filter::Utf8Decode), &expected);
    }

    #[test]
    fn no_text_makes_unescape_fail(value in "(&?#?x?[a-z0-9é]{0,6};?){0,6}") {
        let unescaped = apply_to(&Filter::HtmlUnescape, text(&value));
        prop_assert!(unescaped.is_ok());
    }
}
