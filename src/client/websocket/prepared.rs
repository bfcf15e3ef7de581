//! A WebSocket target that is ready to be connected to.

use std::rc::Rc;

use http::Method;
use http::header::{HOST, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL};
use http::uri::PathAndQuery;
use url::Url;

use crate::client::Client;
use crate::client::connection::connector::Connector;
use crate::client::options::{Options, Protocol};
use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::request::body::Body;
use crate::client::request::headers::{Header, Headers};
use crate::client::request::{Host, Request};
use crate::client::websocket::handshake::words;
use crate::error::Error;
use crate::markup::redact::{HIDDEN_USER, without_users};
use crate::targets::Target;

/// A WebSocket target that can be connected to any number of times. Each socket has a separate
/// connection.
pub struct PreparedSocket {
    /// The URL as the target spells it, for messages and records.
    pub text: String,
    /// The request of the handshake, without its key.
    pub(in crate::client) request: Request,
    pub(in crate::client) connector: Rc<Connector>,
    /// The subprotocols that the handshake offers, in order of preference.
    pub(in crate::client) protocols: Vec<String>,
}

/// What a target asks for.
#[derive(Debug)]
pub struct SocketParts {
    /// Where the connections go: scheme (http or https), host and port.
    pub address: Url,
    /// The URL as the target spells it, for messages and records.
    pub text: String,
    /// Path and query of the handshake.
    pub path: PathAndQuery,
    /// The headers of the handshake. Its subprotocols are among them.
    pub headers: Vec<Header>,
}

impl SocketParts {
    /// Returns what a target without variables asks for.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the target offers extensions, which sockets do not have.
    pub fn new(target: Target) -> Result<Self, Error> {
        let Target { address, url: text, path, headers, .. } = target;
        if headers.iter().any(|(name, _)| *name == SEC_WEBSOCKET_EXTENSIONS) {
            let text = without_users(&text, HIDDEN_USER);
            return Err(Error::Attack(format!(
                "bad header Sec-WebSocket-Extensions for '{text}': extensions such as \
                 permessage-deflate are not supported: expected no such header"
            )));
        }
        Ok(Self { address, text, path, headers })
    }
}

impl Client {
    /// Prepares the connections to a WebSocket.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the name of the attack or the host of the URL cannot be sent.
    pub fn prepare_socket(&self, parts: SocketParts) -> Result<PreparedSocket, Error> {
        let SocketParts { address, text, path, headers } = parts;
        let connector = self.connector_of_sockets(&address, &text)?;
        let origin = connector.origin().clone();
        let host = Host::at(&origin, &address, &text)?;
        let headers = Headers::of_target(&headers, &host.header)
            .with_credentials(&address)
            .with_client_headers(self.headers()?)
            .with_upgrade();
        let authority = host.authority(headers.get(&HOST));
        let headers = self.shared.socket_headers.share(&headers);
        let protocols = words(&headers, &SEC_WEBSOCKET_PROTOCOL).map(str::to_owned).collect();
        let request = Request {
            origin,
            method: Method::GET,
            text: text.clone(),
            authority,
            path,
            headers,
            body: Body::default(),
            accepted: AcceptedEncodings::Off,
            has_referer_of_client: false,
        };
        Ok(PreparedSocket { text, request, connector, protocols })
    }

    /// Returns what opens sockets to the origin of a URL, which `text` spells.
    fn connector_of_sockets(&self, url: &Url, text: &str) -> Result<Rc<Connector>, Error> {
        let key = url.origin().ascii_serialization();
        if let Some(connector) = self.connectors.borrow().get(&key) {
            return Ok(connector.clone());
        }
        let options = Options { protocol: Protocol::WebSocket, ..self.shared.options.clone() };
        let connector = Rc::new(self.new_connector(url, text, &options)?);
        self.connectors.borrow_mut().insert(key, connector.clone());
        Ok(connector)
    }
}
