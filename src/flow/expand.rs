//! Templates and settings with the values of a session.

use std::borrow::Cow;
use std::time::Duration;

use chrono::DateTime;
use rand::Rng;
use uuid::Builder;

use crate::flow::tree::options::{OptionValue, Setting};
use crate::flow::tree::template::{Form, Part, Placeholder, Slot, Template};
use crate::flow::value::{Value, iso_date};

/// What placeholders are replaced with.
pub struct Context<'a> {
    /// Names of the variables, by slot.
    pub names: &'a [Box<str>],
    /// Values of the variables, by slot.
    pub values: &'a [Value],
    /// Random numbers for `newUuid`.
    pub random: &'a mut dyn Rng,
    /// Wall time for `newDate`, in ns since 1970 UTC.
    pub wall_ns: i64,
}

impl<'a> Context<'a> {
    /// Returns the value of a variable.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub fn variable(&self, slot: Slot) -> Result<&'a Value, String> {
        match self.values.get(usize::from(slot.0)) {
            None | Some(Value::Unset) => {
                Err(format!("variable '{}' has no value", self.name(slot)))
            }
            Some(value) => Ok(value),
        }
    }

    fn name(&self, slot: Slot) -> &'a str {
        self.names.get(usize::from(slot.0)).map_or("", |name| name)
    }

    /// Returns the value of a placeholder.
    ///
    /// # Errors
    ///
    /// If a variable has no value.
    pub fn value(&mut self, placeholder: Placeholder) -> Result<Value, String> {
        match placeholder {
            Placeholder::Variable(slot) => self.variable(slot).cloned(),
            Placeholder::NewUuid => Ok(Value::text(&self.new_uuid())),
            Placeholder::NewDate => Ok(Value::Date(DateTime::from_timestamp_nanos(self.wall_ns))),
        }
    }

    fn new_uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.random.fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Returns the text of a placeholder.
    fn render(&mut self, placeholder: Placeholder) -> Result<Cow<'a, str>, String> {
        match placeholder {
            Placeholder::Variable(slot) => {
                let value = self.variable(slot)?;
                value.render().ok_or_else(|| {
                    let (name, kind) = (self.name(slot), value.kind());
                    format!(
                        "variable '{name}' is {kind}: expected a text, number, date, boolean or null"
                    )
                })
            }
            Placeholder::NewUuid => Ok(Cow::Owned(self.new_uuid())),
            Placeholder::NewDate => {
                Ok(Cow::Owned(iso_date(&DateTime::from_timestamp_nanos(self.wall_ns))))
            }
        }
    }

    /// Adds a placeholder to a text in a form.
    fn push(
        &mut self,
        text: &mut String,
        placeholder: Placeholder,
        form: Form,
    ) -> Result<(), String> {
        let value = value_of(placeholder, form, self)?;
        match form {
            Form::Plain | Form::AsJson => text.push_str(&value),
            Form::InJsonString => push_escaped(text, &value),
        }
        Ok(())
    }
}

/// Returns the value of a placeholder in a form, without the escape sequences of JSON strings.
///
/// # Errors
///
/// If a variable has no value, or one that the form cannot have.
pub fn value_of<'a>(
    placeholder: Placeholder,
    form: Form,
    context: &mut Context<'a>,
) -> Result<Cow<'a, str>, String> {
    let value = context.render(placeholder)?;
    if form != Form::AsJson || is_json_scalar(&value) {
        return Ok(value);
    }
    let what = match placeholder {
        Placeholder::Variable(slot) => format!("variable '{}'", context.name(slot)),
        Placeholder::NewUuid => "newUuid".to_owned(),
        Placeholder::NewDate => "newDate".to_owned(),
    };
    Err(format!("{what} is a text outside of quotes in JSON: expected a number, boolean or null"))
}

/// Adds a value to the inside of a JSON string.
fn push_escaped(text: &mut String, value: &str) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    // Fast path: most values need no escapes.
    if value.bytes().all(is_plain) {
        return text.push_str(value);
    }
    let quoted = serde_json::Value::from(value).to_string();
    text.push_str(&quoted[1..quoted.len() - 1]);
}

