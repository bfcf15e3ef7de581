//! Sends one request over the network: from a target to the outcome of a hit.
//!
//! Each engine has its own client with its own connections. Engines share nothing on the path of
//! a hit.

mod options;
mod request;
mod pool;
pub mod dial;
mod tls;
mod connection;
mod http1;
mod http2;
mod response;
mod messages;
mod hit;
mod grpc;
mod websocket;
mod failure;

pub use failure::INTERRUPTED;
pub use grpc::in_memory as messages_in_memory;
pub use grpc::{
    CallKind, CallMessage, CallParts, CallReceiver, CallSender, PreparedCall, ReflectionSource,
    StreamEnd, reflect,
};
pub use hit::outcome::Outcome;
pub use hit::prepared::Prepared;
pub use http1::in_memory;
pub use http2::in_memory as http2_in_memory;
pub use messages::{Reply, Sent};
pub use options::{CallOptions, Decoding, HitLimits, Options, Protocol, Redirects};
pub use pool::readiness::Readiness;
pub use request::redirect::{OnRedirect, Redirect};
pub use response::body_budget::BodyBudget;
pub use response::kept_body::StoredBody;
pub use tls::{Identity, Trust, config as tls_config};
pub use websocket::{
    PreparedSocket, SocketEnd, SocketEvent, SocketMessage, SocketParts, SocketReceiver,
    SocketSender,
};

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use rustls::ClientConfig;
use url::Url;

use crate::clock;
use crate::error::Error;
use crate::targets::Target;
use connection::connector::Connector;
use connection::encoded_headers::{EncodedCache, EncodedHeaders};
use dial::Dialer;
use grpc::Channels;
use http1::SharedBuffer;
use pool::{Limits, Pool};
use request::body::Body;
use request::headers::{ClientHeaders, HeaderCache};
use request::{Host, Parts, Request};
use response::body_budget::BodyAccount;
use response::body_sink::Turns;

/// Time between two searches for idle connections that the server has closed.
const CLEANUP_INTERVAL: Duration = Duration::from_millis(100);

/// Sends requests, all on one thread.
pub struct Client {
    shared: Rc<Shared>,
    /// Pools by scheme, host and port.
    pools: RefCell<HashMap<String, Rc<Pool<Connector>>>>,
    /// The connections for calls, by scheme, host and port.
    channels: RefCell<HashMap<String, Rc<Channels>>>,
    /// What opens WebSockets, by scheme, host and port.
    connectors: RefCell<HashMap<String, Rc<Connector>>>,
}

/// All of a client but its connections.
struct Shared {
    options: Options,
    /// The limits of hits that set none.
    limits: HitLimits,
    /// The headers of every request; an error if the name of the attack cannot be sent.
    headers: Result<ClientHeaders, InvalidHeaderValue>,
    header_cache: HeaderCache,
    encoded_cache: EncodedCache,
    /// The same for calls.
    call_headers: (HeaderCache, EncodedCache),
    /// The same for handshakes.
    socket_headers: HeaderCache,
    tls: ClientConfig,
    dialer: Dialer,
    readiness: Rc<Readiness>,
    buffer: Rc<SharedBuffer>,
    turns: Turns,
    /// The memory for response bodies.
    bodies: BodyAccount,
}

impl Client {
    /// Creates a client without connections.
    pub fn new(options: Options, tls: ClientConfig) -> Self {
        let tls = if options.session_tickets { tls::resuming(tls) } else { tls };
        let shared = Shared {
            headers: ClientHeaders::new(&options.attack, !options.keepalive),
            header_cache: HeaderCache::default(),
            encoded_cache: EncodedCache::default(),
            call_headers: Default::default(),
            socket_headers: HeaderCache::default(),
            dialer: Dialer::new(options.dial.clone(), &tls),
            tls,
            readiness: Rc::default(),
            buffer: Rc::default(),
            turns: Turns::default(),
            bodies: BodyAccount::new(options.body_budget.clone()),
            limits: options.hit_limits(),
            options,
        };
        Self::on(Rc::new(shared))
    }

    /// Returns a client with the same options and no connections. Dropping it closes its
    /// connections.
    pub fn with_own_connections(&self) -> Self {
        Self::on(self.shared.clone())
    }

    fn on(shared: Rc<Shared>) -> Self {
        Self {
            shared,
            pools: RefCell::default(),
            channels: RefCell::default(),
            connectors: RefCell::default(),
        }
    }

