//! Random messages, with and without variables, compared with prost-reflect.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::marked::{MARK, Marked};
use super::{all_types, holes, legacy, reference};
use crate::protobuf::Method;

/// Messages in messages: more are possible, but cost time.
const DEPTH: u32 = 2;

/// Returns texts of messages of a type. Some parts of them are values of variables.
fn message(of: MessageDescriptor, depth: u32) -> BoxedStrategy<String> {
    let fields: Vec<_> = of.fields().filter(|field| depth > 0 || !is_message(field)).collect();
    let most = fields.len().min(6);
    let chosen = subsequence(fields, 0..=most).prop_shuffle();
    let members = chosen.prop_flat_map(move |fields| {
        fields.into_iter().map(|field| member(field, depth)).collect::<Vec<_>>()
    });
    members.prop_map(object).boxed()
}

/// A member of an object, and the oneof that its field is part of.
type Drawn = (String, Option<String>);

fn member(field: FieldDescriptor, depth: u32) -> BoxedStrategy<Drawn> {
    let oneof = field.containing_oneof().map(|oneof| oneof.name().to_owned());
    let names = [field.json_name(), field.name()].map(str::to_owned);
    let value = prop_oneof![15 => value_of(&field, depth), 1 => Just("null".to_owned())];
    (select(names.to_vec()), value)
        .prop_map(move |(name, value)| (format!("\"{name}\": {value}"), oneof.clone()))
        .boxed()
}

/// Joins members; only the first one of each oneof is kept.
fn object(members: Vec<Drawn>) -> String {
    let mut seen = Vec::new();
    let mut kept = members.into_iter().filter(|(_, oneof)| {
        let is_new = oneof.is_none() || !seen.contains(oneof);
        seen.push(oneof.clone());
        is_new
    });
    let mut text = String::from("{");
    if let Some((first, _)) = kept.next() {
        text += &first;
    }
    kept.for_each(|(member, _)| write!(text, ", {member}").unwrap());
    text + "}"
}

fn is_message(field: &FieldDescriptor) -> bool {
    let kind = match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    };
    matches!(kind, Kind::Message(of) if !of.full_name().starts_with("google.protobuf."))
}

fn value_of(field: &FieldDescriptor, depth: u32) -> BoxedStrategy<String> {
    if field.is_list() {
        let items = vec(single(&field.kind(), depth), 0..4);
        return items.prop_map(|items| format!("[{}]", items.join(", "))).boxed();
    }
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let [key, value] = [entry.map_entry_key_field(), entry.map_entry_value_field()];
            let entries = vec((map_key(&key.kind()), single(&value.kind(), depth)), 0..4);
            entries.prop_map(map_of).boxed()
        }
        kind => single(&kind, depth),
    }
}

/// Joins the entries of a map, the first one of each key.
fn map_of(mut entries: Vec<(String, String)>) -> String {
    entries.sort();
    entries.dedup_by(|one, other| one.0 == other.0);
    let entries: Vec<_> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", entries.join(","))
}

fn map_key(kind: &Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Bool => any::<bool>().prop_map(|key| key.to_string()).boxed(),
        Kind::String => "[a-z]{0,3}".boxed(),
        Kind::Int32 => any::<i32>().prop_map(|key| key.to_string()).boxed(),
        _ => any::<u64>().prop_map(|key| key.to_string()).boxed(),
    }
}

