//! The server of `drumfire serve`: a target for demos, tests and benchmarks.

mod arrival_log;
mod routes;
mod response;
mod status_mix;
mod dynamic;
mod requirement;
mod template;
mod memory;
mod received;
mod toml_text;

pub use arrival_log::ArrivalLog;
pub use response::{ResponseSpec, body_of_size};
pub use routes::Routes;
pub use status_mix::StatusMix;

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{self, LocalSet};
use tokio::time::Instant;

use crate::clock::{self, Alarm, Epoch, Wait};
use crate::error::Error;
use crate::units::Delay;
use arrival_log::Arrival;
use dynamic::{Answer, Dynamic, State};
use memory::Memory;
use received::Received;

/// Interval at which the arrival log is flushed.
const FLUSH: Duration = Duration::from_millis(100);

/// Number of names and paths that all routes together remember, in about 50 MB. Beyond it, the
/// oldest is forgotten.
const MAX_REMEMBERED: usize = 500_000;

/// Size in bytes of the largest request body to which a response can refer.
const MAX_BODY: usize = 1 << 20;

/// The configuration of a server.
pub struct Config {
    /// The response to each request.
    pub routes: Routes,
    /// Seed of the random delays, errors, statuses and UUIDs.
    pub seed: u64,
    /// Log of the arrivals. None for no log.
    pub arrivals: Option<ArrivalLog>,
}

/// Responds to HTTP/1.1 requests until `shutdown` completes, then ends immediately.
///
/// # Errors
///
/// [`Error::Io`] if the arrival log cannot be written.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let server = Rc::new(Server::new(config));
    let local = LocalSet::new();
    let outcome = local
        .run_until(async {
            tokio::select! {
                () = shutdown => Ok(()),
                outcome = server.flush_regularly() => outcome,
                () = accept(listener, &server) => Ok(()),
            }
        })
        .await;
    // Requests without a response are logged when they are dropped.
    drop(local);
    server.flush()?;
    Ok(outcome?)
}

/// Accepts connections forever.
async fn accept(listener: TcpListener, server: &Rc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                task::spawn_local(serve_connection(stream, server.clone()));
            }
            // The process has no file descriptor left, or the peer has gone: the next may succeed.
            Err(_) => clock::pause(Duration::from_millis(10)).await,
        }
    }
}

/// Responds to the requests of one connection in order.
async fn serve_connection(stream: TcpStream, server: Rc<Server>) {
    let alarm = Rc::new(Mutex::new(server.alarm()));
    let service = service_fn(move |request| {
        let (server, alarm) = (server.clone(), alarm.clone());
        async move { Ok::<_, Infallible>(server.respond(request, &alarm).await) }
    });
    // If this fails, responses are only less punctual.
    let _ = stream.set_nodelay(true);
    // An error of a connection concerns only its client.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

struct Server {
    routes: Routes,
    /// Whether any response is delayed.
    has_delays: bool,
    epoch: Epoch,
    state: RefCell<State>,
    arrivals: Option<RefCell<ArrivalLog>>,
}

impl Server {
    fn new(config: Config) -> Self {
        let is_immediate =
            |spec: &ResponseSpec| matches!(spec.latency, Delay::Fixed(Duration::ZERO));
        let has_delays = !config.routes.responses().all(is_immediate);
        Self {
            has_delays,
            routes: config.routes,
            epoch: Epoch::now(),
            state: RefCell::new(State {
                random: SmallRng::seed_from_u64(config.seed),
                memory: Memory::new(MAX_REMEMBERED),
            }),
            arrivals: config.arrivals.map(RefCell::new),
        }
    }

    /// Returns the alarm that delays the responses of one connection.
    ///
    /// A precise alarm takes a file descriptor, which another connection could use. It is used only
    /// if responses are delayed, and replaced by a coarse one if no file descriptor is left.
    fn alarm(&self) -> Alarm {
        match self.has_delays {
            true => Alarm::precise(Wait::Sleep).unwrap_or_else(|_| Alarm::coarse()),
            false => Alarm::coarse(),
        }
    }

    /// Returns the response to a request after its delay.
    async fn respond(
        &self,
        request: Request<Incoming>,
        alarm: &Mutex<Alarm>,
    ) -> Response<Full<Bytes>> {
        let arrived = clock::now();
        let found = self.routes.find(request.method(), request.uri().path());
        let arrival = self.log(&request, arrived, found.path);
        let draw = found.response.draw(&mut self.state.borrow_mut().random);
        let response = match (found.dynamic, draw.status) {
            (Some(dynamic), Some(status)) => {
                found.response.complete(self.answer(dynamic, status, request).await)
            }
            _ => {
                // The response does not depend on the body, not even on one that is cut off.
                drain(request.into_body()).await;
                found.response.respond(draw)
            }
        };
        if !draw.delay.is_zero() {
            alarm.lock().await.until(arrived + draw.delay).await;
        }
        if let Some(arrival) = arrival {
            arrival.responded(response.status(), clock::now() - arrived);
        }
        response
    }

    /// Returns the answer to a request that a response may depend on.
    async fn answer(
        &self,
        dynamic: &Dynamic,
        status: StatusCode,
        request: Request<Incoming>,
    ) -> Answer {
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let line = "the request body is larger than 1 MiB";
                return Answer::line(StatusCode::PAYLOAD_TOO_LARGE, line);
            }
            // No one receives this: the client has gone.
            Err(_) => return Answer::line(StatusCode::BAD_REQUEST, "the request body is cut off"),
        };
        let request = Received::new(head, body);
        dynamic.answer(status, &request, &mut self.state.borrow_mut())
    }

    /// Returns the log entry of a request. None without a log.
    fn log<'a>(
        &'a self,
        request: &Request<Incoming>,
        arrived: Instant,
        route: &'a str,
    ) -> Option<Arrival<'a>> {
        let log = self.arrivals.as_ref()?;
        Some(Arrival::new(log, request, self.epoch.wall_ns_of(arrived), route))
    }

    /// Flushes the arrival log regularly. It returns only if the log cannot be written.
    async fn flush_regularly(&self) -> io::Result<()> {
        loop {
            clock::pause(FLUSH).await;
            self.flush()?;
        }
    }

    fn flush(&self) -> io::Result<()> {
        self.arrivals.as_ref().map_or(Ok(()), |arrivals| arrivals.borrow_mut().flush())
    }
}

/// Reads a body to its end, or until it is cut off.
async fn drain(mut body: Incoming) {
    while let Some(Ok(_)) = body.frame().await {}
}
