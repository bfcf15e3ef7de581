//! gRPC calls, directly on HTTP/2: from a target to the outcome of a hit.

mod timeout;
mod framing;
mod metadata;
mod prepared;
mod sender;
mod reader;
mod inbox;
mod call;
mod stream;
mod reflect;
pub mod in_memory;

pub use prepared::{CallKind, PreparedCall};
pub use reflect::{ReflectionSource, reflect};
pub use stream::{CallMessage, CallReceiver, CallSender, StreamEnd};

use std::rc::Rc;

use bytes::Bytes;
use http::header::HOST;
use http::uri::PathAndQuery;
use url::Url;

use crate::client::Client;
use crate::client::options::{Options, Protocol};
use crate::client::pool::Limits;
use crate::client::request::Host;
use crate::client::request::headers::{Header, Headers};
use crate::error::Error;
use crate::targets::{Call, ReadyCall, Target, check_metadata};
pub(super) use prepared::Channels;
use prepared::Framed;

/// What a target asks for.
#[derive(Debug)]
pub struct CallParts {
    /// Where the connections go: scheme (http or https), host and port.
    pub address: Url,
    /// The URL as the target spells it, for messages and records.
    pub text: String,
    /// The path of the method: `/package.Service/Method`.
    pub path: PathAndQuery,
    /// The metadata.
    pub headers: Vec<Header>,
    /// Which sides send a stream.
    pub kind: CallKind,
    /// The messages in wire format, without prefixes; one unless the client sends a stream.
    pub messages: Vec<Bytes>,
}

impl CallParts {
    /// Returns what a target asks for, with a method of a schema and without variables.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the target is not a call, or not compiled.
    pub fn new(target: Target) -> Result<Self, Error> {
        let Target { address, url: text, path, headers, call, .. } = target;
        let Some(Call::Ready(ReadyCall { method, messages })) = call else {
            return Err(Error::Attack(format!("no schema for '{text}'")));
        };
        let kind = CallKind {
            is_client_streaming: method.is_client_streaming(),
            is_server_streaming: method.is_server_streaming(),
        };
        Ok(Self { address, text, path, headers, kind, messages: messages.to_vec() })
    }
}

impl Client {
    /// Prepares a call.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the name of the attack, the host of the URL or the metadata cannot be
    /// sent.
    pub fn prepare_call(&self, parts: CallParts) -> Result<PreparedCall, Error> {
        let CallParts { address, text, path, headers, kind, messages } = parts;
        check_metadata(&headers).map_err(Error::Attack)?;
        let options = &self.shared.options.calls;
        let channels = self.channels_of(&address, &text)?;
        let origin = channels.origin().clone();
        let host = Host::at(&origin, &address, &text)?;
        let headers = metadata::headers_of_call(headers, options.is_compressed);
        let headers = Headers::of_target(&headers, &host.header)
            .with_credentials(&address)
            .with_client_headers(self.headers()?);
        let authority = host.authority(headers.get(&HOST));
        let headers = self.shared.call_headers.0.share(&headers);
        let headers = self.shared.call_headers.1.share(&headers);
        let framed = messages.iter().map(|message| Framed::new(message, options.is_compressed));
        let messages: Vec<_> = framed.collect();
        let n_messages = match options.messages.filter(|_| kind.is_client_streaming) {
            Some(n_messages) if !messages.is_empty() => n_messages.get(),
            _ => u32::try_from(messages.len()).unwrap_or(u32::MAX),
        };
        Ok(PreparedCall {
            text,
            origin,
            authority,
            path,
            headers,
            kind,
            messages,
            n_messages,
            channels,
        })
    }

    /// Returns the connections for calls to the origin of a URL, which `text` spells.
    fn channels_of(&self, url: &Url, text: &str) -> Result<Rc<Channels>, Error> {
        let key = url.origin().ascii_serialization();
        if let Some(channels) = self.channels.borrow().get(&key) {
            return Ok(channels.clone());
        }
        let options = Options { protocol: Protocol::Http2, ..self.shared.options.clone() };
        let limits = self.pool_limits();
        // With a fixed number of connections, each has its own pool, so that calls use all of them.
        let (n_pools, limits) = match options.calls.channels {
            Some(n_channels) => {
                (n_channels.get(), Limits { open: 1, idle: limits.idle.max(1), ..limits })
            }
            None => (1, limits),
        };
        let pools = (0..n_pools).map(|number| {
            let pool = self.new_pool(url, text, &options, limits)?;
            // With the other pools, idle connections that a server has closed are closed.
            self.pools.borrow_mut().insert(format!("grpc {number} {key}"), pool.clone());
            Ok(pool)
        });
        let channels = Rc::new(Channels::new(pools.collect::<Result<_, Error>>()?));
        self.channels.borrow_mut().insert(key, channels.clone());
        Ok(channels)
    }
}

#[cfg(test)]
mod tests;
