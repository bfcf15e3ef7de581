//! A step of a session: its options, its request and the evaluation of its response.

use std::time::Duration;

use http::header::SET_COOKIE;
use url::Url;

use crate::flow::compiled::Flow;
use crate::flow::evaluate::answer::{Answer, Checks, Observer};
use crate::flow::evaluate::{Inputs, evaluate};
use crate::flow::expand::{self, Context};
use crate::flow::program::MadeStep;
use crate::flow::request::{self, Built, Refusal};
use crate::flow::session::Session;
use crate::flow::session::waits::nanos;
use crate::flow::tree::options::Setting;
use crate::flow::tree::request::SocketStep;
use crate::targets::Target;

/// Time between tries without the option `retry-interval`, as in hurl.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Most redirects without the option `max-redirs`, as in hurl.
const MAX_REDIRECTS: u32 = 50;

/// A request that a session makes.
#[derive(Debug)]
pub struct Step<'f> {
    /// Number of the entry in its file, from 1, as hurl counts.
    pub number: u16,
    /// Name of its records.
    pub name: &'f str,
    /// 0, or the number of the retry.
    pub attempt: u16,
    /// The request.
    pub target: Target,
    /// What the step does with a WebSocket. The body of the target is the message. None for a
    /// request.
    pub socket: Option<SocketStep>,
    /// Time limit of the request. None for that of the attack.
    pub max_time: Option<Duration>,
    /// Most redirects that are followed. None if none are followed, and the response that
    /// redirects is the response.
    pub redirects: Option<u32>,
    /// The cookies of the entry itself, for [`Session::redirected`]: `a=1; b=2`. Empty without any.
    pub own_cookies: String,
    /// Whether the evaluation needs the body.
    pub keeps_body: bool,
    /// Whether the evaluation needs the body as it was sent, maybe compressed.
    pub keeps_raw_body: bool,
    /// Whether the evaluation needs headers. The cookies of a session always need Set-Cookie.
    pub needs_headers: bool,
}

/// The options of a step that say how often it is made.
pub struct StepOptions {
    pub is_skipped: bool,
    /// >= 1, unless the step is skipped.
    pub repeats: u32,
    pub retries: u32,
    pub delay: Duration,
}

