//! A call in progress: reads its requests, waits, and sends its responses.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use hyper::body::Body;
use tokio::time::Instant;

use crate::clock;
use crate::serve::delays::Delays;
use crate::serve::dynamic::State;
use crate::serve::grpc::answer::Answer;
use crate::serve::grpc::calls::{Calls, ServedMethod};
use crate::serve::grpc::echo::{self, Place};
use crate::serve::grpc::framing::Inbox;
use crate::serve::grpc::outbox::Outbox;
use crate::serve::grpc::status::Status;
use crate::serve::grpc::{health, reflection};

/// Number of requests of a bidirectional stream that may wait for their responses.
const MAX_WAITING: usize = 1_000;

/// A call of a method.
pub struct Call<'a> {
    /// The method.
    pub served: &'a ServedMethod,
    /// All methods.
    pub calls: &'a Calls,
    /// The head of the request.
    pub head: &'a Parts,
    /// When the head arrived.
    pub arrived: Instant,
    /// Where delays are waited for.
    pub delays: &'a Delays,
    /// What the calls of all methods share.
    pub state: &'a RefCell<State>,
    /// Where responses go.
    pub outbox: Outbox,
}

impl Call<'_> {
    /// Runs the call to its end.
    ///
    /// # Errors
    ///
    /// The status if the call does not succeed.
    pub async fn run<B: Body<Data = Bytes> + Unpin>(self, inbox: Inbox<B>) -> Result<(), Status> {
        let method = &self.served.method;
        match (method.is_client_streaming(), method.is_server_streaming()) {
            (false, false) => self.unary(inbox).await,
            (false, true) => self.server_stream(inbox).await,
            (true, false) => self.client_stream(inbox).await,
            (true, true) => self.bidirectional(inbox).await,
        }
    }

    async fn unary<B: Body<Data = Bytes> + Unpin>(self, mut inbox: Inbox<B>) -> Result<(), Status> {
        let request = inbox.single().await?;
        self.wait_since(self.arrived).await?;
        self.respond(&request, Place { index: 0, received: 1 }).await
    }

    async fn server_stream<B: Body<Data = Bytes> + Unpin>(
        self,
        mut inbox: Inbox<B>,
    ) -> Result<(), Status> {
        let request = inbox.single().await?;
        self.wait_since(self.arrived).await?;
        if matches!(self.served.answer, Answer::Watch) {
            self.outbox.send(&health::watched(&request, self.calls.services())?).await;
            // The health of a service never changes.
            return pending().await;
        }
        let asked = match self.served.answer {
            Answer::Echo => echo::count(&request)?,
            _ => None,
        };
        let mut due = clock::now();
        for index in 0..asked.unwrap_or(self.served.spec.messages) {
            if index > 0 {
                due += self.served.spec.interval.draw(&mut self.state.borrow_mut().random);
                self.delays.until(due).await;
            }
            self.respond(&request, Place { index, received: 1 }).await?;
        }
        Ok(())
    }

    async fn client_stream<B: Body<Data = Bytes> + Unpin>(
        self,
        mut inbox: Inbox<B>,
    ) -> Result<(), Status> {
        let (mut last, mut received) = (Bytes::new(), 0);
        while let Some(request) = inbox.next().await? {
            (last, received) = (request, received + 1);
        }
        self.wait_since(clock::now()).await?;
        self.respond(&last, Place { index: 0, received }).await
    }

    /// Responds to each request after its delay, in order. Requests are read in the meantime, so
    /// that the delay of one does not add to that of the next.
    async fn bidirectional<B: Body<Data = Bytes> + Unpin>(
        self,
        mut inbox: Inbox<B>,
    ) -> Result<(), Status> {
        let (delay, drawn) = self.draw();
        if let Err(status) = drawn {
            self.delays.until(self.arrived + delay).await;
            return Err(status);
        }
        // Clients may wait for the head before they send a request.
        self.outbox.begin();
        let mut waiting = VecDeque::new();
        let (mut is_open, mut received) = (true, 0);
        while is_open || !waiting.is_empty() {
            let due = waiting.front().map(|(due, _, _)| *due);
            tokio::select! {
                () = self.until(due) => if let Some((_, request, place)) = waiting.pop_front() {
                    self.respond(&request, place).await?;
                },
                request = inbox.next(), if is_open && waiting.len() < MAX_WAITING => match request? {
                    Some(request) => {
                        received += 1;
                        let due = clock::now() + self.draw().0;
                        let due = waiting.back().map_or(due, |(last, _, _)| due.max(*last));
                        waiting.push_back((due, request, Place { index: received - 1, received }));
                    }
                    None => is_open = false,
                },
            }
        }
        Ok(())
    }

    /// Waits for an instant, or forever if there is none.
    async fn until(&self, instant: Option<Instant>) {
        match instant {
            Some(instant) => self.delays.until(instant).await,
            None => pending().await,
        }
    }

    /// Waits for the latency of the call since an instant, then returns its status.
    async fn wait_since(&self, start: Instant) -> Result<(), Status> {
        let (delay, drawn) = self.draw();
        if !delay.is_zero() {
            self.delays.until(start + delay).await;
        }
        drawn
    }

    fn draw(&self) -> (Duration, Result<(), Status>) {
        self.served.spec.draw(&self.served.route, &mut self.state.borrow_mut().random)
    }

    /// Sends the response to a request.
    async fn respond(&self, request: &Bytes, place: Place) -> Result<(), Status> {
        let services = self.calls.services();
        let response = match &self.served.answer {
            Answer::Echo => echo::answer(request, place)?,
            Answer::Fixed(message) => message.clone(),
            Answer::Filled(filled) => {
                filled.message(self.head, request, &mut self.state.borrow_mut().random)?
            }
            Answer::Check => health::check(request, services)?,
            Answer::List => health::list(services),
            Answer::Watch => health::watched(request, services)?,
            Answer::Reflection => reflection::answer(request, services, self.calls.schemas())?,
        };
        self.outbox.send(&response).await;
        Ok(())
    }
}
