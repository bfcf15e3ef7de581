//! What a socket uses of the server, and the content of its answers.

use std::cell::RefCell;
use std::rc::Rc;

use http::request::Parts;
use rand::rngs::SmallRng;
use tokio_websockets::{CloseCode, Message};

use crate::serve::delays::Delays;
use crate::serve::dynamic::State;
use crate::serve::template::{Absent, Received};
use crate::serve::websocket::ServedSocket;
use crate::serve::websocket::answer::Answer;
use crate::serve::websocket::asked::Asked;
use crate::serve::websocket::hub::Hub;
use crate::serve::websocket::journal::Journal;
use crate::serve::websocket::link::{Content, End};
use crate::serve::websocket::tokens::Tokens;

/// What a socket uses of the server, and how it was asked for.
pub struct Service<'a> {
    /// Its route.
    pub served: &'a ServedSocket,
    /// What its query asks for.
    pub asked: Asked,
    /// The head of its handshake.
    pub head: &'a Parts,
    /// Its number, from 1.
    pub number: u64,
    /// Where it logs messages. None for no log.
    pub journal: Option<Rc<Journal>>,
    /// Where delays are waited for.
    pub delays: &'a Delays,
    /// What all sockets share.
    pub state: &'a RefCell<State>,
    /// All sockets.
    pub hub: &'a Hub,
}

impl Service<'_> {
    /// Returns what is sent back for a message. None if nothing is.
    pub(super) fn content(&self, message: Message, random: &mut SmallRng) -> Option<Content> {
        Some(match &self.served.answer {
            Answer::Echo => Content::Message(message),
            Answer::Silent | Answer::Broadcast => return None,
            Answer::Fixed(text) => Content::Message(Message::text(text.clone())),
            Answer::Agent => {
                let n_tokens = self.asked.n_tokens.unwrap_or(self.served.spec.n_tokens);
                Content::Tokens(Tokens::new(message.as_payload(), n_tokens))
            }
            Answer::Filled(template) => {
                let received = Received::new(self.head.clone(), message.into_payload().into());
                match template.render(&received, random) {
                    Ok(text) => Content::Message(Message::text(text)),
                    Err(Absent(pointer)) => {
                        let code = CloseCode::INVALID_FRAME_PAYLOAD_DATA;
                        let reason = format!("the message has no JSON value at {pointer}");
                        Content::Close(End { code, reason: reason.into() })
                    }
                }
            }
        })
    }
}
