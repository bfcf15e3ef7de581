//! The server of `drumfire serve`: a target for demos, tests and benchmarks.

mod arrival_log;
mod routes;
mod response;
mod status_mix;
mod delay;
mod toml_text;

pub use arrival_log::ArrivalLog;
pub use delay::Delay;
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
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
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
use arrival_log::Arrival;

/// Interval at which the arrival log is flushed.
const FLUSH: Duration = Duration::from_millis(100);

/// The configuration of a server.
pub struct Config {
    /// The response to each request.
    pub routes: Routes,
    /// Seed of the random delays, errors and statuses.
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
    random: RefCell<SmallRng>,
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
            random: RefCell::new(SmallRng::seed_from_u64(config.seed)),
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
        let arrival = self.log(&request, arrived);
        let spec = self.routes.find(request.method(), request.uri().path());
        let (delay, response) = spec.draw(&mut *self.random.borrow_mut());
        // The response does not depend on the request body, not even on one that is cut off.
        let _ = request.into_body().collect().await;
        if !delay.is_zero() {
            alarm.lock().await.until(arrived + delay).await;
        }
        if let Some(arrival) = arrival {
            arrival.responded(clock::now() - arrived);
        }
        response
    }

    /// Returns the log entry of a request. None without a log.
    fn log(&self, request: &Request<Incoming>, arrived: Instant) -> Option<Arrival<'_>> {
        let log = self.arrivals.as_ref()?;
        let seq = request.headers().get("x-drumfire-seq");
        let seq = seq.and_then(|seq| seq.to_str().ok()?.parse().ok());
        Some(Arrival::new(log, seq, self.epoch.wall_ns_of(arrived)))
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
