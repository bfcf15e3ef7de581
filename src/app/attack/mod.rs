//! `drumfire attack`: flags in, a stream of records out.

pub mod dry_run;
pub mod preflight;
pub mod supervisor;
pub mod stream_writer;
pub mod closing_line;
pub mod progress_line;
pub mod live_view;
pub mod metrics_server;

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::Arc;

use anyhow::Context;
use clap::ArgAction;
use drumfire::attack::{Attack, TargetSource};
use drumfire::client::{self, Protocol, Redirects, tls_config};
use drumfire::clock::Wait;
use drumfire::error::Error;
use drumfire::plan::Plan;
use drumfire::schedule::seed::Seed;
use drumfire::threshold::{Abort, Threshold};
use drumfire::units::{Rate, parse_duration, parse_rate, parse_size};
use http::HeaderValue;
use jiff::SignedDuration;
use tokio::sync::Notify;

use crate::app::attack::closing_line::Ending;
use crate::app::attack::live_view::{Folded, Live};
use crate::app::attack::metrics_server::{Address, Exported, parse_address};
use crate::app::attack::preflight::{Bounds, Preflight};
use crate::app::attack::progress_line::{Bar, Progress};
use crate::app::attack::stream_writer::{Writing, Written};
use crate::app::attack::supervisor::conduct;
use crate::app::flags::load::{self, positive};
use crate::app::flags::thresholds::Known;
use crate::app::flags::{network, targets};
use crate::app::input::files::Output;
use crate::app::os::{file_limit, host_load};
use crate::app::{Missed, Usage, print};

/// A value or, as None, no limit. Its name keeps clap from taking the flag itself for optional.
pub type Limit<T> = Option<T>;

/// The flags of attack.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The command that these flags stood in, as a stream carries it.
    #[arg(skip)]
    pub command: String,
    #[command(flatten)]
    load: load::Options,
    /// Most hits in flight; 0: no limit
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    max_workers: u64,
    /// Accepted for Vegeta's sake: hits need no workers
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 10)]
    workers: u64,
    /// How slots are waited for: by a timer, polling, or both in turn
    #[arg(long, help_heading = "Load", value_name = "sleep|poll|auto", default_value = "auto")]
    wait: Wait,
    /// Engine threads; 0: as many as the rate needs, at most one a core but one
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Most cores used, which is most engine threads; 0: all
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    cpus: i64,

    #[command(flatten)]
    lists: targets::Options,

    /// Longest a hit may take; 0: no limit
    #[arg(long, help_heading = "Hits", value_name = "TIME", value_parser = parse_duration)]
    #[arg(default_value = "30s")]
    timeout: SignedDuration,
    /// Redirects followed; -1: none, and they count as success
    #[arg(long, help_heading = "Hits", value_name = "N", default_value = "10")]
    #[arg(value_parser = parse_redirects)]
    redirects: Redirects,
    /// Send request bodies in chunks, their length untold
    #[arg(long, help_heading = "Hits")]
    chunked: bool,
    /// Most bytes of a response body kept; -1: all
    #[arg(long, help_heading = "Hits", value_name = "SIZE", value_parser = parse_size)]
    #[arg(default_value = "-1")]
    max_body: Limit<u64>,

    /// Let a connection carry more than one request
    #[arg(long, help_heading = "Connections", action = ArgAction::Set, default_value_t = true)]
    keepalive: bool,
    /// Most idle connections kept, each origin
    #[arg(long, help_heading = "Connections", value_name = "N", default_value_t = 10_000)]
    connections: usize,
    /// Most connections, each origin; 0: no limit
    #[arg(long, help_heading = "Connections", value_name = "N", default_value_t = 0)]
    max_connections: usize,
    /// Most connections dialled in each unit of time, each origin; 0: no limit
    #[arg(long, help_heading = "Connections", value_name = "N[/UNIT]", value_parser = parse_rate)]
    #[arg(default_value = "0")]
    connect_rate: Limit<Rate>,
    /// Use HTTP/2 over TLS where the server does
    #[arg(long, help_heading = "Connections", action = ArgAction::Set, default_value_t = true)]
    http2: bool,
    /// Use HTTP/2 without TLS, too
    #[arg(long, help_heading = "Connections")]
    h2c: bool,
    #[command(flatten)]
    network: network::Options,

    /// Name of the attack, in its records and to the server
    #[arg(long, help_heading = "Output", value_name = "TEXT", default_value = "")]
    #[arg(value_parser = parse_name)]
    name: String,
    /// Where the stream goes
    #[arg(long, help_heading = "Output", value_name = "FILE", default_value = "stdout")]
    output: String,
    /// Stop once a figure is in such a state for some time, as in 'p99>2s for 10s', and exit with 99;
    /// repeatable
    #[arg(long, help_heading = "Output", value_name = "STATE")]
    abort: Vec<Abort>,
    /// Tell metrics to Prometheus at this address during the attack
    #[arg(long, help_heading = "Output", value_name = "IP:PORT", default_value = "")]
    #[arg(value_parser = parse_address)]
    prometheus_addr: Limit<Address>,
    /// Print what the attack would be, and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
    /// Draw figures and pictures on standard error, anew each second
    #[arg(long, help_heading = "Output")]
    live: bool,
    /// Show no progress, and do not say how the attack went
    #[arg(long, help_heading = "Output")]
    quiet: bool,
}

