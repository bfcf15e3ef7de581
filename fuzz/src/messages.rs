//! Checks JSON texts of gRPC messages against prost-reflect.

use drumfire::protobuf::{JsonPiece, Method, Schema};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage, Value};

/// Stands before and after the value of a variable.
const MARK: char = '\u{1}';

/// What our encoder refuses and prost-reflect accepts: a field that is there twice, and whole
/// numbers just out of range, which prost-reflect changes to the nearest one in range.
const STRICTER: [&str; 3] = ["is there twice", "expected an int64", "expected a uint64"];

/// What prost-reflect refuses and our encoder accepts: the greatest float in its shortest form, and
/// values of `google.protobuf.Struct` that are nested more than 50 times.
const LAXER: [&str; 2] = ["float value out of range", "recursion limit reached"];

/// Checks texts of one type of message.
pub struct MessageCheck {
    method: Method,
    message: MessageDescriptor,
}

impl MessageCheck {
    /// Returns the check of the requests of a method, whose type has this name.
    pub fn new(schema: &Schema, method: Method, name: &str) -> Self {
        let mut pool = DescriptorPool::new();
        let files = schema.files_of_symbol(name).expect("the schema has the type");
        // Imported files come last.
        for file in files.into_iter().rev() {
            pool.decode_file_descriptor_proto(file).expect("the file is valid");
        }
        let message = pool.get_message_by_name(name).expect("the file has the type");
        Self { method, message }
    }

    /// Checks a text in which some parts are values of variables.
    pub fn check(&self, text: &str) {
        let (fixed, values, plain) = split(text);
        let encoded = self.method.encode(&plain);
        match (&encoded, self.reference(&plain)) {
            (Ok(ours), Ok(theirs)) => self.assert_same(ours, &theirs),
            (Ok(_), Err(problem)) => {
                assert!(LAXER.iter().any(|lax| problem.contains(lax)), "not refused: {problem}");
            }
            (Err(problem), Ok(_)) => {
                let text = problem.text();
                assert!(STRICTER.iter().any(|strict| text.contains(strict)), "refused: {problem}");
            }
            (Err(_), Err(_)) => {}
        }
        let mut pieces = Vec::new();
        for (n, part) in fixed.iter().enumerate() {
            pieces.push(JsonPiece::Fixed(part));
            pieces.extend((n < values.len()).then_some(JsonPiece::Hole { json: false }));
        }
        let Ok(template) = self.method.compile(&pieces) else { return };
        let (mut wire, mut value) =
            (Vec::new(), |n: usize, out: &mut String| out.push_str(values[n]));
        if template.fill(&mut value, &mut wire).is_ok() {
            match encoded {
                Ok(plain) => assert_eq!(wire, plain, "filled in and plain"),
                // A value has a limit of nesting for itself.
                Err(problem) => {
                    assert!(problem.text().contains("too many"), "filled in: {problem}")
                }
            }
        }
    }

    fn reference(&self, json: &str) -> Result<Vec<u8>, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let message = DynamicMessage::deserialize(self.message.clone(), &mut reader);
        let message = message.map_err(|error| error.to_string())?;
        reader.end().map_err(|error| error.to_string())?;
        Ok(message.encode_to_vec())
    }

    /// The order of the entries of maps is random in prost-reflect.
    fn assert_same(&self, ours: &[u8], theirs: &[u8]) {
        if ours == theirs {
            return;
        }
        assert_eq!(ours.len(), theirs.len(), "lengths");
        let [ours, theirs] = [ours, theirs].map(|wire| {
            let message = DynamicMessage::decode(self.message.clone(), wire);
            message.map(|message| canonical(&message)).map_err(|error| error.to_string())
        });
        assert_eq!(ours, theirs);
    }
}

/// Returns the text between the values of variables, the values, and the text with the values in
/// it, escaped if they are in quotes.
fn split(text: &str) -> (Vec<&str>, Vec<&str>, String) {
    let (mut fixed, mut values, mut plain) = (Vec::new(), Vec::new(), String::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (n, part) in text.split(MARK).enumerate() {
        if n % 2 == 0 {
            for letter in part.chars() {
                match letter {
                    _ if is_escaped => is_escaped = false,
                    '\\' => is_escaped = is_quoted,
                    '"' => is_quoted = !is_quoted,
                    _ => {}
                }
            }
            fixed.push(part);
            plain.push_str(part);
            continue;
        }
        let escaped = serde_json::Value::from(part).to_string();
        plain.push_str(if is_quoted { &escaped[1..escaped.len() - 1] } else { part });
        values.push(part);
    }
    (fixed, values, plain)
}

/// Returns a message as a text in which maps are sorted.
fn canonical(message: &DynamicMessage) -> String {
    let fields = message.fields().map(|(field, value)| (field.number(), canonical_value(value)));
    let extensions = message.extensions();
    let extensions = extensions.map(|(field, value)| (field.number(), canonical_value(value)));
    let unknown = message.unknown_fields().count();
    let all: Vec<_> = fields.chain(extensions).collect();
    format!("{} {unknown} {all:?}", message.descriptor().full_name())
}

fn canonical_value(value: &Value) -> String {
    match value {
        Value::Message(message) => canonical(message),
        Value::List(values) => {
            format!("{:?}", values.iter().map(canonical_value).collect::<Vec<_>>())
        }
        Value::Map(entries) => {
            let entry = |(key, value)| format!("{key:?}={}", canonical_value(value));
            let mut entries: Vec<_> = entries.iter().map(entry).collect();
            entries.sort();
            format!("{entries:?}")
        }
        scalar => format!("{scalar:?}"),
    }
}
