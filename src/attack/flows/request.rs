//! What a step of a flow sends.

use crate::client::{
    CallParts, Client, Prepared, PreparedCall, PreparedSocket, SocketMessage, SocketParts,
};
use crate::error::Error;
use crate::flow::SocketStep;
use crate::targets::{GRPC, Target, WS};

/// What a step of a flow sends.
pub enum Request {
    /// A request of HTTP.
    Http(Prepared),
    /// A gRPC call.
    Call(PreparedCall),
    /// What is done with a WebSocket.
    Socket(SocketRequest),
}

/// What a step does with a WebSocket.
pub struct SocketRequest {
    /// The URL as records show it.
    pub url: String,
    /// The socket among those of the flow: its URL without the query.
    pub key: String,
    pub action: SocketAction,
}

/// What a step does with a WebSocket.
pub enum SocketAction {
    /// Opens it.
    Connect(Box<PreparedSocket>),
    /// Sends a message. Then waits for a message that meets its checks, if it awaits one.
    Send { message: SocketMessage, awaits_reply: bool },
    /// Waits for a message.
    Receive,
    /// Closes it.
    Close,
}

impl Request {
    /// Prepares what a step sends.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if it cannot be sent.
    pub fn prepare(
        client: &Client,
        target: Target,
        socket: Option<SocketStep>,
    ) -> Result<Self, Error> {
        match (&target.call, socket) {
            (_, Some(step)) => SocketRequest::prepare(client, target, step).map(Self::Socket),
            (None, None) => client.prepare(target).map(Self::Http),
            (Some(_), None) => client.prepare_call(CallParts::new(target)?).map(Self::Call),
        }
    }

    /// Returns the method as records show it.
    pub fn method(&self) -> &str {
        match self {
            Self::Http(prepared) => prepared.request.method.as_str(),
            Self::Call(_) => GRPC,
            Self::Socket(_) => WS,
        }
    }

    /// Returns the method as flows have it.
    pub fn word(&self) -> &str {
        match self {
            Self::Http(prepared) => prepared.request.method.as_str(),
            Self::Call(_) => "CALL",
            Self::Socket(request) => match request.action {
                SocketAction::Connect(_) => "CONNECT",
                SocketAction::Send { .. } => "SEND",
                SocketAction::Receive => "RECEIVE",
                SocketAction::Close => "CLOSE",
            },
        }
    }

    /// Returns the URL as records show it.
    pub fn url(&self) -> &str {
        match self {
            Self::Http(prepared) => &prepared.request.text,
            Self::Call(prepared) => &prepared.text,
            Self::Socket(request) => &request.url,
        }
    }
}

impl SocketRequest {
    fn prepare(client: &Client, target: Target, step: SocketStep) -> Result<Self, Error> {
        let (url, path) = (target.url.clone(), target.path.path());
        let key = format!("{}{path}", target.address.origin().ascii_serialization());
        let action = match step {
            SocketStep::Connect => {
                let prepared = client.prepare_socket(SocketParts::new(target)?)?;
                SocketAction::Connect(Box::new(prepared))
            }
            SocketStep::Send { is_binary, awaits_reply } => {
                let message = match is_binary {
                    true => SocketMessage::binary(target.body),
                    false => SocketMessage::text(target.body),
                };
                SocketAction::Send { message, awaits_reply }
            }
            SocketStep::Receive => SocketAction::Receive,
            SocketStep::Close => SocketAction::Close,
        };
        Ok(Self { url, key, action })
    }
}