impl Session {
    fn current<'f>(&self, flow: &'f Flow) -> Result<&'f MadeStep, String> {
        let step = flow.program.steps.get(usize::from(self.position.step()));
        step.ok_or_else(|| "the flow has no step to make".to_owned())
    }

    /// Sets the variables of the options, and returns the other options.
    pub fn options(&mut self, flow: &Flow) -> Result<StepOptions, String> {
        let options = &self.current(flow)?.entry.options;
        let mut random = self.draw();
        for (slot, value) in &options.variables {
            let mut context = Context {
                names: &flow.names,
                values: &self.values,
                random: &mut random,
                wall_ns: self.wall_ns,
            };
            let value = expand::option_value(value, &mut context)?;
            if let Some(place) = self.values.get_mut(usize::from(slot.0)) {
                *place = value;
            }
        }
        let mut context = Context {
            names: &flow.names,
            values: &self.values,
            random: &mut random,
            wall_ns: self.wall_ns,
        };
        let is_skipped = options.skip.get(&mut context)?;
        let repeats = options.repeat.as_ref().map(|repeat| repeat.get(&mut context)).transpose()?;
        Ok(StepOptions {
            is_skipped: is_skipped || repeats == Some(0),
            repeats: repeats.unwrap_or(1),
            retries: options.retry.get(&mut context)?,
            delay: options.delay.get(&mut context)?,
        })
    }

    /// Makes the request of the current step.
    pub fn make<'f>(&mut self, flow: &'f Flow) -> Result<Step<'f>, Refusal> {
        let step = self.current(flow).map_err(|text| Refusal { line: 0, text })?;
        let of_entry = |text| Refusal { line: step.entry.line, text };
        if self.position.is_broken() {
            // The values are the same as before, and so is the problem.
            self.options(flow).map_err(of_entry)?;
        }
        let entry = &step.entry;
        let mut random = self.draw();
        let mut context = Context {
            names: &flow.names,
            values: &self.values,
            random: &mut random,
            wall_ns: self.wall_ns,
        };
        let Built { target, own_cookies } = match (&entry.call, entry.socket) {
            (None, None) => request::build(entry, &self.cookies, &mut context)?,
            (Some(_), _) => request::build_call(entry, step.call.as_ref(), &mut context)?,
            (None, Some(socket)) => {
                request::build_socket(entry, socket, &self.cookies, &mut context)?
            }
        };
        let options = &entry.options;
        let mut most = || match &options.max_redirects {
            Some(most) => most.get(&mut context),
            None => Ok(MAX_REDIRECTS),
        };
        let most = most().map_err(of_entry)?;
        let follows = options.follow.get(&mut context).map_err(of_entry)?;
        let max_time = options.max_time.as_ref().map(|time| time.get(&mut context));
        let max_time = max_time.transpose().map_err(of_entry)?;
        Ok(Step {
            number: entry.number,
            name: &entry.name,
            attempt: self.position.attempt(),
            target,
            socket: entry.socket,
            max_time,
            redirects: follows.then_some(most),
            own_cookies,
            keeps_body: step.needs.body,
            keeps_raw_body: step.needs.raw_body,
            needs_headers: step.needs.headers,
        })
    }

    /// Keeps the cookies of a response, and evaluates it.
    pub fn evaluate(
        &mut self,
        flow: &Flow,
        answer: &Answer<'_>,
        observer: &mut impl Observer,
    ) -> Checks {
        let Ok(step) = self.current(flow) else { return Checks::default() };
        // The metadata of calls has no cookies.
        let has_cookies = step.entry.call.is_none();
        let Some(expected) = &step.entry.expected else {
            self.keep_cookies(has_cookies, answer);
            return Checks::default();
        };
        // Without a response, there is nothing to check.
        if answer.error.is_some() {
            return Checks { made: Some(0), ..Checks::default() };
        }
        self.keep_cookies(has_cookies, answer);
        let is_read = step.needs.body;
        let json = step.call.as_ref().filter(|_| is_read).map(|call| call.response(answer.body));
        let answer = &match &json {
            None => *answer,
            Some(Ok(json)) => Answer { body: json.as_bytes(), ..*answer },
            Some(Err(_)) => Answer { is_undecodable: true, ..*answer },
        };
        let mut random = self.draw();
        let inputs = Inputs { names: &flow.names, random: &mut random, wall_ns: self.wall_ns };
        evaluate(expected, answer, inputs, &mut self.values, observer)
    }

    /// Returns whether an answer meets all checks of the current step, and has all that it captures.
    /// Nothing changes: the step goes on.
    pub fn accepts(&self, flow: &Flow, answer: &Answer<'_>) -> bool {
        let Ok(step) = self.current(flow) else { return true };
        let Some(expected) = &step.entry.expected else { return true };
        let mut values = self.values.clone();
        let mut random = self.random();
        let inputs = Inputs { names: &flow.names, random: &mut random, wall_ns: self.wall_ns };
        let checks = evaluate(expected, answer, inputs, &mut values, &mut ());
        checks.failed == 0 && checks.error.is_none()
    }

    fn keep_cookies(&mut self, has_cookies: bool, answer: &Answer<'_>) {
        // Parsing a URL takes as long as a check of the body.
        if !has_cookies || !answer.headers.contains_key(SET_COOKIE) {
            return;
        }
        if let (None, Ok(mut url)) = (answer.error, Url::parse(answer.url)) {
            // The cookies of a WebSocket are those of its handshake.
            let handshake = match url.scheme() {
                "ws" => Some("http"),
                "wss" => Some("https"),
                _ => None,
            };
            handshake.map(|scheme| url.set_scheme(scheme));
            self.cookies.store(&url, answer.headers, self.wall_ns);
        }
    }

    /// Notes that the current step has failed.
    pub fn fail(&mut self, flow: &Flow) {
        let goes_on = self.current(flow).is_ok_and(|step| step.goes_on);
        self.position.fail(goes_on, flow.program.tail);
    }

    /// Begins the next try of the current step. Returns whether there is one.
    pub fn retry(&mut self, flow: &Flow) -> bool {
        if !self.position.retry() {
            return false;
        }
        let interval =
            self.current(flow).ok().and_then(|step| step.entry.options.retry_interval.clone());
        self.waits.delay_ns = nanos(self.interval(flow, interval));
        true
    }

    fn interval(&mut self, flow: &Flow, interval: Option<Setting<Duration>>) -> Duration {
        let mut random = self.draw();
        let mut context = Context {
            names: &flow.names,
            values: &self.values,
            random: &mut random,
            wall_ns: self.wall_ns,
        };
        let interval = interval.map(|interval| interval.get(&mut context));
        // Its value was not needed before, so that a bad one is found too late to be refused.
        interval.and_then(Result::ok).unwrap_or(RETRY_INTERVAL)
    }
}
