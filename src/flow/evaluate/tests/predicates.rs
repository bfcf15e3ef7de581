//! Every predicate, for values that hold, do not hold, and have the wrong type.

use std::sync::Arc;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::flow::tree::assert::Operand;
use crate::flow::tree::pattern;
use crate::flow::tree::query::Pattern;
use crate::flow::value::Redirection;

/// What becomes of a predicate, and of the same with `not`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Holds,
    Fails,
    /// Fails, also with `not`.
    WrongType,
}
use Outcome::{Fails, Holds, WrongType};

fn outcome(predicate: &Predicate, value: &Value, variables: &[Value]) -> Result<Outcome, String> {
    let held = |not| {
        with_context(variables, |context| {
            predicate::check(predicate, not, Some(value.clone()), context)
        })
    };
    let (plain, negated) = (held(false)?, held(true)?);
    assert_eq!(plain.reason, negated.reason);
    Ok(match (plain.held, negated.held) {
        (true, false) => Holds,
        (false, true) => Fails,
        (false, false) => {
            assert_eq!(plain.reason, Some("the value has the wrong type for this predicate"));
            WrongType
        }
        (true, true) => panic!("{predicate:?} holds and does not hold for {value:?}"),
    })
}

fn check(table: Vec<(Predicate, Value, Outcome)>) {
    for (predicate, value, expected) in table {
        assert_eq!(outcome(&predicate, &value, &[]), Ok(expected), "{predicate:?} {value:?}");
    }
}

fn operand(value: &str) -> Operand {
    Operand::Text(fixed(value))
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.into())
}

fn list(items: &[Value]) -> Value {
    Value::List(items.into())
}

fn object() -> Value {
    Value::Object([("a".into(), Value::Integer(1))].into())
}

fn date(seconds: i64) -> Value {
    Value::Date(DateTime::from_timestamp(seconds, 0).unwrap())
}

fn big(digits: &str) -> Value {
    Value::BigInteger(digits.into())
}

fn redirect() -> Value {
    Value::Redirect(Arc::new(Redirection { status: 302, location: "http://a/".into() }))
}

#[test]
fn equality_takes_any_values() {
    use Predicate::{Equal, NotEqual};
    let table = [
        (Operand::Null, Value::Null, Holds),
        (Operand::Null, Value::text(""), Fails),
        (Operand::Bool(true), Value::Bool(true), Holds),
        (Operand::Bool(true), Value::text("true"), Fails),
        (Operand::Integer(1), Value::Integer(1), Holds),
        (Operand::Integer(1), Value::Float(1.0), Holds),
        (Operand::Float(1.0), Value::Integer(1), Holds),
        (Operand::Integer(1), Value::text("1"), Fails),
        (Operand::BigInteger("12345678901234567890".into()), big("12345678901234567890"), Holds),
        (Operand::BigInteger("12345678901234567890".into()), big("12345678901234567891"), Fails),
        (operand("a"), Value::text("a"), Holds),
        (operand("a"), bytes(b"a"), Fails),
        (Operand::Bytes(vec![1]), bytes(&[1]), Holds),
        (operand("a"), list(&[Value::text("a")]), Fails),
        (operand("a"), redirect(), Fails),
        (Operand::Bool(true), Value::Flag, Fails),
    ];
    for (operand, value, expected) in table {
        check(vec![
            (Equal(operand.clone()), value.clone(), expected),
            (NotEqual(operand), value, if expected == Holds { Fails } else { Holds }),
        ]);
    }
}

#[test]
fn a_placeholder_keeps_the_type_of_its_value() {
    let variable = || Operand::Placeholder(Placeholder::Variable(Slot(0)));
    let items = list(&[Value::Integer(1), Value::text("x")]);
    let table = [
        (Predicate::Equal(variable()), items.clone(), items.clone(), Holds),
        (Predicate::Equal(variable()), list(&[Value::Integer(1)]), items.clone(), Fails),
        (Predicate::Equal(variable()), object(), object(), Holds),
        (Predicate::Equal(variable()), Value::Integer(1), Value::text("1"), Fails),
        (Predicate::Contains(variable()), Value::Integer(1), items.clone(), Holds),
        (Predicate::Includes(variable()), Value::text("1"), items, Fails),
        (Predicate::Equal(variable()), date(0), date(0), Holds),
        (Predicate::Less(variable()), date(1), date(0), Holds),
        (Predicate::Greater(variable()), date(1), date(0), Fails),
        (Predicate::GreaterOrEqual(variable()), date(0), Value::Integer(0), WrongType),
    ];
    for (predicate, variable, value, expected) in table {
        assert_eq!(outcome(&predicate, &value, &[variable]), Ok(expected), "{predicate:?}");
    }
    let unset = outcome(&Predicate::Equal(variable()), &Value::Null, &[Value::Unset]);
    assert_eq!(unset, Err("variable 'a' has no value".to_owned()));
}

