//! WebSocket targets: the method `WS`, an address, and the messages that are sent.
//!
//! ```text
//! WS ws://127.0.0.1:8080/chat?user={{user}}
//! Sec-WebSocket-Protocol: chat.v2
//! # @open
//! {"type": "join", "room": "{{room}}"}
//! # @body
//! {"type": "say", "text": "hello", "id": "{{$mark}}"}
//! ```

use bytes::Bytes;

use crate::targets::Target;
use crate::targets::template::{Text, Values};

/// The WebSocket part of a target. The body of the target is the message of each slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Socket {
    /// Messages that are sent after each connect, in order, such as a login. Empty for none. Those
    /// with variables are as the list has them; [`Target::expand_open`] fills the values in.
    pub open: Vec<Bytes>,
}

impl Target {
    /// Returns the message of one slot of a WebSocket target, with values in place of the variables.
    pub fn expand_payload(&self, values: &mut Values<'_>) -> Bytes {
        match self.template.as_ref().and_then(|template| template.body.as_ref()) {
            Some(text) => text.expand(values).into(),
            None => self.body.clone(),
        }
    }

    /// Returns the messages that a WebSocket target sends after a connect, with values in place of
    /// the variables. Empty for none, and for a target without a WebSocket.
    pub fn expand_open(&self, values: &mut Values<'_>) -> Vec<Bytes> {
        let mut open = self.socket.as_ref().map(|socket| socket.open.clone()).unwrap_or_default();
        let texts = self.template.iter().flat_map(|template| &template.open);
        for (index, text) in texts {
            open[*index] = text.expand(values).into();
        }
        open
    }

    /// Returns whether what a connect needs has variables: the URL, a header, or a message that is
    /// sent after the connect.
    pub fn has_connect_variables(&self) -> bool {
        let of_open = self.template.as_ref().is_some_and(|template| !template.open.is_empty());
        of_open || self.has_metadata_variables()
    }

    /// Returns whether the message of each slot has a `{{$mark}}`.
    pub fn has_mark(&self) -> bool {
        let body = self.template.as_ref().and_then(|template| template.body.as_ref());
        body.is_some_and(Text::has_mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::feed::Row;
    use crate::mark::{Mark, Run};
    use crate::schedule::seed::{Purpose, Seed};
    use crate::targets::{Defaults, Scope, read_http, read_json};

    const LIST: &str = "# @name chat
WS ws://a:1/chat?user={{user}}
X-Room: {{room}}
# @open
{\"type\": \"login\",
 \"user\": \"{{user}}\"}
# @open
join

# @body
{\"id\": \"{{$mark}}\", \"to\": \"{{room}}\"}

GET http://a/
";

    /// Reads a list whose feed has the columns `user` and `room`.
    fn read(list: &str) -> Result<Vec<Target>, Error> {
        let columns = Some(vec!["user".to_owned(), "room".to_owned()]);
        let scope = Scope { columns, ..Scope::default() };
        read_http(list.as_bytes(), &Defaults { scope, ..Defaults::default() })
    }

    #[test]
    fn a_target_has_messages_for_each_connect_and_one_for_each_slot() {
        let targets = read(LIST).unwrap();
        let [chat, page] = &targets[..] else { panic!("{} targets", targets.len()) };
        assert!(page.socket.is_none() && chat.has_mark() && chat.has_connect_variables());
        let (row, rngs) = (Row::from_iter(["ann", "7"]), Seed(1).rngs(Purpose::Values));
        let mark = Mark::new(Run::fresh(), 3, 0);
        let mut values = Values::new(3, 0, Some(&row), &rngs).with_mark(mark);
        let connect = chat.expand_metadata(&mut values).unwrap();
        assert_eq!(connect.url, "ws://a:1/chat?user=ann");
        assert_eq!(connect.path, "/chat?user=ann");
        assert_eq!(connect.address.as_str(), "http://a:1/chat?user=");
        assert_eq!(connect.headers[0].1, "7");
        let open = chat.expand_open(&mut values);
        assert_eq!(open, ["{\"type\": \"login\",\n \"user\": \"ann\"}", "join"]);
        let payload = chat.expand_payload(&mut values);
        assert_eq!(payload, format!("{{\"id\": \"{mark}\", \"to\": \"7\"}}"));
    }

    #[test]
    fn a_json_target_has_the_same_messages() {
        let line = r#"{"method":"WS","url":"ws://a/","message":{"n":1},"open":["hello",{"n":0}]}"#;
        let target = read_json(line.as_bytes(), &Defaults::default()).unwrap().remove(0);
        assert_eq!(target.body, r#"{"n":1}"#);
        assert_eq!(target.socket.unwrap().open, ["hello", r#"{"n":0}"#]);
    }

    #[test]
    fn what_only_websockets_have_is_refused_elsewhere() {
        let table = [
            ("WS http://a/\n", "1", "expected ws:// or wss://"),
            ("GET ws://a/\n", "1", "or the method WS"),
            ("GET http://a/\n# @open\nhello\n", "3", "'# @open' needs the method WS"),
            ("# @open\nhello\n", "1", "no target for this '# @open'"),
            ("WS ws://a/\n# @open\n", "2", "no message after '# @open'"),
            ("WS ws://a/\n# @open\n{{$mark}}\n", "3", "'{{$mark}}' needs a WebSocket"),
            ("WS ws://a/{{$mark}}\n", "1", "'{{$mark}}' needs a WebSocket"),
            ("POST http://a/\n# @body\n{{$mark}}\n", "3", "'{{$mark}}' needs a WebSocket"),
        ];
        for (list, line, expected) in table {
            let error = read(list).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains(&format!("line {line}")), "{error}");
        }
    }
}
