//! One run of a flow, without load: for `-try`, and before and after an attack.

use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::ClientConfig;
use tokio::task::LocalSet;

use crate::attack::flows::redirects::Redirects;
use crate::attack::flows::request::Request;
use crate::attack::flows::response::{self, MAX_READ_BODY, decoding, failure};
use crate::attack::flows::sockets::{Candidate, Making, Sockets};
use crate::client::{self, Client, HitLimits, Outcome};
use crate::clock::{self, Epoch};
use crate::error::Error;
use crate::feed::Row;
use crate::flow::{Checks, Flow, Next, Observer, Refusal, Session, Wait};
use crate::schedule::seed::{Purpose, Seed};

/// Runs flows one at a time, without load.
///
/// Waits of the flow itself are kept (`delay`, `retry-interval`, `# @pace`); think times are not.
/// A loop makes one round.
pub struct Trial {
    /// How requests are sent.
    pub client: client::Options,
    /// Trusted roots and client certificate.
    pub tls: ClientConfig,
    /// Headers of every request, before its own ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The seed of all random choices.
    pub seed: Seed,
}

/// Sees what a flow does.
pub trait Watcher: Observer {
    /// A request is about to be sent. `step` is the number of its entry, from 1, and `attempt` that
    /// of the retry, from 0. None if the request cannot be built.
    fn sending(&mut self, step: u16, name: &str, attempt: u16, request: Option<Asked<'_>>);

    /// The request cannot be built because of a line of the file.
    fn refused(&mut self, line: usize, problem: &str);

    /// A request is over.
    fn answered(&mut self, outcome: &Outcome);

    /// The step is over. `error` says why it failed; None if it did not, or if another attempt
    /// follows.
    fn done(&mut self, checks: &Checks, error: Option<&str>);
}

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method as flows have it.
    pub method: &'a str,
    /// The URL as records show it.
    pub url: &'a str,
}

impl Trial {
    /// Runs a flow once, as flow `number` of an attack with a row of its feed. Returns its state
    /// at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the system provides no runtime.
    pub fn run(
        &self,
        flow: &Flow,
        number: u64,
        row: Option<&Row>,
        watcher: &mut impl Watcher,
    ) -> Result<Session, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let draws = self.seed.rngs(Purpose::Flows);
        let mut session = Session::new(flow, number, row, &draws);
        let made = async {
            let client = Client::new(self.client.clone(), self.tls.clone());
            let headers = &self.headers;
            let session = &mut session;
            let sockets = Sockets::new(flow.has_receives());
            let mut run = Run { client, flow, headers, session, sockets, n_sent: 0 };
            run.make(watcher).await;
        };
        LocalSet::new().block_on(&runtime, made);
        Ok(session)
    }
}

/// A flow that is run once.
struct Run<'a> {
    client: Client,
    flow: &'a Flow,
    headers: &'a [(HeaderName, HeaderValue)],
    session: &'a mut Session,
    sockets: Sockets,
    n_sent: u64,
}

impl Run<'_> {
    async fn make(&mut self, watcher: &mut impl Watcher) {
        let (start, epoch) = (clock::now(), Epoch::now());
        loop {
            let at = clock::now() - start;
            match self.session.next(self.flow, at, |_| true) {
                Next::Wait(Wait::Think, _) => {}
                Next::Wait(_, length) => clock::pause(length).await,
                Next::Send => self.send(epoch, watcher).await,
                Next::End => return,
            }
        }
    }

    /// Makes one request.
    async fn send(&mut self, epoch: Epoch, watcher: &mut impl Watcher) {
        let built = self.session.request(self.flow, epoch.wall_ns_of(clock::now()));
        let (number, name) = self.session.step(self.flow);
        let attempt = self.session.attempt();
        let mut built = match built {
            Ok(built) => built,
            Err(Refusal { line, text }) => {
                watcher.sending(number, name, attempt, None);
                watcher.refused(line, &text);
                return watcher.done(&Checks::default(), Some(&text));
            }
        };
        built.target.headers.splice(..0, self.headers.iter().cloned());
        let own = self.client.limits();
        let limits = HitLimits {
            timeout: built.max_time.or(own.timeout),
            max_body: Some(MAX_READ_BODY),
            redirects: built.redirects.map_or(client::Redirects::Ignore, client::Redirects::Follow),
            decoding: decoding(&built),
            keeps_messages: response::keeps_messages(&built),
        };
        let request = Request::prepare(&self.client, built.target, built.socket);
        let asked = request.as_ref().ok();
        let asked = asked.map(|request| Asked { method: request.word(), url: request.url() });
        watcher.sending(number, name, attempt, asked);
        let mut outcome = Outcome::released_now();
        let mut seen = Vec::new();
        let (seq, out) = (self.n_sent, &mut outcome);
        match &request {
            Ok(Request::Http(prepared)) => {
                let mut redirects = Redirects::of(self.session, &built.own_cookies);
                self.client.hit_within(limits, prepared, seq, out, &mut redirects).await;
                seen = redirects.seen;
            }
            Ok(Request::Call(call)) => self.client.call_within(limits, call, seq, out).await,
            Ok(Request::Socket(request)) => {
                let making = Making { client: &self.client, request, limits, seq };
                let (flow, session) = (self.flow, &*self.session);
                let accepts = async |candidate: Candidate<'_>| {
                    session.accepts(flow, &response::of_message(&candidate, &HeaderMap::new()))
                };
                self.sockets.make(making, out, accepts).await;
            }
            Err(problem) => outcome.end(Some(problem.to_string())),
        }
        self.n_sent += 1;
        watcher.answered(&outcome);
        let (redirects, none) = (seen, HeaderMap::new());
        let url = request.as_ref().map_or("", Request::url);
        let answer = response::answer(&outcome, &limits, &redirects, url, &none);
        let checks = self.session.answer(self.flow, &answer, watcher);
        let error = failure(&outcome, &checks);
        watcher.done(&checks, error.as_deref());
    }
}