fn parse_redirects(text: &str) -> Result<Redirects, Error> {
    let bad = || Error::Value {
        what: "number of redirects",
        input: text.to_owned(),
        expected: "-1 or more",
    };
    match text.parse() {
        Ok(-1_i64) => Ok(Redirects::Ignore),
        Ok(most) => u32::try_from(most).map(Redirects::Follow).map_err(|_| bad()),
        Err(_) => Err(bad()),
    }
}

/// The name goes into a header.
fn parse_name(text: &str) -> Result<String, Error> {
    HeaderValue::from_str(text).map(|_| text.to_owned()).map_err(|_| Error::Value {
        what: "name",
        input: text.to_owned(),
        expected: "a text on one line",
    })
}

/// Most engine threads: beyond, they only take the cores from one another.
const MOST_THREADS: usize = 256;

/// Runs the command, and tells what is worth saying of how it goes.
///
/// # Errors
///
/// [`Usage`] where flags exclude one another; where a file cannot be opened or written, a list of
/// targets is bad, or the attack cannot begin or go on.
pub fn run(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let attack = attack(&options)?;
    let tell = |line: Option<String>| line.iter().filter(|_| !options.quiet).for_each(|l| tell(l));
    let plan = Plan { command: options.command.clone(), ..attack.plan() };
    check_names(&options.abort, &plan)?;
    if options.dry_run {
        return print(&dry_run::describe(&attack));
    }
    let exported = options.prometheus_addr.as_ref().map(Exported::listen).transpose()?;
    let (feed, exported) = exported.unzip();
    let output = Output::create(&options.output)?;
    output.refuse_terminal()?;
    let write = format!("write {}", output.name());
    let (progress, folded) = progress(&plan, &options, output.is_pipe(), &tell);
    let planned = plan.requests;
    let limit = file_limit::limit();
    let bounds = bounds(&options, &attack.targets);
    tell(Preflight::new(bounds, limit, host_load::local_ports()).shortage());
    let writing = Writing::begin(output, plan, feed, limit).context(write.clone())?;
    let stop = Arc::new(Notify::new());
    let writing = writing.watch_for(&options.abort, stop.clone()).shown_by(folded);
    let (running, batches) = attack.start()?;
    let monitor = running.monitor();
    let at_end = monitor.clone();
    let written =
        conduct(&running, move || writing.run(batches, &at_end), &stop, progress, exported)?;
    if written.is_err() {
        running.abort();
    }
    running.join()?;
    let Written { verdict, aborted } = written.context(write)?;
    let (made, interrupted) = (monitor.snapshot().released, monitor.facts().interrupted);
    let is_aborted = aborted.is_some();
    let line = Ending { planned, made, interrupted, aborted, verdict }.line();
    if is_aborted {
        return Err(Missed(line.unwrap_or_default()).into());
    }
    tell(line);
    Ok(())
}

