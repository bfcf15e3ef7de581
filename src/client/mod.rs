//! HOW: one hit over the network.
//!
//! Each engine has a client of its own, with its own connections; nothing on the path of a hit
//! is shared between engines.

mod response;
pub mod dial;

mod connection;
mod failure;
mod hit;
mod http1;
mod pool;
mod request;
mod tls;

pub use connection::connector::Protocol;
pub use failure::INTERRUPTED;
pub use hit::Outcome;
pub use pool::readiness::Traffic;
pub use request::Request;
pub use request::redirect::Redirects;
pub use tls::{Identity, Trust, config as tls_config};

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use http::header::InvalidHeaderValue;
use rustls::ClientConfig;
use url::Url;

use crate::client::connection::connector::Connector;
use crate::client::request::body::Body;
use crate::clock;
use crate::error::Error;
use crate::targets::Target;
use crate::units::Rate;
use dial::Dialer;
use http1::Room;
use pool::{Limits, Pool};
use request::{Goal, Manner};

/// Time between two looks for connections that are closed.
const REST: Duration = Duration::from_millis(100);

/// How hits are made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Longest a hit may take, redirects and body included; None for no limit.
    pub timeout: Option<Duration>,
    /// Whether a connection carries more than one request.
    pub keepalive: bool,
    /// Most connections to one origin kept at hand; 0 keeps none.
    pub idle_connections: usize,
    /// Most connections to one origin, >= 1; None for no limit.
    pub max_connections: Option<usize>,
    /// Most connections to one origin dialled in each unit of time; None for no limit.
    pub connect_rate: Option<Rate>,
    /// Most bytes of a body kept; None for all. The rest is read and forgotten.
    pub max_body: Option<u64>,
    /// How redirects are treated.
    pub redirects: Redirects,
    /// Which version of HTTP.
    pub protocol: Protocol,
    /// Whether request bodies go out in chunks, without their length being announced.
    pub chunked: bool,
    /// How connections are opened, below TLS.
    pub dial: dial::Options,
    /// Whether connections over TLS resume the sessions of earlier ones.
    pub session_tickets: bool,
    /// Name of the attack, told to the server; empty for none.
    pub attack: String,
}

/// Makes hits, all on one thread.
pub struct Client {
    options: Options,
    /// What every request says; an error where the name of the attack cannot stand in a header.
    manner: Result<Manner, InvalidHeaderValue>,
    tls: ClientConfig,
    dialer: Dialer,
    traffic: Rc<Traffic>,
    room: Rc<Room>,
    /// Pools by scheme, host and port.
    pools: RefCell<HashMap<String, Rc<Pool<Connector>>>>,
}

impl Client {
    /// Returns a client without connections.
    pub fn new(options: Options, tls: ClientConfig) -> Self {
        let tls = if options.session_tickets { tls::resuming(tls) } else { tls };
        let dialer = Dialer::new(options.dial.clone(), &tls);
        let manner = Manner::new(&options.attack, !options.keepalive);
        let (traffic, room, pools) = Default::default();
        Self { options, manner, tls, dialer, traffic, room, pools }
    }

    /// Returns what tells of the connections' traffic.
    pub fn traffic(&self) -> &Rc<Traffic> {
        &self.traffic
    }

    /// Makes a target's request ready for its hits.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] where a part of it cannot go over the wire.
    pub fn prepare(&self, target: &Target) -> Result<Request, Error> {
        let goal = Goal {
            url: target.address.clone(),
            text: target.url.clone(),
            path: target.path.clone(),
        };
        let pool = self.pool_of(&target.address);
        let body = Body::new(target.body.clone(), self.options.chunked);
        let asked = (target.method.clone(), body);
        Request::new(pool, asked, goal, &target.headers, self.manner()?)
    }

    /// Checks that a target's request can be made ready, without keeping it.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] where a part of it cannot go over the wire.
    pub fn check(&self, target: &Target) -> Result<(), Error> {
        self.manner()?;
        let host = request::host_of(&target.address, &target.url);
        request::authority(host, &target.url).map(drop)
    }

    /// Lets go of connections that servers have closed since their last hit, each 100 ms, for ever.
    pub async fn let_closed_go_regularly(&self) {
        loop {
            clock::pause(REST).await;
            self.pools.borrow().values().for_each(|pool| pool.let_closed_go());
        }
    }

    /// Returns what every request says.
    fn manner(&self) -> Result<&Manner, Error> {
        let name = &self.options.attack;
        self.manner
            .as_ref()
            .map_err(|_| Error::Attack(format!("bad -name '{name}': expected printable text")))
    }

    /// Returns the connections to a URL's origin.
    fn pool_of(&self, url: &Url) -> Rc<Pool<Connector>> {
        let dial = || Pool::new(Connector::new(url, self), self.limits(), self.traffic.clone());
        let origin = url.origin().ascii_serialization();
        self.pools.borrow_mut().entry(origin).or_insert_with(dial).clone()
    }

    fn limits(&self) -> Limits {
        Limits {
            idle: self.options.idle_connections,
            open: self.options.max_connections.unwrap_or(usize::MAX),
            dial: self.options.timeout,
            rate: self.options.connect_rate,
        }
    }
}
