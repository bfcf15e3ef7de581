//! Values as JSON, for outputs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json, json};

use crate::flow::value::Value;

impl Value {
    /// Returns the value as JSON, in the form that hurl gives captures: bytes in base64, dates as
    /// text. An integer beyond 64 bits is a text, because it would be rounded as a number; so is a
    /// float that is no number.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Unset | Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Integer(value) => Json::from(*value),
            Self::Float(value) => {
                Number::from_f64(*value).map_or_else(|| json!(value.to_string()), Json::Number)
            }
            Self::BigInteger(text) => {
                text.parse().map_or_else(|_| Json::from(&**text), |integer: u64| integer.into())
            }
            Self::Text(text) => Json::from(&**text),
            Self::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(members) => {
                let members =
                    members.iter().map(|(name, value)| (name.to_string(), value.to_json()));
                Json::Object(members.collect::<Map<_, _>>())
            }
            Self::Date(date) => Json::from(date.to_string()),
            Self::Flag => json!({ "type": "unit" }),
            Self::Redirect(it) => json!({ "location": &*it.location, "status": it.status }),
        }
    }
}