/// Returns what shows how the attack goes, and where what it shows is to be folded. A view that the
/// terminal cannot show is done without: the attack is worth more.
fn progress(
    plan: &Plan,
    options: &Options,
    shares: bool,
    tell: &dyn Fn(Option<String>),
) -> (Progress, Option<Folded>) {
    let live = options.live.then(|| Live::new(plan, shares));
    match live {
        Some(Ok(live)) => {
            let folded = live.folded();
            return (Progress::Live(Box::new(live)), Some(folded));
        }
        Some(Err(reason)) => tell(Some(reason.to_owned())),
        None => {}
    }
    (Progress::Bar(Bar::new(plan, options.quiet, shares)), None)
}

/// Refuses a limit for a name that no target has, where the names are known.
fn check_names(aborts: &[Abort], plan: &Plan) -> Result<(), Usage> {
    let states: Vec<Threshold> = aborts.iter().map(|abort| abort.state.clone()).collect();
    let mut known = Known::default();
    known.add(plan);
    known.check(1, &states)
}

/// Returns what the flags say of the number of connections.
fn bounds(options: &Options, targets: &TargetSource) -> Bounds {
    let some = |n: u64| (n > 0).then_some(n);
    let listed = match targets {
        TargetSource::Fixed(list) => list.targets.as_slice(),
        TargetSource::Streamed(_) => &[],
    };
    let origins: HashSet<_> = listed.iter().map(|target| target.address.origin()).collect();
    let tls = listed.iter().any(|target| target.address.scheme() == "https");
    Bounds {
        in_flight: some(options.max_workers),
        open: some(options.max_connections as u64),
        requests: some(options.load.requests),
        origins: origins.len().max(1) as u64,
        shared: options.h2c || (options.http2 && (tls || options.lists.lazy)),
        alike: options.network.is_one_way(),
    }
}

/// Makes an attack of the flags, and so checks them all before anything is opened for writing.
fn attack(options: &Options) -> anyhow::Result<Attack> {
    if options.load.is_unlimited() && options.max_workers == 0 {
        let problem =
            "-rate=0 requires setting -max-workers: as fast as so many hits in flight allow";
        return Err(Usage(problem.to_owned()).into());
    }
    if options.threads > MOST_THREADS {
        let problem = format!(
            "bad -threads {}: expected at most {MOST_THREADS}, better one a core",
            options.threads
        );
        return Err(Usage(problem).into());
    }
    if options.live && options.quiet {
        let problem = "-live shows how the attack goes and -quiet does not: expected one of them";
        return Err(Usage(problem.to_owned()).into());
    }
    if options.lists.lazy && options.threads > 1 {
        let problem = "-lazy needs -threads=1: one engine gives hit k the k-th target";
        return Err(Usage(problem.to_owned()).into());
    }
    let some = |n: u64| (n > 0).then_some(n);
    let trust = options.network.trust()?;
    let client = client_options(options)?;
    let seed = options.load.seed.map_or_else(Seed::fresh, Seed);
    let targets = targets::targets(&options.lists, seed, &client.dial)?;
    Ok(Attack {
        pacer: options.load.pacer(seed)?,
        targets,
        client,
        tls: tls_config(&trust)?,
        wait: options.wait,
        max_in_flight: some(options.max_workers),
        threads: NonZero::new(options.threads),
        // As in Vegeta, a number below 0 changes nothing either.
        max_threads: usize::try_from(options.cpus).ok().and_then(NonZero::new),
    })
}

fn client_options(options: &Options) -> anyhow::Result<client::Options> {
    Ok(client::Options {
        timeout: positive(options.timeout),
        keepalive: options.keepalive,
        idle_connections: options.connections,
        max_connections: Some(options.max_connections).filter(|most| *most > 0),
        connect_rate: options.connect_rate,
        max_body: options.max_body,
        redirects: options.redirects,
        protocol: protocol(options),
        chunked: options.chunked,
        dial: options.network.dial()?,
        session_tickets: options.network.session_tickets,
        attack: options.name.clone(),
    })
}

fn protocol(options: &Options) -> Protocol {
    match (options.h2c, options.http2) {
        (true, _) => Protocol::PriorKnowledge,
        (false, true) => Protocol::Negotiated,
        (false, false) => Protocol::Http1,
    }
}