#[test]
fn order_is_that_of_numbers_texts_and_dates() {
    use Predicate::{Greater, GreaterOrEqual, Less, LessOrEqual};
    let values = [
        (Operand::Integer(2), [Value::Integer(1), Value::Float(2.0), Value::Float(2.5)]),
        (Operand::Float(2.0), [Value::Float(1.9), Value::Integer(2), big("12345678901234567890")]),
        (operand("b"), [Value::text("a"), Value::text("b"), Value::text("ba")]),
    ];
    for (operand, [below, equal, above]) in values {
        check(vec![
            (Greater(operand.clone()), above.clone(), Holds),
            (Greater(operand.clone()), equal.clone(), Fails),
            (GreaterOrEqual(operand.clone()), equal.clone(), Holds),
            (GreaterOrEqual(operand.clone()), below.clone(), Fails),
            (Less(operand.clone()), below, Holds),
            (Less(operand.clone()), equal.clone(), Fails),
            (LessOrEqual(operand.clone()), equal, Holds),
            (LessOrEqual(operand), above, Fails),
        ]);
    }
    check(vec![
        (Greater(Operand::Integer(1)), Value::text("2"), WrongType),
        (Less(operand("a")), Value::Integer(1), WrongType),
        (LessOrEqual(Operand::Null), Value::Null, WrongType),
        (GreaterOrEqual(Operand::Bool(true)), Value::Bool(true), WrongType),
        (Greater(Operand::Bytes(vec![1])), bytes(&[2]), WrongType),
    ]);
}

#[test]
fn parts_of_texts_bytes_and_lists() {
    use Predicate::{Contains, EndsWith, Includes, Matches, StartsWith};
    let part = |bytes: &[u8]| Operand::Bytes(bytes.to_vec());
    let items = || list(&[Value::Integer(1), Value::text("a")]);
    let regex = || Matches(Pattern::Fixed(pattern::compile("^a.c$").unwrap()));
    check(vec![
        (StartsWith(operand("a")), Value::text("ab"), Holds),
        (StartsWith(operand("b")), Value::text("ab"), Fails),
        (StartsWith(part(&[1])), bytes(&[1, 2]), Holds),
        (StartsWith(operand("a")), bytes(b"ab"), WrongType),
        (EndsWith(operand("b")), Value::text("ab"), Holds),
        (EndsWith(part(&[1])), bytes(&[1, 2]), Fails),
        (EndsWith(operand("1")), Value::Integer(1), WrongType),
        (Contains(operand("b")), Value::text("abc"), Holds),
        (Contains(operand("")), Value::text(""), Holds),
        (Contains(operand("x")), Value::text("abc"), Fails),
        (Contains(part(&[2, 3])), bytes(&[1, 2, 3]), Holds),
        (Contains(part(&[3, 2])), bytes(&[1, 2, 3]), Fails),
        (Contains(part(&[])), bytes(&[]), Holds),
        (Contains(operand("a")), items(), Holds),
        (Contains(Operand::Float(1.0)), items(), Holds),
        (Contains(operand("1")), items(), Fails),
        (Contains(operand("a")), object(), WrongType),
        (Contains(operand("a")), bytes(b"a"), WrongType),
        (Includes(operand("a")), items(), Holds),
        (Includes(Operand::Null), items(), Fails),
        (Includes(operand("a")), Value::text("a"), WrongType),
        (regex(), Value::text("abc"), Holds),
        (regex(), Value::text("xabc"), Fails),
        (regex(), Value::Integer(1), WrongType),
    ]);
    let variable = Matches(Pattern::Variable(variable()));
    assert_eq!(outcome(&variable, &Value::text("ab"), &[Value::text("^.b")]), Ok(Holds));
    let problem = outcome(&variable, &Value::text("ab"), &[Value::text("(")]);
    assert_eq!(problem, Err("not a regular expression".to_owned()));
}

