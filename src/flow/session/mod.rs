//! A session: what one user has, and where in its flow it is. It reads no clock.

mod draws;
mod waits;
mod position;
mod step;

#[cfg(test)]
mod tests;

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::feed::Row;
use crate::flow::compiled::{Flow, Initial};
use crate::flow::cookies::Cookies;
use crate::flow::evaluate::answer::{Answer, Checks, Observer};
use crate::flow::request::Refusal;
use crate::flow::value::Value;
use crate::schedule::seed::{HitRngs, Seed};

use position::Position;
use waits::Waits;

pub use step::Step;

/// The variables, the cookies and the place of one user in a flow.
#[derive(Debug)]
pub struct Session {
    /// Values of the variables, by slot.
    values: Box<[Value]>,
    cookies: Cookies,
    /// Seed and number of the flow, on which its random choices depend.
    seed: Seed,
    number: u64,
    /// Number of random choices so far.
    n_draws: u32,
    position: Position,
    waits: Waits,
    /// Wall time of the last request, in ns since 1970 UTC.
    wall_ns: i64,
}

/// What a session does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Waits this time, > 0. Then asks again.
    Wait(Wait, Duration),
    /// Sends the request that [`Session::request`] returns.
    Send,
    /// Ends the flow. Nothing will be sent any more.
    End,
}

/// Why a session waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A think time.
    Think,
    /// The option `delay`.
    Delay,
    /// The option `retry-interval`.
    Retry,
    /// The least time between rounds of a loop.
    Pace,
}

impl Session {
    /// Begins a flow. `number` is that of the flow, from 0; `row` is its row of the feed, which
    /// must be there if the flow was compiled with columns. `rngs` are those of
    /// [`Purpose::Flows`](crate::schedule::seed::Purpose::Flows): seed and number determine all
    /// random choices.
    pub fn new(flow: &Flow, number: u64, row: Option<&Row>, rngs: &HitRngs) -> Self {
        let mut session = Self {
            values: vec![Value::Unset; flow.n_slots()].into(),
            cookies: Cookies::default(),
            seed: rngs.seed(),
            number,
            n_draws: 0,
            position: Position::default(),
            waits: Waits::default(),
            wall_ns: 0,
        };
        session.begin(flow, row);
        session
    }

    /// Begins the next flow of a user, with new variables and cookies.
    pub fn reset(&mut self, flow: &Flow, number: u64, row: Option<&Row>) {
        // The user may go on with another flow, with other variables.
        if self.values.len() == flow.n_slots() {
            self.values.fill(Value::Unset);
        } else {
            self.values = vec![Value::Unset; flow.n_slots()].into();
        }
        self.cookies = Cookies::default();
        self.number = number;
        self.n_draws = 0;
        self.position = Position::default();
        self.waits = Waits::default();
        self.begin(flow, row);
    }

    fn begin(&mut self, flow: &Flow, row: Option<&Row>) {
        for (slot, initial) in &flow.initial {
            let Some(place) = self.values.get_mut(usize::from(slot.0)) else { continue };
            *place = match initial {
                Initial::Column(column) => Value::text(row.map_or("", |row| row.cell(*column))),
                Initial::Fixed(value) => value.clone(),
            };
        }
    }

    /// Returns what comes next. After an answer, [`Next::End`] comes at once if nothing will be
    /// sent any more; a wait is followed by other waits and then by [`Next::Send`], with one
    /// exception: where a loop makes many rounds that send nothing, a wait of 1 s follows.
    ///
    /// `at` is the time since the flow began on its own clock: planned waits and measured
    /// latencies. `leaves` says whether the user is asked to leave at such a time: a loop ends at
    /// the end of the round in which it is.
    pub fn next(&mut self, flow: &Flow, at: Duration, leaves: impl Fn(Duration) -> bool) -> Next {
        if self.position.must_advance() {
            self.advance(flow, at, &leaves);
        }
        if self.position.has_ended() {
            return Next::End;
        }
        match self.waits.next(self.position.is_retry()) {
            Some((wait, length)) => Next::Wait(wait, length),
            None => Next::Send,
        }
    }

    /// Returns how long the user waits before its next flow: the think times at the end of this
    /// one. Zero if there are none, and before the end.
    pub fn pause(&self) -> Duration {
        if self.position.has_ended() { self.waits.total() } else { Duration::ZERO }
    }

    /// Returns the request of the step that [`Next::Send`] announced. `wall_ns` is the wall time,
    /// in ns since 1970 UTC.
    ///
    /// # Errors
    ///
    /// If it cannot be made: a variable has no value or one of another type, or the URL or a header
    /// is not valid. The step has failed then, and there is no answer: ask
    /// for what comes next.
    pub fn request<'f>(&mut self, flow: &'f Flow, wall_ns: i64) -> Result<Step<'f>, Refusal> {
        self.wall_ns = wall_ns;
        let made = self.make(flow);
        match &made {
            Ok(_) => self.position.sent(),
            Err(_) => self.fail(flow),
        }
        made
    }

    /// Returns the number of the entry and the name of the current step, or of the last one.
    pub fn step<'f>(&self, flow: &'f Flow) -> (u16, &'f str) {
        let step = flow.program.steps.get(usize::from(self.position.step()));
        step.map_or((0, ""), |step| (step.entry.number, &*step.entry.name))
    }

    /// Returns the number of the current try of the step: 0, or that of the retry.
    pub fn attempt(&self) -> u16 {
        self.position.attempt()
    }

    /// Stores the cookies of a response that redirects, and returns the cookies for the request
    /// that follows it. None if there are none.
    ///
    /// `own_cookies` are those of [`Step`]. They are empty if the request goes to another scheme,
    /// host or port than the first one, so that they stay with the server that they are for.
    pub fn redirected(
        &mut self,
        from: &Url,
        headers: &HeaderMap,
        to: &Url,
        own_cookies: &str,
    ) -> Option<HeaderValue> {
        self.cookies.store(from, headers, self.wall_ns);
        self.cookies.header_for(to, own_cookies)
    }

    /// Evaluates the response to the request: its cookies, checks and captures. Decides whether
    /// the step is made again, the flow goes on, or it ends.
    ///
    /// For a try that will be repeated, no checks are counted; the observer sees them all.
    pub fn answer(
        &mut self,
        flow: &Flow,
        answer: &Answer<'_>,
        observer: &mut impl Observer,
    ) -> Checks {
        // There is nothing to evaluate without a request.
        if !self.position.is_sent() {
            return Checks::default();
        }
        let checks = self.evaluate(flow, answer, observer);
        let has_failed = answer.error.is_some() || checks.failed > 0 || checks.error.is_some();
        if !has_failed {
            self.position.succeed();
            return checks;
        }
        if self.retry(flow) {
            return Checks { made: checks.made.map(|_| 0), ..Checks::default() };
        }
        self.fail(flow);
        checks
    }

    /// Returns whether a step has failed, after all its tries.
    pub fn is_failed(&self) -> bool {
        self.position.has_failed()
    }

    /// Returns the variables that captures and options have set so far, by name.
    pub fn captures(&self, flow: &Flow) -> Vec<(String, Value)> {
        let set = flow.set.iter().filter_map(|slot| {
            let index = usize::from(slot.0);
            Some((flow.names.get(index)?.to_string(), self.values.get(index)?.clone()))
        });
        set.filter(|(_, value)| !matches!(value, Value::Unset)).collect()
    }
}