/// Returns whether a text is a JSON number, boolean or null.
fn is_json_scalar(text: &str) -> bool {
    let is_number = || serde_json::from_str::<serde_json::Number>(text).is_ok();
    ["true", "false", "null"].contains(&text)
        || (!text.contains(char::is_whitespace) && is_number())
}

/// Returns a text with values in place of its placeholders.
///
/// # Errors
///
/// If a variable has no value, or one that the text cannot show.
pub fn text<'t>(template: &'t Template, context: &mut Context<'_>) -> Result<Cow<'t, str>, String> {
    // Fast path: a text without placeholders.
    if let Some(fixed) = template.fixed() {
        return Ok(Cow::Borrowed(fixed));
    }
    let mut text = String::new();
    for part in &template.0 {
        match part {
            Part::Text(fixed) => text.push_str(fixed),
            Part::Placeholder(placeholder, form) => context.push(&mut text, *placeholder, *form)?,
        }
    }
    Ok(Cow::Owned(text))
}

/// Returns the value that an entry gives a variable.
///
/// # Errors
///
/// If a variable in its text has no value, or one that the text cannot show.
pub fn option_value(value: &OptionValue, context: &mut Context<'_>) -> Result<Value, String> {
    Ok(match value {
        OptionValue::Null => Value::Null,
        OptionValue::Bool(value) => Value::Bool(*value),
        OptionValue::Integer(value) => Value::Integer(*value),
        OptionValue::Float(value) => Value::Float(*value),
        OptionValue::BigInteger(text) => Value::BigInteger(text.as_ref().into()),
        OptionValue::Text(template) => Value::text(&text(template, context)?),
    })
}

/// A type of settings.
pub trait SettingValue: Copy {
    /// What a placeholder must be, for messages.
    const EXPECTED: &str;

    /// Returns the setting that a value is. None if it is another kind of value.
    fn of(value: &Value) -> Option<Self>;
}

impl SettingValue for bool {
    const EXPECTED: &str = "true or false";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl SettingValue for u32 {
    const EXPECTED: &str = "a whole number from 0";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(value) => Self::try_from(*value).ok(),
            _ => None,
        }
    }
}

impl SettingValue for Duration {
    const EXPECTED: &str = "a number of milliseconds from 0";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(value) => u64::try_from(*value).ok().map(Self::from_millis),
            _ => None,
        }
    }
}