#[test]
fn types_of_values() {
    use Predicate as P;
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Integer(1),
        big("12345678901234567890"),
        Value::Float(1.0),
        Value::text("a"),
        bytes(b"a"),
        list(&[]),
        object(),
        date(0),
        Value::Flag,
        redirect(),
    ];
    let table = [
        (P::Exists, "yyyyyyyyyyyy"),
        (P::IsBoolean, "-y----------"),
        (P::IsInteger, "--yy--------"),
        (P::IsFloat, "----y-------"),
        (P::IsNumber, "--yyy-------"),
        (P::IsString, "-----y------"),
        (P::IsList, "------yy----"),
        (P::IsObject, "--------y---"),
        (P::IsCollection, "------yyy---"),
        (P::IsDate, "---------y--"),
    ];
    for (predicate, expected) in table {
        let found = values.iter().map(|value| match outcome(&predicate, value, &[]) {
            Ok(Holds) => 'y',
            _ => '-',
        });
        assert_eq!(found.collect::<String>(), expected, "{predicate:?}");
    }
}

#[test]
fn forms_of_texts() {
    use Predicate as P;
    let text = Value::text;
    check(vec![
        (P::IsEmpty, text(""), Holds),
        (P::IsEmpty, text("a"), Fails),
        (P::IsEmpty, list(&[]), Holds),
        (P::IsEmpty, bytes(&[]), Holds),
        (P::IsEmpty, object(), Fails),
        (P::IsEmpty, Value::Null, WrongType),
        (P::IsEmpty, Value::Integer(0), WrongType),
        (P::IsIpv4, text("127.0.0.1"), Holds),
        (P::IsIpv4, text("127.0.0.256"), Fails),
        (P::IsIpv4, text("::1"), Fails),
        (P::IsIpv4, Value::Integer(1), WrongType),
        (P::IsIpv6, text("::1"), Holds),
        (P::IsIpv6, text("[::1]"), Fails),
        (P::IsIpv6, Value::Null, WrongType),
        (P::IsUuid, text("01cc0f54-8885-4a1d-9121-ae5d316a33c5"), Holds),
        (P::IsUuid, text("01cc0f5488854a1d9121ae5d316a33c5"), Holds),
        (P::IsUuid, text("01cc0f54"), Fails),
        (P::IsUuid, Value::Bool(true), WrongType),
        (P::IsIsoDate, text("2020-09-13T12:26:40Z"), Holds),
        (P::IsIsoDate, text("1996-12-19T16:39:57.123-08:00"), Holds),
        (P::IsIsoDate, text("1978-01-15"), Fails),
        (P::IsIsoDate, date(0), WrongType),
    ]);
}

#[test]
fn nothing_holds_without_a_value() {
    use Predicate as P;
    for predicate in [P::Exists, P::IsEmpty, P::Equal(Operand::Null), P::IsString] {
        let held =
            |not| with_context(&[], |it| predicate::check(&predicate, not, None, it)).unwrap().held;
        assert_eq!([held(false), held(true)], [false, true], "{predicate:?}");
    }
}

/// Values of all kinds, one within the other.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("NaN is equal to all", |it| !it.is_nan()).prop_map(Value::Float),
        "-?[1-9][0-9]{19,30}".prop_map(|digits| Value::BigInteger(digits.into())),
        "[a-c]{0,2}".prop_map(|text| Value::text(&text)),
        any::<[u8; 2]>().prop_map(|bytes| Value::Bytes(bytes.into())),
        Just(Value::Flag),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(|items| Value::List(items.into()))
    })
}

proptest! {
    #[test]
    fn order_agrees_with_equality(left in values(), right in values()) {
        let variables = [right.clone()];
        let holds = |predicate: fn(Operand) -> Predicate| {
            let operand = Operand::Placeholder(Placeholder::Variable(Slot(0)));
            outcome(&predicate(operand), &left, &variables).unwrap()
        };
        let [less, equal, greater] =
            [holds(Predicate::Less), holds(Predicate::Equal), holds(Predicate::Greater)];
        prop_assert_eq!(left == right, right == left);
        prop_assert_eq!(left == right, equal == Holds);
        if less != WrongType {
            let n_held = [less, equal, greater].iter().filter(|it| **it == Holds).count();
            prop_assert_eq!(n_held, 1, "{:?} {:?}", left, right);
        }
    }
}
