//! What the server does with a request.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::time::Instant;

use crate::clock::{self, Alarm, Epoch, Wait};
use crate::mark::MarkFinder;
use crate::serve::Config;
use crate::serve::arrival_log::{Arrival, ArrivalLog};
use crate::serve::delays::Delays;
use crate::serve::dynamic::{Answer, Dynamic, Memory, State};
use crate::serve::response;
use crate::serve::routes::Routes;
use crate::serve::template::Received;
use crate::serve::websocket::{Hub, Journal};

/// Interval at which the arrival log is flushed.
const FLUSH: Duration = Duration::from_millis(100);

/// Number of names and paths that all routes together remember, in about 50 MB. Beyond it, the
/// oldest is forgotten.
const MAX_REMEMBERED: usize = 500_000;

/// Size in bytes of the largest request body to which a response can refer.
const MAX_BODY: usize = 1 << 20;

/// The state that all connections share.
pub(super) struct Server {
    pub(super) routes: Routes,
    epoch: Epoch,
    pub(super) state: RefCell<State>,
    pub(super) delays: Delays,
    pub(super) hub: Hub,
    arrivals: Option<Rc<RefCell<ArrivalLog>>>,
}

impl Server {
    pub(super) fn new(config: Config) -> Self {
        Self {
            routes: config.routes,
            epoch: Epoch::now(),
            state: RefCell::new(State {
                random: SmallRng::seed_from_u64(config.seed),
                memory: Memory::new(MAX_REMEMBERED),
            }),
            delays: Delays::default(),
            hub: Hub::default(),
            arrivals: config.arrivals.map(|log| Rc::new(RefCell::new(log))),
        }
    }

    /// Ends the delays of responses when they are due, forever.
    pub(super) async fn end_delays(&self) {
        // A coarse alarm needs no file descriptor.
        let alarm = Alarm::precise(Wait::Sleep).unwrap_or_else(|_| Alarm::coarse());
        self.delays.run(alarm).await;
    }

    /// Returns the response to a request after its delay.
    pub(super) async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let arrived = clock::now();
        let (head, body) = request.into_parts();
        let (version, method) = (head.version, head.method.clone());
        let found = self.routes.find(&method, head.uri.path());
        let arrival = self.log(&head, arrived, found.path);
        let draw = found.response.draw(&mut self.state.borrow_mut().random);
        let response = match (found.dynamic, draw.status) {
            (Some(dynamic), Some(status)) => {
                let request = Request::from_parts(head, body);
                found.response.complete(self.answer(dynamic, status, request).await)
            }
            _ => {
                // The response does not depend on the body, not even on one that is cut off.
                drain(body).await;
                found.response.respond(draw)
            }
        };
        if !draw.delay.is_zero() {
            self.delays.until(arrived + draw.delay).await;
        }
        if let Some(arrival) = arrival {
            arrival.responded(response.status().as_u16(), clock::now() - arrived);
        }
        match version {
            Version::HTTP_2 => response::for_http2(response, &method),
            _ => response,
        }
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
    pub(super) fn log<'a>(
        &'a self,
        head: &Parts,
        arrived: Instant,
        route: &'a str,
    ) -> Option<Arrival<'a>> {
        let log = self.arrivals.as_ref()?;
        Some(Arrival::new(log, head, self.epoch.wall_ns_of(arrived), route))
    }

    /// Returns what the lines of a socket have in the log. None without a log.
    pub(super) fn journal(&self, path: &str, route: &str, socket: u64) -> Option<Rc<Journal>> {
        let log = self.arrivals.as_ref()?.clone();
        let (path, route) = (path.to_owned(), route.to_owned());
        let finder = MarkFinder::of_all_runs();
        Some(Rc::new(Journal { log, epoch: self.epoch, path, route, socket, finder }))
    }

    /// Flushes the arrival log regularly. This returns only if the log cannot be written.
    pub(super) async fn flush_regularly(&self) -> io::Result<()> {
        loop {
            clock::pause(FLUSH).await;
            self.flush()?;
        }
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.arrivals.as_ref().map_or(Ok(()), |arrivals| arrivals.borrow_mut().flush())
    }
}

/// Reads a body to its end, or until it is cut off.
async fn drain(mut body: Incoming) {
    while let Some(Ok(_)) = body.frame().await {}
}
