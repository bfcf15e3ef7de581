//! The request of an entry.

use bytes::Bytes;

use crate::flow::tree::assert::Expected;
use crate::flow::tree::options::Options;
use crate::flow::tree::template::Template;

/// An entry: a request and what is expected of its response.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Line of the method, from 1.
    pub line: usize,
    /// Number of the entry in its file, from 1, as hurl counts.
    pub number: u16,
    /// Name of its records: that of `# @name`, or method and URL as written.
    pub name: Box<str>,
    /// The method, in capitals.
    pub method: Box<str>,
    pub url: Template,
    pub headers: Vec<(Template, Template)>,
    /// `[Query]`: added to the URL, percent-encoded.
    pub query: Vec<(Template, Template)>,
    /// `[Form]`: sent as the body, percent-encoded.
    pub form: Vec<(Template, Template)>,
    /// `[Multipart]`: sent as the body.
    pub multipart: Vec<(Template, FieldValue)>,
    /// `[Cookies]`: sent in addition to those of the session.
    pub cookies: Vec<(Template, Template)>,
    /// `[BasicAuth]`: user and password.
    pub basic_auth: Option<(Template, Template)>,
    pub body: Option<Body>,
    /// Line of the body, from 1; 0 without one.
    pub body_line: usize,
    pub options: Options,
    /// None for a request of HTTP.
    pub call: Option<Call>,
    /// None for a request of HTTP or gRPC.
    pub socket: Option<SocketStep>,
    /// None without an `HTTP` line: nothing is expected.
    pub expected: Option<Expected>,
}

/// What only a gRPC call has. Its headers are metadata, and its body has messages as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method as written: `package.Service/Method` or `package.Service.Method`.
    pub method: Box<str>,
    /// First line of the messages, from 1; that of the entry without any.
    pub messages_line: usize,
    /// Whether the messages are in a file.
    pub is_in_file: bool,
}

impl Call {
    /// Returns the name of the service with its package.
    pub fn service(&self) -> &str {
        let name = &self.method;
        name.rsplit_once('/').or_else(|| name.rsplit_once('.')).map_or("", |(service, _)| service)
    }
}

/// What a step does with a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketStep {
    /// Opens it.
    Connect,
    /// Sends the body as a message.
    Send {
        /// Whether the message is bytes, instead of text.
        is_binary: bool,
        /// Whether the step waits for a message that meets its checks.
        awaits_reply: bool,
    },
    /// Waits for a message.
    Receive,
    /// Closes it.
    Close,
}

impl SocketStep {
    /// Returns what a method of a flow does. None for another method.
    pub fn of_method(method: &str) -> Option<Self> {
        match method {
            "CONNECT" => Some(Self::Connect),
            "SEND" => Some(Self::Send { is_binary: false, awaits_reply: false }),
            "RECEIVE" => Some(Self::Receive),
            "CLOSE" => Some(Self::Close),
            _ => None,
        }
    }

    /// Returns the method in a flow.
    pub fn method(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Send { .. } => "SEND",
            Self::Receive => "RECEIVE",
            Self::Close => "CLOSE",
        }
    }
}

/// The value of a multipart field.
#[derive(Clone, Debug)]
pub enum FieldValue {
    Text(Template),
    /// `file,name; type`, read when the flow was compiled.
    File {
        name: Box<str>,
        content: Bytes,
        /// As written, or derived from the ending of the name.
        content_type: Box<str>,
    },
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Body {
    /// Text, with the Content-Type that hurl implies. Empty implies none.
    Text { text: Template, content_type: &'static str },
    /// Bytes in base64, hex or a file, read when the flow was compiled.
    Bytes(Bytes),
}