impl<T: SettingValue> Setting<T> {
    /// Returns the setting, with the value of its placeholder if it is one.
    ///
    /// # Errors
    ///
    /// If the variable has no value, or one of another type.
    pub fn get(&self, context: &mut Context<'_>) -> Result<T, String> {
        let placeholder = match self {
            Self::Fixed(value) => return Ok(*value),
            Self::Placeholder(placeholder) => *placeholder,
        };
        let value = context.value(placeholder)?;
        T::of(&value).ok_or_else(|| match placeholder {
            Placeholder::Variable(slot) => {
                let (name, kind) = (context.name(slot), value.kind());
                format!("variable '{name}' is {kind} for an option: expected {}", T::EXPECTED)
            }
            _ => format!("{} for an option: expected {}", value.kind(), T::EXPECTED),
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;

    const ID: Placeholder = Placeholder::Variable(Slot(0));

    fn template(placeholder: Placeholder, form: Form) -> Template {
        Template(vec![Part::Text("<".into()), Part::Placeholder(placeholder, form)])
    }

    /// Calls `check` with a context in which the only variable `id` has a value.
    fn with<T>(value: Value, check: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let (names, values) = (["id".into()], [value]);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let (names, values) = (&names[..], &values[..]);
        check(&mut Context {
            names,
            values,
            random: &mut random,
            wall_ns: 1_600_000_000_123_456_789,
        })
    }

    #[test]
    fn a_placeholder_is_written_in_its_form() {
        let not_outside =
            "variable 'id' is a text outside of quotes in JSON: expected a number, boolean or null";
        let no_text = "variable 'id' is a list: expected a text, number, date, boolean or null";
        let table = [
            (Value::text("a\"\n"), Form::Plain, Ok("<a\"\n")),
            (Value::text("a\"\\\n\u{1}é"), Form::InJsonString, Ok(r#"<a\"\\\n\u0001é"#)),
            (Value::Integer(1), Form::InJsonString, Ok("<1")),
            (Value::Integer(1), Form::AsJson, Ok("<1")),
            (Value::Float(1.5), Form::AsJson, Ok("<1.5")),
            (Value::Null, Form::AsJson, Ok("<null")),
            (
                Value::BigInteger("123456789012345678901".into()),
                Form::AsJson,
                Ok("<123456789012345678901"),
            ),
            (Value::text("42"), Form::AsJson, Ok("<42")),
            (Value::text("4 2"), Form::AsJson, Err(not_outside)),
            (Value::text(" 42"), Form::AsJson, Err(not_outside)),
            (Value::text("x"), Form::AsJson, Err(not_outside)),
            (Value::List([].into()), Form::Plain, Err(no_text)),
            (Value::Unset, Form::Plain, Err("variable 'id' has no value")),
        ];
        for (value, form, expected) in table {
            let template = template(ID, form);
            let written =
                with(value.clone(), |context| text(&template, context).map(Cow::into_owned));
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(written, expected, "{value:?} {form:?}");
        }
    }

    #[test]
    fn functions_use_the_generator_and_the_wall_time_that_are_given() {
        let uuid = template(Placeholder::NewUuid, Form::Plain);
        let [first, again] = [(), ()]
            .map(|()| with(Value::Unset, |context| text(&uuid, context).unwrap().into_owned()));
        assert_eq!(first, again);
        assert_eq!(uuid::Uuid::parse_str(&first[1..]).unwrap().get_version_num(), 4);
        let twice = with(Value::Unset, |context| {
            [(), ()].map(|()| text(&uuid, context).unwrap().into_owned())
        });
        assert_ne!(twice[0], twice[1]);

        let date = template(Placeholder::NewDate, Form::Plain);
        let now = with(Value::Unset, |context| text(&date, context).unwrap().into_owned());
        assert_eq!(now, "<2020-09-13T12:26:40.123456Z");
    }

    #[test]
    fn a_setting_is_fixed_or_the_value_of_a_variable() {
        fn get<T: SettingValue>(value: Value) -> Result<T, String> {
            with(value, |context| Setting::<T>::Placeholder(ID).get(context))
        }
        assert_eq!(with(Value::Unset, |context| Setting::Fixed(true).get(context)), Ok(true));
        assert_eq!(get(Value::Bool(true)), Ok(true));
        assert_eq!(get(Value::Integer(3)), Ok(3_u32));
        assert_eq!(get(Value::Integer(20)), Ok(Duration::from_millis(20)));
        let problem = "variable 'id' is a text for an option: expected true or false";
        assert_eq!(get::<bool>(Value::text("true")), Err(problem.to_owned()));
        let problem = "variable 'id' is an integer for an option: expected a whole number from 0";
        assert_eq!(get::<u32>(Value::Integer(-1)), Err(problem.to_owned()));
        assert_eq!(get::<Duration>(Value::Unset), Err("variable 'id' has no value".to_owned()));
    }

    #[test]
    fn an_option_sets_a_variable_to_a_value_of_its_type() {
        let text = OptionValue::Text(template(ID, Form::Plain));
        let table = [
            (OptionValue::Null, Value::Null),
            (OptionValue::Bool(true), Value::Bool(true)),
            (OptionValue::Integer(1), Value::Integer(1)),
            (OptionValue::Float(1.5), Value::Float(1.5)),
            (text, Value::text("<7")),
        ];
        for (option, expected) in table {
            let value = with(Value::Integer(7), |context| option_value(&option, context));
            assert_eq!(value, Ok(expected));
        }
    }
}
