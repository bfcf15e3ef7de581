//! The attack that the flags describe.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::Arc;

use drumfire::attack::{Attack, FlowList, TargetSource, Work};
use drumfire::client::{self, BodyBudget, Protocol, tls_config};
use drumfire::schedule::Pacer;
use drumfire::schedule::seed::Seed;
use drumfire::targets::Target;

use crate::app::attack::options::setup::{AskedServers, Setup};
use crate::app::attack::options::sockets::check_no_sockets;
use crate::app::attack::options::{BodyMemory, Options, reflection};
use crate::app::attack::preflight::Bounds;
use crate::app::attack::traps;
use crate::app::exit::Usage;
use crate::app::flags::flows::{self, FlowFiles};
use crate::app::flags::grpc::Schemas;
use crate::app::flags::load::{Limit, positive};
use crate::app::flags::targets;
use crate::app::os::memory;

/// Maximum number of engine threads. More would only compete for the cores.
const MAX_THREADS: usize = 256;

impl Options {
    /// Returns the attack that the flags describe, with these files of flows. All flags are checked
    /// before any file is opened for writing.
    ///
    /// # Errors
    ///
    /// [`Usage`] if flags cannot be combined; another error if a file cannot be read or its content
    /// is wrong.
    pub fn attack(&self, setup: &Setup, files: &FlowFiles) -> anyhow::Result<Attack> {
        let Setup { client, tls, seed, .. } = setup;
        let open = match self.socket_list(setup)? {
            None => self.stream_list(setup)?,
            sockets => sockets,
        };
        let work = match (open, self.flows.has_flows()) {
            (Some(streams), _) => Work::Streams(streams),
            (None, true) => Work::Flows(self.flow_list(files, setup)?),
            (None, false) => Work::Hits(self.hit_targets(setup)?),
        };
        // The connects of streams have slots, and need no other limit.
        let connect_rate = client.connect_rate.filter(|_| work.streams().is_none());
        Ok(Attack {
            pacer: self.pacer(*seed)?,
            work,
            users: self.flows.users.clone(),
            client: client::Options { connect_rate, ..client.clone() },
            tls: tls.clone(),
            wait: self.wait,
            max_in_flight: nonzero(self.max_workers),
            threads: NonZero::new(self.threads),
            // As in Vegeta, a negative number has no effect.
            max_threads: usize::try_from(self.cpus).ok().and_then(NonZero::new),
        })
    }

    /// Returns the targets of an attack whose hits are requests and calls.
    fn hit_targets(&self, setup: &Setup) -> anyhow::Result<TargetSource> {
        let targets = self.targets(setup)?;
        if let TargetSource::Fixed(list) = &targets {
            check_no_sockets(&list.targets)?;
            self.check_call_flags(&list.targets)?;
        }
        Ok(targets)
    }

    /// Returns the targets of the attack. Servers are asked for the schema of gRPC targets if no file
    /// has it.
    pub fn targets(&self, setup: &Setup) -> anyhow::Result<TargetSource> {
        let reflect = |first: &Target, services: &[String]| match self.dry_run {
            true => Ok(None),
            false => reflection::ask(setup, self.grpc.reflect_headers(), first, services).map(Some),
        };
        let schemas = Schemas { files: setup.schema.clone(), reflect: &reflect };
        let Setup { client, seed, .. } = setup;
        let targets = targets::targets(&self.lists, *seed, &client.dial, &schemas)?;
        self.grpc.check_used(targets.has_calls())?;
        Ok(targets)
    }

    /// Returns how requests are sent, and the seed.
    ///
    /// # Errors
    ///
    /// [`Usage`] if flags cannot be combined; another error if a file cannot be read or its content
    /// is wrong.
    pub fn setup(&self) -> anyhow::Result<Setup> {
        self.check()?;
        let trust = self.network.trust()?;
        let client = self.client()?;
        let seed = self.load.seed.map_or_else(Seed::fresh, Seed);
        let (schema, asked) = (self.grpc.schema()?, AskedServers::default());
        Ok(Setup { client, tls: tls_config(&trust)?, seed, schema, asked })
    }

    /// Returns the schedule of hits, of flows, or of users.
    fn pacer(&self, seed: Seed) -> anyhow::Result<Pacer> {
        let count = self.flows.flow_count();
        match &self.flows.users {
            Some(users) => {
                let length = users.length().or(positive(self.load.duration));
                Ok(Pacer::new(None, length, count.or(nonzero(self.load.requests))))
            }
            None => self.load.pacer(seed, count),
        }
    }

    /// Returns the flows of the attack.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a flow needs users; another error if a file is wrong, or if a server does not
    /// provide the schema of its services.
    pub fn flow_list(&self, files: &FlowFiles, setup: &Setup) -> anyhow::Result<FlowList> {
        let seed = setup.seed;
        let name = self.lists.feed.as_deref();
        let feed = name.map(targets::open_feed).transpose()?;
        let columns = feed.as_ref().map_or_else(Vec::new, |feed| feed.columns().to_vec());
        let mut flows = files.flows(&columns)?;
        let may_ask = !self.dry_run && !files.is_assumed;
        self.compile_calls(setup, &mut flows, may_ask)?;
        if self.flows.users.is_none() && !self.flows.is_try {
            flows::check_loops(&flows)?;
        }
        let order = self.lists.feed_order;
        let rows = |(feed, name)| flows::feed_rows(feed, name, order, seed);
        Ok(FlowList {
            flows,
            feed: feed.zip(name).map(rows).transpose()?,
            seed,
            max_flows: self.flows.max_flows(),
            grace: self.flows.grace(),
            own_connections: self.flows.own_connections(),
            headers: self.lists.header.clone(),
            secrets: files.secrets.clone(),
        })
    }