    /// Returns what happens on the client's connections.
    pub fn readiness(&self) -> &Rc<Readiness> {
        &self.shared.readiness
    }

    /// Keeps a message within a number of bytes and the memory for bodies, as the body of a record.
    /// `most` is None for no limit.
    pub fn keep(&self, message: Bytes, most: Option<u64>) -> StoredBody {
        let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        StoredBody::of(message, most, &self.shared.bodies)
    }

    /// Returns the limits of hits that set none.
    pub fn limits(&self) -> HitLimits {
        self.shared.limits
    }

    /// Prepares the request of a target. Variables in the target are not expanded.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the name of the attack or the host of the URL cannot be sent.
    pub fn prepare(&self, target: Target) -> Result<Prepared, Error> {
        let headers = self.headers()?;
        let parts = Parts {
            method: target.method,
            url: target.address,
            text: target.url,
            path: target.path,
            headers: target.headers,
            body: Body::new(target.body, self.shared.options.chunked),
            has_referer_of_client: false,
        };
        let pool = self.pool_of(&parts.url, &parts.text)?;
        let origin = pool.connector().origin().clone();
        let request = Request::new(origin, parts, headers, &self.shared.header_cache)?;
        let headers = self.shared.encoded_cache.share(&request.headers);
        Ok(Prepared { request, headers, pool })
    }

    /// Checks what can fail in [`Client::prepare`], without the memory of a request or a pool.
    ///
    /// # Errors
    ///
    /// As [`Client::prepare`].
    pub fn check(&self, target: &Target) -> Result<(), Error> {
        self.headers()?;
        Host::new(&target.address, &target.url).map(drop)
    }

    /// Prepares the request after a redirect, whose headers already include the client's.
    fn prepare_redirected(&self, parts: Parts) -> Result<Prepared, Error> {
        let pool = self.pool_of(&parts.url, &parts.text)?;
        let origin = pool.connector().origin().clone();
        let none = ClientHeaders::default();
        let request = Request::new(origin, parts, &none, &HeaderCache::default())?;
        let headers = Rc::new(EncodedHeaders::new(request.headers.clone()));
        Ok(Prepared { request, headers, pool })
    }

    /// Closes idle connections that servers have closed, every 100 ms; never returns. Clients with
    /// separate connections are not included.
    pub async fn clean_up_regularly(&self) {
        loop {
            clock::pause(CLEANUP_INTERVAL).await;
            self.pools.borrow().values().for_each(|pool| pool.clean_up());
        }
    }

    /// Returns the connections to the origin of a URL, which `text` spells.
    fn pool_of(&self, url: &Url, text: &str) -> Result<Rc<Pool<Connector>>, Error> {
        let key = url.origin().ascii_serialization();
        if let Some(pool) = self.pools.borrow().get(&key) {
            return Ok(pool.clone());
        }
        let pool = self.new_pool(url, text, &self.shared.options, self.pool_limits())?;
        self.pools.borrow_mut().insert(key, pool.clone());
        Ok(pool)
    }

    /// Returns a pool without connections to the origin of a URL, which `text` spells.
    fn new_pool(
        &self,
        url: &Url,
        text: &str,
        options: &Options,
        limits: Limits,
    ) -> Result<Rc<Pool<Connector>>, Error> {
        let connector = self.new_connector(url, text, options)?;
        Ok(Pool::new(connector, limits, self.shared.readiness.clone()))
    }

    /// Returns what opens connections to the origin of a URL, which `text` spells.
    fn new_connector(&self, url: &Url, text: &str, options: &Options) -> Result<Connector, Error> {
        let Shared { dialer, tls, buffer, .. } = &*self.shared;
        let connector = Connector::new(url, options, dialer, tls.clone(), buffer.clone());
        connector.ok_or_else(|| request::bad_host(text))
    }

    /// Returns the headers of every request.
    fn headers(&self) -> Result<&ClientHeaders, Error> {
        let name = &self.shared.options.attack;
        self.shared
            .headers
            .as_ref()
            .map_err(|_| Error::Attack(format!("bad -name '{name}': expected printable text")))
    }

    fn pool_limits(&self) -> Limits {
        Limits {
            idle: self.shared.options.idle_connections,
            open: self.shared.options.max_connections.unwrap_or(usize::MAX),
            dial: self.shared.options.timeout,
            rate: self.shared.options.connect_rate,
        }
    }
}
