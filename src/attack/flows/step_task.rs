//! A flow whose next request is due. The request leaves a record however it ends.

use std::mem;
use std::rc::Rc;
use std::time::Duration;

use http::HeaderMap;

use crate::attack::admission::{Admission, Permit};
use crate::attack::flows::agenda::Agenda;
use crate::attack::flows::journey::{Journey, Turn};
use crate::attack::flows::redirects::Redirects;
use crate::attack::flows::request::Request;
use crate::attack::flows::response::LargeResponse;
use crate::attack::flows::sockets::{Candidate, Making};
use crate::attack::flows::step::Step;
use crate::attack::flows::users::{PAUSE_AFTER_FAILURE, UserPlan};
use crate::attack::task_pool::Job;
use crate::client::Outcome;
use crate::clock;
use crate::flow::Checks;

/// Most flows that a user begins at once without a request in any of them.
const MAX_EMPTY: usize = 1_000;

/// Where the flows of an engine go after a request.
pub struct Afterwards {
    /// Flows whose next request is not due yet.
    pub agenda: Agenda<Box<Journey>>,
    /// The users who make the flows. None if flows arrive by the schedule.
    pub users: Option<UserPlan>,
    /// The limits that a request must pass.
    pub steps: Admission,
}

/// A flow whose next request is due.
pub struct StepTask {
    afterwards: Rc<Afterwards>,
    /// None after the flow has ended or while it waits in the agenda.
    journey: Option<Box<Journey>>,
    /// None while no request is in flight.
    step: Option<Box<Step>>,
    _permit: Permit,
}

impl StepTask {
    /// Returns the task of a flow whose next request is due.
    pub fn new(afterwards: Rc<Afterwards>, journey: Box<Journey>, permit: Permit) -> Self {
        Self { afterwards, journey: Some(journey), step: None, _permit: permit }
    }

    /// Sends the request that is due, and waits for its response.
    async fn send(&mut self) {
        let Some(journey) = &mut self.journey else { return };
        let step = self.step.insert(Box::new(Step::release(journey)));
        let Some(request) = &step.request else { return };
        let client = journey.client();
        let (limits, seq, outcome) = (step.limits, step.seq, &mut step.outcome);
        match request {
            Request::Http(prepared) => {
                let mut redirects = Redirects::of(journey.session(), &step.own_cookies);
                client.hit_within(limits, prepared, seq, outcome, &mut redirects).await;
                step.redirects = redirects.seen;
            }
            // Boxed, since every flow would reserve memory for what few of them need.
            Request::Call(call) => Box::pin(client.call_within(limits, call, seq, outcome)).await,
            Request::Socket(request) => {
                let making = Making { client: &client, request, limits, seq };
                // A message that may be the reply is checked by the flow that has the sockets.
                let mut sockets = mem::take(journey.sockets());
                let accepts = async |candidate: Candidate<'_>| journey.accepts(candidate).await;
                Box::pin(sockets.make(making, outcome, accepts)).await;
                *journey.sockets() = sockets;
            }
        }
    }

    /// Evaluates the response. It stays in flight meanwhile.
    async fn evaluate(&mut self) -> Checks {
        let Some((journey, step)) = self.journey.as_mut().zip(self.step.as_mut()) else {
            return Checks::default();
        };
        if !step.is_built() {
            return Checks::default();
        }
        let none = HeaderMap::new();
        let answer = step.answer(&none);
        if step.is_large() {
            let Outcome { version, body, .. } = &step.outcome;
            let response = LargeResponse::new(&answer, *version, &body.bytes);
            return journey.evaluate_elsewhere(response).await;
        }
        let flow = journey.flow().clone();
        journey.session().answer(&flow, &answer, &mut ())
    }

    /// Writes the record of a step with these checks, and moves on. Returns whether the next request
    /// is due.
    fn follow_up(&mut self, checks: &Checks) -> bool {
        let Some((mut journey, step)) = self.journey.take().zip(self.step.take()) else {
            return false;
        };
        let error = step.failure(checks);
        let ended = step.outcome.released + step.outcome.latency;
        // A loop of requests that cannot be built would never let go of the engine without a pause.
        let pause = if step.is_sent() { Duration::ZERO } else { PAUSE_AFTER_FAILURE };
        journey.answered(ended + pause);
        let goes_on = journey.advance();
        let end = (!goes_on).then(|| journey.end(ended));
        step.record(&journey, checks, error.as_deref(), end);
        if !goes_on && !self.begin_again(&mut journey) {
            return false;
        }
        // Without room for its record, the next request waits as the first one does.
        if journey.due() > clock::now() || !self.afterwards.steps.has_room() {
            self.afterwards.agenda.add(journey.due(), journey);
            return false;
        }
        self.journey = Some(journey);
        true
    }

    /// Begins the next flow of a user. Returns false for an arrival, and for a user who leaves.
    fn begin_again(&self, journey: &mut Journey) -> bool {
        let Some((users, last)) = self.afterwards.users.as_ref().zip(journey.turn()) else {
            return false;
        };
        for turn in (last.turn + 1..).take(MAX_EMPTY) {
            if journey.has_failed() || !journey.has_begun() {
                journey.delay_until(clock::now() + PAUSE_AFTER_FAILURE);
            }
            if journey.is_leaving() {
                return false;
            }
            let turn = Turn { turn, ..last };
            let Some(number) = users.take_number(turn) else { return false };
            let row = users.row_of(turn.user);
            if journey.begin_again(users.flow_of(number), number, row, turn) {
                return true;
            }
        }
        false
    }
}

impl Job for StepTask {
    /// Sends the request that is due, and those after it that need not wait.
    async fn run(mut self) {
        loop {
            self.send().await;
            let checks = self.evaluate().await;
            if !self.follow_up(&checks) {
                return;
            }
        }
    }
}

impl Drop for StepTask {
    fn drop(&mut self) {
        // The end of the attack cuts the request off. A request that was never sent leaves no
        // record.
        if let Some((journey, step)) = self.journey.take().zip(self.step.take()) {
            step.interrupt(&journey);
        }
    }
}