    /// Rejects flags that cannot be combined.
    fn check(&self) -> Result<(), Usage> {
        let has_users = self.flows.users.is_some();
        let is_limited = has_users || self.max_workers > 0 || self.flows.max_flows().is_some();
        let problem = if self.load.is_unlimited() && !is_limited {
            "-rate=0 requires setting -max-workers: only the hits in flight then limit the rate"
                .to_owned()
        } else if self.threads > MAX_THREADS {
            let threads = self.threads;
            format!("bad -threads {threads}: expected at most {MAX_THREADS}, and one per core")
        } else if self.live && self.quiet {
            "-live and -quiet cannot be combined: give only one of them".to_owned()
        } else if let Some(flag) = self.flows.useless_flag() {
            format!("{flag} needs -flow: only flows use it")
        } else if let Some(flag) = self.useless_limit() {
            format!(
                "{flag} does not limit separate connections, which users have by default: give \
                 -own-connections=false"
            )
        } else if self.lists.lazy && self.threads > 1 {
            "-lazy needs -threads=1: a single engine sends hit k to target k".to_owned()
        } else {
            return Ok(());
        };
        Err(Usage(problem))
    }

    /// Returns a flag that limits the connections that flows share, although they share none. None
    /// if there is none.
    fn useless_limit(&self) -> Option<&'static str> {
        let flags = [
            ("-max-connections", self.max_connections > 0),
            ("-connect-rate", self.connect_rate.is_some()),
        ];
        let is_separate = self.flows.has_flows() && self.flows.own_connections();
        let given = flags.into_iter().find(|(_, is_given)| *is_given);
        given.filter(|_| is_separate).map(|(flag, _)| flag)
    }

    fn client(&self) -> anyhow::Result<client::Options> {
        Ok(client::Options {
            timeout: positive(self.timeout),
            keepalive: self.keepalive,
            idle_connections: self.connections,
            max_connections: Some(self.max_connections).filter(|limit| *limit > 0),
            connect_rate: self.connect_rate,
            max_body: self.max_body,
            body_budget: Arc::new(BodyBudget::new(self.body_memory())),
            redirects: self.redirects,
            protocol: self.protocol(),
            chunked: self.chunked,
            dial: self.network.dial()?,
            session_tickets: self.network.session_tickets,
            attack: self.name.clone(),
            calls: self.grpc.calls(),
        })
    }

    /// Returns the memory for response bodies in bytes. None for no limit.
    fn body_memory(&self) -> Limit<u64> {
        self.body_memory.map_or_else(memory::for_bodies, |BodyMemory(bytes)| bytes)
    }

    fn protocol(&self) -> Protocol {
        match (self.h2c, self.http2) {
            (true, _) => Protocol::PriorKnowledge,
            (false, true) => Protocol::Negotiated,
            (false, false) => Protocol::Http1,
        }
    }

    /// Returns the limits that the flags set on the number of connections.
    pub fn bounds(&self, work: &Work) -> Bounds {
        let listed = work.targets().map_or(&[][..], |list| &list.targets);
        let origins: HashSet<_> = listed.iter().map(|target| target.address.origin()).collect();
        let has_calls = listed.iter().any(|target| target.call.is_some());
        let has_tls = listed.iter().any(|target| target.address.scheme() == "https");
        let users = self.flows.users.as_ref().map(|users| u64::from(users.most()));
        let sockets = work.streams().filter(|list| list.sockets.is_some());
        let sockets = sockets.map(|list| u64::from(list.opening.n_streams));
        // Each socket is a connection, whatever the number of messages.
        let unless_sockets = |limit: Option<u64>| limit.filter(|_| sockets.is_none());
        Bounds {
            in_flight: sockets.or(nonzero(self.max_workers)).or(users),
            per_origin: unless_sockets(nonzero(self.max_connections as u64)),
            requests: unless_sockets(nonzero(self.load.requests)),
            origins: origins.len().max(1) as u64,
            // A lazy list may contain https URLs later.
            is_multiplexed: self.h2c || has_calls || (self.http2 && (has_tls || self.lists.lazy)),
            has_one_route: self.network.has_one_route(),
        }
    }

    /// Returns what is probably meant otherwise, although the attack can begin.
    pub fn warnings(&self, work: &Work) -> Vec<String> {
        let ending = traps::foreign_ending(&self.output);
        let others = match work {
            Work::Hits(TargetSource::Streamed(_)) => Vec::new(),
            Work::Hits(TargetSource::Fixed(list)) => traps::of_targets(list),
            Work::Flows(_) => Vec::new(),
            Work::Streams(list) => traps::of_targets(&list.targets),
        };
        ending.into_iter().chain(others).collect()
    }
}

/// Returns a limit. None if it is 0, which means no limit.
fn nonzero(limit: u64) -> Option<u64> {
    (limit > 0).then_some(limit)
}
