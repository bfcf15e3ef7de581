//! The loopback target that demos, tests and benches fire at.

mod routes;
mod response;
mod status_mix;
mod delay;
mod arrival_log;
mod toml_text;

pub use response::{Answer, body_of_size};
pub use arrival_log::Arrivals;
pub use delay::Delay;
pub use routes::Routes;
pub use status_mix::Statuses;

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

/// How often noted arrivals are handed on.
const FLUSH: Duration = Duration::from_millis(100);

/// What a server answers, and how.
pub struct Behaviour {
    /// Which requests get which answer.
    pub routes: Routes,
    /// What makes the draws repeatable.
    pub seed: u64,
    /// Where arrivals are noted; None for nowhere.
    pub arrivals: Option<Arrivals>,
}

/// Answers every HTTP/1.1 request until `shutdown` comes; then ends at once.
///
/// # Errors
///
/// [`Error::Io`] where arrivals cannot be written.
pub async fn serve(
    listener: TcpListener,
    behaviour: Behaviour,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let server = Rc::new(Server::new(behaviour));
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
    // Requests that are not answered yet are noted as they are dropped.
    drop(local);
    server.flush()?;
    Ok(outcome?)
}

/// Accepts connections for ever.
async fn accept(listener: TcpListener, server: &Rc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                task::spawn_local(answer(stream, server.clone()));
            }
            // Out of descriptors, or the peer has gone already: others may still come.
            Err(_) => clock::pause(Duration::from_millis(10)).await,
        }
    }
}

/// Answers the requests of one connection, one after another.
async fn answer(stream: TcpStream, server: Rc<Server>) {
    let alarm = Rc::new(Mutex::new(server.alarm()));
    let service = service_fn(move |request| {
        let (server, alarm) = (server.clone(), alarm.clone());
        async move { Ok::<_, Infallible>(server.respond(request, &alarm).await) }
    });
    // A refusal only costs the exactness of the delay it would have spared.
    let _ = stream.set_nodelay(true);
    // How a connection ends is the client's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

struct Server {
    routes: Routes,
    /// Whether any answer is held back.
    holds_back: bool,
    epoch: Epoch,
    random: RefCell<SmallRng>,
    arrivals: Option<RefCell<Arrivals>>,
}

impl Server {
    fn new(behaviour: Behaviour) -> Self {
        let at_once = |answer: &Answer| matches!(answer.latency, Delay::Fixed(Duration::ZERO));
        let holds_back = !behaviour.routes.answers().all(at_once);
        Self {
            holds_back,
            routes: behaviour.routes,
            epoch: Epoch::now(),
            random: RefCell::new(SmallRng::seed_from_u64(behaviour.seed)),
            arrivals: behaviour.arrivals.map(RefCell::new),
        }
    }

    /// Returns what holds the answers of one connection back. A precise alarm takes a descriptor,
    /// hence a connection from somebody else: there is none where nothing is held back, and where
    /// descriptors have run out a coarse one is better than no answer.
    fn alarm(&self) -> Alarm {
        match self.holds_back {
            true => Alarm::precise(Wait::Sleep).unwrap_or_else(|_| Alarm::coarse()),
            false => Alarm::coarse(),
        }
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
        alarm: &Mutex<Alarm>,
    ) -> Response<Full<Bytes>> {
        let arrived = clock::now();
        let arrival = self.note(&request, arrived);
        let answer = self.routes.find(request.method(), request.uri().path());
        let (delay, response) = answer.draw(&mut *self.random.borrow_mut());
        let _ = request.into_body().collect().await;
        if !delay.is_zero() {
            alarm.lock().await.until(arrived + delay).await;
        }
        if let Some(arrival) = arrival {
            arrival.answered(clock::now() - arrived);
        }
        response
    }

    /// Returns what will note a request; None where arrivals are not noted.
    fn note(&self, request: &Request<Incoming>, arrived: Instant) -> Option<Arrival<'_>> {
        let log = self.arrivals.as_ref()?;
        let seq = request.headers().get("x-drumfire-seq");
        let seq = seq.and_then(|seq| seq.to_str().ok()?.parse().ok());
        Some(Arrival::new(log, seq, self.epoch.wall_ns_of(arrived)))
    }

    /// Hands on noted arrivals for ever; returns only where the output does not take them.
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