/// Returns texts of single values.
fn single(kind: &Kind, depth: u32) -> BoxedStrategy<String> {
    match kind {
        Kind::Double | Kind::Float => number(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole(any::<i32>()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole(any::<i64>()),
        Kind::Uint32 | Kind::Fixed32 => whole(any::<u32>()),
        Kind::Uint64 | Kind::Fixed64 => whole(any::<u64>()),
        Kind::Bool => marked(any::<bool>().prop_map(|value| value.to_string())),
        Kind::String => string(),
        Kind::Bytes => quoted(select(&["", "aGk=", "aGk", "-_-_", "+/8="][..])),
        Kind::Enum(of) => enum_value(of),
        Kind::Message(of) if of.full_name().starts_with("google.protobuf.") => {
            well_known(of.name())
        }
        Kind::Message(of) => message(of.clone(), depth.saturating_sub(1)),
    }
}

fn whole<T: std::fmt::Display + std::fmt::Debug + From<u8> + 'static>(
    values: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<String> {
    let value = prop_oneof![4 => values, 1 => (0..3_u8).prop_map(T::from)];
    let value = value.prop_map(|value| value.to_string()).boxed();
    prop_oneof![marked(value.clone()), quoted(value)].boxed()
}

/// Returns numbers with few digits: serde_json reads only these exactly.
fn number() -> BoxedStrategy<String> {
    let written = (-999_999..=999_999_i64, 0..=12_u32);
    let written = written.prop_map(|(digits, scale)| format!("{digits}e-{scale}"));
    let named = select(&["NaN", "Infinity", "-Infinity", "1.5", "0"][..]);
    prop_oneof![3 => marked(written), 1 => quoted(named)].boxed()
}

fn enum_value(of: &EnumDescriptor) -> BoxedStrategy<String> {
    let names: Vec<_> = of.values().map(|value| value.name().to_owned()).collect();
    if of.full_name() == "google.protobuf.NullValue" {
        return quoted(select(names));
    }
    prop_oneof![quoted(select(names)), marked((-3..100_i32).prop_map(|n| n.to_string()))].boxed()
}

fn string() -> BoxedStrategy<String> {
    let part = "[a-zé\" \\\\\n🚀]{0,5}";
    let literal = part.prop_map(|text| {
        let text = serde_json::Value::from(text).to_string();
        text[1..text.len() - 1].to_owned()
    });
    let value = part.prop_map(|text| format!("{MARK}{text}{MARK}"));
    let parts = vec(prop_oneof![literal, value], 0..3);
    parts.prop_map(|parts| format!("\"{}\"", parts.concat())).boxed()
}

fn well_known(name: &str) -> BoxedStrategy<String> {
    let json = "(null|true|-1\\.5|\"x\"|\\[\\]|\\[1,\"\\\\n\",null\\]|\\{\\}|\\{\"a\":\\[\\{\"b\":0\\}\\]\\})";
    match name {
        "Timestamp" => quoted(select(&["2026-12-01T09:30:00Z", "1970-01-01T00:00:00.5+01:00"][..])),
        "Duration" => quoted(select(&["0s", "1.5s", "-3.000000001s"][..])),
        "FieldMask" => quoted(select(&["", "aBool", "child.aBool,aString"][..])),
        "Struct" => marked(json.prop_map(|value| format!("{{\"k\":{value}}}"))),
        "Value" => marked(json),
        "ListValue" => marked(vec(json, 0..3).prop_map(|items| format!("[{}]", items.join(",")))),
        "Any" => marked(Just(r#"{"@type":"x/google.protobuf.Duration","value":"1s"}"#.to_owned())),
        "Empty" => marked(Just("{}".to_owned())),
        "DoubleValue" | "FloatValue" => number(),
        "Int64Value" => whole(any::<i64>()),
        "UInt64Value" => whole(any::<u64>()),
        "Int32Value" => whole(any::<i32>()),
        "UInt32Value" => whole(any::<u32>()),
        "BoolValue" => single(&Kind::Bool, 0),
        "StringValue" => string(),
        _ => single(&Kind::Bytes, 0),
    }
}

/// Returns texts, some of which are values of variables.
fn marked(
    text: impl Strategy<Value = impl ToString + std::fmt::Debug> + 'static,
) -> BoxedStrategy<String> {
    let written = |(text, is_marked): (_, bool)| match is_marked {
        true => format!("{MARK}{}{MARK}", ToString::to_string(&text)),
        false => ToString::to_string(&text),
    };
    (text, any::<bool>()).prop_map(written).boxed()
}

/// Returns texts in quotes, some of which are values of variables.
fn quoted(
    text: impl Strategy<Value = impl ToString + std::fmt::Debug> + 'static,
) -> BoxedStrategy<String> {
    marked(text).prop_map(|text| format!("\"{text}\"")).boxed()
}

/// Checks a text against prost-reflect, and with its values in variables.
fn check(method: &Method, text: &str) {
    let (message, plain) = (method.request_type(), Marked::new(text).plain);
    let theirs = reference::encode(&message, &plain);
    let theirs = theirs.unwrap_or_else(|| panic!("prost-reflect refuses {plain}"));
    let ours = method.encode(&plain).unwrap_or_else(|problem| panic!("{plain}: {problem}"));
    reference::assert_same(&message, &ours, &theirs, &plain);
    holes::check(method, text);
}

#[test]
fn a_random_message_has_the_same_bytes_as_in_prost_reflect() {
    let method = all_types();
    proptest!(|(text in message(method.request_type(), DEPTH))| check(&method, &text));
}

#[test]
fn a_random_message_of_the_older_syntax_has_the_same_bytes_as_in_prost_reflect() {
    let method = legacy();
    proptest!(|(text in message(method.request_type(), DEPTH))| check(&method, &text));
}
